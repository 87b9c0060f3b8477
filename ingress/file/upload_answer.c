/* upload_answer.c - what an upload is answered, once its commands have their outcomes and the scan has had its time:
 * 201 (200 on the older path) with the files, 400 when the scan found something in each, 202 while it lasts. */
#include "ingress/file/upload.h"
#include "ingress/http/action.h"
#include "ingress/http/ask.h"
#include "ingress/read/reads.h"

static int status_of(const struct upload *u, bool waits)
{
	if (waits)
		return 202;
	return u->call->lifts || u->action->id == ACTION_upload_avatar ? 200 : 201;
}

void upload_answer_accepted(struct call *call, void *arg)
{
	answer_accepted(call, &((struct upload *)arg)->orders[0]);
}

static enum problem_code code_of(const struct upload *u, int i)
{
	if (!upload_is_done(u, i))
		return u->fates[i] == FATE_TOLD ? problem_find(u->orders[i].outcome.code) : PROBLEM_NOT_ACCEPTED;
	switch (u->states[i]) {
	case SCAN_INFECTED:
		return PROBLEM_FILE_INFECTED;
	case SCAN_UNSCANNABLE:
	case SCAN_ERROR:
		return PROBLEM_FILE_UNSCANNABLE;
	default:
		return PROBLEM_NONE;
	}
}

static void write_failed(struct upload *u, struct buffer *out)
{
	bool first = true;

	buffer_json_name(out, "failed");
	buffer_string(out, "[");
	for (int i = 0; i < u->spool.count; i++) {
		enum problem_code code = code_of(u, i);
		struct text detail = u->orders[i].outcome.detail;

		if (!code)
			continue;
		if (upload_is_done(u, i) || !detail.len)
			detail = text_of(problem_texts[code].said[u->call->language]);
		buffer_string(out, first ? "{" : ",{");
		first = false;
		buffer_json_member(out, "name", ((struct file_upload *)u->orders[i].fields)->name);
		buffer_json_member(out, "code", text_of(problem_texts[code].word));
		buffer_json_member(out, "detail", detail);
		buffer_string(out, "}");
	}
	buffer_string(out, "]");
}

static void succeed(struct upload *u, struct text data, bool some_wait)
{
	struct success success = action_success(u->action->id, data);

	success.status = status_of(u, some_wait);
	respond_success(u->call, &success);
}

/* Rows: the avatar's url, the files that were taken. */
static void on_shown(struct call *call, void *state, const struct db_result *rows)
{
	struct upload *u = state;
	struct buffer out;
	bool some_wait = false;

	for (int i = 0; i < u->spool.count; i++)
		some_wait = some_wait || upload_waits(u, i);
	buffer_init(&out, call->arena, 1024);
	buffer_string(&out, "{");
	if (u->action->id == ACTION_upload_avatar) {
		buffer_json_member(&out, "avatarUrl", db_text(rows, 0, 0));
		buffer_json_member_raw(&out, "file", db_text(rows, 0, 2));
	} else {
		buffer_json_member_raw(&out, "files", db_text(rows, 0, 1));
		write_failed(u, &out);
		buffer_json_member_int(&out, "totalFiles", db_int(rows, 0, 3));
	}
	buffer_string(&out, "}");
	succeed(u, buffer_view(&out), some_wait);
}

static void on_unshown(struct call *call, void *state, enum db_fault fault)
{
	(void)fault;
	upload_answer_accepted(call, state);
}

void upload_answer(struct upload *u)
{
	struct call *call = u->call;
	struct order *order = &u->orders[0];
	enum problem_code refused = PROBLEM_NONE;
	int taken = 0;

	for (int i = 0; i < u->spool.count; i++) {
		enum problem_code code = code_of(u, i);

		taken += !code;
		refused = refused ? refused : code;
	}
	if (!taken)
		respond_problem_at(call, refused, TEXT_NONE, TEXT("/file"));
	else if (u->action->id != ACTION_upload_file)
		ask_read_or(call, QUERY_files_uploaded, 2,
		        (struct db_param[]){ P_UUID(&call->principal.account_id), P_TEXT(upload_ids(u)) }, on_shown,
		        on_unshown, u);
	else {
		struct read_file_read *fields = ARENA_NEW(call->arena, struct read_file_read);

		fields->file_id = u->spool.files[0].id;
		reads_show(call, order->command, fields, status_of(u, upload_waits(u, 0)),
		        reads_url(call->arena, &reads[READ_file_read], fields), order->outcome.ignored,
		        upload_answer_accepted, u);
	}
}
