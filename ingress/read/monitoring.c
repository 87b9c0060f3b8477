/* monitoring.c - what administrators do about what guichet-monitor calls wrong: the ACTION rows of
 * queues/monitoring.def. */
#include "ingress/http/action.h"
#include "ingress/http/ask.h"

static void on_acknowledged(struct call *call, void *state, const struct db_result *rows)
{
	const struct uuid *alert = state;
	struct text verdict = db_text(rows, 0, 0);
	struct buffer out;

	if (text_equal(verdict, TEXT("ok"))) {
		buffer_init(&out, call->arena, 64);
		buffer_string(&out, "{");
		buffer_json_member(&out, "id", uuid_text(call->arena, alert));
		buffer_string(&out, "}");
		action_succeed(call, ACTION_alert_ack, buffer_view(&out));
	} else if (text_equal(verdict, TEXT("missing")))
		respond_problem(call, PROBLEM_NOT_FOUND, TEXT_NONE, NULL);
	else
		action_forbid(call);
}

void alert_ack(struct call *call, const struct alert_ack *form)
{
	struct uuid told = uuid_new(), *alert = ARENA_NEW(call->arena, struct uuid);

	*alert = form->alert_id;
	ask_write(call, QUERY_alert_ack, 6,
	        (struct db_param[]){ P_UUID(&call->principal.account_id), P_UUID(&told), P_UUID(alert),
	                P_TEXT(call->request_id), P_TEXT(call->traceparent), P_TEXT(call->origin) },
	        on_acknowledged, alert);
}
