/* operators_test.c - what stays bounded while programs say how they are, and how lines of the log are found. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "tests/handlers/desk.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, desk_empty, NULL, NULL                                                                \
	}

static void say(struct uuid process, const char *program)
{
	ask("select instance_seen('%s', '%s', jsonb_build_object('host', 'h', 'pid', 1, 'version', '1', 'startedAt', "
	    "now()), '{}')",
	        program, id_text(process));
}

static void one_that_dies_again_and_again_leaves_twenty_rows(void **state)
{
	struct uuid living = uuid_new(), other = uuid_new();

	(void)state;
	ask("delete from program_instances");
	say(living, "ticket");
	say(other, "relay");
	for (int i = 0; i < 30; i++) {
		say(uuid_new(), "ticket");
		ask("update program_instances set seen_at = now() - interval '1 hour' + interval '1 second' * %d where "
		    "program = 'ticket' and instance <> '%s' and seen_at > now() - interval '1 minute'",
		        i, id_text(living));
	}
	say(living, "ticket");
	say(uuid_new(), "ticket");
	assert_int_equal(ask_number("select count(*) from program_instances where program = 'ticket'"), 22);
	assert_int_equal(ask_number("select count(*) from program_instances where program = 'relay'"), 1);
	assert_int_equal(
	        ask_number("select count(*) from program_instances where instance = '%s'", id_text(living)), 1);
	assert_int_equal(ask_number("select jsonb_array_length(monitor_look() -> 'instances')"), 3);
	ask("delete from program_instances where seen_at > now() - interval '1 minute' and program = 'ticket'");
	assert_int_equal(ask_number("select jsonb_array_length(monitor_look() -> 'instances')"), 2);
	assert_int_equal(
	        ask_number("select extract(epoch from now() - min(seen_at))::bigint / 10 from program_instances"), 359);
}

/* How many rows of the log are read to answer this. */
static int64_t read_for(const char *wanted)
{
	struct questioner *q = questioner_open();
	int64_t read = 0;

	questioner_ask(q, "begin");
	questioner_ask(q, "select log_page('%s')", wanted);
	text_to_int(text_of(questioner_ask(q,
	                    "select sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) from pg_stat_xact_user_tables where "
	                    "relname like 'log\\_lines%%'")),
	        &read);
	questioner_close(&q);
	return read;
}

static void lines_are_found_without_reading_all_of_them(void **state)
{
	(void)state;
	ask("delete from log_lines");
	ask("insert into log_lines (at, level, program, host, message, ids, line) select now() - interval '1 second' * "
	    "n, "
	    "case when n %% 1000 = 0 then 4 else 1 end, 'ticket', 'h', 'm ' || n, array['id-' || n], "
	    "jsonb_build_object('n', n) "
	    "from generate_series(1, 20000) n");
	ask("analyze log_lines");
	assert_int_equal(ask_number("select jsonb_array_length(log_page('{}'))"), 100);
	assert_in_range(read_for("{}"), 1, 300);
	assert_in_range(read_for("{\"service\": \"ticket\", \"tail\": 10}"), 1, 300);
	assert_in_range(read_for(ask("select jsonb_build_object('before', min(seq) + 5000) from log_lines")), 1, 300);
	assert_int_equal(ask_number("select jsonb_array_length(log_page('{\"id\": \"id-7\"}'))"), 1);
	assert_in_range(read_for("{\"id\": \"id-7\"}"), 1, 300);
	assert_int_equal(ask_number("select jsonb_array_length(log_page('{\"level\": \"error\"}'))"), 20);
	assert_in_range(read_for("{\"level\": \"error\"}"), 1, 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("a program that dies again and again leaves twenty rows",
		        one_that_dies_again_and_again_leaves_twenty_rows),
		SENTENCE("lines of the log are found without reading all of them",
		        lines_are_found_without_reading_all_of_them),
	};

	return cmocka_run_group_tests_name("operators", tests, desk_open, desk_close);
}
