/* wording.h - what a mail says: its template, built in or edited, filled in with the row's fields, in the reader's
 * language.
 *
 * What administrators have edited, and the brand, are one row (sql/migrations/0025_texts.sql) whose version rises with
 * each change. A sender asks for the version at most every two seconds, when it has claimed mails, and keeps what it
 * has read. With the same statement comes what was last said in public on the mails' tickets.
 */
#ifndef WORKERS_MAIL_WORDING_H
#define WORKERS_MAIL_WORDING_H

#include "templates/template.h"
#include "workers/mail/mail.h"

struct arena;
struct db;
struct wording;

struct wording *wording_new(void);
void wording_free(struct wording **wording);

/* Of a mail that leads to a page where a link is used the token is drawn here, and its SHA-256 kept by the same
 * statement: the token is in the mail alone. Without the database such a mail has none, and is not sent. */
/* Before mails are composed: gives each what was said on its ticket, and the texts as they are edited. Without the
 * database they go out with the texts that were read last, and without what was said: false, with the fault. What is
 * given lives in the arena. */
bool wording_prepare(struct wording *wording, struct db *db, struct mail *mails, int count, struct arena *arena);

/* False, and nothing written, when no template of that name is known: a newer version wrote the row, and may send it.
 * An edited one that cannot be filled in gives way to the built-in one, with an error in the log and in the metric. */
bool wording_of(const struct mail *mail, const struct mail_sender *sender, struct arena *arena, struct rendered *out);

#endif
