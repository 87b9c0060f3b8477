/* imap.c - see imap.h.
 *
 *   perform with CONNECT_ONLY ─► greeting, TLS, login ─► curl_easy_send / curl_easy_recv ─► close
 *
 * Every wait ends: at the deadline of the command, after SILENCE_S without a byte, and when the process stops.
 */
#include "workers/fetch/imap.h"

#include <curl/curl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/clock.h"
#include "base/process.h"
#include "base/trust.h"

#define CONNECT_S 10L
#define LOGIN_S 30L
#define SILENCE_S 30
#define BYE_S 2
#define PIECE_BYTES 65536
#define LINE_BYTES (4 << 20) /* all uids of a mailbox stand in one */

struct imap {
	CURL *curl;
	bool is_open;
	unsigned tag;
	int64_t until_ms; /* of the command */
	char said[CURL_ERROR_SIZE];

	char piece[PIECE_BYTES]; /* what has arrived and is not read yet */
	size_t at, end;
	char *line; /* being read, with a NUL behind it */
	size_t line_len, line_room;
};

static enum imap_fate lose(struct imap *imap, const char *why)
{
	imap->is_open = false;
	snprintf(imap->said, sizeof imap->said, "%s", why);
	return IMAP_LOST;
}

/* Only what a log, a page and a row can show. */
static void note(struct imap *imap, struct text said)
{
	size_t len = 0;

	for (size_t i = 0; i < said.len && len < sizeof imap->said - 1; i++)
		imap->said[len++] = said.data[i] >= ' ' && said.data[i] <= '~' ? said.data[i] : '?';
	imap->said[len] = 0;
}

/* --- login ------------------------------------------------------------------------------ */
/* The answer that ends a login without success: "A002 NO [AUTHENTICATIONFAILED] ...". */
static size_t hear_login(char *data, size_t size, size_t count, void *arg)
{
	struct text line = text_trim((struct text){ data, size * count }), rest = line;
	const char *blank = memchr(line.data, ' ', line.len);

	if (blank && *line.data != '*' && *line.data != '+') {
		rest = (struct text){ blank + 1, line.len - (size_t)(blank + 1 - line.data) };
		if (text_starts_with(rest, TEXT("NO ")))
			note(arg, (struct text){ rest.data + 3, rest.len - 3 });
	}
	return size * count;
}

static int on_progress(void *arg, curl_off_t down_total, curl_off_t down, curl_off_t up_total, curl_off_t up)
{
	(void)arg, (void)down_total, (void)down, (void)up_total, (void)up;
	return process_stopping();
}

static void set_options(struct imap *imap, const struct account *account, const char *bearer)
{
	CURL *curl = imap->curl;

	curl_easy_setopt(curl, CURLOPT_URL, account->url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "imap,imaps");
	curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_S);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, LOGIN_S);
	curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(curl, CURLOPT_USE_SSL, account->wants_tls ? (long)CURLUSESSL_ALL : (long)CURLUSESSL_NONE);
	if (*trust_file())
		curl_easy_setopt(curl, CURLOPT_CAINFO, trust_file());
	curl_easy_setopt(curl, CURLOPT_USERNAME, account->user);
	curl_easy_setopt(curl, bearer ? CURLOPT_XOAUTH2_BEARER : CURLOPT_PASSWORD, bearer ? bearer : account->password);
	if (bearer)
		curl_easy_setopt(curl, CURLOPT_LOGIN_OPTIONS, "AUTH=XOAUTH2");
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, hear_login);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, imap);
}

struct imap *imap_open(const struct account *account, const char *bearer, enum imap_fate *out_fate)
{
	struct imap *imap = calloc(1, sizeof *imap);
	char error[CURL_ERROR_SIZE] = "";
	CURLcode code;

	if (!imap || !(imap->curl = curl_easy_init()))
		abort(); /* out of memory */
	set_options(imap, account, bearer);
	curl_easy_setopt(imap->curl, CURLOPT_ERRORBUFFER, error);
	code = curl_easy_perform(imap->curl);
	curl_easy_setopt(imap->curl, CURLOPT_ERRORBUFFER, NULL);
	imap->is_open = code == CURLE_OK;
	if (code != CURLE_OK && !(code == CURLE_LOGIN_DENIED && *imap->said))
		note(imap, text_of(*error ? error : curl_easy_strerror(code)));
	*out_fate = code == CURLE_OK ? IMAP_DONE : code == CURLE_LOGIN_DENIED ? IMAP_REFUSED : IMAP_LOST;
	return imap;
}

void imap_close(struct imap **imap)
{
	if (!*imap)
		return;
	if ((*imap)->is_open)
		imap_ask(*imap, "LOGOUT", BYE_S, &(struct imap_listener){ NULL });
	curl_easy_cleanup((*imap)->curl);
	free((*imap)->line);
	free(*imap);
	*imap = NULL;
}

const char *imap_said(const struct imap *imap)
{
	return imap->said;
}

/* --- bytes ------------------------------------------------------------------------------ */
/* Until the socket is ready. False: it is not, and the connection is lost. */
static bool wait_for(struct imap *imap, short events)
{
	int64_t left_ms = imap->until_ms - clock_mono_ms();
	curl_socket_t fd = CURL_SOCKET_BAD;
	struct pollfd polled[2];
	int ready;

	curl_easy_getinfo(imap->curl, CURLINFO_ACTIVESOCKET, &fd);
	polled[0] = (struct pollfd){ .fd = fd, .events = events };
	polled[1] = (struct pollfd){ .fd = process_stop_fd(), .events = POLLIN };
	if (left_ms > SILENCE_S * 1000)
		left_ms = SILENCE_S * 1000;
	ready = left_ms > 0 ? poll(polled, 2, (int)left_ms) : 0;
	if (ready > 0 && polled[0].revents)
		return true;
	lose(imap, ready > 0 ? "we are stopping" : "the server takes too long");
	return false;
}

static bool send_all(struct imap *imap, struct text bytes)
{
	size_t sent, done = 0;
	CURLcode code;

	while (done < bytes.len) {
		code = curl_easy_send(imap->curl, bytes.data + done, bytes.len - done, &sent);
		if (code == CURLE_OK)
			done += sent;
		else if (code != CURLE_AGAIN)
			return lose(imap, curl_easy_strerror(code)) == IMAP_DONE;
		else if (!wait_for(imap, POLLOUT))
			return false;
	}
	return true;
}

/* More bytes into the piece, which is empty. */
static bool receive(struct imap *imap)
{
	size_t got = 0;
	CURLcode code;

	while ((code = curl_easy_recv(imap->curl, imap->piece, sizeof imap->piece, &got)) == CURLE_AGAIN)
		if (!wait_for(imap, POLLIN))
			return false;
	if (code != CURLE_OK || !got || clock_mono_ms() > imap->until_ms) {
		lose(imap, code != CURLE_OK ? curl_easy_strerror(code)
		           : !got           ? "the server has closed the connection"
		                            : "the server takes too long");
		return false;
	}
	imap->at = 0;
	imap->end = got;
	return true;
}

static void add_to_line(struct imap *imap, const char *bytes, size_t len)
{
	size_t room = imap->line_room ? imap->line_room : 1024;

	while (room < imap->line_len + len + 1)
		room *= 2;
	if (room != imap->line_room) {
		imap->line = realloc(imap->line, room);
		if (!imap->line)
			abort(); /* out of memory */
		imap->line_room = room;
	}
	memcpy(imap->line + imap->line_len, bytes, len);
	imap->line_len += len;
	imap->line[imap->line_len] = 0;
}

/* The rest of a line, behind what there is of it already, without its end. */
static bool read_line(struct imap *imap)
{
	const char *end = NULL;
	size_t len;

	while (!end) {
		if (imap->at == imap->end && !receive(imap))
			return false;
		end = memchr(imap->piece + imap->at, '\n', imap->end - imap->at);
		len = end ? (size_t)(end - imap->piece) + 1 - imap->at : imap->end - imap->at;
		if (imap->line_len + len > LINE_BYTES)
			return lose(imap, "an answer of the server is too long") == IMAP_DONE;
		add_to_line(imap, imap->piece + imap->at, len);
		imap->at += len;
	}
	while (imap->line_len && strchr("\r\n", imap->line[imap->line_len - 1]))
		imap->line[--imap->line_len] = 0;
	return true;
}

static bool read_literal(struct imap *imap, int64_t size, const struct imap_listener *listener)
{
	size_t len;

	while (size > 0) {
		if (imap->at == imap->end && !receive(imap))
			return false;
		len = imap->end - imap->at;
		len = (int64_t)len > size ? (size_t)size : len;
		if (listener->bytes && !listener->bytes(listener->arg, (struct text){ imap->piece + imap->at, len }))
			return lose(imap, "given up") == IMAP_DONE;
		imap->at += len;
		size -= (int64_t)len;
	}
	return true;
}

/* --- answers ---------------------------------------------------------------------------- */
/* "... {123}" at its end, which is taken away: so many bytes follow. */
static bool take_literal_size(struct imap *imap, int64_t *out)
{
	char *open = imap->line_len && imap->line[imap->line_len - 1] == '}' ? strrchr(imap->line, '{') : NULL;
	size_t digits = open ? imap->line_len - (size_t)(open + 2 - imap->line) : 0;

	if (!digits || digits > 18 || !text_to_int((struct text){ open + 1, digits }, out) || *out < 0)
		return false;
	imap->line_len = (size_t)(open - imap->line);
	*open = 0;
	return true;
}

static struct text line_of(const struct imap *imap)
{
	return (struct text){ imap->line, imap->line_len };
}

/* A line with all its literals. */
static bool read_answer(struct imap *imap, const struct imap_listener *listener)
{
	int64_t size;

	imap->line_len = 0;
	while (read_line(imap)) {
		if (!take_literal_size(imap, &size))
			return true;
		if (listener->literal && !listener->literal(listener->arg, line_of(imap), size))
			return lose(imap, "given up") == IMAP_DONE;
		if (!read_literal(imap, size, listener))
			return false;
	}
	return false;
}

static enum imap_fate ended(struct imap *imap, const char *rest)
{
	note(imap, text_of(rest + (strchr(rest, ' ') ? strcspn(rest, " ") + 1 : 0)));
	return !strncasecmp(rest, "OK", 2) ? IMAP_DONE : IMAP_REFUSED;
}

enum imap_fate imap_ask(struct imap *imap, const char *command, int limit_s, const struct imap_listener *listener)
{
	char tag[16];
	int tag_len = snprintf(tag, sizeof tag, "g%u ", imap->tag++);

	if (!imap->is_open)
		return IMAP_LOST;
	imap->until_ms = clock_mono_ms() + (int64_t)limit_s * 1000;
	imap->line_len = 0;
	add_to_line(imap, tag, (size_t)tag_len);
	add_to_line(imap, command, strlen(command));
	add_to_line(imap, "\r\n", 2);
	if (!send_all(imap, line_of(imap)))
		return IMAP_LOST;
	while (read_answer(imap, listener)) {
		if (imap->line_len >= (size_t)tag_len && !strncmp(imap->line, tag, (size_t)tag_len))
			return ended(imap, imap->line + tag_len);
		if (listener->line && imap->line_len > 2 && imap->line[0] == '*' &&
		        !listener->line(listener->arg, (struct text){ imap->line + 2, imap->line_len - 2 }))
			return lose(imap, "given up");
	}
	return IMAP_LOST;
}
