/* notification_send.c - POST /notifications/send: the command notice.send, answered by 202 and the id of a job, as
 * clients of a queue expect it. The job's id is that of the notice; a retry with the same Idempotency-Key has the same.
 */
#include "ingress/command/submit.h"
#include "ingress/http/action.h"

static void on_settled(struct order *order, enum fate fate)
{
	const struct notice_send *fields = order->fields;
	struct call *call = order->call;
	struct buffer out;

	if (fate != FATE_ACCEPTED && (fate != FATE_TOLD || order->outcome.status >= 300)) {
		order_answer(order, fate);
		return;
	}
	buffer_init(&out, call->arena, 512);
	buffer_string(&out, "{");
	buffer_json_member(&out, "jobId", uuid_text(call->arena, &fields->notice_id));
	buffer_json_member(&out, "commandId", uuid_text(call->arena, &order->envelope.id));
	buffer_json_member(&out, "statusUrl", order->status_url);
	buffer_string(&out, "}");
	action_succeed(call, ACTION_notification_send, buffer_view(&out));
}

void notification_send(struct call *call, const struct notification_send *form)
{
	struct notice_send *fields = ARENA_NEW(call->arena, struct notice_send);

	fields->recipient = form->recipient;
	fields->type = form->type;
	fields->subject = form->subject;
	fields->content = form->content;
	fields->data = form->data;
	fields->priority = form->priority;
	submit_settled(call, COMMAND_notice_send, actions[ACTION_notification_send].path, fields, on_settled);
}
