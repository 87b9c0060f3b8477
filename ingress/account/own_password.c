/* own_password.c - see own_password.h. */
#include "ingress/account/own_password.h"

#include "ingress/account/locks.h"
#include "ingress/account/tries.h"
#include "ingress/http/ask.h"
#include "ingress/http/respond.h"

static void on_verified(struct call *call, struct password_job *job)
{
	struct own_password *own = (struct own_password *)job;

	if (job->matches)
		own->then(call, own);
	else
		locks_fail(call, &call->principal.account_id, own->email);
}

static void on_credential(struct call *call, void *state, const struct db_result *rows)
{
	struct own_password *own = state;
	int64_t locked_s = db_int(rows, 0, 7);

	if (db_is_null(rows, 0, 0)) {
		respond_problem(call, PROBLEM_AUTH_INVALID_CREDENTIALS, TEXT_NONE, NULL);
		return;
	}
	if (locked_s) {
		locks_refuse(call, locked_s);
		return;
	}
	own->hash = text_copy(call->arena, db_text(rows, 0, 1));
	own->job.password = own->said;
	own->job.hash = own->hash.data;
	own->job.then = on_verified;
	passwords_run(call, &own->job);
}

static void on_counted(struct call *call, void *state)
{
	struct own_password *own = state;

	ask_read(call, QUERY_credential_find, 2, (struct db_param[]){ P_TEXT(own->email), P_NULL }, on_credential, own);
}

static void on_address(struct call *call, void *state, const struct db_result *rows)
{
	struct own_password *own = state;

	if (!db_rows(rows)) {
		respond_problem(call, PROBLEM_AUTH_TOKEN_INVALID, TEXT_NONE, NULL);
		return;
	}
	own->email = text_copy(call->arena, db_text(rows, 0, 0));
	tries_take(call, own->email, on_counted, own);
}

void own_password_ask(struct call *call, struct own_password *own)
{
	ask_read(call, QUERY_token_subject, 1, (struct db_param[]){ P_UUID(&call->principal.account_id) }, on_address,
	        own);
}
