/* outcome.h - what came of mails: the verdict, and the rows of one statement. Mails whose
 * outcome is recorded are left out of the rows. */
#ifndef WORKERS_MAIL_OUTCOME_H
#define WORKERS_MAIL_OUTCOME_H

#include "workers/mail/mail.h"

struct arena;

/* What a mail's three answers mean; 0 is no answer. A refusal of the sender or of our
 * login is about this desk, not the mail: it is deferred, so a wrong setting loses none. */
enum mail_outcome outcome_judge(int sender_code, int recipient_code, int transfer_code);

/* [{"id","attempts","outcome","reply"}, ...] */
struct text outcome_rows(const struct mail *mails, int count, struct arena *arena);

/* Outbox rows with a mail_id: one ticket.note for each failed mail about a ticket, so
 * that whoever works on the ticket reads that its owner was not told. */
struct text outcome_notes(const struct mail *mails, int count, int64_t now_us, struct arena *arena);

#endif
