/* account_decide_test.c - the account worker's decisions, without a database.
 *
 * A batch is built by hand as load.c would leave it: accounts with their profiles.
 * Then jobs are decided, one after the other.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "workers/account/account.h"
#include "workers/decide.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, set_up, tear_down, NULL                                                               \
	}
#define COUNT(array) (sizeof(array) / sizeof *(array))
#define NOW 1790000000000000
#define ROOM 16

static struct arena *arena;
static struct batch batch;
static struct subject_set *set;
static const struct subject_kind *const kinds[] = { &profile_kind, NULL };
static struct uuid ana, bob, disabled;
static const struct uuid nobody;
static struct text zones[] = { { "America/Argentina/Buenos_Aires", 30 }, { "Europe/London", 13 }, { "Etc/GMT+5", 9 } };

static struct uuid add_account(enum account_role role, bool active)
{
	struct account *account = &batch.actors.accounts[batch.actors.count++];

	*account = (struct account){ uuid_new(), TEXT("somebody@example.org"), role, active, TEXT("Zoe Martin") };
	*(struct profile *)subject_new(set, &account->id) = (struct profile){ .id = account->id,
		.first_name = TEXT("Ana"),
		.last_name = TEXT("Durand"),
		.phone = TEXT("0102030405"),
		.department = TEXT(""),
		.job_title = TEXT(""),
		.bio = TEXT(""),
		.language = TEXT("fr"),
		.timezone = TEXT("Europe/Paris"),
		.theme = TEXT("auto"),
		.version = 4,
		.loaded_version = 4 };
	return account->id;
}

static int set_up(void **state)
{
	(void)state;
	arena = arena_new(65536);
	batch = (struct batch){ .arena = arena, .now_us = NOW, .year = 2026 };
	subject_sets_init(&batch, kinds);
	set = subject_set_of(&batch, &profile_kind);
	batch.jobs = ARENA_ARRAY(arena, struct job, ROOM);
	batch.actors.accounts = ARENA_ARRAY(arena, struct account, ROOM);
	subject_set_room(set, arena, ROOM);
	*(struct account_world *)set->world = (struct account_world){ .zones = zones, .zone_count = COUNT(zones) };
	ana = add_account(ROLE_USER, true);
	bob = add_account(ROLE_USER, true);
	disabled = add_account(ROLE_ADMIN, false);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static struct job *update(struct uuid actor, const struct account_update_profile *fields)
{
	struct job *job = &batch.jobs[batch.count++];

	*job = (struct job){
		.batch = &batch, .command = &commands[COMMAND_account_update_profile], .fields = (void *)fields
	};
	job->set = set;
	job_forget(job);
	job->envelope = (struct envelope){ .id = uuid_new(),
		.type = text_of(job->command->record.type),
		.actor = actor,
		.accepted_at = NOW - 1000000 };
	job->actor = uuid_is_none(&actor) ? NULL : job_account(job, actor);
	decide(job);
	return job;
}

#define UPDATE(actor, ...) update((actor), &(struct account_update_profile){ __VA_ARGS__ })

static const struct profile *of(struct uuid id)
{
	return job_profile(&batch.jobs[0], id);
}

static void assert_text(struct text is, const char *expected)
{
	if (!text_equal(is, text_of(expected)))
		fail_msg("%.*s is not %s", (int)is.len, is.data, expected);
}

static void assert_refused(const struct job *job, enum problem_code code)
{
	assert_int_equal(job->outcome, JOB_REFUSED);
	assert_int_equal(job->result.code, code);
	assert_non_null(job->events);
	assert_int_equal(job->events->id, EVENT_command_refused);
	assert_null(job->events->next);
}

static void what_is_given_changes_and_the_rest_stays(void **state)
{
	const struct job *job = UPDATE(ana, .job_title = TEXT("Dompteuse"), .theme = THEME_DARK,
	        .language = LANGUAGE_EN, .timezone = TEXT("America/Argentina/Buenos_Aires"));
	const struct profile *profile = of(ana);
	const struct account_updated *told;

	(void)state;
	assert_int_equal(job->outcome, JOB_DONE);
	assert_int_equal(job->result.status, 200);
	assert_int_equal(job->result.version, 5);
	assert_true(uuid_equal(&job->result.subject_id, &ana));
	assert_true(uuid_equal(&job->subject_id, &ana));
	assert_int_equal(job->subject_version, 5);
	assert_text(profile->job_title, "Dompteuse");
	assert_text(profile->theme, "dark");
	assert_text(profile->language, "en");
	assert_text(profile->timezone, "America/Argentina/Buenos_Aires");
	assert_text(profile->first_name, "Ana");
	assert_text(profile->phone, "0102030405");
	assert_int_equal(profile->version, 5);
	assert_int_equal(profile->loaded_version, 4);

	assert_int_equal(job->events->id, EVENT_account_updated);
	assert_null(job->events->next);
	told = job->events->members;
	assert_int_equal(told->changed.count, 4);
	assert_text(told->changed.items[0], "job_title");
	assert_text(told->changed.items[3], "theme");
	assert_text(told->old_job_title, "");
	assert_text(told->new_job_title, "Dompteuse");
	assert_text(told->new_theme, "dark");
	assert_null(told->new_phone.data);
}

static void nobody_elses_profile_is_touched(void **state)
{
	(void)state;
	UPDATE(ana, .first_name = TEXT("Anna"));
	assert_text(of(ana)->first_name, "Anna");
	assert_text(of(bob)->first_name, "Ana");
	assert_int_equal(of(bob)->version, 4);
}

static void what_is_emptied_goes(void **state)
{
	const struct job *job = UPDATE(ana, .phone = TEXT(""), .bio = TEXT(""));
	const struct account_updated *told = job->events->members;

	(void)state;
	assert_text(of(ana)->phone, "");
	assert_int_equal(told->changed.count, 1);
	assert_text(told->changed.items[0], "phone");
	assert_text(told->old_phone, "0102030405");
	assert_text(told->new_phone, "");
}

static void a_repeat_changes_and_tells_nothing(void **state)
{
	const struct job *job;

	(void)state;
	UPDATE(ana, .first_name = TEXT("Anna"));
	job = UPDATE(ana, .first_name = TEXT("Anna"), .theme = THEME_AUTO);
	assert_int_equal(job->outcome, JOB_DONE);
	assert_null(job->events);
	assert_int_equal(job->result.version, 5);
	assert_null(UPDATE(bob, .theme = THEME_AUTO)->events);
	assert_int_equal(of(bob)->version, of(bob)->loaded_version);
}

static void a_later_job_sees_what_an_earlier_did(void **state)
{
	const struct job *job;

	(void)state;
	UPDATE(ana, .first_name = TEXT("Anna"));
	job = UPDATE(ana, .last_name = TEXT("Dupond"));
	assert_int_equal(job->result.version, 6);
	assert_text(of(ana)->first_name, "Anna");
}

static void a_time_zone_must_be_one_that_there_is(void **state)
{
	static const char *const good[] = { "Europe/London", "Etc/GMT+5" };
	static const char *const bad[] = { "Europe/", "/Paris", "Europe//Paris", "../etc/passwd", "+02:00",
		"Europe Paris", "Paris;drop", "Émile", "europe/london", "Mars/Base" };

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		assert_int_equal(UPDATE(ana, .timezone = text_of(good[i]))->outcome, JOB_DONE);
	batch.count = 0;
	for (size_t i = 0; i < COUNT(bad); i++) {
		const struct job *job = UPDATE(bob, .first_name = TEXT("Robert"), .timezone = text_of(bad[i]));

		assert_refused(job, PROBLEM_VALIDATION_ERROR);
		assert_text(job->result.pointer, "/timezone");
		assert_text(of(bob)->first_name, "Ana");
		assert_int_equal(of(bob)->version, 4);
		assert_true(uuid_equal(&job->subject_id, &bob));
	}
}

static void who_is_disabled_unknown_or_the_desk_may_not(void **state)
{
	(void)state;
	assert_refused(UPDATE(disabled, .first_name = TEXT("X")), PROBLEM_AUTH_ACCOUNT_DISABLED);
	assert_text(of(disabled)->first_name, "Ana");
	assert_refused(UPDATE(uuid_new(), .first_name = TEXT("X")), PROBLEM_AUTH_ACCOUNT_DISABLED);
	assert_refused(UPDATE(nobody, .first_name = TEXT("X")), PROBLEM_INSUFFICIENT_PERMISSIONS);
}

/* --- the body --------------------------------------------------------------------------- */
static bool read_body(const char *json, struct account_update_profile *out, struct problems *problems)
{
	memset(out, 0, sizeof *out);
	memset(problems, 0, sizeof *problems);
	return contract_read(
	        &commands[COMMAND_account_update_profile].record, text_of(json), FROM_CLIENT, arena, out, problems);
}

static void preferences_may_come_in_an_object_of_their_own(void **state)
{
	struct account_update_profile cmd;
	struct problems problems;
	struct buffer body;

	(void)state;
	assert_true(read_body(
	        "{\"bio\":\"x\",\"preferences\":{\"language\":\"EN\",\"theme\":\"dark\",\"timezone\":\"UTC\"}}", &cmd,
	        &problems));
	assert_int_equal(cmd.language, LANGUAGE_EN);
	assert_int_equal(cmd.theme, THEME_DARK);
	assert_text(cmd.timezone, "UTC");
	buffer_init(&body, arena, 256);
	contract_write(&commands[COMMAND_account_update_profile].record, &cmd, &body);
	assert_text(buffer_view(&body), "{\"bio\":\"x\",\"language\":\"en\",\"timezone\":\"UTC\",\"theme\":\"dark\"}");
}

static void an_object_holds_its_own_members_and_no_others(void **state)
{
	static const struct {
		const char *json, *pointer, *code;
	} rows[] = {
		{ "{\"preferences\":{\"phone\":\"1\"}}", "/phone", "unknown" },
		{ "{\"preferences\":{\"colour\":\"red\"}}", "/colour", "unknown" },
		{ "{\"preferences\":{\"preferences\":{}}}", "/preferences", "unknown" },
		{ "{\"preferences\":\"dark\"}", "/preferences", "unknown" },
		{ "{\"settings\":{\"theme\":\"dark\"}}", "/settings", "unknown" },
		{ "{\"preferences\":{\"theme\":\"pink\"}}", "/theme", "value" },
		{ "{\"theme\":\"dark\",\"preferences\":{\"theme\":\"dark\"}}", "/theme", "duplicate" },
	};
	struct account_update_profile cmd;
	struct problems problems;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_false(read_body(rows[i].json, &cmd, &problems));
		assert_int_equal(problems.count, 1);
		assert_string_equal(problems.items[0].pointer, rows[i].pointer);
		assert_string_equal(problems.items[0].code, rows[i].code);
	}
}

static void null_and_empty_clear_what_can_be_empty(void **state)
{
	struct account_update_profile cmd;
	struct problems problems;

	(void)state;
	assert_true(read_body("{\"phone\":null,\"bio\":\"\",\"theme\":null}", &cmd, &problems));
	assert_non_null(cmd.phone.data);
	assert_int_equal(cmd.phone.len, 0);
	assert_non_null(cmd.bio.data);
	assert_int_equal(cmd.theme, 0);
	assert_false(read_body("{\"timezone\":\"\"}", &cmd, &problems));
	assert_false(read_body("{\"phone\":\"   \"}", &cmd, &problems));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("what is given changes and the rest stays", what_is_given_changes_and_the_rest_stays),
		SENTENCE("nobody else's profile is touched", nobody_elses_profile_is_touched),
		SENTENCE("what is emptied goes", what_is_emptied_goes),
		SENTENCE("a repeat changes and tells nothing", a_repeat_changes_and_tells_nothing),
		SENTENCE("a later job sees what an earlier did", a_later_job_sees_what_an_earlier_did),
		SENTENCE("a time zone must be one that there is", a_time_zone_must_be_one_that_there_is),
		SENTENCE("who is disabled, unknown or the desk itself may not",
		        who_is_disabled_unknown_or_the_desk_may_not),
		SENTENCE("preferences may come in an object of their own",
		        preferences_may_come_in_an_object_of_their_own),
		SENTENCE(
		        "an object holds its own members and no others", an_object_holds_its_own_members_and_no_others),
		SENTENCE("null and empty clear what can be empty", null_and_empty_clear_what_can_be_empty),
	};

	return cmocka_run_group_tests_name("account", tests, NULL, NULL);
}
