/* plan.c - see plan.h. */
#include "tests/fault/plan.h"

#include <stdlib.h>
#include <string.h>

#define TRIES_MAX 200
#define PATH_BYTES 128
#define BODY_BYTES 512

/* Percent of what is not a create; the rest are comments. */
#define UPDATE_PERCENT 25
#define TRIAGE_PERCENT 10

struct ticket {
	char id[ID_BYTES];
	int account;
	int64_t sent, triaged; /* commands so far, triages among them */
	bool busy;
};

struct plan {
	struct plan_options options;
	struct book *book;
	uint64_t random;
	struct ticket *tickets;
	int ticket_count, ticket_capacity;
	int64_t seq, seq_max;
	int64_t on_the_way;
	struct command *again, **again_end; /* in the order they may go out */
	int64_t again_count;
};

struct plan *plan_new(const struct plan_options *options, struct book *book, uint64_t seed)
{
	struct plan *plan = calloc(1, sizeof *plan);

	if (!plan)
		abort();
	plan->options = *options;
	plan->book = book;
	plan->random = seed * 2 + 1;
	plan->seq_max = options->commands * 3 + 10000;
	plan->again_end = &plan->again;
	return plan;
}

void plan_free(struct plan **plan)
{
	if (*plan) {
		while ((*plan)->again) {
			struct command *next = (*plan)->again->next;

			free((*plan)->again);
			(*plan)->again = next;
		}
		free((*plan)->tickets);
	}
	free(*plan);
	*plan = NULL;
}

/* SplitMix64. */
uint64_t plan_random(struct plan *plan, uint64_t bound)
{
	uint64_t z = plan->random += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (z ^ (z >> 31)) % bound;
}

static bool chance(struct plan *plan, int64_t percent)
{
	return (int64_t)plan_random(plan, 100) < percent;
}

static void add_ticket(struct plan *plan, const char *id, int account)
{
	if (plan->ticket_count == plan->ticket_capacity) {
		plan->ticket_capacity = plan->ticket_capacity ? plan->ticket_capacity * 2 : 1024;
		plan->tickets = realloc(plan->tickets, (size_t)plan->ticket_capacity * sizeof *plan->tickets);
		if (!plan->tickets)
			abort();
	}
	plan->tickets[plan->ticket_count] = (struct ticket){ .account = account };
	snprintf(plan->tickets[plan->ticket_count++].id, ID_BYTES, "%s", id);
}

/* An idle ticket, or -1. */
static int pick_ticket(struct plan *plan)
{
	int64_t hot = plan->ticket_count < plan->options.tickets ? plan->ticket_count : plan->options.tickets;

	for (int i = 0; plan->ticket_count && i < 16; i++) {
		bool among_hot = i < 4 && chance(plan, 50);
		int ticket = (int)plan_random(plan, among_hot ? (uint64_t)hot : (uint64_t)plan->ticket_count);

		if (!plan->tickets[ticket].busy)
			return ticket;
	}
	return -1;
}

static enum kind pick_kind(struct plan *plan)
{
	int64_t percent = (int64_t)plan_random(plan, 100);

	if (percent < UPDATE_PERCENT)
		return UPDATE;
	return percent < UPDATE_PERCENT + TRIAGE_PERCENT && plan->options.agent ? TRIAGE : COMMENT;
}

static void give_ticket(struct plan *plan, struct command *command, int index)
{
	struct ticket *ticket = &plan->tickets[index];

	ticket->busy = true;
	command->ticket_seq = ++ticket->sent;
	command->kind = pick_kind(plan);
	command->account = ticket->account;
	if (command->kind == TRIAGE) {
		command->account = plan->options.agent_account;
		command->assigns = ++ticket->triaged % 2;
	}
}

static struct command *new_command(struct plan *plan)
{
	struct command *command;
	int ticket = -1;

	if (plan->seq >= plan->options.tickets && !chance(plan, plan->options.create_percent))
		ticket = pick_ticket(plan);
	if (ticket < 0 && plan->seq >= plan->options.tickets && plan->options.create_percent == 0)
		return NULL;
	command = calloc(1, sizeof *command);
	if (!command)
		abort();
	command->seq = ++plan->seq;
	command->kind = CREATE;
	command->ticket = ticket;
	command->keyed = chance(plan, plan->options.keyed_percent) || command->seq == plan->options.poison_at;
	command->async = chance(plan, plan->options.async_percent) || command->seq == plan->options.poison_at;
	command->account = (int)plan_random(plan, (uint64_t)plan->options.accounts);
	if (ticket >= 0)
		give_ticket(plan, command, ticket);
	plan->book->commands++;
	return command;
}

static struct command *take_again(struct plan *plan)
{
	struct command *command = plan->again;

	plan->again = command->next;
	if (!plan->again)
		plan->again_end = &plan->again;
	plan->again_count--;
	command->next = NULL;
	return command;
}

struct command *plan_next(struct plan *plan, int64_t now_us)
{
	struct command *command = NULL;

	if (plan->again && plan->again->not_before_us <= now_us)
		command = take_again(plan);
	else if (!plan_goal_reached(plan) && plan->seq < plan->seq_max &&
	         plan->on_the_way + plan->book->acknowledged < plan->options.commands + plan->options.connections &&
	         plan->again_count < 2 * plan->options.connections)
		command = new_command(plan);
	if (!command)
		return NULL;
	plan->on_the_way++;
	command->tries++;
	command->sent_us = now_us;
	if (!command->first_sent_us)
		command->first_sent_us = now_us;
	return command;
}

static void send_again(struct plan *plan, struct command *command, int64_t not_before_us)
{
	command->not_before_us = not_before_us;
	command->next = NULL;
	*plan->again_end = command;
	plan->again_end = &command->next;
	plan->again_count++;
}

static void finish(struct plan *plan, struct command *command)
{
	if (command->ticket >= 0)
		plan->tickets[command->ticket].busy = false;
	free(command);
}

/* Half of the repeats come at once, half a while later. */
static void accepted(struct plan *plan, struct command *command, const struct answer *answer, int64_t now_us)
{
	command->accepted = true;
	snprintf(command->resource_id, sizeof command->resource_id, "%s", answer->resource_id);
	if (command->kind == CREATE && command->resource_id[0] && command->seq != plan->options.poison_at)
		add_ticket(plan, command->resource_id, command->account);
	if (command->keyed && chance(plan, plan->options.repeat_percent))
		send_again(plan, command, now_us);
	else
		finish(plan, command);
}

enum outcome plan_answered(struct plan *plan, struct command *command, const struct answer *answer, int64_t now_us)
{
	const char *ticket_id = command->ticket >= 0 ? plan->tickets[command->ticket].id : "";
	enum outcome outcome = book_enter(plan->book, command, ticket_id, answer, now_us);

	plan->on_the_way--;
	if (outcome == ACCEPTED && !command->accepted)
		accepted(plan, command, answer, now_us);
	else if ((outcome == NOT_ACCEPTED || outcome == UNKNOWN) && command->keyed && command->tries < TRIES_MAX)
		send_again(plan, command, now_us + 100000 + (int64_t)plan_random(plan, 200000));
	else
		finish(plan, command);
	return outcome;
}

bool plan_goal_reached(const struct plan *plan)
{
	return plan->book->acknowledged >= plan->options.commands;
}

bool plan_is_over(const struct plan *plan, bool draining)
{
	bool no_more = draining || plan_goal_reached(plan) || plan->seq >= plan->seq_max;

	return no_more && plan->on_the_way == 0 && !plan->again;
}

int plan_waiting(const struct plan *plan)
{
	return (int)(plan->on_the_way + plan->again_count);
}

static int write_body(const struct plan *plan, const struct command *command, char *out)
{
	bool poisoned = plan->options.poison && command->seq == plan->options.poison_at;
	char marker[128];

	snprintf(marker, sizeof marker, "k-%s-%lld%s%s", plan->book->run, (long long)command->seq, poisoned ? " " : "",
	        poisoned ? plan->options.poison : "");
	switch (command->kind) {
	case CREATE:
		return snprintf(out, BODY_BYTES,
		        "{\"title\":\"%s\",\"description\":\"Printed pages come out blank.\","
		        "\"priority\":\"%s\",\"category\":\"printer\"}",
		        marker, (const char *[]){ "low", "medium", "high", "urgent" }[command->seq % 4]);
	case UPDATE:
		return snprintf(out, BODY_BYTES, "{\"title\":\"%s\"}", marker);
	case TRIAGE:
		return snprintf(out, BODY_BYTES, "{\"tags\":[\"%s\"],\"status\":\"in_progress\",\"assigneeId\":%s%s%s}",
		        marker, command->assigns ? "\"" : "", command->assigns ? plan->options.agent : "null",
		        command->assigns ? "\"" : "");
	default:
		return snprintf(out, BODY_BYTES, "{\"content\":\"%s\"}", marker);
	}
}

static void write_path(const struct plan *plan, const struct command *command, char *out)
{
	if (command->kind == CREATE)
		snprintf(out, PATH_BYTES, "POST /api/v1/tickets");
	else if (command->kind == COMMENT)
		snprintf(out, PATH_BYTES, "POST /api/v1/tickets/%s/comments", plan->tickets[command->ticket].id);
	else
		snprintf(out, PATH_BYTES, "PATCH /api/v1/tickets/%s", plan->tickets[command->ticket].id);
}

size_t plan_write(const struct plan *plan, const struct command *command, const char *host, const char *token,
        char *out, size_t out_bytes)
{
	char path[PATH_BYTES], key[64] = "", body[BODY_BYTES];
	int body_len = write_body(plan, command, body), len;

	write_path(plan, command, path);
	if (command->keyed)
		snprintf(key, sizeof key, "Idempotency-Key: k-%s-%lld\r\n", plan->book->run, (long long)command->seq);
	len = snprintf(out, out_bytes,
	        "%s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n"
	        "Content-Length: %d\r\n%s%s\r\n%.*s",
	        path, host, token, body_len, key, command->async ? "Prefer: respond-async\r\n" : "", body_len, body);
	return len > 0 && (size_t)len < out_bytes ? (size_t)len : 0;
}
