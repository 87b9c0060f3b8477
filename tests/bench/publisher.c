/* publisher.c - commands straight to the broker, with nothing of ingress in between.
 *
 *   publisher --lines FILE [--creates PERCENT] [--window N] --seconds S | --count N
 *
 * FILE has a line for each account: its id and, after a space, the id of a ticket it owns.
 * Creates are made for the accounts and comments for the tickets, by turns; those of the
 * creates go to the sixteen lanes one after the other. Properties, headers and bodies are
 * those that ingress would send, and like there each message is persistent and mandatory.
 *
 * With --seconds the same messages are sent again and again, made before the clock starts:
 * what a bare publisher reaches. With --count each is made anew, so that a worker will
 * apply it: a backlog.
 *
 * AMQP_URL says where. stdout: one JSON object. Exit code 0 when all was confirmed, 1
 * when not, 2 when used wrongly.
 */
#include <amqp.h>
#include <amqp_tcp_socket.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include "base/arena.h"
#include "base/clock.h"
#include "queues/contract.h"
#include "queues/envelope.h"

#define CHANNEL 1
#define POOL 16384
#define WINDOW_MAX 4096
#define HEADERS 4

struct line {
	struct uuid account, ticket;
};

struct prepared {
	struct text exchange, routing_key, body;
	amqp_basic_properties_t properties;
	amqp_table_entry_t headers[HEADERS];
};

static struct {
	const char *lines;
	int64_t creates, window, seconds, count;
} settings = { .creates = 50, .window = 256 };

static struct {
	struct line *lines;
	int64_t line_count;
	struct arena *arena; /* of the messages in the pool */
	struct prepared pool[POOL];
	int64_t made, creates, comments;
	amqp_connection_state_t connection;
	uint64_t published, oldest;
	bool confirmed[WINDOW_MAX];
	int64_t refused;
} the = { .oldest = 1 };

static void usage(const char *why)
{
	fprintf(stderr,
	        "publisher: %s\n"
	        "usage: publisher --lines FILE [--creates PERCENT] [--window N] --seconds S | --count N\n",
	        why);
	exit(2);
}

static void read_settings(int argc, char **argv)
{
	static const struct option options[] = { { "lines", 1, NULL, 'l' }, { "creates", 1, NULL, 'p' },
		{ "window", 1, NULL, 'w' }, { "seconds", 1, NULL, 's' }, { "count", 1, NULL, 'c' }, { 0 } };
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'l')
			settings.lines = optarg;
		else if (option == 'p')
			settings.creates = atoll(optarg);
		else if (option == 'w')
			settings.window = atoll(optarg);
		else if (option == 's')
			settings.seconds = atoll(optarg);
		else if (option == 'c')
			settings.count = atoll(optarg);
		else
			usage("unknown option");
	}
	if (!settings.lines || optind < argc || settings.window < 1 || settings.window > WINDOW_MAX ||
	        (settings.seconds > 0) == (settings.count > 0))
		usage("--lines, and either --seconds or --count, are needed");
}

static void read_lines(void)
{
	FILE *file = fopen(settings.lines, "r");
	char text[128];
	int64_t capacity = 0;

	if (!file) {
		perror(settings.lines);
		exit(2);
	}
	while (fgets(text, sizeof text, file)) {
		struct line line = { 0 };
		bool has_ticket = strlen(text) > 2 * 36;

		if (!uuid_parse((struct text){ text, 36 }, &line.account) ||
		        (has_ticket ? !uuid_parse((struct text){ text + 37, 36 }, &line.ticket)
		                    : settings.creates < 100))
			usage("a line of the file has no account, or no ticket to comment");
		if (the.line_count == capacity) {
			capacity = capacity ? capacity * 2 : 1024;
			the.lines = realloc(the.lines, (size_t)capacity * sizeof *the.lines);
			if (!the.lines)
				abort();
		}
		the.lines[the.line_count++] = line;
	}
	fclose(file);
	if (!the.line_count)
		usage("the file is empty");
}

/* --- messages --------------------------------------------------------------------- */
static amqp_bytes_t bytes_of(struct text t)
{
	return (amqp_bytes_t){ .len = t.len, .bytes = (void *)t.data };
}

static void add_header(struct prepared *p, const char *name, struct text value)
{
	amqp_table_entry_t *entry = &p->headers[p->properties.headers.num_entries++];

	entry->key = amqp_cstring_bytes(name);
	entry->value.kind = AMQP_FIELD_KIND_UTF8;
	entry->value.value.bytes = bytes_of(value);
}

static void translate(const struct message *m, struct prepared *p)
{
	amqp_table_entry_t *accepted_at;

	*p = (struct prepared){ .exchange = m->exchange, .routing_key = m->routing_key, .body = m->body };
	p->properties = (amqp_basic_properties_t){
		._flags = AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_HEADERS_FLAG | AMQP_BASIC_TIMESTAMP_FLAG |
		          AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_CORRELATION_ID_FLAG | AMQP_BASIC_REPLY_TO_FLAG |
		          AMQP_BASIC_MESSAGE_ID_FLAG | AMQP_BASIC_TYPE_FLAG | AMQP_BASIC_APP_ID_FLAG,
		.delivery_mode = 2,
		.timestamp = m->timestamp,
		.content_type = bytes_of(m->content_type),
		.correlation_id = bytes_of(m->correlation_id),
		.reply_to = bytes_of(m->reply_to),
		.message_id = bytes_of(m->message_id),
		.type = bytes_of(m->type),
		.app_id = amqp_cstring_bytes("guichet-ingress"),
		.headers = { 0, p->headers },
	};
	add_header(p, "traceparent", m->traceparent);
	add_header(p, "actor", m->actor);
	add_header(p, "fp", m->fp);
	accepted_at = &p->headers[p->properties.headers.num_entries++];
	accepted_at->key = amqp_cstring_bytes("accepted_at");
	accepted_at->value.kind = AMQP_FIELD_KIND_I64;
	accepted_at->value.value.i64 = m->accepted_at;
}

static const void *write_create(struct uuid *out_ticket)
{
	static struct ticket_create fields;

	fields = (struct ticket_create){ .ticket_id = uuid_new(),
		.title = TEXT("The printer on the third floor is on fire"),
		.description = TEXT("Printed pages come out blank, and then they come out black."),
		.priority = PRIORITY_HIGH,
		.category = TEXT("printer") };
	fields.ticket_id.bytes[15] = (uint8_t)((fields.ticket_id.bytes[15] & 0xf0) | (the.creates++ % LANE_COUNT));
	*out_ticket = fields.ticket_id;
	return &fields;
}

static const void *write_comment(const struct line *line)
{
	static struct ticket_comment fields;

	fields = (struct ticket_comment){ .ticket_id = line->ticket,
		.comment_id = uuid_new(),
		.content = TEXT("It is out now, but the smell is still there.") };
	return &fields;
}

static void make(struct prepared *out)
{
	bool creates = the.made * settings.creates / 100 < (the.made + 1) * settings.creates / 100;
	const struct line *line = &the.lines[(creates ? the.creates : the.comments++) % the.line_count];
	const struct record *record = &commands[creates ? COMMAND_ticket_create : COMMAND_ticket_comment].record;
	struct uuid ticket = line->ticket, request = uuid_new(), trace = uuid_new();
	struct envelope envelope = { .id = uuid_new(), .type = text_of(record->type), .actor = line->account };
	struct message message = { .exchange = TEXT("guichet.commands") };
	struct buffer body;
	char hex[33];

	buffer_init(&body, the.arena, 256);
	contract_write(record, creates ? write_create(&ticket) : write_comment(line), &body);
	text_hex(trace.bytes, 16, hex);
	envelope.accepted_at = clock_unix_us();
	envelope.correlation_id = uuid_text(the.arena, &request);
	envelope.reply_to = TEXT("guichet.results.00000000-0000-7000-8000-000000000000");
	envelope.traceparent = text_of(arena_printf(the.arena, "00-%s-%.16s-01", hex, hex + 16));
	envelope.body = buffer_view(&body);
	envelope_fingerprint(envelope.type, envelope.body, envelope.fp);
	envelope_write(&envelope, the.arena, &message);
	message.routing_key = lane_queue(the.arena, "cmd.ticket.", uuid_last_digit(&ticket));
	translate(&message, out);
	the.made++;
}

static void fill_pool(void)
{
	arena_reset(the.arena);
	for (int i = 0; i < POOL; i++)
		make(&the.pool[i]);
}

/* --- the broker ------------------------------------------------------------------- */
static void fail(const char *what, const char *why)
{
	fprintf(stderr, "publisher: %s: %s\n", what, why);
	exit(1);
}

static void must(amqp_rpc_reply_t reply, const char *what)
{
	if (reply.reply_type != AMQP_RESPONSE_NORMAL)
		fail(what, reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION ? amqp_error_string2(reply.library_error)
		                                                               : "refused");
}

static void open_connection(void)
{
	char *url = getenv("AMQP_URL");
	struct amqp_connection_info info;
	amqp_socket_t *socket;
	int yes = 1;

	if (!url || amqp_parse_url(url = strdup(url), &info))
		usage("AMQP_URL is not set, or no AMQP URL");
	the.connection = amqp_new_connection();
	socket = amqp_tcp_socket_new(the.connection);
	if (!socket || amqp_socket_open(socket, info.host, info.port))
		fail("connecting", "nobody answers");
	setsockopt(amqp_get_sockfd(the.connection), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
	must(amqp_login(the.connection, info.vhost, 0, 131072, 0, AMQP_SASL_METHOD_PLAIN, info.user, info.password),
	        "login");
	amqp_channel_open(the.connection, CHANNEL);
	must(amqp_get_rpc_reply(the.connection), "channel.open");
	amqp_confirm_select(the.connection, CHANNEL);
	must(amqp_get_rpc_reply(the.connection), "confirm.select");
	free(url);
}

static void publish(const struct prepared *p)
{
	int status = amqp_basic_publish(the.connection, CHANNEL, bytes_of(p->exchange), bytes_of(p->routing_key), 1, 0,
	        &p->properties, bytes_of(p->body));

	if (status != AMQP_STATUS_OK)
		fail("publishing", amqp_error_string2(status));
	the.published++;
}

/* Tag t stands at t % WINDOW_MAX; oldest is the first that is not confirmed. */
static void confirm(uint64_t tag, bool multiple, bool positive)
{
	for (uint64_t t = multiple ? the.oldest : tag; t <= tag; t++)
		the.confirmed[t % WINDOW_MAX] = true;
	the.refused += !positive;
	while (the.oldest <= the.published && the.confirmed[the.oldest % WINDOW_MAX])
		the.confirmed[the.oldest++ % WINDOW_MAX] = false;
}

static int64_t in_flight(void)
{
	return (int64_t)(the.published + 1 - the.oldest);
}

/* Takes all that is there, and waits when there is nothing and wait says so. */
static void read_confirms(bool wait)
{
	struct timeval now = { 0, 0 }, soon = { 10, 0 };
	amqp_frame_t frame;
	int status;

	while ((status = amqp_simple_wait_frame_noblock(the.connection, &frame, wait ? &soon : &now)) ==
	        AMQP_STATUS_OK) {
		wait = false;
		if (frame.frame_type != AMQP_FRAME_METHOD)
			continue;
		if (frame.payload.method.id == AMQP_BASIC_ACK_METHOD) {
			const amqp_basic_ack_t *ack = frame.payload.method.decoded;

			confirm(ack->delivery_tag, ack->multiple, true);
		} else if (frame.payload.method.id == AMQP_BASIC_NACK_METHOD) {
			const amqp_basic_nack_t *nack = frame.payload.method.decoded;

			confirm(nack->delivery_tag, nack->multiple, false);
		} else {
			fail("waiting for confirms", "the broker returns a message, is blocked, or closes");
		}
	}
	if (status != AMQP_STATUS_TIMEOUT || wait)
		fail("waiting for confirms", amqp_error_string2(status));
	amqp_maybe_release_buffers(the.connection);
}

/* --- the run ---------------------------------------------------------------------- */
static bool is_over(int64_t begun_us)
{
	return settings.count ? (int64_t)the.published == settings.count
	                      : clock_mono_us() - begun_us >= settings.seconds * 1000000;
}

static void run(void)
{
	int64_t begun_us = clock_mono_us(), took_us;

	while (!is_over(begun_us)) {
		if (settings.count && the.published && the.published % POOL == 0)
			fill_pool();
		publish(&the.pool[the.published % POOL]);
		read_confirms(in_flight() >= settings.window);
	}
	while (in_flight())
		read_confirms(true);
	took_us = clock_mono_us() - begun_us;
	printf("{\"published\":%llu,\"refused\":%lld,\"seconds\":%.3f,\"per_second\":%.1f}\n",
	        (unsigned long long)the.published, (long long)the.refused, (double)took_us / 1e6,
	        (double)the.published * 1e6 / (double)took_us);
}

int main(int argc, char **argv)
{
	read_settings(argc, argv);
	read_lines();
	the.arena = arena_new(1024 * 1024);
	open_connection();
	fill_pool();
	run();
	return the.refused ? 1 : 0;
}
