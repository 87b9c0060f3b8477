/* outbox.c - see outbox.h. */
#include "workers/outbox.h"

#include <stdio.h>
#include "workers/batch.h"

static void write_place(struct buffer *row, struct text exchange, struct text routing_key, const char *type)
{
	buffer_json_member(row, "exchange", exchange);
	buffer_json_member(row, "routing_key", routing_key);
	buffer_json_member(row, "type", text_of(type));
}

static struct buffer body_begin(const struct buffer *row)
{
	struct buffer body;

	buffer_init(&body, row->arena, 512);
	return body;
}

static void write_event_headers(struct buffer *row, const struct said *said)
{
	buffer_json_name(row, "headers");
	buffer_string(row, "{");
	rows_uuid(row, "message_id", &said->id);
	buffer_json_member(row, "correlation_id", said->correlation_id);
	rows_uuid(row, "actor", &said->actor);
	rows_uuid(row, "command_id", &said->command_id);
	buffer_json_member(row, "traceparent", said->traceparent);
	buffer_json_member(row, "origin", said->origin);
	buffer_string(row, "}");
}

/* What it is about, and how that is after it. */
static void write_subject(struct buffer *body, const struct said *said)
{
	char member[64];

	if (uuid_is_none(&said->subject_id))
		return;
	snprintf(member, sizeof member, "%sId", said->subject);
	rows_uuid(body, member, &said->subject_id);
	snprintf(member, sizeof member, "%sVersion", said->subject);
	buffer_json_member_int(body, member, said->subject_version);
}

/* The event as consumers get it; its members are those of Event in queues/answers.def. */
static void write_event_body(
        struct buffer *body, const struct said *said, const struct record *event, const void *members)
{
	buffer_string(body, "{");
	rows_uuid(body, "id", &said->id);
	buffer_json_member(body, "type", text_of(event->type));
	rows_time(body, "occurredAt", said->now_us);
	rows_uuid(body, "actorId", &said->actor);
	if (said->role)
		buffer_json_member(body, "actorRole", text_of(account_role_word(said->role)));
	rows_uuid(body, "commandId", &said->command_id);
	buffer_json_member(body, "requestId", said->correlation_id);
	write_subject(body, said);
	buffer_json_name(body, "data");
	contract_write(event, members, body);
	buffer_string(body, "}");
}

void outbox_event(struct buffer *row, const struct said *said, enum event_id id, const void *members)
{
	struct buffer body = body_begin(row);

	write_event_body(&body, said, &events[id], members);
	write_place(row, TEXT("guichet.events"), text_of(events[id].type), events[id].type);
	write_event_headers(row, said);
	buffer_json_member(row, "body", buffer_view(&body));
}

/* What is for one reader alone: the members and nothing around them, with the fingerprint of a command. */
static void write_message(struct buffer *row, const struct said *said, const struct record *record, const void *members)
{
	struct envelope envelope = { .id = said->id,
		.type = text_of(record->type),
		.actor = said->asked_by,
		.accepted_at = said->now_us,
		.correlation_id = said->correlation_id,
		.traceparent = said->traceparent,
		.origin = said->origin };
	struct message message = { .redelivered = false };
	struct buffer body = body_begin(row);

	contract_write(record, members, &body);
	envelope.body = buffer_view(&body);
	envelope_fingerprint(envelope.type, envelope.body, envelope.fp);
	envelope_write(&envelope, row->arena, &message);
	buffer_json_name(row, "headers");
	message_headers_json(&message, row);
	buffer_json_member(row, "body", envelope.body);
}

void outbox_command(
        struct buffer *row, const struct said *said, enum command_id id, const void *fields, struct text lane)
{
	const struct record *record = &commands[id].record;

	write_place(row, TEXT("guichet.commands"), lane, record->type);
	write_message(row, said, record, fields);
}

void outbox_work(struct buffer *row, const struct said *said, enum work_id id, const void *members, struct text queue)
{
	write_place(row, TEXT("guichet.work"), queue, work_records[id].type);
	write_message(row, said, &work_records[id], members);
}
