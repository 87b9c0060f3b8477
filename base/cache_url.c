/* cache_url.c - the parts of redis[s]://[user][:password]@host[:port][/db].
 *
 *   redis://h                  default user, no password, port 6379, db 0
 *   redis://:secret@h:6380/2   password only
 *   redis://u:p%40ss@[::1]/1   user and password, an IPv6 host
 *   rediss://h                 with TLS
 *
 * A query or fragment is refused: no option is known.
 */
#include <string.h>
#include "base/cache_url.h"
#include "base/text.h"

#define PORT_DEFAULT 6379
#define DB_MOST 1023

/* Percent-decoded into out; false when it does not fit or holds a NUL. */
static bool decode(struct text t, char *out, size_t capacity)
{
	size_t len = 0;

	for (size_t i = 0; i < t.len; i++) {
		char c = t.data[i];

		if (c == '%') {
			if (t.len - i < 3 || !text_unhex((struct text){ .data = t.data + i + 1, .len = 2 }, &c, 1))
				return false;
			i += 2;
		}
		if (c == '\0' || len + 1 >= capacity)
			return false;
		out[len++] = c;
	}
	out[len] = '\0';
	return true;
}

/* What stands before mark; *rest becomes what stands behind it, or NONE. */
static struct text cut(struct text whole, const char *mark, struct text *rest)
{
	size_t len;

	if (!mark) {
		*rest = TEXT_NONE;
		return whole;
	}
	len = (size_t)(mark - whole.data);
	*rest = (struct text){ .data = mark + 1, .len = whole.len - len - 1 };
	return (struct text){ .data = whole.data, .len = len };
}

static const char *first(struct text t, char c)
{
	return t.len ? memchr(t.data, c, t.len) : NULL;
}

static const char *last(struct text t, char c)
{
	return t.len ? memrchr(t.data, c, t.len) : NULL;
}

static bool take_login(struct text login, struct cache_url *out)
{
	struct text password;
	struct text user = cut(login, first(login, ':'), &password);

	return decode(user, out->user, sizeof(out->user)) && decode(password, out->password, sizeof(out->password));
}

/* An absent or empty number stays at its default. */
static bool take_number(struct text t, int64_t most, int *out)
{
	int64_t value;

	if (t.len == 0)
		return true;
	if (!text_to_int(t, &value) || value < 0 || value > most)
		return false;
	*out = (int)value;
	return true;
}

static bool take_address(struct text address, struct cache_url *out)
{
	struct text port;
	struct text host = cut(address, last(address, ':'), &port);

	if (text_starts_with(address, TEXT("["))) {
		host = cut(
		        (struct text){ .data = address.data + 1, .len = address.len - 1 }, first(address, ']'), &port);
		if (!port.data || (port.len > 0 && port.data[0] != ':'))
			return false;
		if (port.len > 0)
			port = (struct text){ .data = port.data + 1, .len = port.len - 1 };
	}
	return host.len > 0 && decode(host, out->host, sizeof(out->host)) && take_number(port, 65535, &out->port) &&
	       out->port > 0;
}

bool cache_url_parse(const char *url, struct cache_url *out)
{
	struct cache_url parts = { .port = PORT_DEFAULT };
	struct text rest = text_of(url);
	struct text authority, address, db;
	size_t scheme;

	parts.tls = text_starts_with(rest, TEXT("rediss://"));
	if ((!parts.tls && !text_starts_with(rest, TEXT("redis://"))) || strpbrk(url, "?#"))
		return false;
	scheme = strlen(parts.tls ? "rediss://" : "redis://");
	rest = (struct text){ .data = url + scheme, .len = rest.len - scheme };
	authority = cut(rest, first(rest, '/'), &db);
	address = authority;
	if (last(authority, '@') && !take_login(cut(authority, last(authority, '@'), &address), &parts))
		return false;
	if (!take_address(address, &parts) || !take_number(db, DB_MOST, &parts.db))
		return false;
	*out = parts;
	return true;
}
