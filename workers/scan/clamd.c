/* clamd.c - see clamd.h. */
#include "workers/scan/clamd.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/stream.h"

#define CONNECT_MS 5000
#define WRITE_MS 30000
#define ANSWER_MS 150000 /* more than clamd's own MaxScanTime */
#define VERSION_MS 5000
#define PUMP_MS 1000

struct clamd {
	const struct clamd_url *url;
	struct stream *stream;
	char why[STREAM_WHY];
	void (*pump)(void *arg);
	void *arg;
	int64_t pumped_ms;
};

/* --- the URL ------------------------------------------------------------------------------ */
static const char *parse_address(struct text address, struct clamd_url *out)
{
	const char *colon = memrchr(address.data, ':', address.len);
	struct clamd_url url = { .port = 0 };
	struct text host;
	int64_t port;

	if (!colon)
		return "must name a port: tcp://host:port";
	host = (struct text){ address.data, (size_t)(colon - address.data) };
	if (host.len > 2 && host.data[0] == '[' && host.data[host.len - 1] == ']')
		host = (struct text){ host.data + 1, host.len - 2 };
	if (!text_to_int((struct text){ colon + 1, address.len - (size_t)(colon + 1 - address.data) }, &port) ||
	        port < 1 || port > 65535 || !host.len || host.len >= sizeof url.host ||
	        memchr(host.data, '/', host.len))
		return "must be tcp://host:port";
	memcpy(url.host, host.data, host.len);
	url.port = (int)port;
	*out = url;
	return NULL;
}

const char *clamd_url_parse(const char *url, struct clamd_url *out)
{
	const char *path = url + strlen("unix:");

	if (strncmp(url, "tcp://", strlen("tcp://")) == 0)
		return parse_address(text_of(url + strlen("tcp://")), out);
	if (strncmp(url, "unix:", strlen("unix:")) != 0)
		return "must begin with unix: or tcp://";
	while (path[0] == '/' && path[1] == '/')
		path++;
	if (path[0] != '/' || strlen(path) >= 108)
		return "must be unix: and an absolute path, at most 107 bytes long";
	*out = (struct clamd_url){ .port = 0 };
	snprintf(out->host, sizeof out->host, "%s", path);
	return NULL;
}

/* --- one question --------------------------------------------------------------------------- */
static void pump(struct clamd *c)
{
	if (clock_mono_ms() - c->pumped_ms < PUMP_MS)
		return;
	c->pump(c->arg);
	c->pumped_ms = clock_mono_ms();
}

static bool fail(struct clamd *c, const char *why)
{
	snprintf(c->why, sizeof c->why, "%s", why);
	return false;
}

static bool tell(struct clamd *c, const void *bytes, size_t count)
{
	if (!c->stream)
		return false;
	return stream_write(c->stream, bytes, count, WRITE_MS) || fail(c, stream_error(c->stream));
}

static bool ask(struct clamd *c, const char *command)
{
	clamd_abort(c);
	c->stream = c->url->port ? stream_open(c->url->host, c->url->port, false, CONNECT_MS, c->why)
	                         : stream_open_local(c->url->host, CONNECT_MS, c->why);
	return c->stream && tell(c, command, strlen(command) + 1);
}

/* Up to the NUL behind it. */
static bool hear(struct clamd *c, char answer[CLAMD_ANSWER], int limit_ms)
{
	const int64_t until_ms = clock_mono_ms() + limit_ms;
	size_t len = 0;

	while (c->stream && len < CLAMD_ANSWER && clock_mono_ms() < until_ms) {
		ssize_t got = stream_read(c->stream, answer + len, CLAMD_ANSWER - len, PUMP_MS);

		if (got < 0)
			return fail(c, stream_error(c->stream));
		len += (size_t)got;
		if (memchr(answer, '\0', len))
			return true;
		pump(c);
	}
	return fail(c, len == CLAMD_ANSWER ? "its answer is too long" : "no answer in time");
}

bool clamd_version(struct clamd *clamd, char answer[CLAMD_ANSWER])
{
	bool heard = ask(clamd, "zVERSION") && hear(clamd, answer, VERSION_MS);

	clamd_abort(clamd);
	return heard;
}

bool clamd_begin(struct clamd *clamd)
{
	return ask(clamd, "zINSTREAM");
}

bool clamd_bytes(struct clamd *clamd, const void *bytes, size_t count)
{
	uint32_t length = htonl((uint32_t)count);

	pump(clamd);
	return tell(clamd, &length, sizeof length) && tell(clamd, bytes, count);
}

bool clamd_end(struct clamd *clamd, char answer[CLAMD_ANSWER])
{
	const uint32_t nothing = 0;
	bool told = tell(clamd, &nothing, sizeof nothing);
	bool heard;

	/* It stops taking what is too long for it, and says so. */
	heard = hear(clamd, answer, told ? ANSWER_MS : PUMP_MS);
	clamd_abort(clamd);
	return heard;
}

void clamd_abort(struct clamd *clamd)
{
	stream_close(&clamd->stream);
}

const char *clamd_error(const struct clamd *clamd)
{
	return clamd->why;
}

struct clamd *clamd_new(const struct clamd_url *url, void (*pump_fn)(void *arg), void *arg)
{
	struct clamd *c = calloc(1, sizeof *c);

	if (!c)
		abort();
	c->url = url;
	c->pump = pump_fn;
	c->arg = arg;
	return c;
}

void clamd_free(struct clamd **clamd)
{
	if (!*clamd)
		return;
	clamd_abort(*clamd);
	free(*clamd);
	*clamd = NULL;
}
