/* session_list.c - GET /auth/sessions and DELETE /auth/sessions/{id}: where one is signed in, and an end to that. */
#include "ingress/command/results.h"
#include "ingress/http/action.h"
#include "ingress/http/ask.h"
#include "ingress/http/revocations.h"

static void on_sessions(struct call *call, void *unused, const struct db_result *rows)
{
	struct buffer out;

	(void)unused;
	buffer_init(&out, call->arena, 1024);
	buffer_string(&out, "{");
	buffer_json_member_raw(&out, "sessions", db_text(rows, 0, 0));
	buffer_string(&out, "}");
	action_succeed(call, ACTION_session_list, buffer_view(&out));
}

void session_list(struct call *call)
{
	ask_read(call, QUERY_session_list, 2,
	        (struct db_param[]){ P_UUID(&call->principal.account_id), P_UUID(&call->principal.session_id) },
	        on_sessions, NULL);
}

static void on_ended(struct call *call, void *state, const struct db_result *rows)
{
	struct session_end *form = state;

	if (!db_rows(rows)) {
		respond_problem(call, PROBLEM_NOT_FOUND, TEXT_NONE, NULL);
		return;
	}
	revocations_add_session(&form->session_id);
	results_poke_revocations();
	action_succeed(call, ACTION_session_end, TEXT("{}"));
}

void session_end(struct call *call, const struct session_end *form)
{
	struct session_end *kept = ARENA_NEW(call->arena, struct session_end);
	struct uuid event = uuid_new();

	*kept = *form;
	ask_write(call, QUERY_session_end, 6,
	        (struct db_param[]){ P_UUID(&kept->session_id), P_UUID(&call->principal.account_id), P_UUID(&event),
	                P_TEXT(call->request_id), P_TEXT(call->traceparent), P_TEXT(call->origin) },
	        on_ended, kept);
}
