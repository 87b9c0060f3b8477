/* proxy.c - stands between programs and their server, and does what networks do.
 *
 *   proxy PORT SERVER_PORT     both on 127.0.0.1; ends with the end of its input
 *
 * Each line of the input says how all connections fare from then on:
 *
 *   pass        bytes go on at once
 *   hole        they do not go on, and nobody is told; what was held back follows later
 *   delay MS    each read goes on so much later
 *   slice N     at most N bytes at a time
 *   cut N       of each connection N more bytes go on, then both ends get a reset
 *   half        the server's end is closed and the program's is not; from the next line on that is reset, too
 *
 * Two threads a connection, one for each way.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum mode { PASS, HOLE, DELAY, SLICE, CUT, HALF };
static const char *const words[] = { "pass", "hole", "delay", "slice", "cut", "half" };

static _Atomic enum mode mode;
static atomic_long amount; /* of the mode's */
static atomic_int turn;    /* lines that were read */
static int server_port;

struct pair {
	int program, server;
	atomic_int threads;
	atomic_long left; /* bytes until the cut */
	atomic_int cut_turn;
};

struct way {
	struct pair *pair;
	int from, to;
};

static void nap_ms(long ms)
{
	usleep((useconds_t)(ms * 1000));
}

/* A reset, and an end for the thread that waits at the other way. */
static void reset(int fd)
{
	const struct linger at_once = { 1, 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
	shutdown(fd, SHUT_RDWR);
}

static bool write_all(int fd, const char *bytes, ssize_t len)
{
	while (len > 0) {
		ssize_t most = mode == SLICE && amount < len ? amount : len;
		ssize_t sent = send(fd, bytes, (size_t)most, MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		bytes += sent;
		len -= sent;
	}
	return true;
}

/* How many of the bytes go on; fewer than len: then comes the cut. */
static ssize_t allowed(struct pair *pair, ssize_t len)
{
	int now = turn;
	long left;

	if (mode != CUT)
		return len;
	if (atomic_exchange(&pair->cut_turn, now) != now)
		pair->left = amount;
	left = atomic_fetch_sub(&pair->left, len);
	return left >= len ? len : left > 0 ? left : 0;
}

/* The server's end goes; the program hears of it when the next line has come. */
static void leave_half_open(struct pair *pair)
{
	int begun = turn;

	reset(pair->server);
	while (turn == begun)
		nap_ms(10);
}

static bool pass_on(struct way *way, const char *bytes, ssize_t len)
{
	ssize_t goes;

	while (mode == HOLE)
		nap_ms(10);
	if (mode == DELAY)
		nap_ms(amount);
	if (mode == HALF) {
		leave_half_open(way->pair);
		return false;
	}
	goes = allowed(way->pair, len);
	return write_all(way->to, bytes, goes) && goes == len;
}

static void *carry(void *arg)
{
	struct way *way = arg;
	struct pair *pair = way->pair;
	char bytes[16384];
	ssize_t len;

	while ((len = recv(way->from, bytes, sizeof bytes, 0)) > 0 && pass_on(way, bytes, len))
		;
	reset(pair->program);
	reset(pair->server);
	if (atomic_fetch_sub(&pair->threads, 1) == 1) {
		close(pair->program);
		close(pair->server);
		free(pair);
	}
	free(way);
	return NULL;
}

static void begin_way(struct pair *pair, int from, int to)
{
	struct way *way = malloc(sizeof *way);
	const int on = 1;
	pthread_t thread;

	if (!way)
		abort();
	*way = (struct way){ pair, from, to };
	setsockopt(to, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (pthread_create(&thread, NULL, carry, way) != 0)
		abort();
	pthread_detach(thread);
}

static struct sockaddr_in local(int port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)
	};
}

static void begin_pair(int program)
{
	struct pair *pair = calloc(1, sizeof *pair);
	struct sockaddr_in there = local(server_port);
	int server = socket(AF_INET, SOCK_STREAM, 0);

	if (!pair || server < 0)
		abort();
	if (connect(server, (struct sockaddr *)&there, sizeof there) != 0) {
		close(program);
		close(server);
		free(pair);
		return;
	}
	pair->program = program;
	pair->server = server;
	pair->threads = 2;
	begin_way(pair, program, server);
	begin_way(pair, server, program);
}

static void *take_connections(void *arg)
{
	int listener = *(int *)arg, program;

	while ((program = accept(listener, NULL, NULL)) >= 0 || errno == ECONNABORTED || errno == EINTR)
		if (program >= 0)
			begin_pair(program);
	abort();
}

static void obey(const char *line)
{
	char word[8];
	long number = 0;

	if (sscanf(line, "%7s %ld", word, &number) < 1)
		return;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(word, words[i]) == 0) {
			amount = number > 0 ? number : 1;
			mode = (enum mode)i;
			turn++;
			return;
		}
	fprintf(stderr, "proxy: what is '%s'?\n", word);
	exit(2);
}

int main(int argc, char **argv)
{
	struct sockaddr_in here = local(argc == 3 ? atoi(argv[1]) : 0);
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	char line[64];
	pthread_t thread;

	if (argc != 3) {
		fprintf(stderr, "usage: proxy PORT SERVER_PORT\n");
		return 2;
	}
	server_port = atoi(argv[2]);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(listener, (struct sockaddr *)&here, sizeof here) != 0 || listen(listener, 256) != 0 ||
	        pthread_create(&thread, NULL, take_connections, &listener) != 0) {
		perror("proxy");
		return 1;
	}
	while (fgets(line, sizeof line, stdin))
		obey(line);
	return 0;
}
