/* broker.c - the only file that knows librabbitmq. See broker.h for its rules.
 *
 * Why frames are read by hand: 0.11 has no confirm API, its consume call stops
 * at any frame that is no delivery, and its publish and read calls have no
 * timeout. Everything that can hang is between watch() and watchdog_done().
 */
#include "queues/broker.h"

#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_tcp_socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "base/arena.h"
#include "base/log.h"
#include "base/process.h"
#include "queues/watchdog.h"

#define CHANNEL 1
#define FRAME_MAX 131072
#define HEARTBEAT_S 10
#define CONNECT_S 5
#define RPC_S 10

struct broker {
	amqp_connection_state_t connection;
	struct watchdog dog;
	uint64_t published;
	bool lost;
};

static const char *amqp_url;

struct setting broker_settings[] = {
	{ "AMQP_URL", SETTING_URL, &amqp_url, NULL, .schemes = "amqp", .secret = true,
	        .help = "RabbitMQ: amqp://user:password@host:port/vhost, more hosts after commas" },
	{ 0 },
};

static amqp_bytes_t bytes_of(struct text t)
{
	return (amqp_bytes_t){ .len = t.len, .bytes = (void *)t.data };
}

static struct text text_in(struct arena *arena, amqp_bytes_t bytes)
{
	return text_copy(arena, (struct text){ bytes.len ? bytes.bytes : "", bytes.len });
}

static void watch(struct broker *b)
{
	watchdog_expect(&b->dog, BROKER_STALL_S * 1000);
}

/* --- connecting ------------------------------------------------------------ */
static struct text reason_of(amqp_rpc_reply_t reply)
{
	amqp_bytes_t text = amqp_empty_bytes;

	if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION)
		return text_of(amqp_error_string2(reply.library_error));
	if (reply.reply.id == AMQP_CHANNEL_CLOSE_METHOD)
		text = ((amqp_channel_close_t *)reply.reply.decoded)->reply_text;
	else if (reply.reply.id == AMQP_CONNECTION_CLOSE_METHOD)
		text = ((amqp_connection_close_t *)reply.reply.decoded)->reply_text;
	return (struct text){ text.bytes, text.len };
}

static bool reply_is_fine(amqp_rpc_reply_t reply, const char *what)
{
	if (reply.reply_type == AMQP_RESPONSE_NORMAL)
		return true;
	log_warn("broker call failed", LOG_TEXT("call", what), LOG_VIEW("reason", reason_of(reply)));
	return false;
}

static amqp_table_entry_t capability(const char *name)
{
	amqp_table_entry_t entry = { .key = amqp_cstring_bytes(name) };

	entry.value.kind = AMQP_FIELD_KIND_BOOLEAN;
	entry.value.value.boolean = 1;
	return entry;
}

static bool login(struct broker *b, const struct amqp_connection_info *info)
{
	amqp_table_entry_t capabilities[] = { capability("publisher_confirms"), capability("basic.nack"),
		capability("connection.blocked"), capability("consumer_cancel_notify"),
		capability("authentication_failure_close") };
	amqp_table_entry_t properties[2] = { { .key = amqp_cstring_bytes("capabilities") },
		{ .key = amqp_cstring_bytes("connection_name") } };
	amqp_table_t table = { 2, properties };

	properties[0].value.kind = AMQP_FIELD_KIND_TABLE;
	properties[0].value.value.table = (amqp_table_t){ sizeof capabilities / sizeof *capabilities, capabilities };
	properties[1].value.kind = AMQP_FIELD_KIND_UTF8;
	properties[1].value.value.bytes = amqp_cstring_bytes(process_name());
	return reply_is_fine(amqp_login_with_properties(b->connection, info->vhost, 0, FRAME_MAX, HEARTBEAT_S, &table,
	                             AMQP_SASL_METHOD_PLAIN, info->user, info->password),
	        "login");
}

static bool open_channel(struct broker *b, bool confirms)
{
	amqp_channel_open(b->connection, CHANNEL);
	if (!reply_is_fine(amqp_get_rpc_reply(b->connection), "channel.open"))
		return false;
	if (!confirms)
		return true;
	amqp_confirm_select(b->connection, CHANNEL);
	return reply_is_fine(amqp_get_rpc_reply(b->connection), "confirm.select");
}

static struct broker *connect_to(const struct amqp_connection_info *info, bool confirms)
{
	struct timeval connect = { CONNECT_S, 0 }, rpc = { RPC_S, 0 };
	struct broker *b = calloc(1, sizeof *b);
	amqp_socket_t *socket;
	int yes = 1, status;

	if (!b || !(b->connection = amqp_new_connection()) || !(socket = amqp_tcp_socket_new(b->connection)))
		abort(); /* out of memory */
	amqp_set_handshake_timeout(b->connection, &connect);
	amqp_set_rpc_timeout(b->connection, &rpc);
	status = amqp_socket_open_noblock(socket, info->host, info->port, &connect);
	if (status != AMQP_STATUS_OK) {
		log_warn("broker does not answer", LOG_TEXT("host", info->host), LOG_INT("port", info->port),
		        LOG_TEXT("reason", amqp_error_string2(status)));
		amqp_destroy_connection(b->connection);
		free(b);
		return NULL;
	}
	setsockopt(amqp_get_sockfd(b->connection), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
	watchdog_watch(&b->dog, amqp_get_sockfd(b->connection));
	watch(b);
	if (!login(b, info) || !open_channel(b, confirms))
		broker_close(&b);
	else
		watchdog_done(&b->dog);
	return b;
}

struct broker *broker_connect(bool confirms)
{
	char *list = strdup(amqp_url), *rest = list, *url;
	struct broker *b = NULL;

	if (!list)
		abort();
	while (!b && (url = strsep(&rest, ","))) {
		struct amqp_connection_info info;

		if (amqp_parse_url(url, &info) != AMQP_STATUS_OK)
			log_error("AMQP_URL holds an address that cannot be read");
		else
			b = connect_to(&info, confirms);
	}
	free(list);
	return b;
}

/* No polite close: it is a call that can hang, and the broker copes without. */
void broker_close(struct broker **broker)
{
	struct broker *b = *broker;

	*broker = NULL;
	if (!b)
		return;
	watchdog_unwatch(&b->dog);
	shutdown(amqp_get_sockfd(b->connection), SHUT_RDWR);
	amqp_destroy_connection(b->connection);
	free(b);
}

bool broker_consume(struct broker *b, const char *queue, int prefetch)
{
	amqp_bytes_t name = amqp_cstring_bytes(queue);
	bool fine;

	watch(b);
	amqp_basic_qos(b->connection, CHANNEL, 0, (uint16_t)prefetch, 0);
	fine = reply_is_fine(amqp_get_rpc_reply(b->connection), "basic.qos");
	if (fine) {
		amqp_basic_consume(b->connection, CHANNEL, name, name, 0, 0, 0, amqp_empty_table);
		fine = reply_is_fine(amqp_get_rpc_reply(b->connection), "basic.consume");
	}
	watchdog_done(&b->dog);
	b->lost = b->lost || !fine;
	return fine;
}

/* --- publishing ------------------------------------------------------------ */
static void set_text(amqp_basic_properties_t *p, amqp_bytes_t *slot, amqp_flags_t flag, struct text value)
{
	if (!value.len)
		return;
	*slot = bytes_of(value);
	p->_flags |= flag;
}

static void add_header(amqp_table_t *headers, const char *name, struct text value)
{
	amqp_table_entry_t *entry = &headers->entries[headers->num_entries];

	if (!value.len)
		return;
	headers->num_entries++;
	entry->key = amqp_cstring_bytes(name);
	entry->value.kind = AMQP_FIELD_KIND_UTF8;
	entry->value.value.bytes = bytes_of(value);
}

bool broker_publish(struct broker *b, const struct message *m, uint64_t *out_tag)
{
	amqp_table_entry_t entries[5];
	amqp_basic_properties_t p = { ._flags = AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_HEADERS_FLAG |
		                                AMQP_BASIC_TIMESTAMP_FLAG,
		.delivery_mode = 2,
		.timestamp = m->timestamp,
		.headers = { 0, entries } };
	int status;

	if (b->lost)
		return false;
	set_text(&p, &p.content_type, AMQP_BASIC_CONTENT_TYPE_FLAG, m->content_type);
	set_text(&p, &p.correlation_id, AMQP_BASIC_CORRELATION_ID_FLAG, m->correlation_id);
	set_text(&p, &p.reply_to, AMQP_BASIC_REPLY_TO_FLAG, m->reply_to);
	set_text(&p, &p.message_id, AMQP_BASIC_MESSAGE_ID_FLAG, m->message_id);
	set_text(&p, &p.type, AMQP_BASIC_TYPE_FLAG, m->type);
	set_text(&p, &p.app_id, AMQP_BASIC_APP_ID_FLAG, text_of(process_name()));
	add_header(&p.headers, "traceparent", m->traceparent);
	add_header(&p.headers, "actor", m->actor);
	add_header(&p.headers, "fp", m->fp);
	add_header(&p.headers, "handling", m->handling);
	if (m->accepted_at) {
		entries[p.headers.num_entries].key = amqp_cstring_bytes("accepted_at");
		entries[p.headers.num_entries].value.kind = AMQP_FIELD_KIND_I64;
		entries[p.headers.num_entries++].value.value.i64 = m->accepted_at;
	}
	watch(b);
	status = amqp_basic_publish(
	        b->connection, CHANNEL, bytes_of(m->exchange), bytes_of(m->routing_key), 1, 0, &p, bytes_of(m->body));
	watchdog_done(&b->dog);
	if (status != AMQP_STATUS_OK) {
		log_warn("publishing failed", LOG_TEXT("reason", amqp_error_string2(status)));
		b->lost = true;
		return false;
	}
	*out_tag = ++b->published;
	return true;
}

bool broker_ack(struct broker *b, uint64_t tag, bool multiple)
{
	int status;

	if (b->lost)
		return false;
	watch(b);
	status = amqp_basic_ack(b->connection, CHANNEL, tag, multiple);
	watchdog_done(&b->dog);
	b->lost = status != AMQP_STATUS_OK;
	return !b->lost;
}

/* --- reading --------------------------------------------------------------- */
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
		else if (is_named(entry, "accepted_at"))
			out->accepted_at = number_of(&entry->value);
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

	watch(b);
	if (!reply_is_fine(amqp_read_message(b->connection, CHANNEL, &content, 0), "reading a message"))
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

int broker_fd(const struct broker *b)
{
	return amqp_get_sockfd(b->connection);
}

bool broker_has_buffered(struct broker *b)
{
	return amqp_frames_enqueued(b->connection) || amqp_data_in_buffer(b->connection);
}
