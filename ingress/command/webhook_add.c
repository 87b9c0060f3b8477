/* webhook_add.c - POST /webhooks and POST /webhooks/{id}/rotate: the commands webhook.create and webhook.rotate,
 * answered with the webhook's secret, which nothing keeps (queues/webhook_secret.h). It follows from the id and the
 * version that the command came to, so a repetition with the same Idempotency-Key has the same answer.
 */
#include "ingress/command/submit.h"
#include "ingress/http/action.h"
#include "queues/webhook_secret.h"

static void answer(struct order *order, enum fate fate, enum action_id action)
{
	const struct outcome_told *told = &order->outcome;
	struct call *call = order->call;
	char secret[WEBHOOK_SECRET_BYTES];
	struct buffer out;

	if (fate != FATE_TOLD || told->status >= 300) {
		order_answer(order, fate);
		return;
	}
	webhook_secret_write(&told->subject_id, told->version, secret);
	buffer_init(&out, call->arena, 256);
	buffer_string(&out, "{");
	buffer_json_member(&out, "id", uuid_text(call->arena, &told->subject_id));
	buffer_json_member_int(&out, "version", told->version);
	buffer_json_member(&out, "secret", text_of(secret));
	buffer_string(&out, "}");
	action_succeed(call, action, buffer_view(&out));
}

static void on_made(struct order *order, enum fate fate)
{
	answer(order, fate, ACTION_webhook_add);
}

static void on_renewed(struct order *order, enum fate fate)
{
	answer(order, fate, ACTION_webhook_renew);
}

void webhook_add(struct call *call, const struct webhook_add *form)
{
	struct webhook_create *fields = ARENA_NEW(call->arena, struct webhook_create);

	fields->url = form->url;
	fields->events = form->events;
	fields->filter = form->filter;
	fields->ordered = form->ordered;
	fields->note = form->note;
	submit_settled(call, COMMAND_webhook_create, actions[ACTION_webhook_add].path, fields, on_made);
}

void webhook_renew(struct call *call, const struct webhook_renew *form)
{
	struct webhook_rotate *fields = ARENA_NEW(call->arena, struct webhook_rotate);

	fields->webhook_id = form->webhook_id;
	fields->overlap = form->overlap;
	submit_settled(call, COMMAND_webhook_rotate, actions[ACTION_webhook_renew].path, fields, on_renewed);
}
