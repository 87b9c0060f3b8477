/* verify.c - GET or POST /auth/verify: is the token good, and whose is it? */
#include "base/clock.h"
#include "ingress/account/sessions.h"
#include "ingress/http/action.h"
#include "ingress/http/ask.h"
#include "ingress/http/respond.h"

static void write_verified(const struct call *call, const struct token_subject *subject, struct buffer *out)
{
	char expires[CLOCK_TEXT_BYTES];

	clock_format(call->principal.expires_at * 1000000, expires);
	buffer_string(out, "{");
	buffer_json_member_bool(out, "valid", true);
	session_write_user(call->arena, subject, out);
	buffer_json_member(out, "userId", uuid_text(call->arena, &subject->account_id));
	buffer_json_member(out, "email", subject->email);
	buffer_json_member(out, "role", subject->role);
	buffer_json_member_int(out, "iat", call->principal.issued_at);
	buffer_json_member_int(out, "exp", call->principal.expires_at);
	buffer_json_name(out, "token");
	buffer_string(out, "{");
	buffer_json_member_bool(out, "valid", true);
	buffer_json_member(out, "expiresAt", text_of(expires));
	buffer_string(out, "}}");
}

static void on_subject(struct call *call, void *account_id, const struct db_result *rows)
{
	struct token_subject subject = { .account_id = *(struct uuid *)account_id };
	struct buffer out;

	if (db_rows(rows) != 1 || !db_bool(rows, 0, 2)) {
		respond_problem(call, db_rows(rows) ? PROBLEM_AUTH_ACCOUNT_DISABLED : PROBLEM_AUTH_TOKEN_INVALID,
		        TEXT_NONE, NULL);
		return;
	}
	subject.email = db_text(rows, 0, 0);
	subject.role = db_text(rows, 0, 1);
	subject.first_name = db_text(rows, 0, 3);
	subject.last_name = db_text(rows, 0, 4);
	buffer_init(&out, call->arena, 512);
	write_verified(call, &subject, &out);
	call->lifts = true; /* every old client looks at the top level, whatever its prefix */
	respond_success(call, &(struct success){ .status = 200, .data = buffer_view(&out) });
}

void account_verify(struct call *call)
{
	struct uuid *account_id = &call->principal.account_id;

	ask_read(call, QUERY_token_subject, 1, (struct db_param[]){ P_UUID(account_id) }, on_subject, account_id);
}

void account_verify_post(struct call *call)
{
	account_verify(call);
}
