/* main.c - guichet-notify: turns events into mail to be sent.
 *
 * Each telling is a row: the event, the template, whom it is for, and how the
 * template's fields are filled. One mails row and one wake-up for the mail worker
 * (through the outbox) are written for each, in the transaction that marks the
 * event as seen. Who is inactive or gone gets nothing. The mails row is the truth,
 * the wake-up may be lost.
 */
#include "base/log.h"
#include "workers/batch.h"
#include "workers/consumer.h"

struct recipient {
	struct uuid id;
	struct text email, name, language;
};

struct telling {
	const char *event;
	const char *template;
	/* whom: an account's id, or none */
	struct uuid (*whom)(const struct arrival *arrival);
	/* writes the template's fields; the rest of the row is common */
	void (*fields)(const struct arrival *arrival, const struct recipient *recipient, struct buffer *out);
};

static struct uuid ticket_owner(const struct arrival *arrival)
{
	struct uuid id = { 0 };

	uuid_parse(arrival_data(arrival, "ownerId"), &id);
	return id;
}

static void ticket_created_fields(const struct arrival *arrival, const struct recipient *recipient, struct buffer *out)
{
	buffer_json_member(out, "userName", recipient->name);
	buffer_json_member(out, "ticketNumber", arrival_data(arrival, "number"));
	buffer_json_member(out, "title", arrival_data(arrival, "title"));
	buffer_json_member(out, "priority", arrival_data(arrival, "priority"));
	buffer_json_member(out, "category", arrival_data(arrival, "category"));
	buffer_json_member(out, "ticketId", arrival_text(arrival, "ticketId"));
}

static const struct telling tellings[] = {
	{ "ticket.created", "ticket_created", ticket_owner, ticket_created_fields },
};
#define TELLING_COUNT ((int)(sizeof(tellings) / sizeof(tellings[0])))

static bool concerns(const struct telling *telling, const struct arrival *arrival)
{
	return arrival->body && text_equal(arrival->envelope.type, text_of(telling->event));
}

/* Which events are fresh is asked in the same pipeline, so it is not known yet. */
static void notify_load(struct consumption *c)
{
	struct id_set wanted = { 0 };

	for (int i = 0; i < c->count; i++)
		for (int t = 0; t < TELLING_COUNT; t++)
			if (concerns(&tellings[t], &c->arrivals[i]))
				id_set_add(&wanted, c->arena, tellings[t].whom(&c->arrivals[i]));
	c->loaded = NULL;
	if (wanted.count)
		c->loaded = db_send(c->db, QUERY_notify_accounts, P_TEXT(id_set_literal(&wanted, c->arena)));
}

/* "First Last", or what stands before the @. */
static struct text name_of(struct text first, struct text last, struct text email, struct arena *arena)
{
	struct text name = text_trim(
	        text_of(arena_printf(arena, "%.*s %.*s", (int)first.len, first.data, (int)last.len, last.data)));
	size_t len = 0;

	if (name.len)
		return name;
	while (len < email.len && email.data[len] != '@')
		len++;
	return (struct text){ email.data, len };
}

static bool find_recipient(struct consumption *c, struct uuid id, struct recipient *out)
{
	const struct db_result *rows = c->loaded;

	for (int i = 0; rows && i < db_rows(rows); i++) {
		struct uuid found = db_uuid(rows, i, 0);

		if (!uuid_equal(&found, &id))
			continue;
		out->id = id;
		out->email = db_text(rows, i, 1);
		out->name = name_of(db_text(rows, i, 2), db_text(rows, i, 3), out->email, c->arena);
		out->language = db_text(rows, i, 4);
		return true;
	}
	return false;
}

static bool is_pressing(const struct arrival *arrival)
{
	struct text priority = arrival_data(arrival, "priority");

	return text_equal(priority, TEXT("urgent")) || text_equal(priority, TEXT("high"));
}

static void write_mail(struct rows *mails, const struct telling *telling, const struct arrival *arrival,
        const struct recipient *recipient, const struct uuid *mail_id)
{
	struct buffer *out = rows_begin(mails);

	rows_uuid(out, "id", mail_id);
	buffer_json_member_int(out, "priority", is_pressing(arrival) ? 1 : 2);
	buffer_json_member(out, "template", text_of(telling->template));
	buffer_json_member(out, "language", recipient->language);
	buffer_json_member(out, "recipient", recipient->email);
	rows_uuid(out, "recipient_id", &recipient->id);
	buffer_json_member(out, "ticket_id", arrival_text(arrival, "ticketId"));
	rows_uuid(out, "event_id", &arrival->envelope.id);
	buffer_json_name(out, "fields");
	buffer_string(out, "{");
	telling->fields(arrival, recipient, out);
	buffer_string(out, "}");
	rows_end(mails);
}

static void write_wake_up(struct rows *outbox, const struct arrival *arrival, const struct uuid *mail_id)
{
	char id[UUID_TEXT_BYTES], body[UUID_TEXT_BYTES + 16];
	struct buffer *out = rows_begin(outbox);

	uuid_format(mail_id, id);
	snprintf(body, sizeof body, "{\"mailId\":\"%s\"}", id);
	buffer_json_member(out, "exchange", TEXT("guichet.work"));
	buffer_json_member(
	        out, "routing_key", is_pressing(arrival) ? TEXT("work.mail.high") : TEXT("work.mail.normal"));
	buffer_json_member(out, "type", TEXT("mail.due"));
	buffer_json_name(out, "headers");
	buffer_string(out, "{");
	buffer_json_member(out, "message_id", text_of(id));
	buffer_json_member(out, "correlation_id", arrival->envelope.correlation_id);
	buffer_json_member(out, "traceparent", arrival->envelope.traceparent);
	buffer_string(out, "}");
	buffer_json_member(out, "body", text_of(body));
	rows_end(outbox);
}

static void notify_apply(struct consumption *c)
{
	struct rows mails, outbox;
	struct text mail_rows, outbox_rows;

	rows_init(&mails, c->arena);
	rows_init(&outbox, c->arena);
	for (int i = 0; i < c->count; i++) {
		for (int t = 0; t < TELLING_COUNT; t++) {
			const struct arrival *arrival = &c->arrivals[i];
			struct recipient recipient;
			struct uuid mail_id;

			if (!arrival->fresh || !concerns(&tellings[t], arrival) ||
			        !find_recipient(c, tellings[t].whom(arrival), &recipient))
				continue;
			mail_id = uuid_derive_at(c->now_us / 1000, "mail", &arrival->envelope.id, (uint32_t)t);
			write_mail(&mails, &tellings[t], arrival, &recipient, &mail_id);
			write_wake_up(&outbox, arrival, &mail_id);
		}
	}
	if (!mails.count)
		return;
	mail_rows = rows_done(&mails);
	outbox_rows = rows_done(&outbox);
	db_send(c->db, QUERY_notify_mail_store, P_TEXT(mail_rows));
	db_send(c->db, QUERY_outbox_store, P_TEXT(outbox_rows));
}

static const char *const queues[] = { "events.notify", NULL };

static const struct consumer_worker worker = {
	.name = "guichet-notify",
	.about = "Turns events into mail to be sent.",
	.queues = queues,
	.prefetch = 128,
	.dedupe = "notify",
	.load = notify_load,
	.apply = notify_apply,
};

int main(int argc, char **argv)
{
	return consumer_main(argc, argv, &worker);
}
