/* take.c - events become deliveries, in their order: one statement for a batch, which knows who wants what. A replay is
 * an event, too, and so is applied once.
 */
#include "workers/webhook/webhook.h"

void take_load(struct consumption *c)
{
	c->loaded = db_send_params(c->db, QUERY_webhook_any, 0, NULL);
}

static void write_event(struct rows *rows, const struct arrival *a)
{
	struct buffer *out = rows_begin(rows);

	rows_uuid(out, "id", &a->envelope.id);
	buffer_json_member(out, "type", a->envelope.type);
	buffer_json_member(out, "ticket_id", arrival_text(a, "ticketId"));
	buffer_json_member(out, "webhook_id", arrival_text(a, "webhookId"));
	buffer_json_member(out, "traceparent", a->envelope.traceparent);
	buffer_json_member(out, "body", a->message->body);
	rows_end(rows);
}

static void send_again(struct consumption *c, const struct arrival *a)
{
	char *asked = json_dumps(json_object_get(a->body, "data"), JSON_COMPACT);

	if (asked)
		db_send(c->db, QUERY_webhook_again, P_TEXT(arrival_text(a, "webhookId")), P_TEXT(text_of(asked)));
	free(asked);
}

void take_apply(struct consumption *c)
{
	bool anybody = db_bool(c->loaded, 0, 0);
	struct rows rows;

	rows_init(&rows, c->arena);
	for (int i = 0; i < c->count; i++) {
		const struct arrival *a = &c->arrivals[i];

		if (a->fresh && anybody)
			write_event(&rows, a);
		if (a->fresh && text_equal(a->envelope.type, TEXT("webhook.replayed")))
			send_again(c, a);
	}
	if (rows.count)
		db_send(c->db, QUERY_webhook_deliver, P_TEXT(rows_done(&rows)));
	sender_expect(); /* a push may be on its way, too */
}
