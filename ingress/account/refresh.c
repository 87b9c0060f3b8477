/* refresh.c - POST /auth/refresh: the refresh token, of the body or of the cookie, is exchanged for new tokens.
 *
 * An old one shown again revokes the session, because somebody else has it too.
 */
#include "ingress/account/sessions.h"
#include "ingress/command/results.h"
#include "ingress/http/action.h"
#include "ingress/http/ask.h"
#include "ingress/http/headers.h"
#include "ingress/http/respond.h"
#include "ingress/http/revocations.h"

static void on_refreshed(struct call *call, void *state, const struct db_result *rows)
{
	struct sign_in *sign_in = state;
	struct text verdict = db_text(rows, 0, 0);
	struct uuid session = db_uuid(rows, 0, 1);

	if (text_equal(verdict, TEXT("reused"))) {
		revocations_add_session(&session);
		results_poke_revocations();
	}
	if (!text_equal(verdict, TEXT("ok"))) {
		respond_problem(call,
		        text_equal(verdict, TEXT("disabled")) ? PROBLEM_AUTH_ACCOUNT_DISABLED
		                                              : PROBLEM_AUTH_TOKEN_INVALID,
		        TEXT_NONE, NULL);
		return;
	}
	sign_in->subject = (struct token_subject){ .session_id = session,
		.account_id = db_uuid(rows, 0, 2),
		.email = text_copy(call->arena, db_text(rows, 0, 3)),
		.role = text_copy(call->arena, db_text(rows, 0, 4)),
		.epoch = db_int(rows, 0, 5) };
	session_answer(call, sign_in, ACTION_account_refresh);
}

void account_refresh(struct call *call, const struct account_refresh *form)
{
	struct sign_in *sign_in = ARENA_NEW(call->arena, struct sign_in);
	struct text cookie = headers_cookie(call_headers(call, "cookie"), TEXT(SESSION_COOKIE));
	struct text token = form->refresh_token.data ? form->refresh_token : cookie;

	if (!token.len) {
		respond_problem(call, PROBLEM_AUTH_TOKEN_MISSING, TEXT_NONE, NULL);
		return;
	}
	session_draw(call->arena, sign_in);
	ask_write(call, QUERY_session_refresh, 3,
	        (struct db_param[]){ P_TEXT(session_hash(call->arena, token)), P_TEXT(sign_in->refresh_hash),
	                P_INT(principal_refresh_ttl_s()) },
	        on_refreshed, sign_in);
}
