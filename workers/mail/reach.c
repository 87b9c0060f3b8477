/* reach.c - see reach.h. */
#include "workers/mail/reach.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/clock.h"

#define SOCKETS_MOST 256 /* more than a mail worker has open: 16 threads, with three connections each */

/* 0, or the errno. */
static int try_address(const struct addrinfo *address, int wait_ms)
{
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int error = 0;
	socklen_t len = sizeof error;

	if (fd < 0)
		return errno;
	if (connect(fd, address->ai_addr, address->ai_addrlen) != 0) {
		struct pollfd p = { .fd = fd, .events = POLLOUT };

		if (errno != EINPROGRESS)
			error = errno;
		else if (poll(&p, 1, wait_ms) <= 0)
			error = ETIMEDOUT;
		else
			getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
	}
	close(fd);
	return error;
}

const char *reach_try(const char *host, int port, int deadline_ms)
{
	static _Thread_local char why[128];
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM }, *all;
	int64_t end = clock_mono_ms() + deadline_ms;
	char service[8];
	int error;

	snprintf(service, sizeof service, "%d", port);
	error = getaddrinfo(host, service, &hints, &all);
	if (error) {
		snprintf(why, sizeof why, "%s", gai_strerror(error));
		return why;
	}
	error = ETIMEDOUT;
	for (const struct addrinfo *a = all; a && clock_mono_ms() < end; a = a->ai_next) {
		error = try_address(a, (int)(end - clock_mono_ms()));
		if (!error)
			break;
	}
	freeaddrinfo(all);
	if (!error)
		return NULL;
	snprintf(why, sizeof why, "no connection: %s", strerror(error));
	return why;
}

void reach_hurry(int port)
{
	for (int fd = 3; fd < SOCKETS_MOST; fd++) {
		struct sockaddr_storage peer;
		socklen_t len = sizeof peer;
		in_port_t at;

		if (getpeername(fd, (struct sockaddr *)&peer, &len) != 0)
			continue;
		at = peer.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&peer)->sin6_port
		                                : ((struct sockaddr_in *)&peer)->sin_port;
		if ((peer.ss_family == AF_INET || peer.ss_family == AF_INET6) && ntohs(at) == port)
			setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
	}
}
