/* listen.c - see listen.h. */
#include "ingress/http/listen.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/process.h"

#define KERNEL_BYTES (128 * 1024)

static const char *plain_list, *tls_list;

struct setting listen_settings[] = {
	{ "LISTEN", SETTING_TEXT, &plain_list, "127.0.0.1:8080", .min = 0, .max = 1024,
	        .help = "addresses to serve, host:port with commas between; * is every address" },
	{ "LISTEN_TLS", SETTING_TEXT, &tls_list, "", .min = 0, .max = 1024,
	        .help = "addresses to serve with TLS; needs TLS_CERTIFICATE and TLS_KEY" },
	{ 0 },
};

static struct listen_address addresses[LISTEN_MAX];
static int count;

int listen_count(void)
{
	return count;
}

struct listen_address listen_at(int i)
{
	return addresses[i];
}

static int bind_address(const struct addrinfo *address)
{
	int yes = 1, bytes = KERNEL_BYTES, fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	if (address->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
	/* The kernel's own buffers, for each client: accepted sockets inherit them. */
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
	if (bind(fd, address->ai_addr, address->ai_addrlen) == 0 && listen(fd, 4096) == 0)
		return fd;
	close(fd);
	return -1;
}

static void cannot_listen(const char *host, const char *port, const char *why)
{
	fprintf(stderr, "%s: cannot listen on %s port %s: %s\n", process_name(), host, port, why);
	exit(1);
}

int listen_bind(char *word)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE }, *found = NULL;
	char *colon = strrchr(word, ':'), *host = colon ? word : NULL, *port = colon ? colon + 1 : word;
	const char *node = "127.0.0.1";
	int error, fd;

	if (colon)
		*colon = 0;
	if (host && *host == '[')
		host = strtok(host + 1, "]");
	if (host)
		node = *host == '*' || !*host ? NULL : host;
	error = getaddrinfo(node, port, &hints, &found);
	if (error)
		cannot_listen(host ? host : node, port, gai_strerror(error));
	fd = bind_address(found);
	if (fd == -1)
		cannot_listen(host ? host : node, port, strerror(errno));
	freeaddrinfo(found);
	return fd;
}

static void listen_on(char *word, bool tls)
{
	if (count == LISTEN_MAX) {
		fprintf(stderr, "%s: too many addresses to listen on\n", process_name());
		exit(1);
	}
	addresses[count++] = (struct listen_address){ listen_bind(word), tls };
}

static void listen_on_all(const char *list, bool tls)
{
	char *copy = strdup(list), *rest = copy, *word;

	if (!copy)
		abort();
	while ((word = strsep(&rest, ", ")))
		if (*word)
			listen_on(word, tls);
	free(copy);
}

void listen_open(void)
{
	listen_on_all(plain_list, false);
	listen_on_all(tls_list, true);
	if (count)
		return;
	fprintf(stderr, "guichet-ingress: there is no address to serve: set LISTEN or LISTEN_TLS\n");
	exit(1);
}

void listen_close(void)
{
	for (int i = 0; i < count; i++)
		close(addresses[i].fd);
}
