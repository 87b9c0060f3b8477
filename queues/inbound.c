/* inbound.c - see inbound.h. */
#include "queues/inbound.h"

#include "base/arena.h"
#include "base/clock.h"
#include "queues/contract.h"
#include "queues/envelope.h"

int64_t inbound_bytes_most;

static void write_id(struct buffer *out, const char *name, const struct uuid *id)
{
	buffer_json_member(out, name, uuid_text(out->arena, id));
}

static void write_recipients(struct buffer *out, const struct inbound *mail)
{
	buffer_json_name(out, "recipients");
	buffer_string(out, "[");
	for (int i = 0; i < mail->recipient_count; i++) {
		buffer_string(out, i ? "," : "");
		buffer_json_text(out, mail->recipients[i]);
	}
	buffer_string(out, "]");
}

/* What the intake worker is sent: that there is such a row. */
static void write_message(struct buffer *out, const struct inbound *mail)
{
	struct mail_received members = { .inbound_id = mail->id };
	struct envelope envelope = { .id = uuid_new(),
		.type = text_of(work_records[WORK_mail_received].type),
		.accepted_at = clock_unix_us(),
		.traceparent = mail->traceparent };
	struct message message = { .redelivered = false };
	struct buffer body;

	buffer_init(&body, out->arena, 128);
	contract_write(&work_records[WORK_mail_received], &members, &body);
	envelope.body = buffer_view(&body);
	envelope_fingerprint(envelope.type, envelope.body, envelope.fp);
	envelope_write(&envelope, out->arena, &message);
	buffer_json_member(out, "exchange", TEXT("guichet.work"));
	buffer_json_member(out, "routing_key", TEXT("work.intake"));
	buffer_json_member(out, "type", envelope.type);
	buffer_json_name(out, "headers");
	message_headers_json(&message, out);
	buffer_json_member(out, "body", envelope.body);
}

void inbound_write(const struct inbound *mail, struct buffer *out)
{
	char hex[2 * 32 + 1];

	text_hex(mail->sha256, 32, hex);
	buffer_string(out, "{");
	write_id(out, "id", &mail->id);
	buffer_json_member(out, "door", text_of(mail->door));
	buffer_json_member(out, "peer", mail->peer.data ? mail->peer : TEXT(""));
	buffer_json_member(out, "envelope_from", mail->from);
	write_recipients(out, mail);
	buffer_json_member_int(out, "size", mail->size);
	buffer_json_member(out, "sha256", text_of(hex));
	buffer_json_member(out, "door_key", mail->door_key);
	buffer_json_member(out, "traceparent", mail->traceparent);
	write_message(out, mail);
	buffer_string(out, "}");
}
