/* book.h - what is promised: policies and calendars as a thread of the ticket worker keeps them in memory.
 *
 * They are few and change rarely, so a batch asks for them by the number of the last change (sla_state.epoch), and
 * rows come only when that is another one. Then the book is read anew, as a whole, into an arena of its own. A file of
 * the system's time zones that has changed makes it anew, too; that is looked at once a minute.
 */
#ifndef WORKERS_TICKET_BOOK_H
#define WORKERS_TICKET_BOOK_H

#include "queues/sla_policy.h"
#include "workers/batch.h"

struct book;

/* Queues the question: rows is read by book_loaded. *book: the thread's, NULL at first. */
struct db_result *book_load(struct book **book, struct db *db);
void book_loaded(struct book **book, const struct db_result *rows);
void book_free(struct book **book);

/* From JSON, for tests: a policy for each text, in their order; the calendar of all, NULL: every hour counts. */
struct book *book_of(const char *const *policies, int count, const char *calendar);

/* The first that fits; one that promises nothing when none does, or there is no book. */
const struct sla_policy *book_choose(const struct book *book, const struct sla_subject *subject);
/* The policy in this very version, with this version of its calendar; NULL: the book has others by now. */
const struct sla_policy *book_policy(const struct book *book, const struct sla_policy *wanted);
/* A version of a calendar; always open when there is no such. */
const struct calendar *book_calendar(const struct book *book, const struct uuid *id, int version);

#endif
