/* logout.c - POST /auth/logout and /auth/logout-all: this session is closed, or every one of the account. */
#include "ingress/account/sessions.h"
#include "ingress/command/results.h"
#include "ingress/http/action.h"
#include "ingress/http/ask.h"
#include "ingress/http/respond.h"
#include "ingress/http/revocations.h"

/* A session that was closed before has no row, and is revoked all the same. */
static void on_closed(struct call *call, void *session_id, const struct db_result *rows)
{
	(void)rows;
	revocations_add_session(session_id);
	results_poke_revocations();
	session_answer_closed(call, ACTION_account_logout);
}

void account_logout(struct call *call)
{
	struct uuid *session_id = &call->principal.session_id, event = uuid_new();

	ask_write(call, QUERY_session_close, 6,
	        (struct db_param[]){ P_UUID(session_id), P_UUID(&call->principal.account_id), P_UUID(&event),
	                P_TEXT(call->request_id), P_TEXT(call->traceparent), P_TEXT(call->origin) },
	        on_closed, session_id);
}

static void on_all_closed(struct call *call, void *account_id, const struct db_result *rows)
{
	if (text_equal(db_text(rows, 0, 0), TEXT("revoked"))) {
		respond_problem(call, PROBLEM_AUTH_TOKEN_REVOKED, TEXT_NONE, NULL);
		return;
	}
	if (!db_is_null(rows, 0, 1))
		revocations_add_epoch(account_id, db_int(rows, 0, 1));
	for (int i = 0; i < db_rows(rows); i++) {
		struct uuid session = db_uuid(rows, i, 2);

		revocations_add_session(&session);
	}
	results_poke_revocations();
	session_answer_closed(call, ACTION_account_logout_all);
}

void account_logout_all(struct call *call)
{
	struct uuid *account_id = &call->principal.account_id, event = uuid_new();

	ask_write(call, QUERY_session_close_all, 7,
	        (struct db_param[]){ P_UUID(account_id), P_UUID(&event), P_TEXT(call->request_id),
	                P_TEXT(call->traceparent), P_UUID(&call->principal.session_id), P_INT(call->principal.epoch),
	                P_TEXT(call->origin) },
	        on_all_closed, account_id);
}
