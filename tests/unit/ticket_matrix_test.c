/* ticket_matrix_test.c - every status x every command of a ticket x everybody who may ask.
 *
 * One table says what comes out; a command without a line in it fails the test, so that
 * a new one is thought about. Whatever comes out, a refusal leaves no trace and a ticket
 * is closed exactly when it has a time of closing.
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

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define NOW 1790000000000000
#define HOUR 3600000000LL

enum who { OWNER_OF_IT, STRANGER, AN_AGENT, A_MANAGER, AN_ADMIN, THE_DESK, WHO_COUNT };
static const char *const who_names[] = { "the owner", "a stranger", "an agent", "a manager", "an administrator",
	"the desk" };

static struct arena *arena;
static struct batch batch;
static struct subject_set *set;
static struct ticket_world *world;
static const struct subject_kind *const kinds[] = { &ticket_kind, &file_kind, NULL };
static struct account accounts[WHO_COUNT]; /* the desk's stays empty: it has none */
static struct ticket *ticket, *other;
static struct uuid comment_id;

/* --- the world, new for each cell ---------------------------------------------------- */
static struct ticket *add_ticket(enum ticket_status status)
{
	struct ticket *t = subject_new(set, &(struct uuid){ { 0 } });

	*t = (struct ticket){ .id = uuid_new(),
		.number = TEXT("HD-2026-000777"),
		.status = status,
		.priority = PRIORITY_HIGH,
		.title = TEXT("the printer burns"),
		.owner_id = accounts[OWNER_OF_IT].id,
		.comment_count = 1,
		.version = 9,
		.public_version = 9,
		.loaded_version = 9,
		.created_at = NOW - 9 * HOUR,
		.resolved_at = status >= TICKET_RESOLVED ? NOW - 2 * HOUR : 0,
		.closed_at = status == TICKET_CLOSED ? NOW - HOUR : 0 };
	return t;
}

/* A ticket in that status with a comment of its owner's, and another ticket. */
static void begin(enum ticket_status status, enum ticket_status of_other)
{
	arena_reset(arena);
	batch = (struct batch){ .arena = arena, .now_us = NOW, .year = 2026 };
	subject_sets_init(&batch, kinds);
	set = ticket_set(&batch);
	world = ticket_world(&batch);
	batch.actors.accounts = accounts;
	batch.actors.count = THE_DESK;
	ticket_world_init(world);
	file_world_init(file_set(&batch)->world);
	subject_set_room(set, arena, 3);
	world->numbers = ARENA_ARRAY(arena, int64_t, 1);
	world->number_count = 1;
	ticket = add_ticket(status);
	other = add_ticket(of_other);
	world->stored_comments = ARENA_NEW(arena, struct comment);
	world->stored_comment_count = 1;
	*world->stored_comments = (struct comment){ .id = comment_id,
		.ticket_id = ticket->id,
		.seq = 1,
		.author_id = ticket->owner_id,
		.content = TEXT("it still burns"),
		.is_stored = true };
}

static struct job *run_command(enum command_id command, enum who who, const void *fields)
{
	struct job *job = ARENA_NEW(arena, struct job);

	*job = (struct job){ .batch = &batch, .command = &commands[command], .fields = (void *)fields };
	job->set = set;
	job_forget(job);
	job->envelope = (struct envelope){ .id = uuid_new(),
		.type = text_of(commands[command].record.type),
		.actor = accounts[who].id,
		.accepted_at = NOW - 1000000 };
	job->actor = who == THE_DESK ? NULL : &accounts[who];
	decide(job);
	return job;
}

/* --- what is asked ------------------------------------------------------------------- */
#define ASK(name, command, ...)                                                                                        \
	static struct job *name(enum who who)                                                                          \
	{                                                                                                              \
		(void)who;                                                                                             \
		return run_command(COMMAND_##command, who, &(struct command){ .ticket_id = ticket->id, __VA_ARGS__ }); \
	}

ASK(says, ticket_comment, .comment_id = uuid_new(), .content = TEXT("said"))
ASK(whispers, ticket_comment, .comment_id = uuid_new(), .content = TEXT("said"), .is_internal = FLAG_TRUE)
ASK(mends_owners_comment, comment_edit, .comment_id = comment_id, .content = TEXT("mended"))
ASK(mends_no_comment, comment_edit, .comment_id = other->id, .content = TEXT("mended"))
ASK(renames, ticket_update, .title = TEXT("it smokes"))
ASK(hurries, ticket_update, .priority = PRIORITY_URGENT)
ASK(tags, ticket_update, .tags = { ARENA_ARRAY(arena, struct text, 1), 0 })
ASK(hands_to_agent, ticket_update, .assignee_id = accounts[AN_AGENT].id)
ASK(hands_to_user, ticket_update, .assignee_id = accounts[STRANGER].id)
ASK(updates_to_open, ticket_update, .status = TICKET_OPEN)
ASK(updates_to_in_progress, ticket_update, .status = TICKET_IN_PROGRESS)
ASK(updates_to_waiting_user, ticket_update, .status = TICKET_WAITING_USER)
ASK(updates_to_resolved, ticket_update, .status = TICKET_RESOLVED)
ASK(updates_to_closed, ticket_update, .status = TICKET_CLOSED)
ASK(sets_open, ticket_set_status, .status = TICKET_OPEN)
ASK(sets_in_progress, ticket_set_status, .status = TICKET_IN_PROGRESS)
ASK(sets_waiting_user, ticket_set_status, .status = TICKET_WAITING_USER)
ASK(sets_resolved, ticket_set_status, .status = TICKET_RESOLVED)
ASK(sets_closed, ticket_set_status, .status = TICKET_CLOSED)
ASK(takes_it, ticket_assign, .assignee_id = { { 0 } })
ASK(assigns_to_user, ticket_assign, .assignee_id = accounts[STRANGER].id)
ASK(closes, ticket_close, .if_match = 0)
ASK(closes_what_it_saw, ticket_close, .if_match = 9)
ASK(closes_what_is_gone, ticket_close, .if_match = 8)
ASK(reopens, ticket_reopen, .if_match = 0)
ASK(deletes, ticket_delete, .if_match = 0)
ASK(watches, ticket_watch, .user_id = { { 0 } })
ASK(lets_a_stranger_watch, ticket_watch, .user_id = accounts[STRANGER].id)
ASK(unwatches, ticket_unwatch, .user_id = accounts[who].id)
ASK(lets_a_manager_unwatch, ticket_unwatch, .user_id = accounts[A_MANAGER].id)
ASK(links, ticket_link, .other_id = other->id)
ASK(links_to_itself, ticket_link, .other_id = ticket->id)
ASK(unlinks, ticket_unlink, .other_id = other->id)
ASK(merges, ticket_merge, .into_id = other->id)
ASK(merges_into_itself, ticket_merge, .into_id = ticket->id)
ASK(unmerges, ticket_unmerge, .into_id = other->id)
ASK(records_an_event, ticket_record_event, .event_type = TEXT("device.restarted"))
ASK(absorbs, ticket_absorb, .comment_id = uuid_new(), .from_id = other->id, .author_id = ticket->owner_id,
        .content = TEXT("HD-1 - merged"))
ASK(splits, ticket_split, .new_id = uuid_new(), .comment_id = comment_id)
ASK(splits_nothing, ticket_split, .new_id = uuid_new(), .comment_id = other->id)
ASK(notes, ticket_note, .comment_id = uuid_new(), .content = TEXT("bounced"))

ASK(writes_by_mail, ticket_receive, .comment_id = uuid_new(), .content = TEXT("said"))
ASK(whispers_by_mail, ticket_receive, .comment_id = uuid_new(), .content = TEXT("said"), .is_internal = FLAG_TRUE)
ASK(is_let_in, ticket_receive, .comment_id = uuid_new(), .content = TEXT("said"), .author_id = accounts[STRANGER].id)

ASK(snoozes, ticket_snooze, .until = TEXT("2026-10-01T08:00:00Z"))
ASK(snoozes_until_yesterday, ticket_snooze, .until = TEXT("2020-10-01T08:00:00Z"))
ASK(snoozes_until_some_day, ticket_snooze, .until = TEXT("2026-10-01"))
ASK(wakes_what_is_awake, ticket_unsnooze, .if_match = 0)
ASK(ticks, ticket_tick, .kind = TIMER_SLA, .due_at = TEXT("2026-09-21T08:00:00Z"), .timer_version = 9)

ASK(hands_over, ticket_hand_over, .from_id = ticket->assignee_id)
static struct job *recomputes(enum who who)
{
	return run_command(COMMAND_ticket_recompute, who, &(struct ticket_recompute){ .ticket_id = ticket->id });
}

static struct job *opens(enum who who)
{
	return run_command(COMMAND_ticket_create, who,
	        &(struct ticket_create){ .ticket_id = uuid_new(), .title = TEXT("a"), .description = TEXT("b") });
}

static struct job *opens_by_mail(enum who who)
{
	return run_command(COMMAND_ticket_open, who,
	        &(struct ticket_open){ .ticket_id = uuid_new(), .title = TEXT("a"), .description = TEXT("b") });
}

/* What comes out for a ticket that is open, in progress, waiting for its user, resolved,
 * closed (an hour ago):
 *   .  done                    T  INVALID_TRANSITION       A  TICKET_ACCESS_DENIED
 *   P  INSUFFICIENT_PERMISSIONS  V  VALIDATION_ERROR       N  NOT_FOUND   S  PRECONDITION_FAILED
 */
#define NOBODY "AAAAA"
#define ALL "....."
static const struct {
	const char *asked;
	struct job *(*ask)(enum who who);
	enum command_id command;
	const char *outcome[WHO_COUNT]; /* NOBODY when NULL */
} matrix[] = {
#define LINE(name, command, ...) { #name, name, COMMAND_##command, { __VA_ARGS__ } },
#define STAFFS(outcome) [AN_AGENT] = outcome, [A_MANAGER] = outcome, [AN_ADMIN] = outcome
	/* clang-format off */
	LINE(opens, ticket_create, [OWNER_OF_IT] = ALL, [STRANGER] = ALL, STAFFS(ALL), [THE_DESK] = "VVVVV")
	LINE(opens_by_mail, ticket_open, [OWNER_OF_IT] = ALL, [STRANGER] = ALL, STAFFS(ALL), [THE_DESK] = "VVVVV")
	LINE(writes_by_mail, ticket_receive, [OWNER_OF_IT] = ALL, STAFFS(ALL), [THE_DESK] = ALL)
	LINE(whispers_by_mail, ticket_receive, [OWNER_OF_IT] = "PPPPP", STAFFS(ALL), [THE_DESK] = "PPPPP")
	LINE(is_let_in, ticket_receive, [OWNER_OF_IT] = "PPPPP", STAFFS("PPPPP"), [THE_DESK] = ALL)
	LINE(says, ticket_comment, [OWNER_OF_IT] = ALL, STAFFS(ALL))
	LINE(whispers, ticket_comment, [OWNER_OF_IT] = "PPPPP", STAFFS(ALL))
	LINE(mends_owners_comment, comment_edit, [OWNER_OF_IT] = ALL, [AN_AGENT] = "PPPPP", [A_MANAGER] = "PPPPP", [AN_ADMIN] = ALL)
	LINE(mends_no_comment, comment_edit, [OWNER_OF_IT] = "NNNNN", STAFFS("NNNNN"))
	LINE(renames, ticket_update, [OWNER_OF_IT] = "....T", STAFFS("....T"))
	LINE(hurries, ticket_update, [OWNER_OF_IT] = "....T", STAFFS("....T"))
	LINE(tags, ticket_update, [OWNER_OF_IT] = "PPPPP", STAFFS("....T"))
	LINE(hands_to_agent, ticket_update, [OWNER_OF_IT] = "PPPPP", STAFFS("....T"))
	LINE(hands_to_user, ticket_update, [OWNER_OF_IT] = "PPPPP", STAFFS("VVVVT"))
	LINE(updates_to_open, ticket_update, [OWNER_OF_IT] = "PPPPP", STAFFS(".TTT."))
	LINE(updates_to_in_progress, ticket_update, [OWNER_OF_IT] = "PPPPP", STAFFS("...TT"))
	LINE(updates_to_waiting_user, ticket_update, [OWNER_OF_IT] = "PPPPP", STAFFS("T..TT"))
	LINE(updates_to_resolved, ticket_update, [OWNER_OF_IT] = "PPPPP", STAFFS("T.T.T"))
	LINE(updates_to_closed, ticket_update, [OWNER_OF_IT] = "PPPPP", STAFFS("TTT.T"))
	LINE(sets_open, ticket_set_status, STAFFS(".TTT."))
	LINE(sets_in_progress, ticket_set_status, STAFFS("...TT"))
	LINE(sets_waiting_user, ticket_set_status, STAFFS("T..TT"))
	LINE(sets_resolved, ticket_set_status, STAFFS("T.T.T"))
	LINE(sets_closed, ticket_set_status, STAFFS("TTT.."))
	LINE(takes_it, ticket_assign, STAFFS("....T"))
	LINE(assigns_to_user, ticket_assign, STAFFS("VVVVT"))
	LINE(closes, ticket_close, [OWNER_OF_IT] = "TTT..", STAFFS("TTT.."))
	LINE(closes_what_it_saw, ticket_close, [OWNER_OF_IT] = "TTT..", STAFFS("TTT.."))
	LINE(closes_what_is_gone, ticket_close, [OWNER_OF_IT] = "SSSSS", STAFFS("SSSSS"))
	LINE(reopens, ticket_reopen, [OWNER_OF_IT] = "TTTT.", STAFFS("TTTT."))
	LINE(deletes, ticket_delete, [OWNER_OF_IT] = ".TTTT", [AN_ADMIN] = ALL)
	LINE(watches, ticket_watch, [OWNER_OF_IT] = ALL, STAFFS(ALL))
	LINE(lets_a_stranger_watch, ticket_watch, [OWNER_OF_IT] = "PPPPP", STAFFS(ALL))
	LINE(unwatches, ticket_unwatch, [OWNER_OF_IT] = ALL, STAFFS(ALL))
	LINE(lets_a_manager_unwatch, ticket_unwatch, [OWNER_OF_IT] = "PPPPP", STAFFS(ALL))
	LINE(links, ticket_link, STAFFS(ALL))
	LINE(links_to_itself, ticket_link, STAFFS("VVVVV"))
	LINE(unlinks, ticket_unlink, STAFFS(ALL))
	LINE(merges, ticket_merge, STAFFS(ALL))
	LINE(merges_into_itself, ticket_merge, STAFFS("VVVVV"))
	LINE(unmerges, ticket_unmerge, STAFFS("TTTTT"))
	LINE(records_an_event, ticket_record_event, [AN_ADMIN] = ALL)
	LINE(absorbs, ticket_absorb, [THE_DESK] = ALL)
	LINE(splits, ticket_split, STAFFS(ALL))
	LINE(splits_nothing, ticket_split, STAFFS("VVVVV"))
	LINE(notes, ticket_note, [THE_DESK] = ALL)
	LINE(snoozes, ticket_snooze, STAFFS("...TT"))
	LINE(snoozes_until_yesterday, ticket_snooze, STAFFS("VVVTT"))
	LINE(snoozes_until_some_day, ticket_snooze, STAFFS("VVVTT"))
	LINE(wakes_what_is_awake, ticket_unsnooze, STAFFS(ALL))
	LINE(ticks, ticket_tick, [THE_DESK] = ALL)
	LINE(recomputes, ticket_recompute, [THE_DESK] = ALL)
	LINE(hands_over, ticket_hand_over, [THE_DESK] = ALL)
	/* clang-format on */
};

static bool makes_ticket(enum command_id command)
{
	return command == COMMAND_ticket_create || command == COMMAND_ticket_open;
}

static enum problem_code code_of(char letter)
{
	switch (letter) {
	case '.':
		return PROBLEM_NONE;
	case 'T':
		return PROBLEM_INVALID_TRANSITION;
	case 'A':
		return PROBLEM_TICKET_ACCESS_DENIED;
	case 'P':
		return PROBLEM_INSUFFICIENT_PERMISSIONS;
	case 'V':
		return PROBLEM_VALIDATION_ERROR;
	case 'N':
		return PROBLEM_NOT_FOUND;
	case 'S':
		return PROBLEM_PRECONDITION_FAILED;
	default:
		fail_msg("what is %c?", letter);
		return PROBLEM_NONE;
	}
}

static void assert_no_trace(const struct job *job, const struct ticket *before)
{
	assert_memory_equal(ticket, before, sizeof *before);
	assert_int_equal(set->count, 2);
	assert_null(world->comments.first);
	assert_null(world->history.first);
	assert_null(world->counted.first);
	assert_null(world->links.first);
	assert_null(job->sent);
	assert_false(world->stored_comments[0].edited);
	assert_int_equal(job->events->id, EVENT_command_refused);
	assert_null(job->events->next);
}

/* Something is told exactly when there is another version, and history is of that version. */
static void assert_told(const struct job *job, const struct ticket *before)
{
	if (makes_ticket(job->command->id))
		return;
	assert_int_equal(ticket->version - before->version, job->events != NULL);
	for (const struct history *h = world->history.first; h; h = h->next)
		assert_int_equal(h->version, uuid_equal(&h->ticket_id, &ticket->id)  ? ticket->version
		                             : uuid_equal(&h->ticket_id, &other->id) ? other->version
		                                                                     : 1);
	assert_int_equal(world->history.first != NULL, job->events != NULL);
	assert_int_equal(job->result.version, job->command->id == COMMAND_ticket_split      ? 1
	                                      : account_is_agent(job->actor) || !job->actor ? ticket->version
	                                                                                    : ticket->public_version);
	assert_true(ticket->public_version == before->public_version ||
	            ticket->public_version == before->public_version + 1);
}

static void every_cell_of_the_matrix(void **state)
{
	(void)state;
	for (size_t m = 0; m < COUNT(matrix); m++)
		for (enum who who = OWNER_OF_IT; who < WHO_COUNT; who++)
			for (enum ticket_status s = TICKET_OPEN; s <= TICKET_CLOSED; s++) {
				const char *wanted = matrix[m].outcome[who] ? matrix[m].outcome[who] : NOBODY;
				enum problem_code code = code_of(wanted[s - TICKET_OPEN]);
				struct ticket before;
				struct job *job;

				begin(s, TICKET_OPEN);
				before = *ticket;
				job = matrix[m].ask(who);
				if (job->result.code != code || (job->outcome == JOB_DONE) != (code == PROBLEM_NONE))
					fail_msg("%s %s when it is %s: %s instead of %s", who_names[who],
					        matrix[m].asked, ticket_status_word(s),
					        problem_texts[job->result.code].word, problem_texts[code].word);
				if (code != PROBLEM_NONE)
					assert_no_trace(job, &before);
				else
					assert_told(job, &before);
				assert_int_equal(ticket->status == TICKET_CLOSED, ticket->closed_at != 0);
				assert_true(ticket->status != TICKET_RESOLVED || ticket->resolved_at);
			}
}

static void every_command_is_in_the_matrix(void **state)
{
	bool met[COMMAND_COUNT] = { false };

	(void)state;
	for (size_t m = 0; m < COUNT(matrix); m++)
		met[matrix[m].command] = true;
	for (int c = 0; c < COMMAND_COUNT; c++)
		if (ticket_kind.handlers[c] && !met[c])
			fail_msg("%s is not in the matrix", commands[c].record.type);
}

/* Whatever is asked of a ticket that was merged, but by the desk itself. */
static void what_was_merged_is_not_worked_on(void **state)
{
	(void)state;
	for (size_t m = 0; m < COUNT(matrix); m++) {
		struct job *job;

		if (makes_ticket(matrix[m].command) || matrix[m].ask == is_let_in ||
		        !(commands[matrix[m].command].access & ADMIN))
			continue;
		begin(TICKET_CLOSED, TICKET_OPEN);
		ticket->merged_into = other->id;
		job = matrix[m].ask(AN_ADMIN);
		if (matrix[m].command == COMMAND_ticket_unmerge)
			continue;
		if (job->result.code != PROBLEM_MERGED && job->result.code != PROBLEM_PRECONDITION_FAILED)
			fail_msg("%s: %s", matrix[m].asked, problem_texts[job->result.code].word);
	}
}

static void what_is_deleted_is_not_there(void **state)
{
	(void)state;
	for (size_t m = 0; m < COUNT(matrix); m++) {
		/* The timer of a ticket that was deleted meanwhile is for nobody to be looked at. */
		if (makes_ticket(matrix[m].command) ||
		        ticket_kind.wants_gone(&(struct job){ .command = &commands[matrix[m].command] }))
			continue;
		begin(TICKET_OPEN, TICKET_OPEN);
		ticket->deleted_at = NOW;
		for (enum who who = OWNER_OF_IT; who < WHO_COUNT; who++)
			assert_int_equal(matrix[m].ask(who)->result.code, PROBLEM_TICKET_NOT_FOUND);
	}
}

static void nothing_is_merged_into_what_is_closed(void **state)
{
	(void)state;
	for (enum ticket_status s = TICKET_OPEN; s <= TICKET_CLOSED; s++) {
		struct job *job;

		begin(TICKET_OPEN, s);
		job = merges(AN_AGENT);
		assert_int_equal(job->result.code, s == TICKET_CLOSED ? PROBLEM_INVALID_TRANSITION : PROBLEM_NONE);
		assert_int_equal(!uuid_is_none(&ticket->merged_into), s != TICKET_CLOSED);
		assert_null(job->sent);
	}
}

static void a_week_after_closing_it_is_too_late(void **state)
{
	static struct job *(*const asks[])(enum who) = { reopens, sets_open, updates_to_open };

	(void)state;
	for (size_t a = 0; a < COUNT(asks); a++) {
		begin(TICKET_CLOSED, TICKET_OPEN);
		ticket->closed_at = NOW - 7 * 24 * HOUR;
		assert_int_equal(asks[a](AN_ADMIN)->result.code, PROBLEM_NONE);
		begin(TICKET_CLOSED, TICKET_OPEN);
		ticket->closed_at = NOW - 7 * 24 * HOUR - 1;
		assert_int_equal(asks[a](AN_ADMIN)->result.code, PROBLEM_REOPEN_WINDOW_EXPIRED);
	}
}

static int set_up(void **state)
{
	(void)state;
	arena = arena_new(65536);
	comment_id = uuid_new();
	for (enum who who = OWNER_OF_IT; who < THE_DESK; who++)
		accounts[who] = (struct account){ uuid_new(), TEXT("somebody@example.org"),
			who <= STRANGER ? ROLE_USER : (enum account_role)(ROLE_AGENT + who - AN_AGENT), true,
			TEXT("Zoe Martin") };
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "each status, command and role comes out as the table says", every_cell_of_the_matrix, NULL, NULL,
		        NULL },
		{ "every command of a ticket is in the table", every_command_is_in_the_matrix, NULL, NULL, NULL },
		{ "what was merged is not worked on", what_was_merged_is_not_worked_on, NULL, NULL, NULL },
		{ "what is deleted is not there for anybody", what_is_deleted_is_not_there, NULL, NULL, NULL },
		{ "nothing is merged into what is closed", nothing_is_merged_into_what_is_closed, NULL, NULL, NULL },
		{ "a week after closing it is too late to reopen", a_week_after_closing_it_is_too_late, NULL, NULL,
		        NULL },
	};

	return cmocka_run_group_tests_name("matrix", tests, set_up, tear_down);
}
