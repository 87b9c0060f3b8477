/* wire.c - see wire.h. */
#include "tests/fault/wire.h"

#include <errno.h>
#include <jansson.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define REOPEN_US 20000

static void watch(struct wire *wire, uint32_t events, int op)
{
	struct epoll_event event = { .events = events, .data.ptr = wire };

	epoll_ctl(wire->epoll_fd, op, wire->fd, &event);
}

void wire_close(struct wire *wire, int64_t not_before_us)
{
	if (wire->fd >= 0)
		close(wire->fd);
	wire->fd = -1;
	wire->state = WIRE_CLOSED;
	wire->in_len = wire->out_len = wire->out_sent = 0;
	wire->not_before_us = not_before_us;
}

void wire_open(struct wire *wire, const struct sockaddr_in *address, int64_t now_us)
{
	int one = 1;

	wire->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (wire->fd < 0) {
		wire->not_before_us = now_us + REOPEN_US;
		return;
	}
	setsockopt(wire->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (connect(wire->fd, (const struct sockaddr *)address, sizeof *address) && errno != EINPROGRESS) {
		wire_close(wire, now_us + REOPEN_US);
		return;
	}
	wire->state = WIRE_CONNECTING;
	wire->deadline_us = now_us + WIRE_TIMEOUT_US;
	watch(wire, EPOLLOUT, EPOLL_CTL_ADD);
}

static bool push(struct wire *wire)
{
	while (wire->out_sent < wire->out_len) {
		ssize_t n = send(wire->fd, wire->out + wire->out_sent, wire->out_len - wire->out_sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n <= 0)
			return false;
		wire->out_sent += (size_t)n;
	}
	watch(wire, wire->out_sent < wire->out_len ? EPOLLIN | EPOLLOUT : EPOLLIN, EPOLL_CTL_MOD);
	return true;
}

void wire_send(struct wire *wire, struct command *command, size_t len, int64_t now_us)
{
	wire->command = command;
	wire->state = WIRE_BUSY;
	wire->out_len = len;
	wire->out_sent = wire->in_len = 0;
	wire->deadline_us = now_us + WIRE_TIMEOUT_US;
	if (!push(wire))
		wire->deadline_us = 0; /* the next look at it finds it dead */
}

/* The value of a header in the head, or NULL. */
static const char *header(const char *head, const char *end, const char *name)
{
	size_t len = strlen(name);

	for (const char *line = memchr(head, '\n', (size_t)(end - head)); line && ++line < end;
	        line = memchr(line, '\n', (size_t)(end - line)))
		if ((size_t)(end - line) > len && strncasecmp(line, name, len) == 0 && line[len] == ':')
			return line + len + 1 + strspn(line + len + 1, " ");
	return NULL;
}

static void copy(char *out, size_t bytes, const json_t *value)
{
	const char *text = json_string_value(value);

	snprintf(out, bytes, "%s", text ? text : "");
}

/* Of a URL. */
static void copy_last_part(char *out, size_t bytes, const json_t *value)
{
	const char *url = json_string_value(value), *slash = url ? strrchr(url, '/') : NULL;

	snprintf(out, bytes, "%s", slash ? slash + 1 : "");
}

/* What the API promises for that status: {success, data} or a problem. */
static void read_body(const char *head, const char *body, size_t len, struct answer *answer)
{
	const char *retry_after = header(head, body, "retry-after");
	json_t *json = json_loadb(body, len, 0, NULL);
	const json_t *data = json_object_get(json, "data"), *success = json_object_get(json, "success");
	bool good = answer->status < 300;

	copy(answer->code, sizeof answer->code, json_object_get(json, "code"));
	copy(answer->command_id, sizeof answer->command_id, json_object_get(data, "commandId"));
	if (answer->status == 202)
		copy_last_part(answer->resource_id, sizeof answer->resource_id, json_object_get(data, "resourceUrl"));
	else
		copy(answer->resource_id, sizeof answer->resource_id, json_object_get(data, "id"));
	answer->malformed =
	        good ? !json_is_true(success) || !answer->resource_id[0] : !json_is_false(success) || !answer->code[0];
	answer->malformed |= strcmp(answer->code, "NOT_ACCEPTED") == 0 && !retry_after;
	json_decref(json);
}

/* True when a whole response is there. */
static bool read_response(const struct wire *wire, struct answer *answer, bool *keep)
{
	const char *end = memmem(wire->in, wire->in_len, "\r\n\r\n", 4), *length, *connection;
	size_t body_len;

	if (!end || strncmp(wire->in, "HTTP/1.1 ", 9) != 0)
		return false;
	end += 4;
	length = header(wire->in, end, "content-length");
	body_len = length ? strtoul(length, NULL, 10) : 0;
	if ((size_t)(wire->in + wire->in_len - end) < body_len)
		return false;
	connection = header(wire->in, end, "connection");
	*keep = length && !(connection && strncasecmp(connection, "close", 5) == 0);
	answer->status = atoi(wire->in + 9);
	read_body(wire->in, end, body_len, answer);
	return true;
}

static bool pull(struct wire *wire)
{
	for (;;) {
		ssize_t n = recv(wire->fd, wire->in + wire->in_len, sizeof wire->in - wire->in_len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return true;
		if (n <= 0)
			return false;
		wire->in_len += (size_t)n;
	}
}

static enum wire_event settle_connect(struct wire *wire, uint32_t ready, int64_t now_us)
{
	int error = 0;
	socklen_t len = sizeof error;

	getsockopt(wire->fd, SOL_SOCKET, SO_ERROR, &error, &len);
	if (error || (ready & (EPOLLERR | EPOLLHUP)) || now_us >= wire->deadline_us) {
		wire_close(wire, now_us + REOPEN_US);
	} else if (ready & EPOLLOUT) {
		wire->state = WIRE_IDLE;
		wire->not_before_us = 0;
		wire->opened++;
		watch(wire, EPOLLIN, EPOLL_CTL_MOD);
	}
	return WIRE_NOTHING;
}

enum wire_event wire_work(struct wire *wire, uint32_t ready, int64_t now_us, struct answer *answer)
{
	bool keep = true, alive;

	*answer = (struct answer){ 0 };
	if (wire->state == WIRE_CLOSED)
		return WIRE_NOTHING;
	if (wire->state == WIRE_CONNECTING)
		return settle_connect(wire, ready, now_us);
	alive = !(ready & EPOLLOUT) || push(wire);
	if (ready & (EPOLLIN | EPOLLERR | EPOLLHUP))
		alive = pull(wire) && alive;
	if (wire->state == WIRE_IDLE) {
		if (!alive)
			wire_close(wire, now_us);
		return WIRE_NOTHING;
	}
	if (wire->in_len && read_response(wire, answer, &keep)) {
		wire->state = WIRE_IDLE;
		if (!keep || !alive)
			wire_close(wire, now_us);
		return WIRE_ANSWERED;
	}
	if (alive && now_us < wire->deadline_us)
		return WIRE_NOTHING;
	wire_close(wire, now_us + REOPEN_US);
	return WIRE_UNANSWERED;
}
