/* refresh.c - POST /auth/refresh: the refresh token, of the body or of the cookie, is exchanged for new tokens.
 *
 * The new refresh token follows from the old one by a key of ours: whoever sends the same one twice at once, or again
 * because the answer was lost, is answered with the same, and nobody has to remember it. Shown again after 30 s, an old
 * one revokes the session, because somebody else has it too, and the trail is told.
 *
 * A browser sends the cookie by itself, whichever page asks: of a page of another site (its Origin is neither ours nor
 * in CORS_ORIGIN) it does not count.
 */
#include "ingress/account/policy.h"
#include "ingress/account/sessions.h"
#include "ingress/command/results.h"
#include "ingress/http/action.h"
#include "ingress/http/ask.h"
#include "ingress/http/cors.h"
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
	if (!text_equal(verdict, TEXT("ok")) && !text_equal(verdict, TEXT("again"))) {
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
		.epoch = db_int(rows, 0, 5),
		.first_name = text_copy(call->arena, db_text(rows, 0, 6)),
		.last_name = text_copy(call->arena, db_text(rows, 0, 7)) };
	sign_in->subject.enrols = !db_bool(rows, 0, 8) && policy_wants_factor(sign_in->subject.role);
	session_answer(call, sign_in, ACTION_account_refresh);
}

void account_refresh(struct call *call, const struct account_refresh *form)
{
	struct sign_in *sign_in = ARENA_NEW(call->arena, struct sign_in);
	struct uuid event = uuid_new();
	struct text token = form->refresh_token.data ? form->refresh_token : session_cookie(call);

	if (!token.len) {
		respond_problem(call, PROBLEM_AUTH_TOKEN_MISSING, TEXT_NONE, NULL);
		return;
	}
	if (!form->refresh_token.data && !cors_is_ours(call)) {
		respond_problem(call, PROBLEM_ORIGIN_REFUSED, TEXT_NONE, NULL);
		return;
	}
	session_succeed(call->arena, token, sign_in);
	ask_write(call, QUERY_session_renew, 7,
	        (struct db_param[]){ P_TEXT(session_hash(call->arena, token)), P_TEXT(sign_in->refresh_hash),
	                P_INT(principal_refresh_ttl_s()), P_UUID(&event), P_TEXT(call->request_id),
	                P_TEXT(call->traceparent), P_TEXT(call->origin) },
	        on_refreshed, sign_in);
}
