/* open_loop.c - creates and comments at a fixed rate, each answered when it is applied: how long do clients wait?
 *
 *   open_loop --url http://127.0.0.1:PORT --tokens FILE --rate R --seconds S [--warm-up S] [--connections C]
 *
 * Request n is due at its own time, n / R seconds after the first, and its latency counts
 * from there: when the server is late, what waits for a free connection is late too. Creates
 * and comments (by the owner, on tickets made before in the same run) take turns. What is
 * due during the warm-up is sent, not counted.
 *
 * --tokens holds the users' tokens, one a line. stdout: one JSON object; late: answered 202,
 * that is accepted and not applied within the server's own wait. Exit code 0 when every
 * request was answered 201 or 202, 1 when not, 2 when used wrongly.
 */
#include <arpa/inet.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include "base/clock.h"
#include "tests/fault/wire.h"

#define TOKENS_MAX 64
#define TOKEN_BYTES 2048
#define TICKETS 4096
#define FIRST_TICKETS 64
#define DRAIN_US (WIRE_TIMEOUT_US + 1000000)

struct ticket {
	char id[ID_BYTES];
	int account;
};

static struct {
	const char *url, *tokens;
	int64_t rate, seconds, warm_up, connections;
} settings = { .warm_up = 1, .connections = 256 };

static struct {
	struct sockaddr_in address;
	char host[64];
	char tokens[TOKENS_MAX][TOKEN_BYTES];
	int token_count;
	struct wire *wires;
	struct command *requests; /* one a wire; first_sent_us: when it was due, -1: not counted */
	int epoll_fd;
	struct ticket tickets[TICKETS]; /* the newest of them */
	int64_t ticket_count, comments;
	int64_t issued, open, good, late, failed;
	uint32_t *took_us;
	int64_t took_count;
} the;

static void usage(const char *why)
{
	fprintf(stderr,
	        "open_loop: %s\n"
	        "usage: open_loop --url URL --tokens FILE --rate R --seconds S [--warm-up S] [--connections C]\n",
	        why);
	exit(2);
}

static void read_settings(int argc, char **argv)
{
	static const struct option options[] = { { "url", 1, NULL, 'u' }, { "tokens", 1, NULL, 't' },
		{ "rate", 1, NULL, 'r' }, { "seconds", 1, NULL, 's' }, { "warm-up", 1, NULL, 'w' },
		{ "connections", 1, NULL, 'c' }, { 0 } };
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'u')
			settings.url = optarg;
		else if (option == 't')
			settings.tokens = optarg;
		else if (option == 'r')
			settings.rate = atoll(optarg);
		else if (option == 's')
			settings.seconds = atoll(optarg);
		else if (option == 'w')
			settings.warm_up = atoll(optarg);
		else if (option == 'c')
			settings.connections = atoll(optarg);
		else
			usage("unknown option");
	}
	if (!settings.url || !settings.tokens || settings.rate < 1 || settings.seconds < 1 || settings.warm_up < 0 ||
	        settings.connections < 1 || optind < argc)
		usage("--url, --tokens, --rate and --seconds are needed");
}

static void read_url(void)
{
	char host[40];
	int port;

	if (sscanf(settings.url, "http://%39[0-9.]:%d", host, &port) != 2)
		usage("--url must be http://ADDRESS:PORT");
	the.address = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	if (inet_pton(AF_INET, host, &the.address.sin_addr) != 1)
		usage("--url must name an IPv4 address");
	snprintf(the.host, sizeof the.host, "%s:%d", host, port);
}

static void read_tokens(void)
{
	FILE *file = fopen(settings.tokens, "r");

	if (!file) {
		perror(settings.tokens);
		exit(2);
	}
	while (the.token_count < TOKENS_MAX && fgets(the.tokens[the.token_count], TOKEN_BYTES, file)) {
		the.tokens[the.token_count][strcspn(the.tokens[the.token_count], "\r\n")] = '\0';
		the.token_count += the.tokens[the.token_count][0] != '\0';
	}
	fclose(file);
	if (!the.token_count)
		usage("there is no token in the file");
}

/* --- requests --------------------------------------------------------------------- */
static size_t write_request(struct wire *wire, const char *path, int account, const char *body)
{
	int len = snprintf(wire->out, sizeof wire->out,
	        "POST /api/v1/tickets%s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n"
	        "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
	        path, the.host, the.tokens[account], strlen(body), body);

	if (len < 0 || (size_t)len >= sizeof wire->out)
		usage("a token is too long");
	return (size_t)len;
}

/* due_us -1: it is not counted. */
static void ask(struct wire *wire, bool creates, int64_t due_us, int64_t now_us)
{
	struct command *request = &the.requests[wire - the.wires];
	char path[64] = "";
	size_t len;

	*request = (struct command){ .kind = creates ? CREATE : COMMENT, .first_sent_us = due_us };
	if (creates) {
		request->account = (int)(the.issued % the.token_count);
		len = write_request(wire, path, request->account,
		        "{\"title\":\"The printer on the third floor is on fire\",\"description\":\"Printed pages come "
		        "out blank, and then they come out black.\",\"priority\":\"high\",\"category\":\"printer\"}");
	} else {
		int64_t known = the.ticket_count < TICKETS ? the.ticket_count : TICKETS;
		const struct ticket *ticket = &the.tickets[the.comments++ % known];

		snprintf(path, sizeof path, "/%s/comments", ticket->id);
		len = write_request(
		        wire, path, ticket->account, "{\"content\":\"It is out now, but the smell is still there.\"}");
	}
	the.issued++;
	the.open++;
	wire_send(wire, request, len, now_us);
}

static void answered(const struct command *request, const struct answer *answer, int64_t now_us)
{
	the.open--;
	if (answer->status == 201 && request->kind == CREATE) {
		struct ticket *ticket = &the.tickets[the.ticket_count++ % TICKETS];

		ticket->account = request->account;
		snprintf(ticket->id, sizeof ticket->id, "%s", answer->resource_id);
	}
	if (answer->status != 201 && answer->status != 202)
		the.failed++;
	if (request->first_sent_us < 0)
		return;
	the.good += answer->status == 201;
	the.late += answer->status == 202;
	the.took_us[the.took_count++] = (uint32_t)(now_us - request->first_sent_us);
}

static void look(struct wire *wire, uint32_t ready, int64_t now_us)
{
	struct answer answer;

	if (wire_work(wire, ready, now_us, &answer) == WIRE_NOTHING)
		return;
	answered(wire->command, &answer, now_us);
	wire->command = NULL;
}

/* Opens what is closed and ends what takes too long. */
static void tend(int64_t now_us)
{
	for (int i = 0; i < settings.connections; i++) {
		struct wire *wire = &the.wires[i];

		if (wire->state == WIRE_CLOSED && now_us >= wire->not_before_us)
			wire_open(wire, &the.address, now_us);
		else if (wire->state == WIRE_BUSY && now_us >= wire->deadline_us)
			look(wire, 0, now_us);
	}
}

static struct wire *free_wire(void)
{
	static int64_t last;

	for (int64_t i = 0; i < settings.connections; i++) {
		struct wire *wire = &the.wires[(last + i) % settings.connections];

		if (wire->state == WIRE_IDLE) {
			last = wire - the.wires;
			return wire;
		}
	}
	return NULL;
}

/* Looks at the connections once, for wait_us at most. */
static int64_t turn(int64_t wait_us)
{
	static int64_t tended_us;
	struct timespec wait = { wait_us / 1000000, wait_us % 1000000 * 1000 };
	struct epoll_event events[256];
	int n = epoll_pwait2(the.epoll_fd, events, 256, &wait, NULL);
	int64_t now_us = clock_mono_us();

	for (int i = 0; i < n; i++)
		look(events[i].data.ptr, events[i].events, now_us);
	if (now_us - tended_us >= 10000) {
		tended_us = now_us;
		tend(now_us);
	}
	return now_us;
}

/* What there is to comment on. */
static void make_first_tickets(void)
{
	int64_t now_us = clock_mono_us(), end_us = now_us + DRAIN_US;

	while ((the.ticket_count < FIRST_TICKETS || the.open) && now_us < end_us) {
		struct wire *wire = the.issued < FIRST_TICKETS ? free_wire() : NULL;

		if (wire)
			ask(wire, true, -1, now_us);
		now_us = turn(wire ? 0 : 1000);
	}
	if (!the.ticket_count || the.failed) {
		fprintf(stderr, "open_loop: the server does not take the first tickets\n");
		exit(1);
	}
}

static void run(void)
{
	int64_t total = settings.rate * (settings.warm_up + settings.seconds);
	int64_t now_us = clock_mono_us(), begun_us = now_us + 10000, n = 0;
	int64_t end_us = begun_us + (settings.warm_up + settings.seconds) * 1000000 + DRAIN_US;

	while ((n < total || the.open) && now_us < end_us) {
		int64_t due_us = begun_us + n * 1000000 / settings.rate;
		struct wire *wire = n < total && due_us <= now_us ? free_wire() : NULL;

		if (wire) {
			ask(wire, n % 2 == 0, n < settings.rate * settings.warm_up ? -1 : due_us, now_us);
			n++;
			now_us = clock_mono_us();
			if (the.open < settings.connections && now_us >= begun_us + n * 1000000 / settings.rate)
				continue;
		}
		due_us = begun_us + n * 1000000 / settings.rate;
		now_us = turn(n < total && due_us > now_us ? due_us - now_us : (n < total && !wire ? 500 : 1000));
	}
	the.failed += total - n + the.open;
}

static int by_size(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double percentile_ms(double share)
{
	return the.took_count ? the.took_us[(int64_t)(share * (double)(the.took_count - 1))] / 1e3 : 0;
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	read_settings(argc, argv);
	read_url();
	read_tokens();
	the.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	the.wires = calloc((size_t)settings.connections, sizeof *the.wires);
	the.requests = calloc((size_t)settings.connections, sizeof *the.requests);
	the.took_us = calloc((size_t)(settings.rate * settings.seconds), sizeof *the.took_us);
	if (!the.wires || !the.requests || !the.took_us)
		abort();
	for (int i = 0; i < settings.connections; i++)
		the.wires[i] = (struct wire){ .fd = -1, .epoll_fd = the.epoll_fd };
	make_first_tickets();
	run();
	qsort(the.took_us, (size_t)the.took_count, sizeof *the.took_us, by_size);
	printf("{\"rate\":%lld,\"answered\":%lld,\"good\":%lld,\"late\":%lld,\"failed\":%lld,\"p50_ms\":%.2f,"
	       "\"p95_ms\":%.2f,\"p99_ms\":%.2f,\"max_ms\":%.2f}\n",
	        (long long)settings.rate, (long long)the.took_count, (long long)the.good, (long long)the.late,
	        (long long)the.failed, percentile_ms(0.5), percentile_ms(0.95), percentile_ms(0.99), percentile_ms(1));
	return the.failed ? 1 : 0;
}
