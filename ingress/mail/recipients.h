/* recipients.h - whose mail is taken: MAIL_FROM and the active mailboxes, as the database had them last. */
#ifndef INGRESS_MAIL_RECIPIENTS_H
#define INGRESS_MAIL_RECIPIENTS_H

#include "base/settings.h"
#include "ingress/http/loop.h"
#include "ingress/mail/session.h"

extern struct setting recipients_settings[];

/* On the loop's thread, as is all that follows. Exits with a clear message when MAIL_FROM is no address. */
void recipients_open(struct loop *loop);
/* Asks for the list every second. */
void recipients_turn(void);
/* What is behind a "+" in the local part is passed over. Before the first list nothing is known of any. */
enum session_mailbox recipients_find(struct text address);
/* Has the database given its list within the last seconds? */
bool recipients_are_fresh(void);

#endif
