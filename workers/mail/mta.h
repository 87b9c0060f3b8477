/* mta.h - the server that takes our mail: the only file that knows libesmtp.
 *
 * One session is one connection and carries several mails. libesmtp blocks; all
 * its waits are bounded (5 s to connect, 30 s a command, 120 s a transfer or the
 * answer after the final dot), and the pump is called whenever the server moves.
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

struct mta_pump {
	void (*call)(void *);
	void *arg;
};

/* Sends the mails that have a content, and sets outcome and reply of each. False
 * when the session failed as a whole, so that there is no hurry to try again. */
bool mta_send(struct mta *mta, const struct mail_sender *sender, struct mail *mails, int count,
        const struct mta_pump *pump, struct arena *arena);

/* What a mail's three answers mean; 0 is no answer. A refusal of the sender or of our
 * login is about this desk, not the mail: it is deferred, so a wrong setting loses none. */
enum mail_outcome mta_judge(int sender_code, int recipient_code, int transfer_code);

#endif
