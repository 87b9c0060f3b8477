/* notify.h - who is told what of an event, by which channel and when.
 *
 * A telling is a row: the event, the topic, the template, whom it is for, and how the template's
 * fields are filled. Events carry ids only; what else is said (names, the ticket's title,
 * a comment's words) is read for the whole batch, as it is now.
 *
 *   whom.c      whom it concerns                 known.c     what is read of it
 *   channels.c  by which channel, and when       mention.c   who is meant by an @ in a comment
 *   fields.c    the rows, and what is said       tell.c      what is written
 *
 * The one who caused an event is not told of it, nobody is told twice of one event, and
 * who is no staff never hears of an internal comment. Who is inactive gets nothing. Whom it concerns has a row of
 * notifications for each channel, also for those he has declined, with the rule that decided (`why`).
 */
#ifndef WORKERS_NOTIFY_NOTIFY_H
#define WORKERS_NOTIFY_NOTIFY_H

#include "queues/preferences.h"
#include "workers/rows.h"
#include "workers/consumer.h"

/* What somebody is to a ticket; the numbers stand in notify.sql, too. */
enum tie {
	TIE_NAMED = 1, /* by the event: its actor or its new assignee */
	TIE_OWNER = 2,
	TIE_ASSIGNEE = 4,
	TIE_WATCHER = 8,
	TIE_APART = 16,   /* owns a ticket that was merged into this one, which is another person's */
	TIE_FORMER = 32,  /* of a telling: with TIE_NAMED, the former assignee instead of the new one */
	TIE_LISTED = 64,  /* of a telling: with TIE_NAMED, who has uploaded or downloaded the file instead */
	TIE_CALLED = 128, /* of a telling: just those whom the event's list `notify` calls, by their id, by their role,
	                    or as the assignee */
	TIE_ADDRESSED = 256, /* of a telling: with TIE_NAMED, whom the event names as its recipient */
	TIE_MENTIONED = 512, /* by an @ in the comment */
	TIE_STAFF = 1024,    /* might take a new ticket; has no ticket here */
};

/* One tie of one account; somebody with two is there twice. */
struct person {
	struct uuid ticket_id; /* none: TIE_NAMED */
	enum tie tie;
	struct uuid id;
	struct text email, name, language, timezone, role;
	bool staff, active;
	bool unproven; /* registered with an address that nobody has proven: it gets no mail */
	struct uuid
	        own_id; /* TIE_APART: the ticket that is theirs; they are told by its name, and no word of this one's */
	struct text own_number, own_title, own_first_title;
	struct uuid comment_id;                /* TIE_MENTIONED: where */
	struct text chosen;                    /* the JSON of what they have chosen; none: nothing */
	const struct preferences *preferences; /* the same, read by known_preferences */
};

struct told_ticket {
	struct uuid id;
	struct text number, title, priority, category;
	int64_t due_at; /* microseconds */
	struct text resolution;
	struct text first_title; /* when it was opened: subjects of mails stay the same */
	bool assigned;
	struct text tags; /* a JSON list */
};

/* What somebody had to say to one person (table notices). */
struct notice {
	struct uuid id;
	struct text subject, content, priority;
};

/* The mails that told somebody of a ticket lately: what follows within NOTIFY_BURST waits for the rest. */
struct burst {
	struct uuid ticket_id, person_id;
	int64_t opened_us; /* the last mail; 0: none */
	int64_t due_us;    /* of what waits already; 0: nothing */
};

struct remark {
	struct uuid id;
	bool internal;
	struct text content;
};

/* When a ticket is due, on the clocks of a time zone: 2026-01-02 00:04, and in French order. */
struct local_time {
	struct uuid ticket_id;
	struct text timezone, said, said_fr;
};

/* What the batch's events are about. */
struct known {
	struct person *people;
	int people_count;
	struct told_ticket *tickets;
	int ticket_count;
	struct remark *comments;
	int comment_count;
	struct local_time *times;
	int time_count;
	struct notice *notices;
	int notice_count;
	struct burst *bursts; /* room for one of each person and fresh event beside those that were read */
	int burst_count, burst_room;
};

/* An event, on its way to one person. */
struct told {
	const struct arrival *arrival;
	const struct known *known;
	const struct told_ticket *ticket; /* NULL: it is not there */
	const struct remark *comment;     /* NULL: the event has none */
	const struct notice *notice;      /* the same */
	const struct person *to;
	struct arena *arena;
};

struct telling {
	const char *event;
	enum notification_topic topic;
	const char *template;
	unsigned to;       /* enum tie; TIE_NAMED: the new assignee, or whom TIE_FORMER and TIE_LISTED say */
	bool to_actor_too; /* a confirmation */
	/* Writes the template's fields; false: there is nothing to tell. */
	bool (*fields)(const struct told *told, struct buffer *out);
};

/* All there are, in the order of precedence; whoever is told by one row isn't by the next. */
extern const struct telling tellings[];
extern const int telling_count;

/* --- known.c ----------------------------------------------------------------------- */
/* Queues the reads; known_read gives what they found, after the sync. */
void known_load(struct consumption *c);
struct known *known_read(struct consumption *c);
/* Adds whom the batch's comments mention: a second look at the database, when there is an @ in one. */
void known_add_mentioned(struct consumption *c, struct known *known);
/* What the person has chosen; of JSON that cannot be read what can. */
const struct preferences *known_preferences(struct person *person, struct arena *arena);
/* The notice that it tells of; none. */
struct uuid arrival_notice(const struct arrival *arrival);
/* Is it a new ticket that nobody works on, or one that nobody works on any more? */
bool arrival_seeks_somebody(const struct arrival *arrival);
/* What it is about, or of an event about a file what that hangs on; none: neither. */
struct uuid arrival_ticket(const struct arrival *arrival);
struct uuid arrival_id(const struct arrival *arrival, const char *data_member);
/* Has it uploaded or downloaded the file that the event tells of? */
bool arrival_lists(const struct arrival *arrival, struct uuid account);
/* Is the word among those of data.notify? */
bool arrival_calls(const struct arrival *arrival, struct text word);
bool arrival_concerns(const struct arrival *arrival, const struct telling *telling);
const struct told_ticket *known_ticket(const struct known *known, struct uuid id);
const struct remark *known_comment(const struct known *known, struct uuid id);
const struct notice *known_notice(const struct known *known, struct uuid id);
/* The first with this tie to the ticket; of TIE_NAMED the one with this id. NULL: nobody. */
const struct person *known_person(const struct known *known, struct uuid ticket_or_named, enum tie tie);
/* "First Last", or what stands before the @. */
struct text known_name(struct text first, struct text last, struct text email, struct arena *arena);

/* --- tell.c ------------------------------------------------------------------------------ */
/* Queues what the batch's events come to. */
void notify_apply(struct consumption *c);
/* Tells what has waited until now; true: there is more. */
bool notify_due(struct db *db);

/* --- whom.c: may this person be told by this row? told->to is the person. --------------- */
bool whom_concerns(const struct telling *telling, const struct told *told);
/* By which rule, as `why` says it. */
const char *whom_rule(const struct telling *telling, const struct told *told);
/* Has this person, or anybody, asked for tickets like this one? */
bool whom_has_subscribed(const struct person *person, const struct told_ticket *ticket);
bool whom_somebody_has_subscribed(const struct known *known, const struct told_ticket *ticket);

/* --- channels.c: by which channel, and when ----------------------------------------------- */
extern struct setting channels_settings[]; /* NOTIFY_BURST */
int64_t channels_burst_s(void);

struct decision {
	enum { TOLD, WAITING, DECLINED } state;
	int64_t due_us;         /* WAITING */
	const char *preference; /* what counted: "default: on" */
	const char *decided;    /* "told", "declined", "burst", "quiet hours", "digest" */
};
/* Notes in known what a mail that goes at once opens. */
struct decision channels_decide(struct known *known, const struct telling *telling, const struct told *told,
        enum notification_channel channel, int64_t now_us);

/* --- mention.c ------------------------------------------------------------------------- */
#define MENTIONS_MOST 20
/* The words that stand behind an @ in the text, each once, without it: names and addresses, in whatever case. Returns
 * how many, at most MENTIONS_MOST. */
int mention_find(struct text content, struct text out[MENTIONS_MOST]);

/* --- fields.c ---------------------------------------------------------------------- */
/* When the ticket is due, as a reader of that language writes it and on the clocks of his time zone; UTC when nobody
 * knows the zone. */
struct text fields_due(const struct told *told);
/* What the monitor says, to this reader, and how it is called; TEXT_NONE when the event is no alert. */
struct text fields_alert(const struct told *told);
struct text fields_alert_name(const struct told *told);

#endif
