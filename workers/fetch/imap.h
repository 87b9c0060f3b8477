/* imap.h - a conversation with a server of IMAP (RFC 3501), one command at a time.
 *
 * libcurl makes the connection: names, TLS, STARTTLS and the login with password or token. The commands are ours,
 * because libcurl's own would mark each message as read when it is fetched.
 */
#ifndef WORKERS_FETCH_IMAP_H
#define WORKERS_FETCH_IMAP_H

#include "workers/fetch/account.h"

struct imap;

enum imap_fate {
	IMAP_DONE,
	IMAP_REFUSED, /* the server says no: to the login, or to a command; imap_said() is what it says */
	IMAP_LOST,    /* no connection any more, or it has taken too long */
};

/* Of the answers to a command. line: one without its tag; where it had a literal stands nothing. literal: so many bytes
 * follow behind the line; then come they, in pieces. False of either: the connection is given up. NULL: they are passed
 * over. */
struct imap_listener {
	bool (*line)(void *arg, struct text line);
	bool (*literal)(void *arg, struct text line, int64_t size);
	bool (*bytes)(void *arg, struct text piece);
	void *arg;
};

/* bearer: a token, NULL: the account's password. Never NULL. IMAP_DONE: it is signed in. */
struct imap *imap_open(const struct account *account, const char *bearer, enum imap_fate *out_fate);
/* Says good-bye. */
void imap_close(struct imap **imap);

/* Sends a command, without tag and end, and listens until it is answered, for limit_s at most. */
enum imap_fate imap_ask(struct imap *imap, const char *command, int limit_s, const struct imap_listener *listener);

/* What the server has said last, or why there is no connection; it names no secret. */
const char *imap_said(const struct imap *imap);

#endif
