/* lmtp.c - see lmtp.h. */
#include "ops/guichetctl/lmtp.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define WAIT_S 300 /* RFC 5321 section 4.5.3.2 */

static int connect_unix(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	if (fd != -1 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
		return fd;
	if (fd != -1)
		close(fd);
	return -1;
}

static int connect_one(const struct addrinfo *address)
{
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd != -1 && connect(fd, address->ai_addr, address->ai_addrlen) == 0)
		return fd;
	if (fd != -1)
		close(fd);
	return -1;
}

static int connect_tcp(const char *address)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found;
	const char *colon = strrchr(address, ':');
	char host[256];
	int fd = -1;

	snprintf(host, sizeof host, "%.*s", colon ? (int)(colon - address) : 0, address);
	if (getaddrinfo(*host ? host : NULL, colon ? colon + 1 : address, &hints, &found) != 0) {
		errno = EHOSTUNREACH;
		return -1;
	}
	for (const struct addrinfo *at = found; at && fd == -1; at = at->ai_next)
		fd = connect_one(at);
	freeaddrinfo(found);
	return fd;
}

static bool fail(struct lmtp *lmtp, const char *why)
{
	lmtp->code = 0;
	snprintf(lmtp->reply, sizeof lmtp->reply, "%s", why);
	return false;
}

bool lmtp_say(struct lmtp *lmtp, const char *line)
{
	if (line && (fprintf(lmtp->out, "%s\r\n", line) < 0 || fflush(lmtp->out) != 0))
		return fail(lmtp, "the connection is lost");
	do {
		if (!fgets(lmtp->reply, sizeof lmtp->reply, lmtp->in))
			return fail(lmtp, "no reply");
	} while (strlen(lmtp->reply) > 3 && lmtp->reply[3] == '-');
	lmtp->reply[strcspn(lmtp->reply, "\r\n")] = 0;
	lmtp->code = atoi(lmtp->reply);
	return lmtp->code / 100 == 2 || lmtp->code == 354;
}

bool lmtp_open(struct lmtp *lmtp, const char *address)
{
	struct timeval wait = { .tv_sec = WAIT_S };
	int fd = *address == '/' ? connect_unix(address) : connect_tcp(address);
	char line[300] = "LHLO ";

	*lmtp = (struct lmtp){ 0 };
	if (fd == -1)
		return fail(lmtp, strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
	lmtp->in = fdopen(fd, "r");
	lmtp->out = fdopen(dup(fd), "w");
	if (!lmtp->in || !lmtp->out)
		abort();
	if (gethostname(line + 5, sizeof line - 6) != 0)
		strcpy(line + 5, "localhost");
	return lmtp_say(lmtp, NULL) && lmtp_say(lmtp, line);
}

void lmtp_close(struct lmtp *lmtp)
{
	if (lmtp->out)
		fclose(lmtp->out);
	if (lmtp->in)
		fclose(lmtp->in);
	*lmtp = (struct lmtp){ 0 };
}
