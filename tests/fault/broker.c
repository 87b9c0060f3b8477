/* broker.c - two things the fault ring asks of RabbitMQ, on AMQP_URL.
 *
 *   broker depth QUEUE...   "QUEUE messages" per line, as the queue's leader knows it now
 *   broker double [FIFO]    every message to the exchanges of Guichet is delivered a second
 *                           time, until TERM; then how many were is printed
 *
 * To double, a queue of its own is bound beside the others, and what arrives there is
 * published once more, as it is, straight to the queues it was for. A byte is written to
 * the FIFO when the bindings are there.
 */
#include <amqp.h>
#include <amqp_tcp_socket.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

static amqp_connection_state_t connection;
static volatile sig_atomic_t stopping;

static void on_term(int number)
{
	(void)number;
	stopping = 1;
}

static void must(amqp_rpc_reply_t reply, const char *what)
{
	if (reply.reply_type == AMQP_RESPONSE_NORMAL)
		return;
	if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION)
		fprintf(stderr, "broker: %s: %s\n", what, amqp_error_string2(reply.library_error));
	else if (reply.reply.id == AMQP_CHANNEL_CLOSE_METHOD)
		fprintf(stderr, "broker: %s: %.*s\n", what,
		        (int)((amqp_channel_close_t *)reply.reply.decoded)->reply_text.len,
		        (char *)((amqp_channel_close_t *)reply.reply.decoded)->reply_text.bytes);
	else
		fprintf(stderr, "broker: %s: the connection was closed\n", what);
	exit(1);
}

static void open_connection(void)
{
	char *url = getenv("AMQP_URL");
	struct amqp_connection_info info;
	amqp_socket_t *socket;

	if (!url || amqp_parse_url(url = strdup(url), &info)) {
		fprintf(stderr, "broker: AMQP_URL is not set, or no AMQP URL\n");
		exit(2);
	}
	connection = amqp_new_connection();
	socket = amqp_tcp_socket_new(connection);
	if (!socket || amqp_socket_open(socket, info.host, info.port)) {
		fprintf(stderr, "broker: nobody answers at %s:%d\n", info.host, info.port);
		exit(1);
	}
	must(amqp_login(connection, info.vhost, 0, 131072, 0, AMQP_SASL_METHOD_PLAIN, info.user, info.password),
	        "login");
	amqp_channel_open(connection, 1);
	must(amqp_get_rpc_reply(connection), "channel");
	free(url);
}

static int depth(char **queues)
{
	for (; *queues; queues++) {
		amqp_queue_declare_ok_t *ok =
		        amqp_queue_declare(connection, 1, amqp_cstring_bytes(*queues), 1, 0, 0, 0, amqp_empty_table);

		must(amqp_get_rpc_reply(connection), *queues);
		printf("%s %u\n", *queues, ok->message_count);
	}
	return 0;
}

static void bind_tap(amqp_bytes_t tap, const char *exchange, const char *key)
{
	amqp_queue_bind(connection, 1, tap, amqp_cstring_bytes(exchange), amqp_cstring_bytes(key), amqp_empty_table);
	must(amqp_get_rpc_reply(connection), key);
}

static amqp_bytes_t open_tap(void)
{
	static const char *const work[] = { "work.mail.high", "work.mail.normal", "work.mail.low" };
	amqp_queue_declare_ok_t *ok = amqp_queue_declare(connection, 1, amqp_empty_bytes, 0, 0, 1, 1, amqp_empty_table);
	amqp_bytes_t tap;
	char lane[] = "cmd.ticket.0";

	must(amqp_get_rpc_reply(connection), "queue");
	tap = amqp_bytes_malloc_dup(ok->queue);
	for (const char *digit = "0123456789abcdef"; *digit; digit++) {
		lane[sizeof lane - 2] = *digit;
		bind_tap(tap, "guichet.commands", lane);
	}
	for (size_t i = 0; i < sizeof work / sizeof *work; i++)
		bind_tap(tap, "guichet.work", work[i]);
	bind_tap(tap, "guichet.events", "#");
	amqp_confirm_select(connection, 1);
	must(amqp_get_rpc_reply(connection), "confirms");
	return tap;
}

static void publish(amqp_envelope_t *e, amqp_bytes_t queue)
{
	if (amqp_basic_publish(connection, 1, amqp_empty_bytes, queue, 0, 0, &e->message.properties, e->message.body)) {
		fprintf(stderr, "broker: cannot publish\n");
		exit(1);
	}
}

/* An event goes to those queues that are bound for it; all else to the queue of its key's name. */
static void publish_again(amqp_envelope_t *e)
{
	bool is_event = e->exchange.len == 14 && memcmp(e->exchange.bytes, "guichet.events", 14) == 0;

	if (!is_event) {
		publish(e, e->routing_key);
		return;
	}
	publish(e, amqp_cstring_bytes("events.audit"));
	if (e->routing_key.len > 7 && memcmp(e->routing_key.bytes, "ticket.", 7) == 0)
		publish(e, amqp_cstring_bytes("events.notify"));
}

static void say_ready(const char *fifo)
{
	int fd = fifo ? open(fifo, O_WRONLY) : -1;

	if (fd >= 0 && write(fd, "\n", 1) != 1)
		perror(fifo);
	if (fd >= 0)
		close(fd);
}

static int double_all(const char *fifo)
{
	amqp_bytes_t tap = open_tap();
	long doubled = 0;

	signal(SIGTERM, on_term);
	amqp_basic_consume(connection, 1, tap, amqp_empty_bytes, 0, 1, 1, amqp_empty_table);
	must(amqp_get_rpc_reply(connection), "consume");
	say_ready(fifo);
	for (bool idle = false; !stopping || !idle;) {
		amqp_envelope_t envelope;
		amqp_rpc_reply_t reply =
		        amqp_consume_message(connection, &envelope, &(struct timeval){ .tv_usec = 100000 }, 0);
		amqp_frame_t confirm;

		idle = reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION &&
		       reply.library_error == AMQP_STATUS_TIMEOUT;
		if (reply.reply_type == AMQP_RESPONSE_NORMAL) {
			publish_again(&envelope);
			amqp_destroy_envelope(&envelope);
			doubled++;
		} else if (!idle && reply.library_error == AMQP_STATUS_UNEXPECTED_STATE) {
			amqp_simple_wait_frame(connection, &confirm); /* a confirm: nobody waits for it */
		} else if (!idle) {
			must(reply, "consume");
		}
		amqp_maybe_release_buffers(connection);
	}
	printf("%ld\n", doubled);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc < 2 || (strcmp(argv[1], "depth") && strcmp(argv[1], "double"))) {
		fprintf(stderr, "usage: broker depth QUEUE... | broker double [FIFO]\n");
		return 2;
	}
	open_connection();
	if (strcmp(argv[1], "depth") == 0)
		return depth(argv + 2);
	return double_all(argv[2]);
}
