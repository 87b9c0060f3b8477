/* stream.c - see stream.h.
 *
 * The socket does not block. A call is tried first; when it can't go on it says what it waits for
 * (TLS may have to read in order to write), and is tried again after that.
 */
#include "base/stream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/trust.h"

struct stream {
	int fd;
	SSL *ssl; /* NULL: in clear */
	char why[STREAM_WHY];
};

/* --- one try: bytes, or 0 and *events to wait for, or -1 and why -------------------------- */
static int fail(struct stream *s, const char *why)
{
	snprintf(s->why, sizeof s->why, "%s", why);
	return -1;
}

static int judge_clear(struct stream *s, ssize_t result, short waits_for, short *events)
{
	if (result > 0)
		return (int)result;
	if (result == 0)
		return fail(s, "the server has closed");
	if (errno != EAGAIN && errno != EINTR)
		return fail(s, strerror(errno));
	*events = waits_for;
	return 0;
}

static const char *tls_reason(void)
{
	const char *reason = ERR_reason_error_string(ERR_get_error());

	if (trust_refusal())
		return trust_refusal();
	return reason ? reason : "no TLS";
}

static int judge_tls(struct stream *s, int result, short *events)
{
	switch (SSL_get_error(s->ssl, result)) {
	case SSL_ERROR_NONE:
		return result;
	case SSL_ERROR_WANT_READ:
		*events = POLLIN;
		return 0;
	case SSL_ERROR_WANT_WRITE:
		*events = POLLOUT;
		return 0;
	case SSL_ERROR_ZERO_RETURN:
		return fail(s, "the server has closed");
	case SSL_ERROR_SYSCALL:
		return fail(s, errno ? strerror(errno) : "the server has closed");
	default:
		return fail(s, tls_reason());
	}
}

static int try_read(struct stream *s, char *out, size_t size, short *events)
{
	if (!s->ssl)
		return judge_clear(s, recv(s->fd, out, size, 0), POLLIN, events);
	ERR_clear_error();
	return judge_tls(s, SSL_read(s->ssl, out, (int)size), events);
}

static int try_write(struct stream *s, const char *data, size_t len, short *events)
{
	if (!s->ssl)
		return judge_clear(s, send(s->fd, data, len, MSG_NOSIGNAL), POLLOUT, events);
	ERR_clear_error();
	return judge_tls(s, SSL_write(s->ssl, data, (int)len), events);
}

/* --- waiting ------------------------------------------------------------------------------ */
/* False: time is up. */
static bool wait_until(int fd, short events, int64_t until_ms)
{
	struct pollfd poll_fd = { .fd = fd, .events = events };
	int64_t left_ms = until_ms - clock_mono_ms();

	return left_ms > 0 && (poll(&poll_fd, 1, (int)left_ms) > 0 || clock_mono_ms() < until_ms);
}

ssize_t stream_read(struct stream *s, char *out, size_t size, int timeout_ms)
{
	const int64_t until_ms = clock_mono_ms() + timeout_ms;
	short events;
	int got;

	while ((got = try_read(s, out, size, &events)) == 0)
		if (!wait_until(s->fd, events, until_ms))
			return 0;
	return got;
}

bool stream_write(struct stream *s, const char *data, size_t len, int timeout_ms)
{
	const int64_t until_ms = clock_mono_ms() + timeout_ms;
	short events;

	while (len > 0) {
		int sent = try_write(s, data, len, &events);

		if (sent < 0 || (sent == 0 && !wait_until(s->fd, events, until_ms))) {
			if (sent == 0)
				fail(s, "the server takes nothing");
			return false;
		}
		data += sent;
		len -= (size_t)sent;
	}
	return true;
}

const char *stream_error(const struct stream *s)
{
	return s->why;
}

int64_t stream_certificate_ends(const struct stream *s)
{
	const X509 *certificate = s->ssl ? SSL_get0_peer_certificate(s->ssl) : NULL;
	struct tm ends;

	return certificate && ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &ends) ? (int64_t)timegm(&ends) : 0;
}

/* --- opening ------------------------------------------------------------------------------ */
static bool give_up(struct stream *s, const char *why)
{
	fail(s, why);
	return false;
}

static bool connect_within(struct stream *s, const struct addrinfo *address, int64_t until_ms)
{
	int yes = 1, trouble = 0;
	socklen_t size = sizeof trouble;

	s->fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd == -1)
		return give_up(s, strerror(errno));
	if (connect(s->fd, address->ai_addr, address->ai_addrlen) == -1) {
		if (errno != EINPROGRESS)
			return give_up(s, strerror(errno));
		if (!wait_until(s->fd, POLLOUT, until_ms))
			return give_up(s, "no answer in time");
		if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &trouble, &size) == -1 || trouble)
			return give_up(s, strerror(trouble ? trouble : errno));
	}
	if (address->ai_family != AF_UNIX)
		setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
	return true;
}

static bool is_address(const char *host)
{
	struct in6_addr ignored;

	return inet_pton(AF_INET, host, &ignored) == 1 || inet_pton(AF_INET6, host, &ignored) == 1;
}

static bool make_tls(struct stream *s, const char *host)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());

	if (context && trust_demand(context, host))
		s->ssl = SSL_new(context);
	SSL_CTX_free(context); /* s->ssl holds it on */
	return s->ssl && SSL_set_fd(s->ssl, s->fd) &&
	       (is_address(host) || SSL_set_tlsext_host_name(s->ssl, host)); /* RFC 6066: no addresses */
}

static bool shake_hands(struct stream *s, const char *host, int64_t until_ms)
{
	short events;
	int done;

	ERR_clear_error();
	if (!make_tls(s, host))
		return give_up(s, tls_reason());
	while ((done = judge_tls(s, SSL_connect(s->ssl), &events)) == 0)
		if (!wait_until(s->fd, events, until_ms))
			return give_up(s, "no TLS in time");
	return done > 0;
}

/* Without a word of farewell: it could wait, and nothing depends on it. */
static void hang_up(struct stream *s)
{
	SSL_free(s->ssl);
	s->ssl = NULL;
	ERR_clear_error(); /* others of this thread look into the same list */
	if (s->fd != -1)
		close(s->fd);
	s->fd = -1;
}

static bool reach(struct stream *s, const struct addrinfo *address, const char *host, bool tls, int timeout_ms)
{
	const int64_t until_ms = clock_mono_ms() + timeout_ms;

	if (connect_within(s, address, until_ms) && (!tls || shake_hands(s, host, until_ms)))
		return true;
	hang_up(s);
	return false;
}

static struct stream *new_stream(void)
{
	struct stream *s = calloc(1, sizeof *s);

	if (!s)
		abort();
	s->fd = -1;
	return s;
}

static struct stream *refuse(struct stream *s, char why[STREAM_WHY])
{
	memcpy(why, s->why, STREAM_WHY);
	free(s);
	return NULL;
}

struct stream *stream_open(const char *host, int port, bool tls, int timeout_ms, char why[STREAM_WHY])
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found = NULL, *address;
	struct stream *s = new_stream();
	char service[8];
	int status;

	snprintf(service, sizeof service, "%d", port);
	status = getaddrinfo(host, service, &hints, &found);
	if (status != 0)
		fail(s, gai_strerror(status));
	for (address = found; address && !reach(s, address, host, tls, timeout_ms);)
		address = address->ai_next;
	if (found)
		freeaddrinfo(found);
	return address ? s : refuse(s, why);
}

struct stream *stream_open_local(const char *path, int timeout_ms, char why[STREAM_WHY])
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	const struct addrinfo address = {
		.ai_family = AF_UNIX, .ai_addr = (struct sockaddr *)&name, .ai_addrlen = sizeof name
	};
	struct stream *s = new_stream();

	if (strlen(path) >= sizeof name.sun_path) {
		fail(s, "its path is too long");
		return refuse(s, why);
	}
	snprintf(name.sun_path, sizeof name.sun_path, "%s", path);
	return reach(s, &address, NULL, false, timeout_ms) ? s : refuse(s, why);
}

void stream_close(struct stream **stream)
{
	if (!*stream)
		return;
	hang_up(*stream);
	free(*stream);
	*stream = NULL;
}
