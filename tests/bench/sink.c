/* sink.c - an SMTP server that takes every mail and keeps none, so that mail costs little to take.
 *
 *   sink PORT     on 127.0.0.1, until TERM; then the number of mails is printed
 *
 * RFC 5321 with PIPELINING (RFC 2920) and 8BITMIME (RFC 6152); one thread, poll(2).
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENTS 256
#define LINE_BYTES 4096
#define ANSWER_BYTES 4096

struct client {
	char line[LINE_BYTES]; /* the one that has not ended yet; what is too long loses its tail */
	size_t len;
	char answer[ANSWER_BYTES];
	size_t answer_len;
	bool in_data, leaving;
};

static volatile sig_atomic_t stopping;
static long long mails;

static void on_term(int number)
{
	(void)number;
	stopping = 1;
}

static void say(struct client *c, const char *text)
{
	size_t len = strlen(text);

	if (c->answer_len + len > sizeof c->answer)
		return;
	memcpy(c->answer + c->answer_len, text, len);
	c->answer_len += len;
}

static bool is_verb(const struct client *c, const char *verb)
{
	return strncasecmp(c->line, verb, 4) == 0;
}

static void take_line(struct client *c)
{
	c->line[c->len] = '\0';
	if (c->in_data) {
		if (strcmp(c->line, ".") != 0)
			return;
		c->in_data = false;
		mails++;
		say(c, "250 2.0.0 Taken\r\n");
	} else if (is_verb(c, "EHLO")) {
		say(c, "250-localhost\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250 "
		       "SMTPUTF8\r\n");
	} else if (is_verb(c, "DATA")) {
		c->in_data = true;
		say(c, "354 Go on\r\n");
	} else if (is_verb(c, "QUIT")) {
		c->leaving = true;
		say(c, "221 2.0.0 Bye\r\n");
	} else if (is_verb(c, "HELO") || is_verb(c, "MAIL") || is_verb(c, "RCPT") || is_verb(c, "RSET") ||
	           is_verb(c, "NOOP")) {
		say(c, "250 2.0.0 OK\r\n");
	} else {
		say(c, "502 5.5.1 Unknown\r\n");
	}
}

static void take_bytes(struct client *c, const char *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (bytes[i] == '\n') {
			if (c->len && c->line[c->len - 1] == '\r')
				c->len--;
			take_line(c);
			c->len = 0;
		} else if (c->len < sizeof c->line - 1) {
			c->line[c->len++] = bytes[i];
		}
	}
}

/* False when the client has gone. */
static bool serve(int fd, struct client *c)
{
	char bytes[65536];
	ssize_t n = recv(fd, bytes, sizeof bytes, 0);

	if (n <= 0)
		return n < 0 && errno == EINTR;
	take_bytes(c, bytes, (size_t)n);
	if (c->answer_len && send(fd, c->answer, c->answer_len, MSG_NOSIGNAL) != (ssize_t)c->answer_len)
		return false;
	c->answer_len = 0;
	return !c->leaving;
}

static int listen_on(int port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 128)) {
		perror("sink");
		exit(1);
	}
	return fd;
}

static void welcome(int listener, struct pollfd *fds, struct client *clients)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC), one = 1;

	if (fd < 0)
		return;
	for (int i = 1; i <= CLIENTS; i++) {
		if (fds[i].fd >= 0)
			continue;
		fds[i].fd = fd;
		clients[i] = (struct client){ 0 };
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		if (send(fd, "220 localhost ESMTP\r\n", 21, MSG_NOSIGNAL) == 21)
			return;
		fds[i].fd = -1;
		break;
	}
	close(fd);
}

int main(int argc, char **argv)
{
	static struct client clients[CLIENTS + 1];
	static struct pollfd fds[CLIENTS + 1];
	int port = argc == 2 ? atoi(argv[1]) : 0;

	if (port < 1 || port > 65535) {
		fprintf(stderr, "usage: sink PORT\n");
		return 2;
	}
	sigaction(SIGTERM, &(struct sigaction){ .sa_handler = on_term }, NULL);
	sigaction(SIGINT, &(struct sigaction){ .sa_handler = on_term }, NULL);
	for (int i = 0; i <= CLIENTS; i++)
		fds[i] = (struct pollfd){ .fd = i ? -1 : listen_on(port), .events = POLLIN };
	while (!stopping) {
		if (poll(fds, CLIENTS + 1, -1) < 1)
			continue;
		for (int i = 1; i <= CLIENTS; i++) {
			if (fds[i].fd < 0 || !fds[i].revents || serve(fds[i].fd, &clients[i]))
				continue;
			close(fds[i].fd);
			fds[i].fd = -1;
		}
		if (fds[0].revents)
			welcome(fds[0].fd, fds, clients);
	}
	printf("%lld\n", mails);
	return 0;
}
