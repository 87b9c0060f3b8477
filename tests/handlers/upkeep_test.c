/* upkeep_test.c - days that are made in time, found when they are not, and what has an end. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <pthread.h>
#include "base/clock.h"
#include "sql/migrate.h"
#include "tests/handlers/desk.h"
#include "workers/upkeep.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, set_up, tear_down, NULL                                                               \
	}
#define OUTBOX "insert into outbox (exchange, routing_key, type, headers, body) values ('e', '%s', 't', '{}', '{}')"

static struct db *relay;
static struct questioner *reader;
static struct attempt attempt;
static struct uuid owner;

static int set_up(void **state)
{
	desk_empty(state);
	relay = desk_as("relay", "");
	reader = questioner_open();
	owner = desk_account("user", true);
	return db_fault(relay) == DB_FINE ? 0 : -1;
}

/* As if nobody had made any day after that many from now. */
static void forget_days_after(int days)
{
	ask("do $$ declare child text; begin for child in select c.relname from pg_inherits i join pg_class c on c.oid "
	    "= i.inhrelid "
	    "where c.relname ~ '_\\d{8}$' and c.relname !~ 'pkey|idx' and c.relkind = 'r' and "
	    "to_date(right(c.relname, 8), 'YYYYMMDD') > today() + %d loop execute 'drop table ' || child; end loop; "
	    "end $$",
	        days);
}

static int tear_down(void **state)
{
	(void)state;
	ask("truncate inbox_default, outbox_default, event_inbox_default");
	forget_days_after(14);
	ask("select partitions_make()");
	ask("update upkeep set day = today(), moved_at = now()");
	db_close(&relay);
	questioner_close(&reader);
	return 0;
}

static int64_t own_days(const char *parent, const char *from, const char *to)
{
	return ask_number(
	        "select count(to_regclass('%s_' || to_char(d, 'YYYYMMDD'))) from generate_series((%s)::timestamp, %s, "
	        "'1 day') d",
	        parent, from, to);
}

static enum outcome applied(const struct message *m)
{
	assert_int_equal(desk_try(&attempt, m, 1), DB_FINE);
	return attempt.batch.jobs[0].outcome;
}

/* Does the relay find anything to carry? The cursor moves behind it. */
static bool told(void)
{
	return *desk_carry(relay, true) != 0;
}

static void the_days_are_there(void **state)
{
	(void)state;
	for (int turn = 0; turn < 2; turn++) {
		assert_true(upkeep_turn(relay) > 60000);
		assert_int_equal(own_days("inbox", "today() - 30", "today() + 14"), 45);
		assert_int_equal(own_days("event_inbox", "today() - 30", "today() + 14"), 45);
		assert_int_equal(own_days("outbox", "today() - 1", "today() + 14"), 16);
		assert_int_equal(ask_number("select partitions_end() - today()"), 15);
	}
}

static void whoever_starts_makes_them(void **state)
{
	static const char *const programs[] = { "ticket", "account", "audit", "notify", "undertaker", "relay" };

	(void)state;
	for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
		struct db *db = desk_as(programs[i], "");

		forget_days_after(12);
		assert_int_equal(ask_number("select partitions_end() - today()"), 13);
		assert_null(upkeep_open(db));
		assert_int_equal(ask_number("select partitions_end() - today()"), 15);
		db_close(&db);
	}
}

/* Made three weeks ago, for two weeks to come. */
static void three_weeks_switched_off_lose_nothing(void **state)
{
	struct uuid ticket = uuid_new();
	struct message create = desk_create(uuid_new(), owner, ticket);
	struct message comment = desk_comment(uuid_new(), owner, ticket, "after the holidays");
	struct db *notify = desk_as("notify", "");
	struct db_result *fresh;

	(void)state;
	forget_days_after(-7);
	assert_int_equal(applied(&create), JOB_DONE);
	assert_int_equal(ask_number("select count(*) from inbox_default"), 1);
	assert_true(told());
	for (int turn = 0; turn < 2; turn++) {
		fresh = db_send(notify, QUERY_event_inbox_add, P_TEXT(TEXT("notify")),
		        P_TEXT(text_of(arena_printf(desk_arena, "{%.36s}", create.message_id.data))));
		assert_true(db_sync(notify));
		assert_int_equal(db_rows(fresh), !turn);
	}
	db_close(&notify);

	/* Today has its rows where they are; the other days get places of their own. */
	assert_true(upkeep_turn(relay) > 60000);
	assert_int_equal(own_days("inbox", "today()", "today() + 14"), 14);
	assert_int_equal(own_days("outbox", "today()", "today() + 14"), 14);
	assert_int_equal(applied(&create), JOB_DONE);
	assert_true(attempt.batch.jobs[0].answered);
	assert_int_equal(applied(&comment), JOB_DONE);
	assert_int_equal(ask_number("select count(*) from ticket_comments"), 1);
	assert_true(told());
	assert_false(told());
	assert_int_equal(ask_number("select count(*) from dead_letters"), 0);
}

/* What pg_dump holds, for as long as it takes. */
static void who_reads_all_tables_for_hours_stalls_nobody(void **state)
{
	struct uuid ticket = uuid_new();
	struct message create = desk_create(uuid_new(), owner, ticket);
	int64_t begun;

	(void)state;
	forget_days_after(3);
	ask("create table inbox_20200101 partition of inbox for values from ('2020-01-01') to ('2020-01-02')");
	questioner_ask(reader, "begin");
	questioner_ask(reader, "lock table inbox, outbox, event_inbox in access share mode");
	begun = clock_mono_ms();
	assert_true(upkeep_turn(relay) <= 60000);
	assert_true(clock_mono_ms() - begun < 3000);
	assert_int_equal(ask_number("select partitions_end() - today()"), 4);
	begun = clock_mono_ms();
	assert_int_equal(applied(&create), JOB_DONE);
	assert_true(told());
	assert_true(clock_mono_ms() - begun < 1000);
	questioner_ask(reader, "commit");
	assert_true(upkeep_turn(relay) > 60000);
	assert_int_equal(ask_number("select partitions_end() - today()"), 15);
	assert_int_equal(ask_number("select count(to_regclass('inbox_20200101'))"), 0);
}

static void *migrate_again(void *done)
{
	struct db *db = db_open(getenv("DATABASE_URL"));

	*(bool *)done = migrate_run(db, NULL);
	db_close(&db);
	return NULL;
}

/* The grants need the outbox for themselves; asking for it must not keep the others out. */
static void a_migrate_beside_a_backup_stalls_nobody(void **state)
{
	struct uuid ticket = uuid_new();
	struct message create = desk_create(uuid_new(), owner, ticket);
	int64_t deadline = clock_mono_ms() + 10000, begun;
	bool done = false;
	pthread_t migrating;

	(void)state;
	questioner_ask(reader, "begin");
	questioner_ask(reader, "lock table inbox, outbox, event_inbox in access share mode");
	assert_int_equal(pthread_create(&migrating, NULL, migrate_again, &done), 0);
	while (!ask_number("select count(*) from pg_locks where relation = 'outbox'::regclass and not granted"))
		assert_true(clock_mono_ms() < deadline);
	begun = clock_mono_ms();
	assert_int_equal(applied(&create), JOB_DONE);
	assert_true(told());
	assert_true(clock_mono_ms() - begun < 1000);
	questioner_ask(reader, "commit");
	pthread_join(migrating, NULL);
	assert_true(done);
}

static void upkeep_that_fails_stops_nothing(void **state)
{
	(void)state;
	forget_days_after(-1);
	ask("revoke execute on function partitions_make(), upkeep_drop(text), upkeep_sweep() from guichet_relay");
	assert_true(upkeep_turn(relay) <= 60000);
	assert_int_equal(db_fault(relay), DB_FINE);
	assert_null(upkeep_open(relay));
	ask(OUTBOX, "still");
	assert_string_equal(desk_carry(relay, true), "still");
	ask("grant execute on function partitions_make(), upkeep_drop(text), upkeep_sweep() to guichet_relay");
	assert_true(upkeep_turn(relay) > 60000);
}

static void a_clock_a_month_ahead_and_back_costs_no_memory(void **state)
{
	struct uuid ticket = uuid_new(), seed = uuid_new();
	struct message create = desk_create(uuid_new(), owner, ticket), later;
	int64_t month = 30LL * 24 * 3600 * 1000;

	(void)state;
	assert_int_equal(applied(&create), JOB_DONE);
	ask("insert into inbox_keyed (command_id, state, type, status, fp, finished_at) values (gen_random_uuid(), "
	    "'done', 't', "
	    "200, '', now() - interval '5 days')");
	ask("update upkeep set moved_at = now() - interval '1 hour'");
	ask("select partitions_make(today() + 30)");
	ask("select sweep(upkeep_day(now() + interval '30 days'), 1000)");
	for (int turn = 0; turn < 3; turn++)
		ask("select partition_drop('inbox', upkeep_day(now() + interval '30 days'))");
	later = desk_comment(
	        uuid_derive_at(clock_unix_ms() + month, "later", &seed, 0), owner, ticket, "from next month");
	assert_int_equal(applied(&later), JOB_DONE);

	ask("select partitions_make()");
	assert_int_equal(ask_number("select upkeep_day(now()) - today()"), 0);
	assert_int_equal(own_days("inbox", "today() - 29", "today() + 44"), 74);
	assert_int_equal(ask_number("select count(*) from inbox_keyed"), 1);
	assert_int_equal(applied(&create), JOB_DONE);
	assert_true(attempt.batch.jobs[0].answered);
	assert_int_equal(applied(&later), JOB_DONE);
	assert_true(attempt.batch.jobs[0].answered);
	assert_int_equal(ask_number("select count(*) from ticket_comments"), 1);
}

static const char *place_of(const char *day)
{
	ask("insert into outbox (day, exchange, routing_key, type, headers, body) values ('%s', 'e', 'r', 't', '{}', "
	    "'{}')",
	        day);
	return ask("select tableoid::regclass from outbox where day = '%s'", day);
}

static void new_year_begins_on_time(void **state)
{
	(void)state;
	ask("select partitions_make('2027-12-31'::date)");
	assert_string_equal(place_of("2027-12-31"), "outbox_20271231");
	assert_string_equal(place_of("2028-01-01"), "outbox_20280101");
	assert_string_equal(place_of("2028-01-15"), "outbox_default");
	ask("select partitions_make('2028-02-20'::date)");
	assert_string_equal(place_of("2028-02-29"), "outbox_20280229");
	assert_string_equal(place_of("2028-03-01"), "outbox_20280301");
}

/* Between them it is always another day than in UTC somewhere. */
static void a_server_in_another_time_zone_has_the_same_day(void **state)
{
	static const char *const zones[] = { "Pacific/Kiritimati", "America/Los_Angeles", "Etc/GMT+12", "UTC" };
	const char *utc = ask("select to_char(now() at time zone 'utc', 'YYYYMMDD')");

	(void)state;
	for (size_t i = 0; i < sizeof zones / sizeof *zones; i++) {
		forget_days_after(12);
		questioner_ask(reader, "set timezone = '%s'", zones[i]);
		questioner_ask(reader, "delete from outbox");
		questioner_ask(reader, "select partitions_make()");
		assert_string_equal(questioner_ask(reader, "select to_char(today(), 'YYYYMMDD')"), utc);
		assert_string_equal(questioner_ask(reader, "select partitions_end() - today()"), "15");
		questioner_ask(reader, OUTBOX, "here");
		assert_string_equal(questioner_ask(reader, "select tableoid::regclass from outbox"),
		        arena_printf(desk_arena, "outbox_%s", utc));
		assert_string_equal(questioner_ask(reader, "select to_char(upkeep_day(now()), 'YYYYMMDD')"), utc);
	}
}

/* --- what goes ---------------------------------------------------------------------- */
static void old_days_go_but_not_what_is_untold(void **state)
{
	(void)state;
	for (int day = 40; day < 43; day++) {
		const char *name = ask("select to_char(today() - %d, 'YYYYMMDD')", day);

		ask("create table inbox_%s partition of inbox for values from (today() - %d) to (today() - %d)", name,
		        day, day - 1);
		ask("create table outbox_%s partition of outbox for values from (today() - %d) to (today() - %d)", name,
		        day, day - 1);
	}
	ask("insert into outbox (day, exchange, routing_key, type, headers, body) values (today() - 41, 'e', 'old', "
	    "'t', '{}', '{}')");
	upkeep_turn(relay);
	assert_int_equal(own_days("inbox", "today() - 42", "today() - 40"), 0);
	assert_int_equal(own_days("outbox", "today() - 42", "today() - 40"), 3);
	assert_string_equal(desk_carry(relay, true), "old");
	upkeep_turn(relay);
	assert_int_equal(own_days("outbox", "today() - 42", "today() - 40"), 0);
}

static void what_lies_in_the_default_partitions_goes_too(void **state)
{
	(void)state;
	ask("insert into inbox (day, command_id, state, type, status, fp) select today() - d, gen_random_uuid(), "
	    "'done', 't', 200, '' "
	    "from generate_series(31, 34) d");
	ask("insert into event_inbox (day, consumer, event_id) values (today() - 31, 'audit', gen_random_uuid()), "
	    "(today() + 40, 'audit', gen_random_uuid())");
	ask("insert into outbox (day, exchange, routing_key, type, headers, body) values (today() - 31, 'e', 'old', "
	    "'t', '{}', '{}')");
	ask("delete from log_lines");
	ask("insert into log_lines (day, at, level, program, host, message, ids, line) select today() - d, now(), 1, "
	    "'p', "
	    "'h', 'm', '{}', '{}' from unnest(array[15, 16, -40]) d");
	upkeep_turn(relay);
	assert_int_equal(ask_number("select count(*) from log_lines"), 1);
	assert_int_equal(ask_number("select count(*) from inbox"), 0);
	assert_int_equal(ask_number("select count(*) from event_inbox"), 1);
	assert_int_equal(ask_number("select count(*) from outbox"), 1);
	assert_string_equal(desk_carry(relay, true), "old");
	upkeep_turn(relay);
	assert_int_equal(ask_number("select count(*) from outbox"), 0);
}

static void any_number_of_old_rows_goes_in_slices(void **state)
{
	int turns = 0;

	(void)state;
	ask("insert into inbox_keyed (command_id, state, type, status, fp, finished_at) select gen_random_uuid(), "
	    "'done', 't', 200, '', "
	    "now() - interval '31 days' from generate_series(1, 6500)");
	ask("insert into inbox_keyed (command_id, state, type, status, fp, finished_at) values (gen_random_uuid(), "
	    "'done', 't', 200, '', "
	    "now() - interval '29 days')");
	while (upkeep_turn(relay) <= 1000)
		assert_int_equal(ask_number("select count(*) from inbox_keyed"), 6501 - 1000 * ++turns);
	assert_int_equal(turns, 6);
	assert_int_equal(ask_number("select count(*) from inbox_keyed"), 1);
}

static void add_session(const char *what, int expired_days, const char *revoked)
{
	ask("insert into sessions (epoch, id, account_id, refresh_hash, expires_at, revoked_at) values (0, "
	    "gen_random_uuid(), "
	    "'%s', "
	    "sha256('%s'), now() - interval '%d days', %s)",
	        id_text(owner), what, expired_days, revoked);
}

static void sessions_go_when_no_token_of_theirs_can_live(void **state)
{
	(void)state;
	add_session("alive", -1, "null");
	add_session("just ended", 20, "null");
	add_session("ended early, its tokens may live", 60, "now() - interval '29 days'");
	add_session("gone", 32, "null");
	add_session("revoked and gone", 40, "now() - interval '41 days'");
	ask("insert into spent_tokens (refresh_hash, session_id, spent_at) select sha256(refresh_hash || "
	    "d::text::bytea), id, "
	    "now() - make_interval(days => d) from sessions, unnest(array[1, 200, 400]) d");
	upkeep_turn(relay);
	assert_int_equal(ask_number("select count(*) from sessions"), 3);
	assert_int_equal(ask_number("select count(*) from sessions where expires_at < now() - interval '31 days' and "
	                            "revoked_at is null"),
	        0);
	assert_int_equal(ask_number("select count(*) from spent_tokens"), 3 * 2);
}

static void what_is_long_done_goes_and_what_waits_stays(void **state)
{
	static const char mail[] =
	        "insert into mails (id, state, template, language, recipient, event_id, fields, sent_at, created_at) "
	        "select "
	        "(lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || "
	        "'700080000000000000%02d')::text::uuid, '%s', "
	        "'t', 'fr', 'a@b', gen_random_uuid(), '{}', %s, at from (select now() - interval '%d days' as at) x";
	static const char letter[] = "insert into dead_letters (id, state, queue, type, reason, died_at, exchange, "
	                             "routing_key, headers, body, "
	                             "replayed_at) values (gen_random_uuid(), '%s', 'q', 't', 'r', now() - interval "
	                             "'100 days', 'e', 'k', '{}', "
	                             "'', now() - interval '%d days')";

	(void)state;
	ask(mail, 1, "sent", "now()", 91);
	ask(mail, 2, "failed", "null", 91);
	ask(mail, 3, "queued", "null", 91);
	ask(mail, 4, "sent", "now()", 89);
	ask(letter, "open", 100);
	ask(letter, "replayed", 99);
	ask(letter, "replayed", 50);
	ask("insert into suspects (command_id, starts, started_at) values (gen_random_uuid(), 1, now() - interval '31 "
	    "days'), "
	    "(gen_random_uuid(), 1, now())");
	upkeep_turn(relay);
	assert_string_equal(ask("select string_agg(state, ' ' order by state) from mails"), "queued sent");
	assert_string_equal(ask("select string_agg(state, ' ' order by state) from dead_letters"), "open replayed");
	assert_int_equal(ask_number("select count(*) from suspects"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("the days that a message may have are there, and two weeks to come", the_days_are_there),
		SENTENCE("whoever starts makes the days to come", whoever_starts_makes_them),
		SENTENCE("three weeks switched off lose nothing", three_weeks_switched_off_lose_nothing),
		SENTENCE("who reads all tables for hours stalls nobody", who_reads_all_tables_for_hours_stalls_nobody),
		SENTENCE("a migrate beside a backup stalls nobody", a_migrate_beside_a_backup_stalls_nobody),
		SENTENCE("upkeep that fails stops nothing", upkeep_that_fails_stops_nothing),
		SENTENCE("a clock a month ahead, and back, forgets and loses nothing",
		        a_clock_a_month_ahead_and_back_costs_no_memory),
		SENTENCE("New Year begins on time, and a leap day is one", new_year_begins_on_time),
		SENTENCE("a server in another time zone has the same day",
		        a_server_in_another_time_zone_has_the_same_day),
		SENTENCE("old days go, but not what is untold", old_days_go_but_not_what_is_untold),
		SENTENCE("what lies in the default partitions goes too", what_lies_in_the_default_partitions_goes_too),
		SENTENCE("any number of old rows goes, in slices", any_number_of_old_rows_goes_in_slices),
		SENTENCE("sessions go when no token of theirs can live", sessions_go_when_no_token_of_theirs_can_live),
		SENTENCE("what is long done goes, and what waits stays", what_is_long_done_goes_and_what_waits_stays),
	};

	return cmocka_run_group_tests_name("upkeep", tests, desk_open, desk_close);
}
