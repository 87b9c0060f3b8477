/* ticket_decide_test.c - the ticket worker's decisions, without a database.
 *
 * A batch is built by hand as load.c would leave it: accounts and tickets that are
 * there, numbers for those to come. Then jobs are decided, one after the other.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "workers/decide.h"
#include "workers/ticket/model.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, set_up, tear_down, NULL                                                               \
	}
#define NOW 1790000000000000
#define ROOM 16

static struct arena *arena;
static struct batch batch;
static struct subject_set *set;
static struct ticket_world *world;
static const struct subject_kind *const kinds[] = { &ticket_kind, &file_kind, NULL };
static struct uuid owner, stranger, agent, manager, disabled;

static struct uuid add_account(enum account_role role, bool active)
{
	struct account *account = &batch.actors.accounts[batch.actors.count++];

	*account = (struct account){ uuid_new(), TEXT("somebody@example.org"), role, active, TEXT("Zoe Martin") };
	return account->id;
}

static int set_up(void **state)
{
	(void)state;
	arena = arena_new(65536);
	batch = (struct batch){ .arena = arena, .now_us = NOW, .year = 2026 };
	subject_sets_init(&batch, kinds);
	set = ticket_set(&batch);
	world = ticket_world(&batch);
	batch.jobs = ARENA_ARRAY(arena, struct job, ROOM);
	batch.actors.accounts = ARENA_ARRAY(arena, struct account, ROOM);
	ticket_world_init(world);
	file_world_init(file_set(&batch)->world);
	subject_set_room(set, arena, ROOM);
	world->number_count = ROOM;
	world->numbers = ARENA_ARRAY(arena, int64_t, ROOM);
	for (int i = 0; i < ROOM; i++)
		world->numbers[i] = i + 1;
	owner = add_account(ROLE_USER, true);
	stranger = add_account(ROLE_USER, true);
	agent = add_account(ROLE_AGENT, true);
	manager = add_account(ROLE_MANAGER, true);
	disabled = add_account(ROLE_AGENT, false);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static struct ticket *ticket_at(int place)
{
	return subject_at(set, place);
}

static struct ticket *add_ticket(enum ticket_status status)
{
	struct ticket *ticket = subject_new(set, &(struct uuid){ { 0 } });

	*ticket = (struct ticket){ .id = uuid_new(),
		.number = TEXT("HD-2026-000777"),
		.status = status,
		.priority = PRIORITY_HIGH,
		.title = TEXT("the printer burns"),
		.owner_id = owner,
		.comment_count = 4,
		.version = 9,
		.public_version = 9,
		.loaded_version = 9,
		.updated_at = NOW - 5000000 };
	return ticket;
}

static struct job *run_command(enum command_id command, struct uuid actor, const void *fields)
{
	struct job *job = &batch.jobs[batch.count++];

	*job = (struct job){ .batch = &batch, .command = &commands[command], .fields = (void *)fields };
	job->set = set;
	job_forget(job);
	job->envelope = (struct envelope){ .id = uuid_new(),
		.type = text_of(commands[command].record.type),
		.actor = actor,
		.accepted_at = NOW - 1000000 };
	job->actor = uuid_is_none(&actor) ? NULL : job_account(job, actor);
	decide(job);
	return job;
}

static const struct uuid nobody;

#define CREATE(actor, ...)                                                                                             \
	run_command(COMMAND_ticket_create, (actor),                                                                    \
	        &(struct ticket_create){                                                                               \
	                .ticket_id = uuid_new(), .title = TEXT("title"), .description = TEXT("words"), __VA_ARGS__ })
#define COMMENT(actor, on, ...)                                                                                        \
	run_command(COMMAND_ticket_comment, (actor),                                                                   \
	        &(struct ticket_comment){                                                                              \
	                .ticket_id = (on), .comment_id = uuid_new(), .content = TEXT("said"), __VA_ARGS__ })
#define NOTE(actor, on)                                                                                                \
	run_command(COMMAND_ticket_note, (actor),                                                                      \
	        &(struct ticket_note){ .ticket_id = (on), .comment_id = uuid_new(), .content = TEXT("bounced") })

static int comment_count(void)
{
	int n = 0;

	for (const struct comment *c = world->comments.first; c; c = c->next)
		n++;
	return n;
}

static int history_count(const char *field)
{
	int n = 0;

	for (const struct history *h = world->history.first; h; h = h->next)
		n += !field || !strcmp(h->field, field);
	return n;
}

/* The sum of a cell's deltas. */
static int counted(const char *scope, enum ticket_status status)
{
	int n = 0;

	for (const struct counted *c = world->counted.first; c; c = c->next)
		if (!strcmp(c->scope, scope) && c->status == status)
			n += c->n;
	return n;
}

static void assert_refused(const struct job *job, enum problem_code code)
{
	const struct command_refused *told;

	assert_int_equal(job->outcome, JOB_REFUSED);
	assert_int_equal(job->result.code, code);
	assert_int_equal(job->result.status, problem_texts[code].status);
	assert_true(job->result.detail.len > 0);
	assert_non_null(job->events);
	assert_null(job->events->next);
	assert_int_equal(job->events->id, EVENT_command_refused);
	told = job->events->members;
	assert_true(text_equal(told->command_type, text_of(job->command->record.type)));
	assert_true(text_equal(told->code, text_of(problem_texts[code].word)));
}

static void assert_no_trace(const struct ticket *ticket, const struct ticket *before)
{
	if (ticket)
		assert_memory_equal(ticket, before, sizeof *ticket);
	assert_int_equal(comment_count(), 0);
	assert_int_equal(history_count(NULL), 0);
	assert_null(world->counted.first);
}

/* --- create ------------------------------------------------------------------------ */
static void a_user_opens_a_ticket(void **state)
{
	const struct job *job = CREATE(owner, .category = TEXT("network"));
	const struct ticket *ticket = ticket_at(0);
	const struct ticket_created *told = job->events->members;

	(void)state;
	assert_int_equal(job->outcome, JOB_DONE);
	assert_int_equal(job->result.status, 201);
	assert_int_equal(job->result.version, 1);
	assert_true(uuid_equal(&job->result.subject_id, &ticket->id));
	assert_true(uuid_equal(&ticket->id, &((struct ticket_create *)job->fields)->ticket_id));
	assert_int_equal(set->count, 1);
	assert_int_equal(ticket->status, TICKET_OPEN);
	assert_int_equal(ticket->priority, PRIORITY_MEDIUM);
	assert_true(uuid_equal(&ticket->owner_id, &owner));
	assert_true(uuid_is_none(&ticket->assignee_id));
	assert_int_equal(ticket->version, 1);
	assert_int_equal(ticket->loaded_version, 0);
	assert_int_equal(job->events->id, EVENT_ticket_created);
	assert_true(text_equal(told->number, ticket->number));
	assert_true(uuid_equal(&told->owner_id, &owner));
	assert_null(job->events->next);
	assert_true(uuid_equal(&job->subject_id, &ticket->id));
	assert_int_equal(job->subject_version, 1);
	assert_int_equal(history_count("status"), 1);
	assert_int_equal(history_count("category"), 1);
	assert_int_equal(history_count("assignee_id"), 0);
}

static void a_number_is_year_and_six_digits(void **state)
{
	(void)state;
	world->numbers[1] = 1234567;
	CREATE(owner);
	CREATE(owner);
	assert_true(text_equal(ticket_at(0)->number, TEXT("HD-2026-000001")));
	assert_true(text_equal(ticket_at(1)->number, TEXT("HD-2026-1234567")));
}

static void staff_opens_a_ticket_for_another(void **state)
{
	const struct job *job = CREATE(agent, .user_id = stranger);

	(void)state;
	assert_int_equal(job->outcome, JOB_DONE);
	assert_true(uuid_equal(&ticket_at(0)->owner_id, &stranger));
}

static void a_user_may_name_itself(void **state)
{
	(void)state;
	assert_int_equal(CREATE(owner, .user_id = owner)->outcome, JOB_DONE);
}

static void a_user_opens_none_for_another(void **state)
{
	const struct job *job = CREATE(owner, .user_id = stranger);

	(void)state;
	assert_refused(job, PROBLEM_INSUFFICIENT_PERMISSIONS);
	assert_int_equal(job->result.status, 403);
	assert_int_equal(set->count, 0);
	assert_int_equal(world->numbers_used, 0);
	assert_true(uuid_is_none(&job->subject_id));
	assert_no_trace(NULL, NULL);
}

static void an_unknown_owner_is_a_validation_problem(void **state)
{
	const struct job *job = CREATE(agent, .user_id = uuid_new());

	(void)state;
	assert_refused(job, PROBLEM_VALIDATION_ERROR);
	assert_true(text_equal(job->result.pointer, TEXT("/userId")));
	assert_refused(CREATE(agent, .user_id = disabled), PROBLEM_VALIDATION_ERROR);
	assert_int_equal(set->count, 0);
}

/* --- comment ----------------------------------------------------------------------- */
static void the_owners_word_takes_a_waiting_ticket_back(void **state)
{
	struct ticket *ticket = add_ticket(TICKET_WAITING_USER);
	const struct job *job = COMMENT(owner, ticket->id);
	const struct ticket_commented *told = job->events->members;
	const struct comment *comment = world->comments.first;

	(void)state;
	assert_int_equal(job->outcome, JOB_DONE);
	assert_int_equal(job->result.status, 201);
	assert_true(uuid_equal(&job->result.subject_id, &comment->id));
	assert_int_equal(job->result.version, 10);
	assert_int_equal(ticket->status, TICKET_IN_PROGRESS);
	assert_int_equal(ticket->version, 10);
	assert_int_equal(ticket->updated_at, NOW);
	assert_int_equal(ticket->comment_count, 5);
	assert_int_equal(comment->seq, 5);
	assert_false(comment->is_internal);
	assert_true(uuid_equal(&comment->author_id, &owner));
	assert_int_equal(history_count("comment"), 1);
	assert_int_equal(history_count("status"), 1);
	assert_int_equal(history_count(NULL), 2);
	for (const struct history *h = world->history.first; h; h = h->next)
		assert_int_equal(h->version, 10);
	assert_int_equal(job->events->id, EVENT_ticket_commented);
	assert_int_equal(told->old_status, TICKET_WAITING_USER);
	assert_int_equal(told->new_status, TICKET_IN_PROGRESS);
}

static void staffs_word_leaves_the_status(void **state)
{
	struct ticket *ticket = add_ticket(TICKET_WAITING_USER);

	(void)state;
	assert_int_equal(COMMENT(agent, ticket->id)->outcome, JOB_DONE);
	assert_int_equal(ticket->status, TICKET_WAITING_USER);
	assert_int_equal(history_count("status"), 0);
	assert_null(world->counted.first);
	ticket->status = TICKET_OPEN;
	assert_int_equal(COMMENT(owner, ticket->id)->outcome, JOB_DONE);
	assert_int_equal(ticket->status, TICKET_OPEN);
}

static void staff_speaks_in_private(void **state)
{
	struct ticket *ticket = add_ticket(TICKET_OPEN);
	const struct job *job = COMMENT(manager, ticket->id, .is_internal = FLAG_TRUE);

	(void)state;
	assert_int_equal(job->outcome, JOB_DONE);
	assert_true(world->comments.first->is_internal);
	assert_int_equal(history_count("internal_comment"), 1);
	assert_int_equal(((const struct ticket_commented *)job->events->members)->is_internal, FLAG_TRUE);
}

static void a_private_word_of_a_user_leaves_no_trace(void **state)
{
	struct ticket *ticket = add_ticket(TICKET_WAITING_USER), before = *ticket;
	const struct job *job = COMMENT(owner, ticket->id, .is_internal = FLAG_TRUE);

	(void)state;
	assert_refused(job, PROBLEM_INSUFFICIENT_PERMISSIONS);
	assert_no_trace(ticket, &before);
	assert_true(uuid_equal(&job->subject_id, &ticket->id));
	assert_int_equal(job->subject_version, 9);
	/* Saying so is refused too: the role may not set the member at all. */
	assert_refused(COMMENT(owner, ticket->id, .is_internal = FLAG_FALSE), PROBLEM_INSUFFICIENT_PERMISSIONS);
}

static void a_stranger_is_denied(void **state)
{
	struct ticket *ticket = add_ticket(TICKET_OPEN), before = *ticket;

	(void)state;
	assert_refused(COMMENT(stranger, ticket->id), PROBLEM_TICKET_ACCESS_DENIED);
	assert_no_trace(ticket, &before);
}

static void an_unknown_ticket_is_not_found(void **state)
{
	const struct job *job = COMMENT(agent, uuid_new());

	(void)state;
	assert_refused(job, PROBLEM_TICKET_NOT_FOUND);
	assert_int_equal(job->result.status, 404);
	assert_true(uuid_is_none(&job->subject_id));
	assert_no_trace(NULL, NULL);
}

static void a_disabled_or_unknown_account_is_refused(void **state)
{
	struct ticket *ticket = add_ticket(TICKET_OPEN), before = *ticket;

	(void)state;
	assert_refused(COMMENT(disabled, ticket->id), PROBLEM_AUTH_ACCOUNT_DISABLED);
	assert_refused(COMMENT(uuid_new(), ticket->id), PROBLEM_AUTH_ACCOUNT_DISABLED);
	assert_refused(CREATE(disabled), PROBLEM_AUTH_ACCOUNT_DISABLED);
	assert_no_trace(ticket, &before);
}

/* --- note -------------------------------------------------------------------------- */
static void only_the_desk_itself_notes(void **state)
{
	struct ticket *ticket = add_ticket(TICKET_OPEN);
	const struct job *job;

	(void)state;
	assert_refused(NOTE(owner, ticket->id), PROBLEM_TICKET_ACCESS_DENIED);
	assert_refused(NOTE(manager, ticket->id), PROBLEM_TICKET_ACCESS_DENIED);
	job = NOTE(nobody, ticket->id);
	assert_int_equal(job->outcome, JOB_DONE);
	assert_int_equal(job->events->id, EVENT_ticket_noted);
	assert_true(world->comments.first->is_internal);
	assert_true(uuid_is_none(&world->comments.first->author_id));
	assert_int_equal(ticket->version, 10);
}

static void the_desk_itself_opens_for_an_account_and_never_comments(void **state)
{
	struct ticket *ticket = add_ticket(TICKET_OPEN);

	(void)state;
	assert_refused(CREATE(nobody), PROBLEM_VALIDATION_ERROR);
	assert_refused(CREATE(nobody, .user_id = disabled), PROBLEM_VALIDATION_ERROR);
	assert_int_equal(set->count, 1);
	assert_int_equal(CREATE(nobody, .user_id = stranger)->outcome, JOB_DONE);
	assert_true(uuid_equal(&ticket_at(1)->owner_id, &stranger));
	assert_refused(COMMENT(nobody, ticket->id), PROBLEM_TICKET_ACCESS_DENIED);
}

/* --- a batch ----------------------------------------------------------------------- */
static void jobs_see_what_earlier_ones_did(void **state)
{
	const struct job *job = CREATE(owner);
	struct uuid id = job->result.subject_id;

	(void)state;
	assert_int_equal(job->result.version, 1);
	assert_int_equal(COMMENT(owner, id)->result.version, 2);
	assert_int_equal(COMMENT(agent, id)->result.version, 3);
	assert_int_equal(ticket_at(0)->version, 3);
	assert_int_equal(ticket_at(0)->loaded_version, 0);
	assert_int_equal(world->comments.first->seq, 1);
	assert_int_equal(world->comments.first->next->seq, 2);
	assert_null(world->comments.first->next->next);
}

static void a_refusal_between_takes_nothing_with_it(void **state)
{
	struct uuid id = CREATE(owner)->result.subject_id;

	(void)state;
	COMMENT(owner, id);
	assert_refused(COMMENT(stranger, id), PROBLEM_TICKET_ACCESS_DENIED);
	assert_refused(CREATE(stranger, .user_id = owner), PROBLEM_INSUFFICIENT_PERMISSIONS);
	assert_int_equal(COMMENT(agent, id)->result.version, 3);
	assert_int_equal(comment_count(), 2);
	assert_int_equal(world->comments.first->next->seq, 2);
	assert_int_equal(set->count, 1);
	assert_int_equal(CREATE(stranger)->outcome, JOB_DONE);
	assert_true(text_equal(ticket_at(1)->number, TEXT("HD-2026-000002")));
}

/* SECONDS of accepted_at before now; the clock of ingress may run ahead. */
static void the_time_is_when_it_was_accepted(void **state)
{
	struct ticket *ticket = add_ticket(TICKET_OPEN);
	struct job job = { .batch = &batch };

	(void)state;
	CREATE(owner);
	assert_int_equal(ticket_at(1)->created_at, NOW - 1000000);
	assert_int_equal(ticket_at(1)->updated_at, NOW);
	COMMENT(owner, ticket->id);
	assert_int_equal(world->comments.first->created_at, NOW - 1000000);
	job.envelope.accepted_at = NOW + 1;
	assert_int_equal(job_time(&job), NOW);
	job.envelope.accepted_at = 0;
	assert_int_equal(job_time(&job), NOW);
	job.envelope.accepted_at = NOW - 1;
	assert_int_equal(job_time(&job), NOW - 1);
}

static void counters_add_up(void **state)
{
	struct ticket *ticket = add_ticket(TICKET_WAITING_USER);
	int sum = 0;

	(void)state;
	ticket->assignee_id = agent;
	CREATE(owner);
	CREATE(stranger, .user_id = owner);
	assert_int_equal(counted("all", TICKET_OPEN), 1);
	assert_int_equal(counted("owner", TICKET_OPEN), 1);
	assert_int_equal(counted("assignee", TICKET_OPEN), 0);
	COMMENT(owner, ticket->id);
	COMMENT(owner, ticket->id);
	assert_int_equal(counted("all", TICKET_WAITING_USER), -1);
	assert_int_equal(counted("all", TICKET_IN_PROGRESS), 1);
	assert_int_equal(counted("owner", TICKET_WAITING_USER), -1);
	assert_int_equal(counted("owner", TICKET_IN_PROGRESS), 1);
	assert_int_equal(counted("assignee", TICKET_WAITING_USER), -1);
	assert_int_equal(counted("assignee", TICKET_IN_PROGRESS), 1);
	for (const struct counted *c = world->counted.first; c; c = c->next)
		if (!strcmp(c->scope, "all"))
			sum += c->n;
	assert_int_equal(sum, 1);
}

/* Resolved or closed within 7 days it is opened again, by the owner's word, and not by thanks. */
static void the_owners_word_opens_a_ticket_again(void **state)
{
	struct ticket *ticket = add_ticket(TICKET_RESOLVED);

	(void)state;
	ticket->resolved_at = NOW - 1000;
	COMMENT(owner, ticket->id, .reopen = FLAG_FALSE);
	assert_int_equal(ticket->status, TICKET_RESOLVED);
	COMMENT(agent, ticket->id, .reopen = flag_absent);
	assert_int_equal(ticket->status, TICKET_RESOLVED);
	COMMENT(owner, ticket->id, .reopen = flag_absent);
	assert_int_equal(ticket->status, TICKET_OPEN);
	assert_int_equal(ticket->resolved_at, 0);
	ticket->status = TICKET_CLOSED;
	ticket->closed_at = NOW - 7LL * 24 * 3600 * 1000000;
	ticket->assignee_id = agent;
	COMMENT(agent, ticket->id, .reopen = FLAG_TRUE);
	assert_int_equal(ticket->status, TICKET_IN_PROGRESS);
	assert_int_equal(ticket->closed_at, 0);
}

static void after_a_week_the_owners_word_is_a_ticket_of_its_own(void **state)
{
	struct ticket *ticket = add_ticket(TICKET_CLOSED), *new;
	const struct job *job;

	(void)state;
	ticket->closed_at = NOW - 7LL * 24 * 3600 * 1000000 - 1;
	job = COMMENT(owner, ticket->id, .reopen = flag_absent);
	assert_int_equal(job->outcome, JOB_DONE);
	assert_int_equal(ticket->status, TICKET_CLOSED);
	assert_int_equal(set->count, 2);
	new = ticket_at(1);
	assert_true(uuid_equal(&new->follow_up_to, &ticket->id));
	assert_true(uuid_equal(&new->owner_id, &owner));
	assert_int_equal(uuid_last_digit(&new->id), uuid_last_digit(&ticket->id));
	assert_true(uuid_equal(&world->comments.first->split_into, &new->id));
	assert_int_equal(job->result.version, ticket->public_version);
	COMMENT(agent, ticket->id, .reopen = flag_absent);
	COMMENT(owner, ticket->id, .reopen = FLAG_FALSE);
	assert_int_equal(set->count, 2);
}

/* One version, one event for the owner, one for the new assignee; nothing of it when one part cannot be. */
static void an_answer_takes_changes_along(void **state)
{
	struct ticket *ticket = add_ticket(TICKET_IN_PROGRESS);
	struct text tag = TEXT("vip");
	const struct job *job = COMMENT(agent, ticket->id, .status = TICKET_RESOLVED, .resolution = TEXT("done"),
	        .assignee_id = manager, .tags = { &tag, 1 });

	(void)state;
	assert_int_equal(job->outcome, JOB_DONE);
	assert_int_equal(ticket->version, 10);
	assert_int_equal(ticket->status, TICKET_RESOLVED);
	assert_true(uuid_equal(&ticket->assignee_id, &manager));
	assert_int_equal(job->events->id, EVENT_ticket_commented);
	assert_int_equal(job->events->next->id, EVENT_ticket_assigned);
	assert_null(job->events->next->next);
	job = COMMENT(agent, ticket->id, .status = TICKET_OPEN);
	assert_int_equal(job->result.code, PROBLEM_INVALID_TRANSITION);
	assert_int_equal(ticket->version, 10);
	job = COMMENT(agent, ticket->id, .assignee_id = stranger);
	assert_int_equal(job->result.code, PROBLEM_VALIDATION_ERROR);
	assert_int_equal(comment_count(), 1);
}

#define MERGE(from, to)                                                                                                \
	run_command(COMMAND_ticket_merge, agent, &(struct ticket_merge){ .ticket_id = (from)->id, .into_id = (to)->id })

/* Whichever of two or three comes first: the one that would close the circle finds itself or its target merged. */
static void merges_make_no_circle(void **state)
{
	struct ticket *a = add_ticket(TICKET_OPEN), *b = add_ticket(TICKET_OPEN), *c = add_ticket(TICKET_OPEN);

	(void)state;
	assert_int_equal(MERGE(a, b)->outcome, JOB_DONE);
	assert_int_equal(MERGE(b, a)->result.code, PROBLEM_MERGED);
	assert_int_equal(MERGE(b, c)->outcome, JOB_DONE);
	assert_int_equal(MERGE(c, a)->result.code, PROBLEM_MERGED);
	assert_int_equal(MERGE(c, b)->result.code, PROBLEM_MERGED);
	assert_int_equal(c->merged_count, 1);
	assert_int_equal(b->merged_count, 1);
	assert_int_equal(c->version, 10);
	assert_true(uuid_is_none(&c->merged_into));
}

static void of_two_who_take_it_the_second_is_told_who_has_it(void **state)
{
	struct ticket *ticket = add_ticket(TICKET_OPEN);
	struct ticket_assign take = { .ticket_id = ticket->id },
	                     force = { .ticket_id = ticket->id, .force = FLAG_TRUE };
	const struct job *job;

	(void)state;
	assert_int_equal(run_command(COMMAND_ticket_assign, agent, &take)->outcome, JOB_DONE);
	assert_int_equal(run_command(COMMAND_ticket_assign, agent, &take)->outcome, JOB_DONE);
	job = run_command(COMMAND_ticket_assign, manager, &take);
	assert_int_equal(job->result.code, PROBLEM_ALREADY_ASSIGNED);
	assert_non_null(strstr(
	        arena_printf(arena, "%.*s", (int)job->result.detail.len, job->result.detail.data), "Zoe Martin"));
	assert_int_equal(run_command(COMMAND_ticket_assign, manager, &force)->outcome, JOB_DONE);
	assert_true(uuid_equal(&ticket->assignee_id, &manager));
}

static void every_row_of_the_ticket_has_a_handler(void **state)
{
	(void)state;
#define COMMAND(id, ...) assert_non_null(id);
#include "queues/ticket.def"
}

static void every_problem_has_a_word_and_a_status(void **state)
{
	(void)state;
	for (int code = PROBLEM_NONE + 1; code < PROBLEM_COUNT; code++) {
		assert_true(strlen(problem_texts[code].word) > 0);
		assert_true(problem_texts[code].status >= 400 && problem_texts[code].status < 600);
		if (code != PROBLEM_FILE_IN_QUARANTINE && code != PROBLEM_FILE_NEVER_SCANNED) /* twins */
			assert_int_equal(problem_find(text_of(problem_texts[code].word)), code);
	}
	assert_int_equal(problem_find(TEXT("NO_SUCH")), PROBLEM_NONE);
	assert_int_equal(problem_find(TEXT("")), PROBLEM_NONE);
}

/* Neither its state nor its version, nor where it went. */
static void a_stranger_learns_nothing_of_a_ticket(void **state)
{
	struct ticket *ticket = add_ticket(TICKET_CLOSED);

	(void)state;
	ticket->merged_into = uuid_new();
	for (int c = 0; c < COMMAND_COUNT; c++) {
		const struct record *record = &commands[c].record;
		const struct field *named = field_of_kind(record, LOAD_TICKET, FROM_PATH);
		const struct field *seen = field_find(record, TEXT("if_match"));
		void *fields = arena_alloc(arena, record->bytes);
		struct job *job;

		if (!named)
			continue;
		*(struct uuid *)field_of(named, fields) = ticket->id;
		if (seen)
			*(int64_t *)field_of(seen, fields) = 3;
		batch.count = 0;
		job = run_command((enum command_id)c, stranger, fields);
		assert_int_equal(job->outcome, JOB_REFUSED);
		if (job->result.code != PROBLEM_TICKET_ACCESS_DENIED)
			fail_msg("%s: %s", record->type, problem_texts[job->result.code].word);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("a user opens a ticket", a_user_opens_a_ticket),
		SENTENCE("a number is HD, the year and at least six digits", a_number_is_year_and_six_digits),
		SENTENCE("staff opens a ticket for another", staff_opens_a_ticket_for_another),
		SENTENCE("a user may name itself as the owner", a_user_may_name_itself),
		SENTENCE("a user opens none for another", a_user_opens_none_for_another),
		SENTENCE("an unknown or disabled owner is a validation problem at /userId",
		        an_unknown_owner_is_a_validation_problem),
		SENTENCE("the owner's word takes a waiting ticket back to work",
		        the_owners_word_takes_a_waiting_ticket_back),
		SENTENCE("staff's word, or one on an open ticket, leaves the status", staffs_word_leaves_the_status),
		SENTENCE("staff speaks in private", staff_speaks_in_private),
		SENTENCE("a private word of a user is refused and leaves no trace",
		        a_private_word_of_a_user_leaves_no_trace),
		SENTENCE("a stranger is denied the ticket", a_stranger_is_denied),
		SENTENCE("a stranger learns nothing of a ticket, whatever is asked",
		        a_stranger_learns_nothing_of_a_ticket),
		SENTENCE("an unknown ticket is not found", an_unknown_ticket_is_not_found),
		SENTENCE("a disabled or unknown account is refused", a_disabled_or_unknown_account_is_refused),
		SENTENCE("only the desk itself writes notes", only_the_desk_itself_notes),
		SENTENCE("the desk itself opens a ticket for an account only, and never comments",
		        the_desk_itself_opens_for_an_account_and_never_comments),
		SENTENCE("jobs of a batch see what earlier ones did", jobs_see_what_earlier_ones_did),
		SENTENCE("a refusal between two takes nothing with it", a_refusal_between_takes_nothing_with_it),
		SENTENCE("the time is when it was accepted, never later than now", the_time_is_when_it_was_accepted),
		SENTENCE("counters add up", counters_add_up),
		SENTENCE("the owner's word opens a ticket again", the_owners_word_opens_a_ticket_again),
		SENTENCE("after a week the owner's word is a ticket of its own",
		        after_a_week_the_owners_word_is_a_ticket_of_its_own),
		SENTENCE("an answer takes changes along, in one version", an_answer_takes_changes_along),
		SENTENCE("merges make no circle", merges_make_no_circle),
		SENTENCE("of two who take it the second is told who has it",
		        of_two_who_take_it_the_second_is_told_who_has_it),
		SENTENCE("every row of ticket.def has a handler", every_row_of_the_ticket_has_a_handler),
		SENTENCE("every problem has a word and a status", every_problem_has_a_word_and_a_status),
	};

	return cmocka_run_group_tests_name("ticket", tests, NULL, NULL);
}
