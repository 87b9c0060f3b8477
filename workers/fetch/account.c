/* account.c - see account.h. */
#include "workers/fetch/account.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "queues/address.h"

#define FOLDER_BYTES 1024

struct reading {
	struct arena *arena;
	CURLU *url;
	struct account *out;
	const char *wrong;
};

static bool refuse(struct reading *r, const char *why)
{
	if (!r->wrong)
		r->wrong = why;
	return false;
}

/* NULL: the URL has no such part, or one that names no text. */
static const char *part(struct reading *r, CURLUPart which, unsigned flags)
{
	char *found = NULL, *copy = NULL;

	if (curl_url_get(r->url, which, &found, flags) == CURLUE_OK)
		copy = arena_copy(r->arena, found, strlen(found));
	curl_free(found);
	return copy;
}

static const char *decoded(struct reading *r, const char *text)
{
	int len = 0;
	char *found = curl_easy_unescape(NULL, text, (int)strlen(text), &len), *copy = NULL;

	if (found && strlen(found) == (size_t)len)
		copy = arena_copy(r->arena, found, (size_t)len);
	curl_free(found);
	return copy;
}

/* Nothing that would end a line, or that no name has. */
static bool is_clean(const char *text)
{
	for (const char *at = text; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			return false;
	return text_is_utf8(text_of(text), NULL);
}

/* --- the authority ---------------------------------------------------------------------- */
/* Of several @ the last one is before the host: the others are the user's. */
static const char *with_one_at(struct arena *arena, struct text url)
{
	const char *text = text_dup(arena, url), *begin = strstr(text, "://"), *end, *last = NULL;
	struct buffer out;

	if (!begin)
		return text;
	begin += 3;
	end = begin + strcspn(begin, "/?#");
	for (const char *at = begin; at < end; at++)
		last = *at == '@' ? at : last;
	buffer_init(&out, arena, url.len + 64);
	for (const char *at = text; *at; at++)
		if (*at == '@' && at >= begin && at < last)
			buffer_string(&out, "%40");
		else
			buffer_append(&out, at, 1);
	return buffer_cstr(&out);
}

static bool is_loopback(const char *host)
{
	struct in_addr v4;

	if (!strcasecmp(host, "localhost") || !strcmp(host, "[::1]"))
		return true;
	return inet_pton(AF_INET, host, &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127;
}

static bool read_server(struct reading *r, const char **out_host)
{
	const char *scheme = part(r, CURLUPART_SCHEME, 0), *host = part(r, CURLUPART_HOST, 0),
	           *port = part(r, CURLUPART_PORT, CURLU_DEFAULT_PORT);

	if (!scheme || (strcmp(scheme, "imaps") != 0 && strcmp(scheme, "imap") != 0))
		return refuse(r, "it begins neither with imaps:// nor with imap://");
	if (!host || !*host || !port)
		return refuse(r, "it names no host");
	for (char *at = (char *)host; *at; at++)
		*at |= *at >= 'A' && *at <= 'Z' ? 0x20 : 0;
	r->out->wants_tls = !strcmp(scheme, "imap") && !is_loopback(host);
	r->out->url = arena_printf(r->arena, "%s://%s:%s", scheme, host, port);
	*out_host = host;
	return true;
}

static bool read_user(struct reading *r)
{
	if (part(r, CURLUPART_OPTIONS, 0))
		return refuse(r, "a ; in user or password is written %3B");
	r->out->user = part(r, CURLUPART_USER, CURLU_URLDECODE);
	r->out->password = part(r, CURLUPART_PASSWORD, CURLU_URLDECODE);
	if (!r->out->user || !*r->out->user || !is_clean(r->out->user))
		return refuse(r, "it names no user");
	return true;
}

/* --- folders ---------------------------------------------------------------------------- */
/* NULL: no folder can have that name. */
static const char *quoted(struct reading *r, const char *folder)
{
	char wire[FOLDER_BYTES], *from = (char *)folder, *to = wire;
	size_t from_left = strlen(folder), to_left = sizeof wire - 1;
	iconv_t convert = iconv_open("UTF-7-IMAP", "UTF-8");
	struct buffer out;
	bool good;

	if (convert == (iconv_t)-1)
		return NULL;
	good = iconv(convert, &from, &from_left, &to, &to_left) != (size_t)-1 &&
	       iconv(convert, NULL, NULL, &to, &to_left) != (size_t)-1;
	iconv_close(convert);
	if (!good || !*folder || !is_clean(folder))
		return NULL;
	*to = 0;
	buffer_init(&out, r->arena, sizeof wire);
	buffer_string(&out, "\"");
	for (const char *at = wire; *at; at++) {
		buffer_string(&out, *at == '"' || *at == '\\' ? "\\" : "");
		buffer_append(&out, at, 1);
	}
	buffer_string(&out, "\"");
	return buffer_cstr(&out);
}

static bool read_folder(struct reading *r, const char *host)
{
	const char *path = part(r, CURLUPART_PATH, 0), *folder = decoded(r, path && *path ? path + 1 : "");

	if (folder && !*folder)
		folder = "INBOX";
	r->out->folder = folder ? quoted(r, folder) : NULL;
	if (!r->out->folder)
		return refuse(r, "no folder has such a name");
	r->out->name = arena_printf(r->arena, "%s@%s/%s", r->out->user, host, folder);
	return true;
}

/* --- what is asked for ------------------------------------------------------------------ */
static bool read_after(struct reading *r, const char *value)
{
	if (!strcmp(value, "seen"))
		r->out->after = ACCOUNT_SEEN;
	else if (!strcmp(value, "keep"))
		r->out->after = ACCOUNT_KEEP;
	else if (!strncmp(value, "move:", 5) && (r->out->goal = quoted(r, value + 5)))
		r->out->after = ACCOUNT_MOVE;
	else
		return refuse(r, "after is seen, keep, or move: and a folder");
	return true;
}

static bool read_wish(struct reading *r, const char *name, const char *value)
{
	if (!value)
		return refuse(r, "a value is no text");
	if (!strcmp(name, "to")) {
		r->out->to = address_normalized(r->arena, text_of(value));
		return r->out->to.data || refuse(r, "to is no address");
	}
	if (!strcmp(name, "after"))
		return read_after(r, value);
	if (!strcmp(name, "oauth")) {
		r->out->oauth = value;
		return *value == '/' || refuse(r, "oauth is the whole path of a file");
	}
	return refuse(r, "it knows to, after and oauth, and nothing else");
}

static bool read_wishes(struct reading *r)
{
	char *rest = (char *)part(r, CURLUPART_QUERY, 0), *word, *value;

	while ((word = strsep(&rest, "&"))) {
		value = strchr(word, '=');
		if (!value)
			return refuse(r, "a word has no value");
		*value = 0;
		if (!read_wish(r, word, decoded(r, value + 1)))
			return false;
	}
	if (!r->out->to.data)
		return refuse(r, "it does not say to=, the mailbox that it is for");
	if (!r->out->password == !r->out->oauth)
		return refuse(r, "it has a password, or oauth=, and not both");
	return true;
}

bool account_read(struct arena *arena, struct text url, struct account *out, const char **out_wrong)
{
	struct reading r = { .arena = arena, .url = curl_url(), .out = out };
	const char *host;
	bool good;

	if (!r.url)
		abort(); /* out of memory */
	*out = (struct account){ .after = ACCOUNT_SEEN };
	good = curl_url_set(r.url, CURLUPART_URL, with_one_at(arena, url), 0) == CURLUE_OK ||
	       refuse(&r, "it is no URL");
	good = good && read_server(&r, &host) && read_user(&r) && read_folder(&r, host) && read_wishes(&r);
	curl_url_cleanup(r.url);
	if (!good)
		*out_wrong = r.wrong;
	return good;
}
