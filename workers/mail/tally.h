/* tally.h - the outcomes of mails, counted by the domain of their recipient. */
#ifndef WORKERS_MAIL_TALLY_H
#define WORKERS_MAIL_TALLY_H

#include "workers/mail/mail.h"

void tally_mail(const struct mail *mail);

#endif
