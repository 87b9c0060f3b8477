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

/* --- what other services say --------------------------------------------------------------- */
static void on_taken(struct call *call, void *state, const struct db_result *rows)
{
	struct buffer out;

	if (!text_equal(db_text(rows, 0, 0), TEXT("ok"))) {
		action_forbid(call);
		return;
	}
	buffer_init(&out, call->arena, 100);
	buffer_string(&out, "{");
	buffer_json_member(&out, "service", *(const struct text *)state);
	buffer_string(&out, "}");
	action_succeed(call, ACTION_log_add, buffer_view(&out));
}

void log_add(struct call *call, const struct log_add *form)
{
	struct text *service = ARENA_NEW(call->arena, struct text);
	struct buffer line;

	*service = form->service;
	buffer_init(&line, call->arena, 512);
	buffer_string(&line, "{");
	buffer_json_member(&line, "ts", form->timestamp);
	buffer_json_member(&line, "level", text_of(verbosity_word(form->level)));
	buffer_json_member(&line, "msg", form->message);
	buffer_json_member(&line, "request_id", call->request_id);
	if (form->data.len)
		buffer_json_member(&line, "data", form->data);
	buffer_string(&line, "}");
	ask_write(call, QUERY_log_take, 4,
	        (struct db_param[]){ P_UUID(&call->principal.account_id), P_INT(actions[ACTION_log_add].access),
	                P_TEXT(*service), P_TEXT(buffer_view(&line)) },
	        on_taken, service);
}

/* --- alerts ------------------------------------------------------------------------------------ */
void alert_ack(struct call *call, const struct alert_ack *form)
{
	struct uuid told = uuid_new(), *alert = ARENA_NEW(call->arena, struct uuid);

	*alert = form->alert_id;
	ask_write(call, QUERY_alert_ack, 6,
	        (struct db_param[]){ P_UUID(&call->principal.account_id), P_UUID(&told), P_UUID(alert),
	                P_TEXT(call->request_id), P_TEXT(call->traceparent), P_TEXT(call->origin) },
	        on_acknowledged, alert);
}
