/* mta.h - the server that takes our mail: the only file that knows libesmtp.
 *
 * One session is one connection and carries several mails. libesmtp blocks; all
 * its waits are bounded (5 s to connect, 30 s a command, 120 s a transfer or the
 * answer after the final dot). The caller hears of each answer before the next mail begins.
 *
 * What libesmtp 1.1 does otherwise and is put right here: it connects without a
 * time limit, its own TLS context is freed twice, after a refused AUTH it goes on
 * without, and it reports a session as fine of which no mail was accepted.
 */
#ifndef WORKERS_MAIL_MTA_H
#define WORKERS_MAIL_MTA_H

#include "workers/mail/mail.h"
#include "workers/mail/mta_url.h"

struct arena;
struct mta;

/* Once, before the threads. */
void mta_start(void);

/* For one thread. ca_file: "" or trusted certificates beside the system's. NULL
 * when TLS can't be set up (the reason is logged). The url lives as long as the mta. */
struct mta *mta_new(const struct mta_url *url, const char *ca_file);
void mta_free(struct mta **mta);

/* What the caller does while a session lasts. */
struct mta_ear {
	/* Whenever the server moves, at most twice a second. */
	void (*pump)(void *arg);
	/* The server has answered a mail's content, and its outcome and reply are set; nothing
	 * more is sent until this returns. False: the session ends, no further mail goes out. */
	bool (*answered)(struct mail *mail, void *arg);
	void *arg;
};

/* Sends the mails that have a content and are not recorded, and sets outcome and reply of each. False
 * when the session failed as a whole: no mail was begun, so another server may be asked. */
bool mta_send(struct mta *mta, struct mail *mails, int count, const struct mta_ear *ear, struct arena *arena);

#endif
