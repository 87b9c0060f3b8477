/* outcome.h - what came of mails: the verdict, and the rows of one statement. Mails whose
 * outcome is recorded are left out of the rows. */
#ifndef WORKERS_MAIL_OUTCOME_H
#define WORKERS_MAIL_OUTCOME_H

#include "workers/mail/mail.h"

struct arena;

/* What a mail's three answers mean; 0 is no answer. A refusal of the sender or of our
 * login is about this desk, not the mail: it is deferred, so a wrong setting loses none. */
enum mail_outcome outcome_judge(int sender_code, int recipient_code, int transfer_code);

/* Are the answers about this very mail? That the server was not reached, stops, or refuses the sender or our login
 * says nothing of the mail. */
bool outcome_is_judged(int sender_code, int recipient_code, int transfer_code);

/* Gives up a deferred mail that its server has judged for two days: since its first refusal, however old it was then.
 */
void outcome_expire(struct mail *mail, int64_t now_us);

/* [{"id","attempts","outcome","judged","begun","down","slow","reply","transcript"}, ...]; no "down": it was in no
 * session. */
struct text outcome_rows(const struct mail *mails, int count, struct arena *arena);

/* Outbox rows with a mail_id: one ticket.note for each failed mail about a ticket, so
 * that whoever works on the ticket reads that its owner was not told. */
struct text outcome_notes(const struct mail *mails, int count, int64_t now_us, struct arena *arena);

#endif
