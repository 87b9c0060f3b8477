/* broker_read.c - one event off the connection: a delivery, a confirm, a return, a loss.
 *
 * Frames are read by hand: librabbitmq 0.11 has no confirm API, and its consume
 * call stops at any frame that is no delivery.
 */
#include "queues/broker_private.h"

#include <sys/time.h>
#include "base/arena.h"
#include "base/log.h"

static struct text text_in(struct arena *arena, amqp_bytes_t bytes)
{
	return text_copy(arena, (struct text){ bytes.len ? bytes.bytes : "", bytes.len });
}

static int64_t number_of(const amqp_field_value_t *value)
{
	switch (value->kind) {
	case AMQP_FIELD_KIND_I64:
	case AMQP_FIELD_KIND_U64:
	case AMQP_FIELD_KIND_TIMESTAMP:
		return value->value.i64;
	case AMQP_FIELD_KIND_I32:
		return value->value.i32;
	case AMQP_FIELD_KIND_U32:
		return value->value.u32;
	case AMQP_FIELD_KIND_I16:
		return value->value.i16;
	case AMQP_FIELD_KIND_U8:
	case AMQP_FIELD_KIND_I8:
		return value->value.u8;
	default:
		return 0;
	}
}

static bool is_named(const amqp_table_entry_t *entry, const char *name)
{
	return text_equal((struct text){ entry->key.bytes, entry->key.len }, text_of(name));
}

static struct text string_of(struct arena *arena, const amqp_field_value_t *value)
{
	return value->kind == AMQP_FIELD_KIND_UTF8 ? text_in(arena, value->value.bytes) : TEXT_NONE;
}

static void read_death(struct arena *arena, const amqp_field_value_t *value, struct message *out)
{
	const amqp_table_t *first;

	if (value->kind != AMQP_FIELD_KIND_ARRAY || value->value.array.num_entries < 1 ||
	        value->value.array.entries[0].kind != AMQP_FIELD_KIND_TABLE)
		return;
	first = &value->value.array.entries[0].value.table;
	for (int i = 0; i < first->num_entries; i++) {
		if (is_named(&first->entries[i], "queue"))
			out->death_queue = string_of(arena, &first->entries[i].value);
		else if (is_named(&first->entries[i], "reason"))
			out->death_reason = string_of(arena, &first->entries[i].value);
	}
}

static void read_headers(struct arena *arena, const amqp_table_t *headers, struct message *out)
{
	for (int i = 0; i < headers->num_entries; i++) {
		const amqp_table_entry_t *entry = &headers->entries[i];

		if (is_named(entry, "traceparent"))
			out->traceparent = string_of(arena, &entry->value);
		else if (is_named(entry, "actor"))
			out->actor = string_of(arena, &entry->value);
		else if (is_named(entry, "fp"))
			out->fp = string_of(arena, &entry->value);
		else if (is_named(entry, "handling"))
			out->handling = string_of(arena, &entry->value);
		else if (is_named(entry, "origin"))
			out->origin = string_of(arena, &entry->value);
		else if (is_named(entry, "accepted_at"))
			out->accepted_at = number_of(&entry->value);
		else if (is_named(entry, "replays"))
			out->replays = number_of(&entry->value);
		else if (is_named(entry, "x-delivery-count"))
			out->delivery_count = number_of(&entry->value);
		else if (is_named(entry, "x-death"))
			read_death(arena, &entry->value, out);
	}
}

/* The header and body frames that follow a deliver or a return. */
static bool read_content(struct broker *b, struct arena *arena, struct message *out)
{
	amqp_message_t content;
	const amqp_basic_properties_t *p = &content.properties;

	broker_watch(b);
	if (!broker_reply_is_fine(amqp_read_message(b->connection, CHANNEL, &content, 0), "reading a message"))
		return false;
	watchdog_done(&b->dog);
	if (p->_flags & AMQP_BASIC_MESSAGE_ID_FLAG)
		out->message_id = text_in(arena, p->message_id);
	if (p->_flags & AMQP_BASIC_TYPE_FLAG)
		out->type = text_in(arena, p->type);
	if (p->_flags & AMQP_BASIC_CORRELATION_ID_FLAG)
		out->correlation_id = text_in(arena, p->correlation_id);
	if (p->_flags & AMQP_BASIC_REPLY_TO_FLAG)
		out->reply_to = text_in(arena, p->reply_to);
	if (p->_flags & AMQP_BASIC_APP_ID_FLAG)
		out->app_id = text_in(arena, p->app_id);
	if (p->_flags & AMQP_BASIC_CONTENT_TYPE_FLAG)
		out->content_type = text_in(arena, p->content_type);
	if (p->_flags & AMQP_BASIC_TIMESTAMP_FLAG)
		out->timestamp = p->timestamp;
	if (p->_flags & AMQP_BASIC_HEADERS_FLAG)
		read_headers(arena, &p->headers, out);
	out->body = text_in(arena, content.body);
	amqp_destroy_message(&content);
	return true;
}

static void read_delivery(
        struct broker *b, const amqp_basic_deliver_t *d, struct arena *arena, struct broker_event *out)
{
	struct message m = { .exchange = text_in(arena, d->exchange),
		.routing_key = text_in(arena, d->routing_key),
		.queue = text_in(arena, d->consumer_tag),
		.tag = d->delivery_tag,
		.redelivered = d->redelivered };

	*out = (struct broker_event){ .kind = read_content(b, arena, &m) ? BROKER_DELIVERY : BROKER_LOST };
	out->message = m;
}

static void read_return(struct broker *b, const amqp_basic_return_t *r, struct arena *arena, struct broker_event *out)
{
	struct message m = { .exchange = text_in(arena, r->exchange), .routing_key = text_in(arena, r->routing_key) };

	log_warn("message returned: no queue takes it", LOG_VIEW("exchange", m.exchange),
	        LOG_VIEW("routing_key", m.routing_key));
	*out = (struct broker_event){ .kind = read_content(b, arena, &m) ? BROKER_RETURN : BROKER_LOST };
	out->message = m;
}

static struct broker_event lost_because(const char *what, amqp_bytes_t reason)
{
	log_warn("broker closed", LOG_TEXT("what", what),
	        LOG_VIEW("reason", ((struct text){ reason.bytes, reason.len })));
	return (struct broker_event){ .kind = BROKER_LOST };
}

static void read_method(struct broker *b, const amqp_method_t *method, struct arena *arena, struct broker_event *out)
{
	const amqp_basic_ack_t *ack = method->decoded;
	const amqp_basic_nack_t *nack = method->decoded;

	switch (method->id) {
	case AMQP_BASIC_DELIVER_METHOD:
		read_delivery(b, method->decoded, arena, out);
		return;
	case AMQP_BASIC_CONSUME_OK_METHOD:
		out->kind = BROKER_CONSUMING;
		return;
	case AMQP_BASIC_RETURN_METHOD:
		read_return(b, method->decoded, arena, out);
		return;
	case AMQP_BASIC_ACK_METHOD:
		*out = (struct broker_event){
			.kind = BROKER_CONFIRM, .tag = ack->delivery_tag, .multiple = ack->multiple, .positive = true
		};
		return;
	case AMQP_BASIC_NACK_METHOD:
		*out = (struct broker_event){
			.kind = BROKER_CONFIRM, .tag = nack->delivery_tag, .multiple = nack->multiple
		};
		return;
	case AMQP_CONNECTION_BLOCKED_METHOD:
		out->kind = BROKER_BLOCKED;
		return;
	case AMQP_CONNECTION_UNBLOCKED_METHOD:
		out->kind = BROKER_UNBLOCKED;
		return;
	case AMQP_BASIC_CANCEL_METHOD:
		*out = lost_because("consumer", ((const amqp_basic_cancel_t *)method->decoded)->consumer_tag);
		return;
	case AMQP_CHANNEL_CLOSE_METHOD:
		*out = lost_because("channel", ((const amqp_channel_close_t *)method->decoded)->reply_text);
		return;
	case AMQP_CONNECTION_CLOSE_METHOD:
		*out = lost_because("connection", ((const amqp_connection_close_t *)method->decoded)->reply_text);
		return;
	default:
		return; /* channel.flow and the like need no answer from us */
	}
}

void broker_next(struct broker *b, int timeout_ms, struct arena *arena, struct broker_event *out)
{
	struct timeval timeout = { timeout_ms / 1000, timeout_ms % 1000 * 1000 };
	amqp_frame_t frame;
	int status;

	*out = (struct broker_event){ .kind = BROKER_NOTHING };
	if (b->lost) {
		out->kind = BROKER_LOST;
		return;
	}
	amqp_maybe_release_buffers(b->connection);
	watchdog_expect(&b->dog, timeout_ms + BROKER_STALL_S * 1000);
	status = amqp_simple_wait_frame_noblock(b->connection, &frame, &timeout);
	watchdog_done(&b->dog);
	if (status == AMQP_STATUS_TIMEOUT)
		return;
	if (status != AMQP_STATUS_OK) {
		log_warn("broker lost", LOG_TEXT("reason", amqp_error_string2(status)));
		out->kind = BROKER_LOST;
	} else if (frame.frame_type == AMQP_FRAME_METHOD) {
		read_method(b, &frame.payload.method, arena, out);
	}
	b->lost = b->lost || out->kind == BROKER_LOST;
}
