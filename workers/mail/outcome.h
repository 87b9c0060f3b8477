/* outcome.h - what came of a session's mails, as the rows of one statement. */
#ifndef WORKERS_MAIL_OUTCOME_H
#define WORKERS_MAIL_OUTCOME_H

#include "workers/mail/mail.h"

struct arena;

/* [{"id","attempts","outcome","reply"}, ...] */
struct text outcome_rows(const struct mail *mails, int count, struct arena *arena);

/* Outbox rows with a mail_id: one ticket.note for each failed mail about a ticket, so
 * that whoever works on the ticket reads that its owner was not told. */
struct text outcome_notes(const struct mail *mails, int count, int64_t now_us, struct arena *arena);

#endif
