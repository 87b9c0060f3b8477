/* link.c - links to files that need no token: POST /files/{id}/link makes one, GET /files/shared/{link} is one.
 * queues/shared_link.h has their form.
 */
#include <openssl/rand.h>
#include <stdlib.h>
#include "base/clock.h"
#include "ingress/file/serve.h"
#include "ingress/http/action.h"
#include "ingress/http/ask.h"
#include "ingress/http/respond.h"
#include "queues/shared_link.h"

#define DEFAULT_S (7 * 86400)

/* --- making one --------------------------------------------------------------------- */
struct wanted {
	struct uuid file;
	int64_t expires_at;
	bool once;
};

static struct text path_of(struct call *call, const struct wanted *w)
{
	struct shared_link link = { .file_id = w->file,
		.account_id = call->principal.account_id,
		.expires_at = w->expires_at,
		.once = w->once };
	char written[SHARED_LINK_BYTES];

	if (RAND_bytes(link.apart, sizeof link.apart) != 1)
		abort();
	shared_link_write(&link, written);
	return text_of(arena_printf(call->arena, SHARED_LINK_PATH "%s", written));
}

static void on_verdict(struct call *call, void *state, const struct db_result *rows)
{
	struct wanted *w = state;
	struct text verdict = db_rows(rows) ? db_text(rows, 0, 0) : TEXT("missing");
	char until[CLOCK_TEXT_BYTES];
	struct buffer out;

	if (!text_equal(verdict, TEXT("ok"))) {
		respond_problem(call,
		        text_equal(verdict, TEXT("missing")) ? PROBLEM_FILE_NOT_FOUND
		                                             : PROBLEM_INSUFFICIENT_PERMISSIONS,
		        TEXT_NONE, NULL);
		return;
	}
	clock_format(w->expires_at * 1000000, until);
	buffer_init(&out, call->arena, 512);
	buffer_string(&out, "{");
	buffer_json_member(&out, "url", path_of(call, w));
	buffer_json_member(&out, "expiresAt", text_of(until));
	buffer_json_member_bool(&out, "once", w->once);
	buffer_string(&out, "}");
	respond_success(call, &(struct success){ .status = 200, .data = buffer_view(&out) });
}

void file_link(struct call *call, const struct file_link *form)
{
	struct wanted *w = ARENA_NEW(call->arena, struct wanted);
	int64_t ttl_s = form->expires_in ? form->expires_in : DEFAULT_S;

	if (!uuid_parse(form->file, &w->file)) {
		respond_problem(call, PROBLEM_FILE_NOT_FOUND, TEXT_NONE, NULL);
		return;
	}
	if (ttl_s > SHARED_LINK_MOST_S) {
		respond_problem_at(call, PROBLEM_VALIDATION_ERROR, TEXT("must be 30 days at most"), TEXT("/expiresIn"));
		return;
	}
	w->expires_at = clock_unix_ms() / 1000 + ttl_s;
	w->once = form->once == FLAG_TRUE;
	ask_read(call, QUERY_file_may_be_linked, 3,
	        (struct db_param[]){ P_UUID(&call->principal.account_id), P_UUID(&w->file), P_INT(SELF | STAFF) },
	        on_verdict, w);
}

/* --- following one --------------------------------------------------------------------- */
void file_by_link(struct call *call, const struct file_by_link *form)
{
	struct shared_link link;

	if (shared_link_read(form->link, &link) && clock_unix_ms() / 1000 < link.expires_at)
		serve_link(call, &link);
	else
		respond_problem(call, PROBLEM_FILE_NOT_FOUND, TEXT_NONE, NULL);
}
