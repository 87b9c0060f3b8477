/* ticket_frame_test.c - the frame of a decision (workers/decide.c) around a kind of subject that only this test knows.
 *
 * Its handler does everything that a handler may do, and then ends as the test wants.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "workers/decide.h"
#include "workers/subject.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, set_up, tear_down, NULL                                                               \
	}
#define NOW 1790000000000000

struct thing {
	SUBJECT_HEAD;
	struct text name;
	int64_t seen;
};

struct thing_world {
	int count;
};

static struct arena *arena;
static struct batch batch;
static struct subject_set *set;
static struct account actor;
static struct thing *thing;
static enum outcome ending;
static int settled, rewound;

static const struct column columns[] = {
	{ "name", "name", COLUMN_TEXT, WRITTEN_ALWAYS, TOLD_ALL, offsetof(struct thing, name), NULL, 0 },
	{ "seen", "seen", COLUMN_NUMBER, WRITTEN_ALWAYS, TOLD_NOBODY, offsetof(struct thing, seen), NULL, 0 },
};

static enum outcome do_everything(struct job *job, const void *fields)
{
	struct uuid other = uuid_new();

	(void)fields;
	thing->name = TEXT("another");
	thing->seen = 1;
	((struct thing_world *)job->set->world)->count++;
	subject_new(job->set, &other);
	EMIT(job, ticket_noted, .comment_id = other);
	SEND(job, ticket_note, other, .ticket_id = other, .content = TEXT("said"));
	return ending == JOB_REFUSED ? job_refuse(job, PROBLEM_INVALID_TRANSITION, "no")
	                             : (ending == JOB_DEAD ? job_die(job, "hopeless") : JOB_DONE);
}

static enum outcome only_look(struct job *job, const void *fields)
{
	(void)job;
	(void)fields;
	thing->seen = 1;
	return JOB_DONE;
}

static handler_fn *const handlers[COMMAND_COUNT] = {
	[COMMAND_ticket_note] = do_everything, [COMMAND_ticket_close] = only_look
};

static unsigned thing_own(const void *subject, const struct uuid *who)
{
	(void)subject;
	(void)who;
	return OWNER;
}

static void thing_settled(struct job *job, const void *before, void *subject, const void *world_before)
{
	(void)job;
	(void)before;
	(void)subject;
	assert_int_equal(((const struct thing_world *)world_before)->count, 0);
	settled++;
}

static void thing_rewound(void *world)
{
	assert_int_equal(((struct thing_world *)world)->count, 0);
	rewound++;
}

static const struct subject_kind thing_kind = { .name = "thing",
	.bytes = sizeof(struct thing),
	.columns = columns,
	.column_count = sizeof columns / sizeof *columns,
	.handlers = handlers,
	.loader = LOAD_TICKET,
	.not_found = PROBLEM_NOT_FOUND,
	.denied = PROBLEM_INSUFFICIENT_PERMISSIONS,
	.own = thing_own,
	.settled = thing_settled,
	.world_bytes = sizeof(struct thing_world),
	.rewound = thing_rewound };
static const struct subject_kind *const kinds[] = { &thing_kind, NULL };

static int set_up(void **state)
{
	struct uuid id = uuid_new();

	(void)state;
	arena = arena_new(65536);
	batch = (struct batch){ .arena = arena, .now_us = NOW };
	actor = (struct account){ .id = uuid_new(), .role = ROLE_ADMIN, .active = true };
	subject_sets_init(&batch, kinds);
	set = subject_set_of(&batch, &thing_kind);
	subject_set_room(set, arena, 2);
	thing = subject_new(set, &id);
	thing->name = TEXT("one");
	thing->version = thing->loaded_version = 7;
	settled = rewound = 0;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static struct job decided(enum command_id command, struct uuid about)
{
	struct ticket_note note = { .ticket_id = about, .content = TEXT("said") };
	struct ticket_close end = { .ticket_id = about };
	struct job job = { .batch = &batch, .set = set, .command = &commands[command] };

	job.fields = command == COMMAND_ticket_note ? (void *)&note : (void *)&end;
	job.envelope.id = uuid_new();
	if (command != COMMAND_ticket_note) { /* which only the desk itself may */
		job.envelope.actor = actor.id;
		job.actor = &actor;
	}
	job_forget(&job);
	decide(&job);
	return job;
}

static void assert_no_trace(const struct job *job)
{
	assert_true(text_equal(thing->name, TEXT("one")));
	assert_int_equal(thing->seen, 0);
	assert_int_equal(thing->version, 7);
	assert_int_equal(set->count, 1);
	assert_int_equal(((struct thing_world *)set->world)->count, 0);
	assert_int_equal(settled, 0);
	assert_int_equal(rewound, 1);
	assert_null(job->sent);
	assert_int_equal(job->events->id, EVENT_command_refused);
	assert_int_equal(job->subject_version, 7);
}

static void who_is_done_leaves_all(void **state)
{
	struct job job;

	(void)state;
	ending = JOB_DONE;
	job = decided(COMMAND_ticket_note, thing->id);
	assert_int_equal(job.outcome, JOB_DONE);
	assert_int_equal(thing->version, 8);
	assert_int_equal(thing->updated_at, NOW);
	assert_int_equal(set->count, 2);
	assert_int_equal(settled, 2);
	assert_int_equal(rewound, 0);
	assert_non_null(job.sent);
	assert_true(uuid_equal(&job.subject_id, &thing->id));
	assert_int_equal(job.subject_version, 8);
}

static void who_refuses_or_dies_leaves_no_trace(void **state)
{
	struct job job;

	ending = JOB_REFUSED;
	job = decided(COMMAND_ticket_note, thing->id);
	assert_int_equal(job.outcome, JOB_REFUSED);
	assert_no_trace(&job);
	tear_down(state);
	set_up(state);
	ending = JOB_DEAD;
	job = decided(COMMAND_ticket_note, thing->id);
	assert_int_equal(job.outcome, JOB_DEAD);
	assert_no_trace(&job);
}

static void a_column_that_nobody_is_told_of_makes_no_version(void **state)
{
	struct job job;

	(void)state;
	job = decided(COMMAND_ticket_close, thing->id);
	assert_int_equal(job.outcome, JOB_DONE);
	assert_int_equal(thing->seen, 1);
	assert_int_equal(thing->version, 7);
	assert_int_equal(settled, 0);
	assert_int_equal(job.result.version, 7);
}

static void what_is_not_there_is_not_found(void **state)
{
	struct job job;

	(void)state;
	job = decided(COMMAND_ticket_close, uuid_new());
	assert_int_equal(job.outcome, JOB_REFUSED);
	assert_int_equal(job.result.code, PROBLEM_NOT_FOUND);
	assert_true(text_equal(job.result.detail, TEXT("there is no such thing")));
	assert_true(uuid_is_none(&job.subject_id));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("what a handler has done stays when it is done", who_is_done_leaves_all),
		SENTENCE("what a handler has done is gone when it refuses or dies, what it sent too",
		        who_refuses_or_dies_leaves_no_trace),
		SENTENCE("a column that nobody is told of makes no version",
		        a_column_that_nobody_is_told_of_makes_no_version),
		SENTENCE("what is not there is not found", what_is_not_there_is_not_found),
	};

	return cmocka_run_group_tests_name("frame", tests, NULL, NULL);
}
