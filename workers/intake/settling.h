/* settling.h - what the parts of settle.c share while a mail is settled. */
#ifndef WORKERS_INTAKE_SETTLING_H
#define WORKERS_INTAKE_SETTLING_H

#include "workers/intake/keep.h"
#include "workers/intake/settle.h"
#include "workers/outbox.h"
#include "workers/rows.h"

struct settling {
	struct ticker *t;
	struct arena *arena;
	struct store *store;
	const struct taken *taken;
	struct letter *letter;
	struct lead lead;
	struct known known;
	enum trust trust;
	struct verdict verdict;
	struct uuid sender_id; /* who has sent it, as far as there is an account */
	struct uuid actor_id;  /* in whose name its ticket is asked; none: the desk's */
	struct uuid ticket_id, comment_id, command_id;
	const char *why_aside; /* of one that is put aside */
	struct rows outbox;
};

/* MAIL_FROM, normalised; INTAKE_HARD_BOUNCES. */
const char *settle_own_address(void);
int64_t settle_hard_bounces(void);

/* --- outcome.c: within the transaction that settle.c has begun, and commits when all is well -------- */
enum settled outcome_reach(struct settling *s, int message, int parts);
/* The verdict's reason says why. */
enum settled outcome_quarantine(struct settling *s, int message);

/* --- people.c; each is false when the database failed ----------------------------------------------- */
/* The account of that address, which is made when there is none. */
bool people_find(struct settling *s, const struct person_named *person, struct uuid *out, bool *out_active);
/* Of mail without an address that can be written to, and of what nobody can read. Nothing is ever sent there. */
bool people_find_nobody(struct settling *s, struct uuid *out);
/* Who stands in To and Cc beside us, when the mailbox wants that and our mail server vouches for From: otherwise
 * anybody could have the desk write to anybody. */
bool people_find_watchers(struct settling *s, struct text_list *out);

/* --- ask.c: what is asked of the ticket ---------------------------------------------------------- */
/* Its files, then the ticket or the comment, then what staff commands. */
void ask_ticket(struct settling *s, struct uuid owner_id, const struct text_list *watchers);
void ask_comment(struct settling *s, struct text content, bool internal);
/* assignee: whom #assign names, or none. */
void ask_orders(struct settling *s, const struct orders *orders, struct uuid assignee);
/* In the name of who has approved it, the sender watches the ticket. */
void ask_watch(struct settling *s);
/* For staff, in both languages: a mail of ours has come back. */
void ask_note(struct settling *s, const struct failed_recipient *failed, bool ended);

/* --- tell.c: the rows of the ledger ------------------------------------------------------------------ */
struct text row_of_outcome(const struct settling *s);
struct text row_of_texts(const struct settling *s);

#endif
