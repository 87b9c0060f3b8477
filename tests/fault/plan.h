/* plan.h - what is sent next: new commands, and again those whose answer was none.
 *
 * A ticket has at most one command on its way, so that their order can be judged;
 * different tickets go side by side. Half of the commands fall on the first tickets
 * of the pool, to give those a long history.
 */
#ifndef TESTS_FAULT_PLAN_H
#define TESTS_FAULT_PLAN_H

#include "tests/fault/book.h"

struct plan_options {
	int64_t commands; /* to be acknowledged */
	int64_t tickets;  /* of the pool, created first */
	int64_t accounts, connections;
	int64_t create_percent, keyed_percent, repeat_percent, async_percent;
	const char *poison; /* NULL: none */
	int64_t poison_at;  /* the seq that carries it */
	const char *agent;  /* the id of the account that triages; NULL: nobody does */
	int agent_account;  /* and its place among the tokens */
};

struct plan;

struct plan *plan_new(const struct plan_options *options, struct book *book, uint64_t seed);
void plan_free(struct plan **plan);

/* The next command to send now, or NULL; borrowed until it is answered. */
struct command *plan_next(struct plan *plan, int64_t now_us);
/* Writes the answer down; the caller forgets the command, which may come again from plan_next. */
enum outcome plan_answered(struct plan *plan, struct command *command, const struct answer *answer, int64_t now_us);

/* Nothing is on its way and nothing will be. draining: no new commands. */
bool plan_is_over(const struct plan *plan, bool draining);
bool plan_goal_reached(const struct plan *plan);
int plan_waiting(const struct plan *plan);

/* The HTTP/1.1 request. Returns its length. */
size_t plan_write(const struct plan *plan, const struct command *command, const char *host, const char *token,
        char *out, size_t out_bytes);

/* Uniform in 0 .. bound-1. */
uint64_t plan_random(struct plan *plan, uint64_t bound);

#endif
