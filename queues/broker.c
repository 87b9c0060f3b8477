/* broker.c - connecting, consuming, publishing, acknowledging: with broker_read.c the only file that knows librabbitmq.
 *
 * The library's publish and read calls have no timeout: everything that can hang
 * is between broker_watch() and watchdog_done(). See broker.h for the rules.
 */
#include "queues/broker_private.h"

#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "base/log.h"
#include "base/process.h"
#include "base/trust.h"

#define FRAME_MAX 131072
#define HEARTBEAT_S 10
#define CONNECT_S 3
#define LOGIN_S 5 /* from there to a channel: together shorter than a drain */
#define RPC_S 10
#define SHORT_MAX 255                             /* AMQP 0-9-1: a short string */
#define HEADERS_MAX (64 * 1024)                   /* they share one frame */
#define BODY_BYTES_MAX ((size_t)16 * 1024 * 1024) /* max_message_size of a broker that sets the least */

static const char *amqp_url;

const char *broker_url(void)
{
	return amqp_url;
}

struct setting broker_settings[] = {
	{ "AMQP_URL", SETTING_URL, &amqp_url, NULL, .schemes = "amqp amqps", .secret = true,
	        .help = "RabbitMQ: amqp[s]://user:password@host:port/vhost, more hosts after commas" },
	{ 0 },
};

static amqp_bytes_t bytes_of(struct text t)
{
	return (amqp_bytes_t){ .len = t.len, .bytes = (void *)t.data };
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

bool broker_reply_is_fine(amqp_rpc_reply_t reply, const char *what)
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
	return broker_reply_is_fine(amqp_login_with_properties(b->connection, info->vhost, 0, FRAME_MAX, HEARTBEAT_S,
	                                    &table, AMQP_SASL_METHOD_PLAIN, info->user, info->password),
	        "login");
}

static bool open_channel(struct broker *b, bool confirms)
{
	amqp_channel_open(b->connection, CHANNEL);
	if (!broker_reply_is_fine(amqp_get_rpc_reply(b->connection), "channel.open"))
		return false;
	if (!confirms)
		return true;
	amqp_confirm_select(b->connection, CHANNEL);
	return broker_reply_is_fine(amqp_get_rpc_reply(b->connection), "confirm.select");
}

/* OpenSSL compares the name, by trust_demand(): the library would take no IP address. NULL: trust_refusal() tells. */
static amqp_socket_t *new_socket(amqp_connection_state_t connection, const struct amqp_connection_info *info)
{
	amqp_socket_t *socket = info->ssl ? amqp_ssl_socket_new(connection) : amqp_tcp_socket_new(connection);

	if (!socket)
		abort(); /* out of memory */
	if (!info->ssl)
		return socket;
	amqp_ssl_socket_set_verify_peer(socket, 1);
	amqp_ssl_socket_set_verify_hostname(socket, 0);
	return trust_demand(amqp_ssl_socket_get_context(socket), info->host) ? socket : NULL;
}

static void log_away(const struct amqp_connection_info *info, const char *reason)
{
	if (info->ssl && trust_refusal())
		reason = trust_refusal();
	log_warn("broker does not answer", LOG_TEXT("host", info->host), LOG_INT("port", info->port),
	        LOG_TEXT("reason", reason));
}

static struct broker *connect_to(const struct amqp_connection_info *info, bool confirms)
{
	struct timeval connect = { CONNECT_S, 0 }, rpc = { RPC_S, 0 };
	struct broker *b = calloc(1, sizeof *b);
	amqp_socket_t *socket;
	int yes = 1, status = AMQP_STATUS_SSL_ERROR;

	if (!b || !(b->connection = amqp_new_connection()))
		abort(); /* out of memory */
	amqp_set_handshake_timeout(b->connection, &connect);
	amqp_set_rpc_timeout(b->connection, &rpc);
	socket = new_socket(b->connection, info);
	if (socket)
		status = amqp_socket_open_noblock(socket, info->host, info->port, &connect);
	if (status != AMQP_STATUS_OK) {
		log_away(info, amqp_error_string2(status));
		amqp_destroy_connection(b->connection);
		free(b);
		return NULL;
	}
	setsockopt(amqp_get_sockfd(b->connection), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
	watchdog_watch(&b->dog, amqp_get_sockfd(b->connection));
	watchdog_expect(&b->dog, LOGIN_S * 1000);
	if (!login(b, info) || !open_channel(b, confirms))
		broker_close(&b);
	else
		watchdog_done(&b->dog);
	return b;
}

struct broker *broker_connect(bool confirms)
{
	return broker_connect_to(amqp_url, confirms);
}

struct broker *broker_connect_to(const char *urls, bool confirms)
{
	char *list = strdup(urls), *rest = list, *url;
	struct broker *b = NULL;

	if (!list)
		abort();
	while (!b && !process_stopping() && (url = strsep(&rest, ","))) {
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

static bool ask_to_consume(struct broker *b, const char *queue)
{
	amqp_basic_consume_t method = { .queue = amqp_cstring_bytes(queue), .consumer_tag = amqp_cstring_bytes(queue) };

	return amqp_send_method(b->connection, CHANNEL, AMQP_BASIC_CONSUME_METHOD, &method) == AMQP_STATUS_OK;
}

/* The library's own call waits for each answer and puts aside what the queues before have sent meanwhile, all of it. */
bool broker_consume(struct broker *b, const char *const *queues, int queue_count, int prefetch)
{
	bool fine;

	broker_watch(b);
	amqp_basic_qos(b->connection, CHANNEL, 0, (uint16_t)prefetch, 0);
	fine = broker_reply_is_fine(amqp_get_rpc_reply(b->connection), "basic.qos");
	for (int i = 0; fine && i < queue_count; i++)
		fine = ask_to_consume(b, queues[i]);
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

/* 0 is not sent. */
static void add_number(amqp_table_t *headers, const char *name, int64_t value)
{
	amqp_table_entry_t *entry = &headers->entries[headers->num_entries];

	if (!value)
		return;
	headers->num_entries++;
	entry->key = amqp_cstring_bytes(name);
	entry->value.kind = AMQP_FIELD_KIND_I64;
	entry->value.value.i64 = value;
}

bool broker_can_carry(const struct message *m)
{
	const struct text shorts[] = { m->exchange, m->routing_key, m->content_type, m->correlation_id, m->reply_to,
		m->message_id, m->type };

	for (size_t i = 0; i < sizeof shorts / sizeof *shorts; i++)
		if (shorts[i].len > SHORT_MAX)
			return false;
	return m->traceparent.len + m->actor.len + m->fp.len + m->handling.len + m->origin.len <= HEADERS_MAX &&
	       m->body.len <= BODY_BYTES_MAX;
}

bool broker_publish(struct broker *b, const struct message *m, uint64_t *out_tag)
{
	amqp_table_entry_t entries[7];
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
	add_header(&p.headers, "origin", m->origin);
	add_number(&p.headers, "accepted_at", m->accepted_at);
	add_number(&p.headers, "replays", m->replays);
	broker_watch(b);
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

void broker_gather(struct broker *b, bool on)
{
	int cork = on;

	setsockopt(amqp_get_sockfd(b->connection), IPPROTO_TCP, TCP_CORK, &cork, sizeof cork);
}

bool broker_ack(struct broker *b, uint64_t tag, bool multiple)
{
	int status;

	if (b->lost)
		return false;
	broker_watch(b);
	status = amqp_basic_ack(b->connection, CHANNEL, tag, multiple);
	watchdog_done(&b->dog);
	b->lost = status != AMQP_STATUS_OK;
	return !b->lost;
}

int broker_fd(const struct broker *b)
{
	return amqp_get_sockfd(b->connection);
}

/* Nothing stays inside OpenSSL: it reads a record at a time, and the library's buffer takes more than a whole one. */
bool broker_has_buffered(struct broker *b)
{
	return amqp_frames_enqueued(b->connection) || amqp_data_in_buffer(b->connection);
}
