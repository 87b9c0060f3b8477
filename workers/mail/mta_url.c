/* mta_url.c - see mta_url.h.
 *
 *   smtp://127.0.0.1:8025                  a relay on this machine, in the clear
 *   smtp://relay.example:587               STARTTLS required
 *   smtp://u:p%40ss@relay.example:587      the same with AUTH
 *   smtp://relay.example?tls=none          in the clear, because it is said
 */
#include "workers/mail/mta_url.h"

#include <string.h>
#include "base/text.h"

#define PORT_DEFAULT 25

/* Percent-decoded into out; false when it does not fit or holds a control character. */
static bool decode(struct text t, char *out, size_t capacity)
{
	size_t len = 0;

	for (size_t i = 0; i < t.len; i++) {
		char c = t.data[i];

		if (c == '%') {
			if (t.len - i < 3 || !text_unhex((struct text){ t.data + i + 1, 2 }, &c, 1))
				return false;
			i += 2;
		}
		if ((unsigned char)c < 0x20 || c == 0x7f || len + 1 >= capacity)
			return false;
		out[len++] = c;
	}
	out[len] = '\0';
	return true;
}

/* Takes away what stands behind the mark (or TEXT_NONE), and the mark. */
static struct text cut_behind(struct text *whole, const char *mark)
{
	struct text behind = TEXT_NONE;

	if (mark) {
		behind = (struct text){ mark + 1, (size_t)(whole->data + whole->len - mark - 1) };
		whole->len = (size_t)(mark - whole->data);
	}
	return behind;
}

static bool take_address(struct text address, struct mta_url *out)
{
	struct text port;
	int64_t number = PORT_DEFAULT;

	if (address.len && address.data[0] == '[') {
		const char *end = memchr(address.data, ']', address.len);

		if (!end)
			return false;
		port = cut_behind(&address, end);
		address = (struct text){ address.data + 1, address.len - 1 };
		if (port.len && port.data[0] != ':')
			return false;
		port = port.len ? (struct text){ port.data + 1, port.len - 1 } : TEXT_NONE;
	} else {
		port = cut_behind(&address, address.len ? memrchr(address.data, ':', address.len) : NULL);
	}
	if (port.data && (!text_to_int(port, &number) || number < 1 || number > 65535))
		return false;
	out->port = (int)number;
	return address.len && decode(address, out->host, sizeof out->host);
}

static bool is_loopback(const char *host)
{
	return strcmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0;
}

static const char *take_tls(struct text query, struct mta_url *out)
{
	static const struct text words[] = { TEXT("tls=none"), TEXT("tls=starttls"), TEXT("tls=required") };

	out->tls = is_loopback(out->host) && !*out->user ? MTA_TLS_NONE : MTA_TLS_REQUIRED;
	if (!query.data)
		return NULL;
	for (int i = 0; i < 3; i++) {
		if (!text_equal(query, words[i]))
			continue;
		out->tls = (enum mta_tls)i;
		return *out->user && out->tls != MTA_TLS_REQUIRED ? "a user and password need tls=required" : NULL;
	}
	return "the only option is ?tls=none, starttls or required";
}

const char *mta_url_parse(const char *url, struct mta_url *out)
{
	struct mta_url parts = { 0 };
	struct text rest = text_of(url), query, password;
	const char *at, *why;

	if (text_starts_with(rest, TEXT("smtps://")))
		return "smtps:// (TLS from the first byte) is not supported: use smtp:// with STARTTLS, mostly port "
		       "587";
	if (!text_starts_with(rest, TEXT("smtp://")))
		return "expected smtp://[user:password@]host[:port]";
	rest = (struct text){ rest.data + 7, rest.len - 7 };
	query = cut_behind(&rest, rest.len ? memchr(rest.data, '?', rest.len) : NULL);
	if (rest.len && rest.data[rest.len - 1] == '/')
		rest.len--;
	at = rest.len ? memrchr(rest.data, '@', rest.len) : NULL;
	if (at) {
		struct text login = rest;

		rest = cut_behind(&login, at);
		password = cut_behind(&login, login.len ? memchr(login.data, ':', login.len) : NULL);
		if (!login.len || !password.len || !decode(login, parts.user, sizeof parts.user) ||
		        !decode(password, parts.password, sizeof parts.password))
			return "user and password must both be there, percent-encoded";
	}
	if (!take_address(rest, &parts))
		return "host or port is malformed";
	why = take_tls(query, &parts);
	if (!why)
		*out = parts;
	return why;
}
