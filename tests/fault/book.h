/* book.h - the client's own ledger: every answer becomes a line, and the sums of it.
 *
 * One line per request that was answered or given up, tab-separated:
 *
 *   run seq try kind keyed ticket_id ticket_seq marker outcome status code command_id resource_id t_us took_us
 *
 * An empty column is an empty string. The judge loads the file as it is.
 */
#ifndef TESTS_FAULT_BOOK_H
#define TESTS_FAULT_BOOK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define ID_BYTES 40
#define CODE_BYTES 32
#define RUN_BYTES 16

enum outcome {
	ACCEPTED = 'A',     /* 200, 201, 202: it must take effect */
	REFUSED = 'R',      /* 4xx: it must not */
	NOT_ACCEPTED = 'N', /* 503 NOT_ACCEPTED: it must not */
	UNKNOWN = 'U',      /* no answer, or one that says so: either is right */
};

enum kind {
	CREATE,
	COMMENT,
	UPDATE, /* of the title, by the owner */
	TRIAGE, /* by staff: tags, status, and the assignee set or cleared by turns */
};

/* What the server said, or the reason why it said nothing. */
struct answer {
	int status; /* 0: none */
	char code[CODE_BYTES];
	char command_id[ID_BYTES], resource_id[ID_BYTES];
	bool malformed; /* not what the API promises for that status */
};

struct command {
	int64_t seq;
	enum kind kind;
	bool keyed, async;
	int ticket;         /* index into the plan's tickets; of a create: -1 */
	int64_t ticket_seq; /* which of the commands to this ticket, from 1; of a create: 0 */
	bool assigns;       /* of a triage; else it clears */
	int account;
	int tries;
	bool accepted;              /* before: this is a repeat */
	char resource_id[ID_BYTES]; /* as it was accepted */
	int64_t first_sent_us, sent_us, not_before_us;
	struct command *next;
};

struct book {
	char run[RUN_BYTES];
	FILE *file;
	int percent_fd; /* -1: nobody reads along */
	int64_t goal;
	int percent;
	int64_t requests, commands, acknowledged, refused, not_accepted, unknown;
	int64_t repeats, different, malformed;
	int64_t last_ack_us, longest_gap_us;
	int64_t counts[8]; /* of the last second, for the progress line */
	uint32_t *took_us;
	int64_t took_count, took_capacity;
};

/* Exits when the file or the pipe cannot be opened. goal: how many are to be acknowledged. */
void book_open(struct book *book, const char *path, const char *percents, const char *run, int64_t goal);
void book_close(struct book *book);

/* Writes the line and counts; what the answer means. */
enum outcome book_enter(struct book *book, const struct command *command, const char *ticket_id,
        const struct answer *answer, int64_t now_us);

/* One line on stderr. */
void book_progress(struct book *book, int64_t elapsed_us, int waiting);
/* One JSON object on stdout. */
void book_summary(struct book *book, int64_t elapsed_us, int64_t reconnects);

#endif
