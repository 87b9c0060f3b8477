/* ticket_sla_test.c - a ticket's clocks in the lane: what each command does to them, and what a tick finds due.
 *
 * Most titles are what users of other helpdesks have reported. The last test lets random tickets live random lives in
 * random calendars, against a model that is nothing but the list of what has happened.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/clock.h"
#include "base/instant.h"
#include "workers/decide.h"
#include "workers/ticket/model.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, set_up, tear_down, NULL                                                               \
	}
#define MINUTE 60000000LL
#define HOUR (60 * MINUTE)
#define ROOM 4096

/* Weekdays from 8 to 12 and from 13 to 17, in Berlin; the second of these days is a holiday. */
#define OFFICE                                                                                                         \
	"{\"timezone\":\"Europe/Berlin\",\"weekly\":{\"mon\":[[\"08:00\",\"12:00\"],[\"13:00\",\"17:00\"]],"           \
	"\"tue\":[[\"08:00\",\"12:00\"],[\"13:00\",\"17:00\"]],\"wed\":[[\"08:00\",\"12:00\"],[\"13:00\",\"17:00\"]]," \
	"\"thu\":[[\"08:00\",\"12:00\"],[\"13:00\",\"17:00\"]],\"fri\":[[\"08:00\",\"12:00\"],[\"13:00\",\"17:00\"]]}" \
	","                                                                                                            \
	"\"holidays\":[\"2026-05-01\"]}"
#define TARGETS                                                                                                        \
	"\"targets\":{\"urgent\":{\"firstResponse\":1800,\"nextResponse\":1800,\"resolution\":7200},"                  \
	"\"high\":{\"firstResponse\":3600,\"nextResponse\":3600,\"resolution\":14400},"                                \
	"\"medium\":{\"firstResponse\":7200,\"nextResponse\":7200,\"resolution\":28800}}"
#define POLICY "{" TARGETS ",\"warnings\":[75,90],\"autoCloseAfter\":86400,\"reminders\":[3600,259200]}"

static struct arena *arena;
static struct batch batch;
static struct subject_set *set;
static struct ticket_world *world;
static const struct subject_kind *const kinds[] = { &ticket_kind, &file_kind, NULL };
static struct uuid owner, agent, manager, nobody;
static struct ticket *ticket;

/* --- the world --------------------------------------------------------------------------- */
static struct uuid add_account(enum account_role role)
{
	struct account *account = &batch.actors.accounts[batch.actors.count++];

	*account = (struct account){ uuid_new(), TEXT("zoe@example.org"), role, true, TEXT("Zoe Martin") };
	return account->id;
}

static int set_up(void **state)
{
	(void)state;
	arena = arena_new(1024 * 1024);
	batch = (struct batch){ .arena = arena, .year = 2026 };
	subject_sets_init(&batch, kinds);
	set = ticket_set(&batch);
	world = ticket_world(&batch);
	batch.jobs = ARENA_ARRAY(arena, struct job, ROOM);
	batch.actors.accounts = ARENA_ARRAY(arena, struct account, 8);
	ticket_world_init(world);
	file_world_init(file_set(&batch)->world);
	subject_set_room(set, arena, 64);
	world->numbers = ARENA_ARRAY(arena, int64_t, 64);
	owner = add_account(ROLE_USER);
	agent = add_account(ROLE_AGENT);
	manager = add_account(ROLE_MANAGER);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	book_free(&world->book);
	arena_free(&arena);
	return 0;
}

static void promise(const char *policy, const char *calendar)
{
	book_free(&world->book);
	world->book = book_of(&policy, 1, calendar);
}

static void at(const char *instant)
{
	assert_true(instant_read(text_of(instant), &batch.now_us));
}

static struct job *run_command(enum command_id command, struct uuid actor, const void *fields)
{
	struct job *job = &batch.jobs[batch.count++ % ROOM];

	*job = (struct job){ .batch = &batch, .command = &commands[command], .fields = (void *)fields, .set = set };
	job_forget(job);
	job->envelope =
	        (struct envelope){ .id = uuid_new(), .type = text_of(commands[command].record.type), .actor = actor };
	job->actor = uuid_is_none(&actor) ? NULL : job_account(job, actor);
	decide(job);
	return job;
}

#define DO(command, actor, ...) run_command(COMMAND_##command, (actor), &(struct command){ __VA_ARGS__ })
#define IN_PUBLIC flag_absent
#define AMONG_STAFF FLAG_TRUE
#define OF_IT .ticket_id = ticket->id

static void open_ticket(enum ticket_priority priority)
{
	struct uuid id = uuid_new();

	assert_int_equal(DO(ticket_create, owner, .ticket_id = id, .title = TEXT("t"), .description = TEXT("d"),
	                         .priority = priority)
	                         ->outcome,
	        JOB_DONE);
	ticket = subject_find(set, &id);
}

static struct job *say(struct uuid who, enum flag internal)
{
	return DO(
	        ticket_comment, who, OF_IT, .comment_id = uuid_new(), .content = TEXT("said"), .is_internal = internal);
}

static void move(enum ticket_status status)
{
	assert_int_equal(DO(ticket_set_status, agent, OF_IT, .status = status)->outcome, JOB_DONE);
}

/* Fires the timer at its time; returns what it made the ticket tell: the types of its events. */
static const char *fire(enum timer_kind kind)
{
	struct buffer told;
	struct job *job;

	buffer_init(&told, arena, 64);
	if (ticket->sla.due_us[kind] > batch.now_us)
		batch.now_us = (ticket->sla.due_us[kind] + 999) / 1000 * 1000;
	job = DO(ticket_tick, nobody, OF_IT, .kind = kind, .due_at = sla_instant(&batch.jobs[0], batch.now_us),
	        .timer_version = 1);
	assert_int_equal(job->outcome, JOB_DONE);
	for (const struct emitted *event = job->events; event; event = event->next)
		buffer_printf(&told, "%s%s", told.len ? " " : "", events[event->id].type);
	return buffer_cstr(&told);
}

static const char *said_at(int64_t us)
{
	char said[INSTANT_TEXT_BYTES] = "never";

	if (us)
		instant_write(us / 1000000 * 1000000, said);
	return arena_copy(arena, said, strlen(said));
}

static void assert_due(int64_t due, const char *wanted)
{
	assert_string_equal(said_at(due), wanted);
}

static int history_count(const char *field)
{
	int n = 0;

	for (const struct history *h = world->history.first; h; h = h->next)
		n += !strcmp(h->field, field);
	return n;
}

static const char *state_of(enum sla_target target)
{
	return sla_state_word(clocks_state_of(&ticket->sla, target, batch.now_us));
}

/* --- clocks ------------------------------------------------------------------------------ */
static void deadlines_are_in_the_calendars_open_time(void **state)
{
	(void)state;
	promise(POLICY, OFFICE);
	at("2026-03-27T15:30:00Z"); /* Friday, 16:30; the night to Sunday loses an hour */
	open_ticket(PRIORITY_HIGH);
	assert_due(ticket->response_due_at, "2026-03-30T06:30:00Z");
	assert_due(ticket->due_at, "2026-03-30T09:30:00Z");
	assert_due(ticket->sla_due_at, "2026-03-30T06:30:00Z");
	assert_true(text_equal(ticket->sla_state, TEXT("running")));
}

static void a_lunch_break_and_midnight_count_as_they_are(void **state)
{
	(void)state;
	promise(POLICY, OFFICE);
	at("2026-04-30T09:00:00Z"); /* Thursday, 11:00; the first of May is closed */
	open_ticket(PRIORITY_MEDIUM);
	assert_due(ticket->response_due_at, "2026-04-30T12:00:00Z");
	assert_due(ticket->due_at, "2026-05-04T09:00:00Z");
	promise(POLICY, "{\"timezone\":\"Asia/"
	                "Tokyo\",\"weekly\":{\"mon\":[[\"22:00\",\"24:00\"]],\"tue\":[[\"00:00\",\"02:00\"]]}}");
	at("2026-05-04T14:30:00Z"); /* Monday, 23:30 there */
	open_ticket(PRIORITY_HIGH);
	assert_due(ticket->response_due_at, "2026-05-04T15:30:00Z");
}

static void no_promise_is_no_error(void **state)
{
	(void)state;
	promise("{\"targets\":{\"medium\":{\"firstResponse\":null,\"resolution\":null}}}", NULL);
	at("2026-05-04T08:00:00Z");
	open_ticket(PRIORITY_MEDIUM);
	move(TICKET_IN_PROGRESS);
	say(agent, IN_PUBLIC);
	say(owner, IN_PUBLIC);
	move(TICKET_WAITING_USER);
	assert_null(ticket->sla_state.data);
	assert_int_equal(
	        ticket->due_at + ticket->response_due_at + ticket->next_response_due_at + ticket->sla_due_at, 0);
	for (enum timer_kind kind = TIMER_SLA; kind < timer_kind_count; kind++)
		assert_int_equal(ticket->sla.due_us[kind], 0);
	assert_string_equal(fire(TIMER_SLA), "");
}

static void only_words_in_public_count(void **state)
{
	(void)state;
	promise(POLICY, NULL);
	at("2026-05-04T08:00:00Z");
	open_ticket(PRIORITY_HIGH);
	say(agent, AMONG_STAFF);
	DO(ticket_update, agent, OF_IT, .title = TEXT("another title"));
	assert_int_equal(ticket->first_response_at, 0);
	assert_string_equal(state_of(SLA_FIRST_RESPONSE), "running");
	say(owner, IN_PUBLIC);
	assert_int_equal(ticket->next_response_due_at, 0); /* the first answers that, too */
	at("2026-05-04T08:10:00Z");
	say(agent, IN_PUBLIC);
	assert_string_equal(state_of(SLA_FIRST_RESPONSE), "met");
	at("2026-05-04T08:20:00Z");
	say(owner, IN_PUBLIC);
	assert_due(ticket->next_response_due_at, "2026-05-04T09:20:00Z");
	at("2026-05-04T08:30:00Z");
	say(owner, IN_PUBLIC);
	say(agent, AMONG_STAFF);
	assert_due(ticket->next_response_due_at, "2026-05-04T09:20:00Z");
	assert_string_equal(state_of(SLA_NEXT_RESPONSE), "running");
	say(agent, IN_PUBLIC);
	assert_string_equal(state_of(SLA_NEXT_RESPONSE), "met");
}

static void waiting_moves_the_deadline_by_what_was_waited(void **state)
{
	int64_t due;

	(void)state;
	promise(POLICY, OFFICE);
	at("2026-05-04T06:00:00Z");
	open_ticket(PRIORITY_HIGH);
	assert_due(ticket->due_at, "2026-05-04T10:00:00Z");
	due = ticket->response_due_at;
	move(TICKET_IN_PROGRESS); /* the first response is met; the other clock is its own */
	at("2026-05-04T07:00:00Z");
	move(TICKET_WAITING_USER);
	assert_int_equal(ticket->due_at, 0);
	assert_int_equal(ticket->response_due_at, due);
	assert_string_equal(state_of(SLA_RESOLUTION), "paused");
	assert_string_equal(state_of(SLA_FIRST_RESPONSE), "met");
	at("2026-05-05T06:00:00Z");
	say(owner, IN_PUBLIC);
	assert_int_equal(ticket->status, TICKET_IN_PROGRESS);
	assert_due(ticket->due_at, "2026-05-05T09:00:00Z");
}

static void a_pause_survives_another_priority(void **state)
{
	(void)state;
	promise(POLICY, NULL);
	at("2026-05-04T08:00:00Z");
	open_ticket(PRIORITY_HIGH);
	move(TICKET_IN_PROGRESS);
	at("2026-05-04T09:00:00Z");
	move(TICKET_WAITING_USER);
	at("2026-05-04T10:00:00Z");
	DO(ticket_update, agent, OF_IT, .priority = PRIORITY_URGENT);
	assert_int_equal(ticket->due_at, 0);
	assert_int_equal(ticket->sla.due_us[TIMER_SLA], 0);
	at("2026-05-04T11:00:00Z");
	move(TICKET_IN_PROGRESS);
	assert_due(ticket->due_at, "2026-05-04T12:00:00Z"); /* one of two hours was used */
}

static void what_is_resolved_runs_no_more_and_goes_on_when_opened_again(void **state)
{
	(void)state;
	promise(POLICY, NULL);
	at("2026-05-04T08:00:00Z");
	open_ticket(PRIORITY_HIGH);
	say(agent, IN_PUBLIC);
	move(TICKET_IN_PROGRESS);
	say(owner, IN_PUBLIC);
	at("2026-05-04T08:30:00Z");
	move(TICKET_RESOLVED);
	assert_string_equal(state_of(SLA_NEXT_RESPONSE), "met");
	assert_true(text_equal(ticket->sla_state, TEXT("met")));
	assert_int_equal(ticket->sla.due_us[TIMER_SLA], 0);
	assert_int_equal(ticket->sla_due_at, 0);
	at("2026-05-04T18:00:00Z");
	say(owner, IN_PUBLIC);
	assert_due(ticket->due_at, "2026-05-04T21:30:00Z");
	assert_due(ticket->next_response_due_at, "2026-05-04T19:00:00Z");
}

/* --- what is due --------------------------------------------------------------------------- */
static void warnings_and_the_breach_are_told_once_each(void **state)
{
	(void)state;
	promise(POLICY, NULL);
	at("2026-05-04T08:00:00Z");
	open_ticket(PRIORITY_HIGH);
	say(agent, IN_PUBLIC);
	assert_due(ticket->sla.due_us[TIMER_SLA], "2026-05-04T11:00:00Z");
	assert_string_equal(fire(TIMER_SLA), "ticket.sla_warned");
	assert_string_equal(state_of(SLA_RESOLUTION), "warned");
	assert_due(ticket->sla.due_us[TIMER_SLA], "2026-05-04T11:36:00Z");
	assert_string_equal(fire(TIMER_SLA), "ticket.sla_warned");
	assert_string_equal(fire(TIMER_SLA), "ticket.sla_breached");
	assert_true(text_equal(ticket->sla_state, TEXT("breached")));
	assert_int_equal(ticket->sla.due_us[TIMER_SLA], 0);
	assert_string_equal(fire(TIMER_SLA), "");
	assert_int_equal(history_count("late"), 0);
}

static void a_late_timer_says_so_and_tells_the_last_alone(void **state)
{
	struct job *job;

	(void)state;
	promise(POLICY, NULL);
	at("2026-05-04T08:00:00Z");
	open_ticket(PRIORITY_HIGH);
	say(agent, IN_PUBLIC);
	at("2026-05-04T11:50:00Z");
	job = DO(ticket_tick, nobody, OF_IT, .kind = TIMER_SLA, .due_at = TEXT("2026-05-04T11:00:00Z"),
	        .timer_version = 1);
	assert_int_equal(job->events->id, EVENT_ticket_sla_warned);
	assert_int_equal(((const struct ticket_sla_warned *)job->events->members)->percent, 90);
	assert_null(job->events->next);
	assert_int_equal(history_count("late"), 1);
	assert_due(ticket->sla.due_us[TIMER_SLA], "2026-05-04T12:00:00Z");
}

static void no_alarm_for_what_is_closed_or_has_moved_on(void **state)
{
	int64_t version;

	(void)state;
	promise("{" TARGETS ",\"warnings\":[50]}", NULL);
	at("2026-05-04T08:00:00Z");
	open_ticket(PRIORITY_HIGH);
	move(TICKET_IN_PROGRESS);
	at("2026-05-04T08:30:00Z");
	move(TICKET_WAITING_USER);
	version = ticket->version;
	at("2026-05-06T08:00:00Z");
	assert_string_equal(fire(TIMER_SLA), "");
	assert_int_equal(ticket->version, version);
	move(TICKET_IN_PROGRESS);
	move(TICKET_RESOLVED);
	DO(ticket_close, agent, OF_IT);
	version = ticket->version;
	for (enum timer_kind kind = TIMER_SLA; kind < timer_kind_count; kind++)
		assert_string_equal(fire(kind), "");
	ticket->deleted_at = batch.now_us;
	assert_string_equal(fire(TIMER_SLA), "");
	assert_int_equal(ticket->version, version);
}

/* A row that fired before its time, by a clock that went back, is written again, as another one. */
static void a_timer_that_fired_too_early_is_not_lost(void **state)
{
	(void)state;
	promise(POLICY, NULL);
	at("2026-05-04T08:00:00Z");
	open_ticket(PRIORITY_HIGH);
	DO(ticket_tick, nobody, OF_IT, .kind = TIMER_SLA, .due_at = TEXT("2026-05-04T08:45:00Z"), .timer_version = 7);
	assert_true(ticket->sla.fired & 1u << TIMER_SLA);
	assert_int_equal(ticket->sla.fired_version, 7);
	assert_due(ticket->sla.due_us[TIMER_SLA], "2026-05-04T08:45:00Z");
}

static void escalations_before_the_deadline_are_in_open_time(void **state)
{
	struct job *job;

	(void)state;
	promise("{" TARGETS ",\"escalations\":[{\"target\":\"resolution\",\"after\":-3600,\"notify\":[\"role:manager\","
	        "\"assignee\"],"
	        "\"raisePriority\":true,\"assignTo\":\"role:manager\"},{\"target\":\"resolution\",\"after\":1800,"
	        "\"notify\":[\"role:admin\"]}]}",
	        OFFICE);
	world->helpers = ARENA_NEW(arena, struct helper);
	*world->helpers = (struct helper){ *job_account(&(struct job){ .batch = &batch }, manager), true };
	world->helper_count = 1;
	at("2026-05-04T13:00:00Z"); /* Monday, 15:00: due on Tuesday at 10:00 */
	open_ticket(PRIORITY_HIGH);
	say(agent, IN_PUBLIC);
	assert_due(ticket->sla.due_us[TIMER_SLA], "2026-05-05T07:00:00Z");
	batch.now_us = ticket->sla.due_us[TIMER_SLA];
	job = DO(ticket_tick, nobody, OF_IT, .kind = TIMER_SLA, .due_at = TEXT("2026-05-05T07:00:00Z"),
	        .timer_version = 1);
	assert_int_equal(job->events->id, EVENT_ticket_escalated);
	assert_int_equal(((const struct ticket_escalated *)job->events->members)->notify.count, 2);
	assert_int_equal(job->events->next->id, EVENT_ticket_assigned);
	assert_null(job->events->next->next);
	assert_true(uuid_equal(&ticket->assignee_id, &manager));
	assert_int_equal(ticket->priority, PRIORITY_URGENT);
	assert_due(ticket->due_at, "2026-05-05T07:00:00Z"); /* three hours of two are used: it is now */
	assert_string_equal(fire(TIMER_SLA), "ticket.sla_breached ticket.escalated");
	assert_int_equal(history_count("late"), 0);
	assert_string_equal(fire(TIMER_SLA), "");
}

/* The same level, come to by two ticks, gives the ticket to one person once. */
static void two_ticks_assign_once(void **state)
{
	struct uuid other = add_account(ROLE_MANAGER);

	(void)state;
	promise("{" TARGETS ",\"escalations\":[{\"target\":\"resolution\",\"after\":0,\"assignTo\":\"role:manager\"}]}",
	        NULL);
	world->helpers = ARENA_NEW(arena, struct helper);
	world->helper_count = 1;
	*world->helpers = (struct helper){ *job_account(&(struct job){ .batch = &batch }, manager), true };
	at("2026-05-04T08:00:00Z");
	open_ticket(PRIORITY_HIGH);
	say(agent, IN_PUBLIC);
	assert_string_equal(fire(TIMER_SLA), "ticket.sla_breached ticket.escalated ticket.assigned");
	*world->helpers = (struct helper){ *job_account(&(struct job){ .batch = &batch }, other), true };
	assert_string_equal(fire(TIMER_SLA), "");
	assert_true(uuid_equal(&ticket->assignee_id, &manager));
}

static void a_user_is_reminded_when_the_calendar_is_open(void **state)
{
	(void)state;
	promise(POLICY, OFFICE);
	at("2026-05-08T13:30:00Z"); /* Friday, 15:30 */
	open_ticket(PRIORITY_HIGH);
	move(TICKET_IN_PROGRESS);
	at("2026-05-08T14:30:00Z");
	move(TICKET_WAITING_USER);
	assert_due(ticket->sla.due_us[TIMER_REMIND], "2026-05-11T06:00:00Z"); /* not at 17:30 on Friday */
	assert_string_equal(fire(TIMER_REMIND), "ticket.reminded");
	assert_due(ticket->sla.due_us[TIMER_REMIND], "2026-05-11T14:30:00Z");
	at("2026-05-11T22:00:00Z"); /* late, at midnight */
	assert_string_equal(fire(TIMER_REMIND), "");
	assert_due(ticket->sla.due_us[TIMER_REMIND], "2026-05-12T06:00:00Z");
	assert_string_equal(fire(TIMER_REMIND), "ticket.reminded");
	assert_int_equal(ticket->sla.due_us[TIMER_REMIND], 0);
}

static void what_nobody_opens_again_is_closed(void **state)
{
	(void)state;
	promise(POLICY, NULL);
	at("2026-05-04T08:00:00Z");
	open_ticket(PRIORITY_HIGH);
	move(TICKET_IN_PROGRESS);
	move(TICKET_RESOLVED);
	assert_due(ticket->sla.due_us[TIMER_CLOSE], "2026-05-05T08:00:00Z");
	assert_string_equal(fire(TIMER_CLOSE), "ticket.auto_closed");
	assert_int_equal(ticket->status, TICKET_CLOSED);
	assert_int_equal(ticket->sla.due_us[TIMER_CLOSE], 0);
}

static void a_snooze_ends_at_its_time_or_by_a_word(void **state)
{
	int64_t due;

	(void)state;
	promise(POLICY, NULL);
	at("2026-05-04T08:00:00Z");
	open_ticket(PRIORITY_HIGH);
	due = ticket->due_at;
	DO(ticket_snooze, agent, OF_IT, .until = TEXT("2026-05-04T09:00:00+01:00"));
	assert_int_equal(ticket->snoozed_until, 0); /* that is now */
	DO(ticket_snooze, agent, OF_IT, .until = TEXT("2026-05-04T10:00:00Z"));
	assert_due(ticket->sla.due_us[TIMER_WAKE], "2026-05-04T10:00:00Z");
	assert_int_equal(ticket->due_at, due);
	assert_string_equal(fire(TIMER_WAKE), "ticket.woken ticket.sla_breached"); /* of several that are late, all */
	assert_int_equal(ticket->snoozed_until, 0);
	DO(ticket_snooze, agent, OF_IT, .until = TEXT("2026-05-05T10:00:00Z"));
	say(owner, IN_PUBLIC);
	assert_int_equal(ticket->snoozed_until + ticket->sla.due_us[TIMER_WAKE], 0);
}

/* --- policies ------------------------------------------------------------------------------ */
static void the_first_policy_that_fits_governs(void **state)
{
	static const char *const policies[] = {
		"{\"criteria\":{\"tag\":[\"vip\"]},\"targets\":{\"high\":{\"resolution\":3600}}}",
		"{\"criteria\":{\"requester\":[\"@example.org\"]},\"targets\":{\"high\":{\"resolution\":7200}}}", POLICY
	};
	struct text tags[] = { TEXT("vip") };

	(void)state;
	world->book = book_of(policies, 3, NULL);
	at("2026-05-04T08:00:00Z");
	open_ticket(PRIORITY_HIGH);
	assert_due(ticket->due_at, "2026-05-04T10:00:00Z");
	at("2026-05-04T08:30:00Z");
	DO(ticket_update, agent, OF_IT, .tags = { tags, 1 });
	assert_due(ticket->due_at, "2026-05-04T09:00:00Z");
	assert_int_equal(history_count("sla_policy"), 1);
}

static void a_holiday_moves_deadlines_and_leaves_a_trace(void **state)
{
	struct book *before;
	struct job *job;

	(void)state;
	promise(POLICY, OFFICE);
	before = world->book;
	at("2026-05-04T14:00:00Z");
	open_ticket(PRIORITY_HIGH);
	assert_due(ticket->due_at, "2026-05-05T09:00:00Z");
	world->book = book_of((const char *[]){ POLICY }, 1,
	        "{\"timezone\":\"Europe/"
	        "Berlin\",\"weekly\":{\"mon\":[[\"08:00\",\"17:00\"]],\"wed\":[[\"08:00\",\"17:00\"]]}}");
	at("2026-05-04T14:30:00Z");
	job = DO(ticket_recompute, nobody, OF_IT);
	assert_due(ticket->due_at, "2026-05-06T09:00:00Z");
	assert_int_equal(job->events->id, EVENT_ticket_sla_changed);
	assert_int_equal(history_count("due_at"), 2);
	assert_int_equal(history_count("sla_policy"), 1);
	job = DO(ticket_recompute, nobody, OF_IT);
	assert_null(job->events);
	book_free(&before);
}

static void a_row_of_clocks_is_read_as_it_was_written(void **state)
{
	struct clocks clocks;

	(void)state;
	promise(POLICY, OFFICE);
	at("2026-05-04T06:00:00Z");
	open_ticket(PRIORITY_HIGH);
	say(agent, IN_PUBLIC);
	at("2026-05-04T06:30:00.000001Z");
	say(owner, IN_PUBLIC);
	fire(TIMER_SLA);
	clocks_read(ticket->clocks, world->book, arena, &clocks);
	assert_memory_equal(&clocks.life, &ticket->sla.life, sizeof clocks.life);
	assert_memory_equal(clocks.marks, ticket->sla.marks, sizeof clocks.marks);
	assert_memory_equal(clocks.due_us, ticket->sla.due_us, sizeof clocks.due_us);
	assert_ptr_equal(clocks.life.policy, ticket->sla.life.policy);
	assert_true(text_equal(clocks_write(&clocks, batch.now_us, arena), ticket->clocks));
}

static void a_ticket_of_before_gets_clocks_with_its_next_command(void **state)
{
	(void)state;
	promise(POLICY, NULL);
	at("2026-05-04T08:00:00Z");
	open_ticket(PRIORITY_HIGH);
	say(agent, IN_PUBLIC);
	ticket->sla = (struct clocks){ 0 };
	ticket->clocks = ticket->sla_state = TEXT_NONE;
	at("2026-05-04T09:00:00Z");
	move(TICKET_IN_PROGRESS);
	assert_due(ticket->due_at, "2026-05-04T12:00:00Z");
	assert_string_equal(state_of(SLA_FIRST_RESPONSE), "met");
	assert_due(ticket->sla.due_us[TIMER_SLA], "2026-05-04T11:00:00Z");
}

/* --- a random life, against the list of what has happened ------------------------------------ */
static uint64_t seed;

static unsigned roll(unsigned sides)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned)(seed >> 33) % sides;
}

struct happened {
	int64_t at;
	bool runs; /* the clock of resolution does, from then on */
	int64_t budget;
};

/* Walks the list: a minute is worked when the clock ran in it and the calendar was open. */
static int64_t used_by_list(const struct happened *list, int count, const struct calendar *calendar, int64_t until)
{
	int64_t used = 0;

	for (int i = 0; i < count; i++)
		if (list[i].runs)
			used += calendar_between(calendar, list[i].at, i + 1 < count ? list[i + 1].at : until);
	return used;
}

static const char *random_calendar(void)
{
	static const char *const zones[] = { "Europe/Paris", "America/New_York", "Australia/Lord_Howe", "UTC" };
	static const char *const days[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };
	struct buffer out;

	buffer_init(&out, arena, 256);
	buffer_printf(&out, "{\"timezone\":\"%s\",\"weekly\":{\"mon\":[[\"00:00\",\"24:00\"]]", zones[roll(4)]);
	for (int i = 1; i < 7; i++)
		if (roll(3))
			buffer_printf(&out, ",\"%s\":[[\"%02u:00\",\"%02u:30\"]]", days[i], roll(12), 12 + roll(12));
	buffer_string(&out, "},\"holidays\":[\"*-03-30\"]}");
	return buffer_cstr(&out);
}

static bool is_worked_on(enum ticket_status status)
{
	return status == TICKET_OPEN || status == TICKET_IN_PROGRESS;
}

static void random_step(void)
{
	switch (roll(6)) {
	case 0:
		say(roll(2) ? owner : agent, roll(2) ? AMONG_STAFF : IN_PUBLIC);
		break;
	case 1:
		DO(ticket_update, agent, OF_IT, .priority = PRIORITY_MEDIUM + roll(3));
		break;
	case 2:
		fire(1 + (int)roll(timer_kind_count - 1));
		break;
	case 3:
		DO(ticket_reopen, agent, OF_IT);
		break;
	default:
		DO(ticket_set_status, agent, OF_IT, .status = 1 + roll(ticket_status_count - 1));
	}
}

static void live(void)
{
	static const int64_t hours[] = { [PRIORITY_URGENT] = 2, [PRIORITY_HIGH] = 4, [PRIORITY_MEDIUM] = 8 };
	struct happened list[64];
	const struct calendar *calendar;
	int count = 0;

	promise(POLICY, random_calendar());
	batch.now_us = 1774500000000000LL + (int64_t)roll(400000) * 1000000;
	open_ticket(PRIORITY_MEDIUM + roll(3));
	calendar = ticket->sla.life.policy->calendar;
	list[count++] = (struct happened){ batch.now_us, true, 0 };
	for (int i = 0; i < 40; i++) {
		int64_t due = 0, used, budget;

		batch.now_us += (int64_t)roll(200) * roll(200) * 1000000 + roll(999);
		random_step();
		if (ticket->status == TICKET_CLOSED)
			break;
		list[count++] = (struct happened){ batch.now_us, is_worked_on(ticket->status), 0 };
		used = used_by_list(list, count, calendar, batch.now_us);
		budget = hours[ticket->priority] * HOUR;
		assert_int_equal(deadline_used(&ticket->sla.life.clocks[SLA_RESOLUTION], calendar, batch.now_us), used);
		assert_int_equal(ticket->sla.life.clocks[SLA_RESOLUTION].since_us != 0, is_worked_on(ticket->status));
		if (!is_worked_on(ticket->status) || used >= budget)
			continue;
		assert_true(calendar_add(calendar, batch.now_us, budget - used, &due));
		assert_int_equal(calendar_between(calendar, batch.now_us, ticket->due_at), budget - used);
	}
}

static void random_lives_follow_the_list_of_what_has_happened(void **state)
{
	const char *given = getenv("SEED");

	(void)state;
	seed = given ? strtoull(given, NULL, 10) : (uint64_t)(uintptr_t)&seed ^ (uint64_t)clock_unix_us();
	print_message("# SEED=%llu\n", (unsigned long long)seed);
	for (int i = 0; i < 30; i++) {
		live();
		tear_down(NULL);
		set_up(NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("deadlines are in the calendar's open time, over a change of the clocks",
		        deadlines_are_in_the_calendars_open_time),
		SENTENCE("a lunch break, a holiday, midnight and another zone count as they are",
		        a_lunch_break_and_midnight_count_as_they_are),
		SENTENCE("no promise is no error, and nothing is due", no_promise_is_no_error),
		SENTENCE(
		        "only words in public count, and neither notes nor updates answer", only_words_in_public_count),
		SENTENCE("waiting moves the deadline by what was waited, of that clock alone",
		        waiting_moves_the_deadline_by_what_was_waited),
		SENTENCE("a pause survives another priority, and what was used counts",
		        a_pause_survives_another_priority),
		SENTENCE("what is resolved runs no more, and goes on with the rest when it is opened again",
		        what_is_resolved_runs_no_more_and_goes_on_when_opened_again),
		SENTENCE("warnings and the breach are told once each", warnings_and_the_breach_are_told_once_each),
		SENTENCE("a late timer says so, and tells the last alone",
		        a_late_timer_says_so_and_tells_the_last_alone),
		SENTENCE("there is no alarm for what is closed, gone, or has moved on",
		        no_alarm_for_what_is_closed_or_has_moved_on),
		SENTENCE("a timer that fired too early is not lost", a_timer_that_fired_too_early_is_not_lost),
		SENTENCE("escalations before the deadline come in open time",
		        escalations_before_the_deadline_are_in_open_time),
		SENTENCE("two ticks of one level assign once", two_ticks_assign_once),
		SENTENCE("a user is reminded while the calendar is open", a_user_is_reminded_when_the_calendar_is_open),
		SENTENCE("what nobody opens again is closed", what_nobody_opens_again_is_closed),
		SENTENCE("a snooze ends at its time, or by a word", a_snooze_ends_at_its_time_or_by_a_word),
		SENTENCE("the first policy that fits governs, by tags and requester",
		        the_first_policy_that_fits_governs),
		SENTENCE("a holiday moves deadlines and leaves a trace", a_holiday_moves_deadlines_and_leaves_a_trace),
		SENTENCE("a row of clocks is read as it was written", a_row_of_clocks_is_read_as_it_was_written),
		SENTENCE("a ticket of before gets clocks with its next command",
		        a_ticket_of_before_gets_clocks_with_its_next_command),
		SENTENCE("random lives follow the list of what has happened",
		        random_lives_follow_the_list_of_what_has_happened),
	};

	return cmocka_run_group_tests_name("sla", tests, NULL, NULL);
}
