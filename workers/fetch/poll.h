/* poll.h - the turn of an account: its thread looks into its mailbox every IMAP_EVERY.
 *
 *   the desk takes mail for it? ─► token ─► login ─► select ─► which are new ─► batches ─► cursor ─► say how it went
 *
 * An account that does not answer, refuses the login or lets us wait keeps its own thread busy and nobody else's.
 */
#ifndef WORKERS_FETCH_POLL_H
#define WORKERS_FETCH_POLL_H

#include "base/metrics.h"
#include "base/store.h"
#include "workers/fetch/mailbox.h"
#include "workers/fetch/oauth.h"
#include "workers/ticker.h"

#define POLL_ACCOUNTS_MOST 16

/* IMAP_ACCOUNTS, IMAP_EVERY, MAIL_FROM, MAIL_MAX_BYTES. */
extern struct setting poll_settings[];
/* How many threads there are: one for each account, and one when there are none. */
extern int64_t poll_threads;

struct poll {
	const struct account *account; /* NULL: there are no accounts, and nothing to do */
	struct oauth *oauth;           /* NULL: it has a password */
	struct store *store;
	int64_t due_ms;
	int failures;
	char told[300]; /* what the dependencies say of it; "": all is well */
	bool has_told;
	struct metric up, taken, left, polled;

	/* Of one poll, in its arena. */
	struct arena *arena;
	struct imap *imap;
	struct mailbox mailbox;
	int64_t cursor;       /* all messages up to it have been dealt with */
	bool is_fresh;        /* there is no cursor for this UIDVALIDITY yet: it is written when all is taken */
	bool is_refused;      /* the login */
	const char *wrong;    /* why the poll has ended early, NULL: it has not; the database says for itself */
	const char *unmarked; /* what the server says to why messages that were taken are not marked */
};

/* Reads the accounts. False: they make no sense. */
bool poll_prepare(void);
bool poll_open(struct ticker *t);
void poll_close(struct ticker *t);
bool poll_hold(struct ticker *t);
bool poll_work(struct ticker *t);
void poll_rest(struct ticker *t);

/* Ends the poll; why may lie anywhere. Always false. */
bool poll_fails(struct poll *p, const char *why);

#endif
