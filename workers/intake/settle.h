/* settle.h - writes what becomes of a mail: its row, what it says, and what is asked of its ticket; in one transaction.
 */
#ifndef WORKERS_INTAKE_SETTLE_H
#define WORKERS_INTAKE_SETTLE_H

#include "base/store.h"
#include "workers/intake/intake.h"
#include "workers/ticker.h"

/* INTAKE_..., MAIL_AUTHSERV_ID, MAIL_FROM. */
extern struct setting settle_settings[];

/* MAIL_FROM is an address. False: it is none, which is said. */
bool settle_prepare(void);

enum settled {
	SETTLED_DONE,
	SETTLED_FAILED,  /* the database: db_fault */
	SETTLED_NOT_NOW, /* the store takes nothing now */
};

/* What guichetmail has said of it. message and parts are the open files. */
enum settled settle_letter(struct ticker *t, struct store *store, const struct taken *taken, struct letter *letter,
        int message, int parts);
/* A mail that nobody can read becomes a ticket for staff, with the mail beside it. why: for people. */
enum settled settle_aside(
        struct ticker *t, struct store *store, const struct taken *taken, int message, const char *why);

#endif
