/* intake.h - a mail in the hands of the intake worker: what was taken, what it says, and what becomes of it.
 *
 *   row ─► bytes from the store ─► guichetmail ─► letter ─► lead, trust ─► known by the database ─► verdict ─► settle
 *
 * letter.c, lead.c, trust.c, orders.c and verdict.c know no database: they are decided by what they are given.
 */
#ifndef WORKERS_INTAKE_INTAKE_H
#define WORKERS_INTAKE_INTAKE_H

#include <jansson.h>
#include "base/arena.h"
#include "base/uuid.h"
#include "queues/catalogue.h"

#define LETTER_PEOPLE 50 /* of To and Cc that are looked at */
#define LETTER_ATTACHMENTS 50
#define LEAD_REFERENCES 100 /* ids that are looked up; the first and the last of more */

/* The row of inbound_mails. */
struct taken {
	struct uuid id;
	struct text door, peer, traceparent, sha256_hex;
	struct text envelope_from; /* TEXT_NONE: not known */
	struct text_list recipients;
	int64_t size, attempts, kills, rounds;
	int64_t accepted_us, now_us;
	bool approved, rejected;      /* by staff */
	struct uuid approved_by;      /* none: an operator */
	bool let_in;                  /* and its sender watches the ticket from then on */
	enum inbound_outcome outcome; /* of one that is read again */
	struct uuid ticket_id, comment_id, sender_id;
};

struct person_named {
	struct text name, address; /* normalised (queues/address.h) */
};

struct attached {
	struct text name, type, cid, sha256_hex;
	int64_t offset, size; /* in the file of parts */
	bool is_inline;
	struct uuid file_id; /* none: it is left out */
};

struct failed_recipient {
	struct text address, status, reason, kind;
};

/* What it says: the answer of guichetmail, as far as the worker goes by it. */
struct letter {
	struct person_named from; /* address TEXT_NONE: nobody that can be answered */
	struct person_named to[LETTER_PEOPLE], cc[LETTER_PEOPLE], reply_to;
	int to_count, cc_count;
	struct text subject, message_id;
	struct text_list references;
	struct text text, visible_text, folded_text, visible_html, folded_html;
	struct text kind, auto_reason;
	struct text_list authentication; /* Authentication-Results, the topmost first */
	struct attached attachments[LETTER_ATTACHMENTS];
	int attachment_count;
	struct failed_recipient failed[LETTER_PEOPLE];
	int failed_count;
	bool is_forward;
	struct person_named forward_from;
	struct text forward_subject, forward_text;
	struct text notes;                   /* a JSON array */
	struct text message_hash, body_hash; /* hexadecimal */
};

/* Takes what the answer says. False: it is no JSON of a mail. Texts lie in the arena. */
bool letter_read(struct text json, struct arena *arena, struct letter *out);
/* SHA-256 of its id (of all bytes when it has none, so that only the very same transmission is the same), and of what
 * it says: From, the subject, and the bytes behind its head. */
void letter_hash(struct letter *letter, struct text raw, struct arena *arena);

/* --- lead.c: what leads to something of ours ------------------------------------------------------- */
struct lead {
	struct text_list addresses; /* whom it was sent to, without what stands behind a + */
	struct uuid ticket_id;      /* of a reply's address */
	struct uuid bounced;        /* of a return path: the mail of ours */
	struct id_list {
		struct uuid *ids;
		int count;
	} mails;                 /* of ours, that it refers to */
	struct text_list hashes; /* of the ids it refers to */
	struct text number;      /* in its subject */
};

/* The address without what stands behind a +; TEXT_NONE of TEXT_NONE. */
struct text lead_plain(struct text address, struct arena *arena);
void lead_read(const struct taken *taken, const struct letter *letter, struct arena *arena, struct lead *out);

/* --- trust.c: what our own mail server says of From (RFC 8601, RFC 7489) ---------------------------- */
enum trust { TRUST_NONE, TRUST_PASS, TRUST_FAIL };
/* server: the name by which it signs Authentication-Results; empty: nothing is believed. */
enum trust trust_of(const struct letter *letter, struct text server);
const char *trust_word(enum trust trust);

/* --- orders.c: what staff commands by mail ------------------------------------------------------------ */
struct orders {
	bool internal, close;
	enum ticket_status status;
	enum ticket_priority priority;
	struct text assignee; /* "me", or an address */
	struct text rest;     /* the text without them */
};
/* Lines that begin with #, before anything else is said. */
void orders_read(struct text text, struct orders *out);

/* --- verdict.c ---------------------------------------------------------------------------------------- */
/* A ticket that the mail may belong to. */
struct candidate {
	struct uuid id, owner_id;
	struct text number;
	bool by_number;  /* its number in the subject is all that leads to it */
	bool part;       /* the sender is its owner or watches it */
	int64_t answers; /* of the sender's that went in within an hour */
};

/* What the database knows. */
struct known {
	struct uuid mailbox_id;
	struct text category, language, signature;
	enum ticket_priority priority;
	bool strangers_wait, answers, watch_copied, trust_reply_to, commands;
	bool ours;                      /* it comes from an address of ours */
	bool forward_ours;              /* what it forwards does */
	bool stopped;                   /* nothing is sent to its sender */
	struct text_list own_addresses; /* of those it was sent to */
	struct uuid sender_id;
	bool has_sender, sender_active, sender_staff;
	struct uuid duplicate_of;
	struct candidate tickets[5];
	int ticket_count;
	struct uuid bounced, bounced_ticket;
	struct text bounced_recipient, bounced_template;
	int64_t hour, day; /* how often the sender was told that his mail has come */
};

bool known_read(struct text json, struct arena *arena, struct known *out);

struct verdict {
	enum inbound_outcome outcome;
	const char *reason;
	const struct candidate *ticket; /* NULL: a new one, or none */
	bool waits;                     /* for staff's leave */
	bool automatic;                 /* kept with the ticket for staff, and changes nothing */
	bool acknowledge;               /* its sender is told that it has come */
	bool orders;                    /* it may hold commands */
	bool forwarded;                 /* the ticket is for who wrote what staff forwards */
};

struct limits {
	int64_t hour, day; /* confirmations for a sender */
	int64_t answers;   /* of a sender that a ticket takes in an hour */
};

void verdict_reach(const struct taken *taken, const struct letter *letter, const struct known *known, enum trust trust,
        const struct limits *limits, struct verdict *out);

#endif
