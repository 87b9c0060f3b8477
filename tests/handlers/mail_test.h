/* mail_test.h - a mail server for one session, in a thread of the test. */
#ifndef TESTS_HANDLERS_MAIL_TEST_H
#define TESTS_HANDLERS_MAIL_TEST_H

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "workers/mail/mta_url.h"

static struct {
	int listener;
	struct mta_url url;
	pthread_t thread;
	atomic_int begun, taken; /* MAIL commands; final dots */
} server;

/* Refuses every second content. True: that was a session. */
static bool serve_session(FILE *in, int out)
{
	char line[1100];
	bool content = false, any = false;

	dprintf(out, "220 test\r\n");
	for (; fgets(line, sizeof line, in); any = true) {
		if (content && strcmp(line, ".\r\n") != 0)
			continue;
		server.begun += !content && strncmp(line, "MAIL", 4) == 0;
		if (content)
			dprintf(out, ++server.taken % 2 ? "250 taken\r\n" : "554 not wanted\r\n");
		else
			dprintf(out, strncmp(line, "DATA", 4) == 0 ? "354 go on\r\n" : "250 good\r\n");
		content = !content && strncmp(line, "DATA", 4) == 0;
	}
	return any;
}

/* Before its session a worker only knocks. */
static void *serve(void *arg)
{
	bool done = false;

	while (!done) {
		int fd = accept(server.listener, NULL, NULL);
		FILE *in = fdopen(fd, "r");

		done = serve_session(in, fd);
		fclose(in);
	}
	return arg;
}

/* Join server.thread, then close server.listener. */
static bool server_start(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof address;
	char url[64];

	server.begun = server.taken = 0;
	server.listener = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(server.listener, (struct sockaddr *)&address, len) || listen(server.listener, 8) ||
	        getsockname(server.listener, (struct sockaddr *)&address, &len))
		return false;
	snprintf(url, sizeof url, "smtp://127.0.0.1:%d", ntohs(address.sin_port));
	return !mta_url_parse(url, &server.url) && !pthread_create(&server.thread, NULL, serve, NULL);
}

#endif
