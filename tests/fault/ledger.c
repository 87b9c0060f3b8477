/* ledger.c - load with a memory: sends tickets, comments and changes, and writes down every answer.
 *
 *   ledger --url http://127.0.0.1:PORT --tokens FILE --ledger FILE [--commands 5000] ...
 *
 * Open loop with --rate R, else as fast as --connections C allow. It goes on while
 * the server is away, and ends when so many commands were acknowledged, or at
 * --duration seconds (then it waits for what is on its way, 15 s at most).
 *
 * --tokens holds the users' tokens, one a line. --agent: the account id of an agent whose
 * token is the last line; without it nothing is triaged.
 *
 * stdout: one JSON object. stderr: a line each second. --percents FIFO: a line for
 * every percent that was acknowledged. Exit code 0 when the goal was reached, 1 when
 * not, 2 when used wrongly.
 */
#include <arpa/inet.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include "base/clock.h"
#include "tests/fault/plan.h"
#include "tests/fault/wire.h"

#define TOKENS_MAX 64
#define TOKEN_BYTES 2048
#define DRAIN_US 15000000
#define PAUSE_US 100000 /* of a wire that was not served, up to twice that */

struct settings {
	struct plan_options plan;
	const char *url, *tokens, *ledger, *percents, *run;
	int64_t rate, duration_s, seed;
};

struct load {
	struct sockaddr_in address;
	char host[64];
	char (*tokens)[TOKEN_BYTES];
	struct book book;
	struct plan *plan;
	struct wire *wires;
	int epoll_fd;
	int64_t begun_us, issued;
	bool draining;
};

static void usage(const char *why)
{
	fprintf(stderr,
	        "ledger: %s\n"
	        "usage: ledger --url URL --tokens FILE --ledger FILE [--commands N] [--rate R] [--connections C]\n"
	        "  [--tickets T] [--mix PERCENT of creates] [--keyed-percent P] [--retry-percent P] [--async-percent "
	        "P]\n"
	        "  [--duration S] [--percents FIFO] [--run NAME] [--seed N] [--agent ID]\n"
	        "  [--poison TEXT --poison-at SEQ]\n",
	        why);
	exit(2);
}

static int64_t number(const char *text, int64_t least, int64_t most)
{
	char *end;
	int64_t n = strtoll(text, &end, 10);

	if (!*text || *end || n < least || n > most)
		usage(text);
	return n;
}

static struct settings settings = {
	.plan = { .commands = 5000,
	        .tickets = 64,
	        .connections = 64,
	        .create_percent = 30,
	        .keyed_percent = 50,
	        .repeat_percent = 10,
	        .async_percent = 20 },
	.duration_s = 60,
};

static const struct {
	const char *name;
	int64_t *number; /* or text */
	int64_t least, most;
	const char **text;
} rows[] = {
	{ "commands", &settings.plan.commands, 1, 10000000, NULL },
	{ "rate", &settings.rate, 0, 1000000, NULL },
	{ "connections", &settings.plan.connections, 1, 4096, NULL },
	{ "tickets", &settings.plan.tickets, 1, 1000000, NULL },
	{ "mix", &settings.plan.create_percent, 0, 100, NULL },
	{ "keyed-percent", &settings.plan.keyed_percent, 0, 100, NULL },
	{ "retry-percent", &settings.plan.repeat_percent, 0, 100, NULL },
	{ "async-percent", &settings.plan.async_percent, 0, 100, NULL },
	{ "duration", &settings.duration_s, 1, 86400, NULL },
	{ "seed", &settings.seed, 0, INT64_MAX, NULL },
	{ "poison-at", &settings.plan.poison_at, 1, 10000000, NULL },
	{ "poison", NULL, 0, 0, &settings.plan.poison },
	{ "url", NULL, 0, 0, &settings.url },
	{ "tokens", NULL, 0, 0, &settings.tokens },
	{ "ledger", NULL, 0, 0, &settings.ledger },
	{ "percents", NULL, 0, 0, &settings.percents },
	{ "run", NULL, 0, 0, &settings.run },
	{ "agent", NULL, 0, 0, &settings.plan.agent },
};
#define ROW_COUNT (sizeof rows / sizeof *rows)

static void read_settings(int argc, char **argv)
{
	struct option options[ROW_COUNT + 1] = { 0 };
	static char run[RUN_BYTES];
	int row;

	for (size_t i = 0; i < ROW_COUNT; i++)
		options[i] = (struct option){ .name = rows[i].name, .has_arg = required_argument, .val = (int)i };
	while ((row = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (row == '?')
			usage("unknown option");
		if (rows[row].text)
			*rows[row].text = optarg;
		else
			*rows[row].number = number(optarg, rows[row].least, rows[row].most);
	}
	if (!settings.url || !settings.tokens || !settings.ledger || optind < argc)
		usage("--url, --tokens and --ledger are needed");
	if (!settings.seed)
		settings.seed = clock_unix_us();
	if (!settings.run) {
		snprintf(run, sizeof run, "%llx", (unsigned long long)(clock_unix_ms() & 0xffffffff));
		settings.run = run;
	}
}

static void read_url(struct load *load)
{
	char host[40];
	int port;

	if (sscanf(settings.url, "http://%39[0-9.]:%d", host, &port) != 2 || port < 1 || port > 65535)
		usage("--url must be http://ADDRESS:PORT");
	load->address = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	if (inet_pton(AF_INET, host, &load->address.sin_addr) != 1)
		usage("--url must name an IPv4 address");
	snprintf(load->host, sizeof load->host, "%s:%d", host, port);
}

static void read_tokens(struct load *load)
{
	FILE *file = fopen(settings.tokens, "r");
	int64_t *count = &settings.plan.accounts;

	load->tokens = calloc(TOKENS_MAX, sizeof *load->tokens);
	if (!file || !load->tokens) {
		perror(settings.tokens);
		exit(2);
	}
	while (*count < TOKENS_MAX && fgets(load->tokens[*count], TOKEN_BYTES, file)) {
		load->tokens[*count][strcspn(load->tokens[*count], "\r\n")] = '\0';
		*count += load->tokens[*count][0] != '\0';
	}
	fclose(file);
	if (settings.plan.agent)
		settings.plan.agent_account = (int)--*count;
	if (*count < 1)
		usage("there are too few tokens in the file");
}

/* With a rate, command n is due at its own time, whatever became of the others. */
static bool is_due(const struct load *load, int64_t now_us)
{
	return !settings.rate || load->issued * 1000000 <= (now_us - load->begun_us) * settings.rate;
}

static void give_work(struct load *load, struct wire *wire, int64_t now_us)
{
	struct command *command;
	size_t len;

	if (wire->state == WIRE_CLOSED && now_us >= wire->not_before_us)
		wire_open(wire, &load->address, now_us);
	if (wire->state != WIRE_IDLE || now_us < wire->not_before_us || !is_due(load, now_us))
		return;
	command = load->draining ? NULL : plan_next(load->plan, now_us);
	if (!command)
		return;
	load->issued++;
	len = plan_write(load->plan, command, load->host, load->tokens[command->account], wire->out, sizeof wire->out);
	wire_send(wire, command, len, now_us);
}

static void look(struct load *load, struct wire *wire, uint32_t ready, int64_t now_us)
{
	struct answer answer;
	enum outcome outcome;

	if (wire_work(wire, ready, now_us, &answer) == WIRE_NOTHING)
		return;
	outcome = plan_answered(load->plan, wire->command, &answer, now_us);
	wire->command = NULL;
	if (outcome == NOT_ACCEPTED || (outcome == UNKNOWN && answer.status))
		wire->not_before_us = now_us + PAUSE_US + (int64_t)plan_random(load->plan, PAUSE_US);
}

static void look_at_all(struct load *load, int64_t now_us)
{
	for (int i = 0; i < settings.plan.connections; i++) {
		struct wire *wire = &load->wires[i];

		if (wire->state != WIRE_CLOSED && wire->state != WIRE_IDLE && now_us >= wire->deadline_us)
			look(load, wire, 0, now_us);
		give_work(load, wire, now_us);
	}
}

static bool is_over(struct load *load, int64_t now_us)
{
	int64_t end_us = load->begun_us + settings.duration_s * 1000000;

	if (now_us >= end_us + DRAIN_US)
		return true;
	load->draining = now_us >= end_us;
	if (load->draining) { /* what is on the wires only; what waits to go out again never does */
		for (int i = 0; i < settings.plan.connections; i++)
			if (load->wires[i].state == WIRE_BUSY)
				return false;
		return true;
	}
	return plan_is_over(load->plan, false);
}

static void run(struct load *load)
{
	struct epoll_event events[256];
	int64_t now_us = clock_mono_us(), told_us = now_us, looked_us = 0;

	load->begun_us = now_us;
	while (!is_over(load, now_us)) {
		int n = epoll_wait(load->epoll_fd, events, 256, 5);

		now_us = clock_mono_us();
		for (int i = 0; i < n; i++) {
			look(load, events[i].data.ptr, events[i].events, now_us);
			give_work(load, events[i].data.ptr, now_us);
		}
		if (now_us - looked_us >= 2000) {
			looked_us = now_us;
			look_at_all(load, now_us);
		}
		if (now_us - told_us >= 1000000) {
			told_us = now_us;
			book_progress(&load->book, now_us - load->begun_us, plan_waiting(load->plan));
		}
	}
}

/* What the end cut short is unknown too. */
static void give_up_the_rest(struct load *load)
{
	struct answer nothing = { 0 };
	int64_t now_us = clock_mono_us();

	for (int i = 0; i < settings.plan.connections; i++) {
		if (load->wires[i].command)
			plan_answered(load->plan, load->wires[i].command, &nothing, now_us);
		wire_close(&load->wires[i], 0);
	}
}

int main(int argc, char **argv)
{
	struct load load = { .draining = false };
	int64_t reconnects = 0, elapsed_us;
	bool reached;

	signal(SIGPIPE, SIG_IGN);
	read_settings(argc, argv);
	read_url(&load);
	read_tokens(&load);
	book_open(&load.book, settings.ledger, settings.percents, settings.run, settings.plan.commands);
	load.plan = plan_new(&settings.plan, &load.book, (uint64_t)settings.seed);
	load.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	load.wires = calloc((size_t)settings.plan.connections, sizeof *load.wires);
	if (!load.wires)
		abort();
	for (int i = 0; i < settings.plan.connections; i++)
		load.wires[i] = (struct wire){ .fd = -1, .epoll_fd = load.epoll_fd };
	run(&load);
	elapsed_us = clock_mono_us() - load.begun_us;
	give_up_the_rest(&load);
	for (int i = 0; i < settings.plan.connections; i++)
		reconnects += load.wires[i].opened - (load.wires[i].opened > 0);
	reached = plan_goal_reached(load.plan);
	book_summary(&load.book, elapsed_us, reconnects);
	book_close(&load.book);
	plan_free(&load.plan);
	free(load.wires);
	free(load.tokens);
	return reached ? 0 : 1;
}
