/* known.c - what the database knows of a mail (sql/functions/intake_known.sql), read into a struct. */
#include "workers/intake/intake.h"

static struct text text_in(const json_t *object, const char *member, struct arena *arena)
{
	const json_t *value = json_object_get(object, member);

	return json_is_string(value) ? text_copy(arena, text_of(json_string_value(value))) : TEXT_NONE;
}

static struct uuid id_in(const json_t *object, const char *member)
{
	struct uuid id = { { 0 } };
	const char *text = json_string_value(json_object_get(object, member));

	if (text)
		uuid_parse(text_of(text), &id);
	return id;
}

static bool flag_in(const json_t *object, const char *member)
{
	return json_is_true(json_object_get(object, member));
}

/* The desk's own address is a mailbox without a row. */
static void read_mailbox(const json_t *mailbox, struct arena *arena, struct known *out)
{
	bool own = !json_is_object(mailbox);

	out->mailbox_id = id_in(mailbox, "id");
	out->category = text_in(mailbox, "category", arena);
	out->language = text_in(mailbox, "language", arena);
	out->priority = word_find(text_in(mailbox, "priority", arena), ticket_priority_words, ticket_priority_count);
	out->strangers_wait = own || text_equal(text_in(mailbox, "strangers", arena), TEXT("wait"));
	out->answers = own || flag_in(mailbox, "answers");
	out->commands = own || flag_in(mailbox, "commands");
	out->watch_copied = flag_in(mailbox, "watch_copied");
	out->trust_reply_to = flag_in(mailbox, "trust_reply_to");
}

static void read_own_addresses(const json_t *addresses, struct arena *arena, struct known *out)
{
	out->own_addresses.items = ARENA_ARRAY(arena, struct text, json_array_size(addresses) + 1);
	for (size_t i = 0; i < json_array_size(addresses); i++)
		out->own_addresses.items[out->own_addresses.count++] =
		        text_copy(arena, text_of(json_string_value(json_array_get(addresses, i))));
}

static void read_tickets(const json_t *tickets, struct arena *arena, struct known *out)
{
	for (size_t i = 0; i < json_array_size(tickets) && i < sizeof out->tickets / sizeof *out->tickets; i++) {
		const json_t *ticket = json_array_get(tickets, i);

		out->tickets[out->ticket_count++] = (struct candidate){
			.id = id_in(ticket, "id"),
			.owner_id = id_in(ticket, "owner"),
			.number = text_in(ticket, "number", arena),
			.by_number = text_equal(text_in(ticket, "basis", arena), TEXT("number")),
			.part = flag_in(ticket, "part"),
			.answers = json_integer_value(json_object_get(ticket, "answers")),
		};
	}
}

static void read_all(const json_t *known, struct arena *arena, struct known *out)
{
	const json_t *sender = json_object_get(known, "sender"), *bounced = json_object_get(known, "bounced");

	*out = (struct known){
		.ours = flag_in(known, "ours"),
		.forward_ours = flag_in(known, "forwardOurs"),
		.stopped = flag_in(known, "stopped"),
		.has_sender = json_is_object(sender),
		.sender_id = id_in(sender, "id"),
		.sender_active = flag_in(sender, "active"),
		.sender_staff = flag_in(sender, "active") && flag_in(sender, "staff"),
		.duplicate_of = id_in(known, "duplicate"),
		.bounced = id_in(bounced, "id"),
		.bounced_ticket = id_in(bounced, "ticket"),
		.bounced_recipient = text_in(bounced, "recipient", arena),
		.bounced_template = text_in(bounced, "template", arena),
		.hour = json_integer_value(json_object_get(known, "hour")),
		.day = json_integer_value(json_object_get(known, "day")),
	};
	read_own_addresses(json_object_get(known, "ownAddresses"), arena, out);
	read_mailbox(json_object_get(known, "mailbox"), arena, out);
	read_tickets(json_object_get(known, "tickets"), arena, out);
}

bool known_read(struct text json, struct arena *arena, struct known *out)
{
	json_t *known = json_loadb(json.data, json.len, 0, NULL);

	if (known)
		read_all(known, arena, out);
	json_decref(known);
	return known != NULL;
}
