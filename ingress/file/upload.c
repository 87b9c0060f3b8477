/* upload.c - POST /files/upload, /files/upload/multiple and /users/avatar: files become commands "file.upload".
 *
 *   body ─► read (a thread: parts, types, digests) ─► ids ─► keep (a thread: fsync) ─► file.upload ─► its outcome
 *        ─► is it scanned? (20, 40, 80 ms ...) ─► 201, 400 FILE_INFECTED, or 202 while that lasts
 *
 * The bytes are durable before the command is sent. What was refused or not accepted is removed again; where
 * nobody knows, or another request with the same Idempotency-Key may have been accepted, it stays for the clean-up.
 */
#include "ingress/file/upload.h"

#include <stdio.h>
#include <string.h>
#include "ingress/file/disposition.h"
#include "ingress/http/action.h"
#include "ingress/http/ask.h"
#include "ingress/http/headers.h"
#include "ingress/http/numbers.h"

#define READING_MS 30000 /* for all of an upload to be hashed and written */

/* Their bytes are durable, or one of them is not. A client that has gone or was answered has asked for nothing. */
static void on_kept(struct call *call, struct crew_job *job)
{
	struct upload *u = upload_of(job);

	if (!u->spool.code && call->req) {
		upload_send(u);
		return;
	}
	if (u->keyed)
		for (int i = 0; i < u->spool.count; i++)
			u->spool.files[i].kept = false; /* perhaps another request's, too */
	respond_problem(call, u->spool.code ? u->spool.code : PROBLEM_SERVICE_UNAVAILABLE, TEXT_NONE, NULL);
	upload_remove_kept(u);
}

/* --- the form ---------------------------------------------------------------------------- */
/* As for any command, and of the content, so that another content never takes this one's place; in the ticket's lane.
 */
static struct uuid file_id(const struct order *order, const struct spool_file *file, const struct uuid *ticket)
{
	const struct uuid *command = &order->envelope.id;
	struct uuid id;

	if (uuid_version(command) == 7)
		id = uuid_derive_at(uuid_unix_ms(command), "file_id", command, 0);
	else
		id = uuid_derive((struct text[]){ TEXT("file_id"), { (const char *)command->bytes, 16 },
		                         { (const char *)file->sha256, 32 } },
		        3);
	if (!uuid_is_none(ticket))
		id.bytes[15] = (uint8_t)((id.bytes[15] & 0xf0) | uuid_last_digit(ticket));
	return id;
}

static void busy(struct upload *u)
{
	respond_problem(u->call, PROBLEM_SERVICE_UNAVAILABLE, TEXT("too many files are arriving"), NULL);
	spool_end(&u->spool);
}

static void name_and_keep(struct call *call, void *state)
{
	struct upload *u = state;
	struct uuid ticket = ((struct file_upload *)u->orders[0].fields)->ticket_id;
	struct problems problems = { 0 };

	for (int i = 0; i < u->spool.count && call->req; i++) {
		struct file_upload *fields = u->orders[i].fields;
		char number[12];

		snprintf(number, sizeof number, "%d", i);
		if (!order_name(&u->orders[i], text_of(u->action->path), text_of(i ? number : ""), &problems)) {
			respond_problem(call, PROBLEM_VALIDATION_ERROR, TEXT_NONE, &problems);
			break;
		}
		fields->ticket_id = ticket;
		fields->file_id = u->spool.files[i].id = file_id(&u->orders[i], &u->spool.files[i], &ticket);
	}
	u->spool.job.work = spool_keep;
	u->spool.job.then = on_kept;
	if (!call->req)
		spool_end(&u->spool);
	else if (!disk_run(call, &u->spool.job))
		busy(u);
}

/* Nobody fills the disk with what no ticket counts. */
static void on_idle(struct call *call, void *state, const struct db_result *rows)
{
	struct upload *u = state;
	struct problems problems = { 0 };

	if (db_int(rows, 0, 0) + u->spool.count <= spool_idle_most()) {
		name_and_keep(call, u);
		return;
	}
	problem_add(&problems, "file", "count",
	        "%d files of a day hang on no ticket or were deleted: attach them, or wait", (int)db_int(rows, 0, 0));
	respond_problem(call, PROBLEM_TOO_MANY_FILES, TEXT_NONE, &problems);
	spool_end(&u->spool);
}

static void on_no_idle(struct call *call, void *state, enum db_fault fault)
{
	(void)fault;
	respond_problem(call, PROBLEM_NOT_ACCEPTED, TEXT_NONE, NULL);
	spool_end(&((struct upload *)state)->spool);
}

/* The ticket's id is known. */
static void ask_idle(struct call *call, void *state)
{
	if (!spool_idle_most())
		name_and_keep(call, state);
	else
		ask_read_or(call, QUERY_files_idle, 2,
		        (struct db_param[]){ P_UUID(&call->principal.account_id), P_INT(spool_idle_most()) }, on_idle,
		        on_no_idle, state);
}

static const char *const members[] = { "ticket_id", "description", "is_public" };

/* What the form says beside its files, once for all of them. */
static void read_fields(struct upload *u, struct file_upload *out, struct problems *problems)
{
	const struct record *record = &commands[COMMAND_file_upload].record;

	for (int i = 0; i < u->spool.field_count; i++) {
		const struct spool_field *given = &u->spool.fields[i];
		const struct field *field = field_find(record, given->name);
		bool known = false;

		for (size_t m = 0; field && m < sizeof members / sizeof *members; m++)
			known = known || !strcmp(field->name, members[m]);
		if (!known || u->action->id == ACTION_upload_avatar) {
			if (!u->call->lifts)
				problem_add(problems, text_dup(u->call->arena, given->name), "unknown",
				        "is not a member of this form");
		} else if (field_is_present(field, out)) {
			problem_add(problems, field->name, "duplicate", "is given twice");
		} else if (text_trim(given->value).len) { /* a form sends its empty fields, too */
			contract_set(record, field, given->value, u->call->arena, out, problems);
		}
	}
}

static struct file_upload *fields_of(struct upload *u, const struct spool_file *file, const struct file_upload *said)
{
	struct file_upload *fields = arena_alloc(u->call->arena, sizeof *fields);
	char hex[65];

	*fields = *said;
	text_hex(file->sha256, 32, hex);
	fields->name = text_copy(u->call->arena, file->name);
	fields->size = file->size;
	fields->mime_type = text_of(file->mime_type);
	fields->sha256 = text_copy(u->call->arena, text_of(hex));
	fields->purpose = u->action->id == ACTION_upload_avatar ? FILE_AVATAR : FILE_OF_TICKET;
	return fields;
}

static void make_orders(struct upload *u, const struct file_upload *said)
{
	for (int i = 0; i < u->spool.count; i++) {
		struct order *order = &u->orders[i];

		order->call = u->call;
		order->command = &commands[COMMAND_file_upload];
		order->fields = fields_of(u, &u->spool.files[i], said);
	}
	numbers_find_in(u->call, &commands[COMMAND_file_upload].record, u->orders[0].fields, ask_idle, u);
}

static void refuse(struct upload *u, enum problem_code code, const struct problems *problems)
{
	struct text detail = problems->count == 1 ? text_of(problems->items[0].detail) : TEXT_NONE;

	respond_problem(u->call, code, detail.len ? text_copy(u->call->arena, detail) : TEXT_NONE, problems);
	spool_end(&u->spool);
}

static void on_read(struct call *call, struct crew_job *job)
{
	struct upload *u = upload_of(job);
	struct file_upload said = { 0 };
	struct problems problems = { 0 };

	if (!call->req) {
		spool_end(&u->spool);
		return;
	}
	if (u->spool.code) {
		refuse(u, u->spool.code, &u->spool.problems);
		return;
	}
	read_fields(u, &said, &problems);
	if (problems.count)
		refuse(u, PROBLEM_VALIDATION_ERROR, &problems);
	else
		make_orders(u, &said); /* from here on all that counts is the call's */
}

/* --- the request -------------------------------------------------------------------------- */
static void answer_too_late(struct call *call, void *unused)
{
	(void)unused;
	respond_problem(call, PROBLEM_SERVICE_UNAVAILABLE, TEXT("the disk is too slow"), NULL);
}

/* multipart/form-data, or any type with the name of the file beside it. */
static bool has_files(const struct call *call)
{
	struct text rest = call_header(call, "content-type"), type;

	if (headers_next(&rest, ';', &type) && text_starts_with(type, TEXT("multipart/")))
		return text_equal_nocase(type, TEXT("multipart/form-data"));
	return call_header(call, "content-disposition").len > 0;
}

static void begin(struct call *call, enum action_id action, int most)
{
	struct upload *u;
	struct problems problems = { 0 };

	if (!has_files(call)) {
		respond_problem(call, PROBLEM_UNSUPPORTED_MEDIA_TYPE,
		        TEXT("send multipart/form-data, or a file with Content-Type and Content-Disposition"), NULL);
		return;
	}
	u = ARENA_NEW(call->arena, struct upload);
	u->call = call;
	u->action = &actions[action];
	u->keyed = call_header(call, "idempotency-key").data != NULL;
	u->spool.most = most;
	u->spool.picture = action == ACTION_upload_avatar;
	u->spool.content_type = text_copy(call->arena, call_header(call, "content-type"));
	u->spool.disposition = text_copy(call->arena, call_header(call, "content-disposition"));
	u->spool.job.work = spool_read;
	u->spool.job.then = on_read;
	if (!call_body(call).len) {
		problem_add(&problems, "file", "required", "is required");
		respond_problem(call, PROBLEM_VALIDATION_ERROR, TEXT_NONE, &problems);
		return;
	}
	call_limit(call, call->began_ms + READING_MS, answer_too_late, NULL);
	if (!spool_take_body(&u->spool, call) || !disk_run(call, &u->spool.job))
		busy(u);
}

void upload_file(struct call *call)
{
	begin(call, ACTION_upload_file, 1);
}

void upload_files(struct call *call)
{
	begin(call, ACTION_upload_files, SPOOL_FILES_MOST);
}

void upload_avatar(struct call *call)
{
	begin(call, ACTION_upload_avatar, 1);
}
