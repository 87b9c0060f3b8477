/* monitor_alert_test.c - when an alert fires, for whom, what it says, and when it is over. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "workers/monitor/alert.h"

static struct alerts alerts;

static int reset(void **state)
{
	(void)state;
	alerts_clear(&alerts);
	memset(&alerts, 0, sizeof alerts);
	return 0;
}

static void look(const char *seen, int64_t at_s)
{
	json_t *snapshot = json_loads(seen, 0, NULL);

	assert_non_null(snapshot);
	alerts_look(&alerts, snapshot, at_s * 1000, at_s * 1000000);
	json_decref(snapshot);
}

static const struct alert *find(const char *name, const char *subject)
{
	for (int i = 0; i < alerts.count; i++)
		if (strcmp(alerts.all[i].row->name, name) == 0 && strcmp(alerts.all[i].subject, subject) == 0)
			return &alerts.all[i];
	return NULL;
}

#define OLD                                                                                                            \
	"{\"queues\":[{\"name\":\"a\",\"oldestSeconds\":61,\"ready\":7,\"program\":\"ticket\"},{\"name\":\"b\","       \
	"\"oldestSeconds\":60}]}"
#define YOUNG "{\"queues\":[{\"name\":\"a\",\"oldestSeconds\":2,\"ready\":7},{\"name\":\"b\",\"oldestSeconds\":1}]}"

static void it_fires_when_it_has_lasted_and_only_for_what_it_is_true_of(void **state)
{
	(void)state;
	look(OLD, 100);
	assert_non_null(find("QueueAge", "a"));
	assert_false(find("QueueAge", "a")->firing);
	assert_null(find("QueueAge", "b"));
	look(OLD, 129);
	assert_false(find("QueueAge", "a")->firing);
	look(OLD, 130);
	assert_true(find("QueueAge", "a")->firing);
	assert_int_equal(find("QueueAge", "a")->since_us, 100 * 1000000);
}

static void what_did_not_last_is_forgotten_and_begins_anew(void **state)
{
	(void)state;
	look(OLD, 100);
	look(YOUNG, 110);
	assert_true(find("QueueAge", "a")->over);
	alerts_forget(&alerts);
	assert_null(find("QueueAge", "a"));
	look(OLD, 120);
	look(OLD, 140);
	assert_false(find("QueueAge", "a")->firing);
}

static void a_firing_one_is_over_when_it_was_not_seen_for_a_while(void **state)
{
	(void)state;
	look(OLD, 100);
	look(OLD, 130);
	alerts.all[0].written = true;
	look(YOUNG, 132);
	assert_false(find("QueueAge", "a")->over);
	look(YOUNG, 135);
	assert_true(find("QueueAge", "a")->over);
	alerts_forget(&alerts);
	assert_non_null(find("QueueAge", "a")); /* the database does not know yet */
	alerts.all[0].written = false;
	alerts_forget(&alerts);
	assert_int_equal(alerts.count, 0);
}

static void flags_count_as_one_and_missing_members_as_nothing(void **state)
{
	(void)state;
	look("{\"broker\":{\"memoryAlarm\":true,\"diskAlarm\":false}}", 100);
	assert_true(find("BrokerMemory", "")->firing);
	assert_null(find("BrokerDisk", ""));
	look("{}", 101);
}

static void one_that_another_process_had_found_keeps_its_id(void **state)
{
	struct uuid id = { { 1, 2, 3 } };

	(void)state;
	assert_true(alerts_remember(&alerts, TEXT("QueueAge"), TEXT("a"), id, 5000000, 100000));
	assert_false(alerts_remember(&alerts, TEXT("NoSuchRow"), TEXT("a"), id, 5000000, 100000));
	look(OLD, 101);
	assert_int_equal(alerts.count, 1);
	assert_true(alerts.all[0].firing && uuid_equal(&alerts.all[0].id, &id));
}

static void what_cannot_be_looked_at_is_not_over(void **state)
{
	(void)state;
	look(OLD, 100);
	look(OLD, 130);
	look("{\"database\":{\"connectionsPercent\":95}}", 131);
	look("{\"database\":{\"connectionsPercent\":95}}", 141);
	assert_true(find("ConnectionsUsedUp", "")->firing);
	look("{\"database\":{\"downSeconds\":0}}", 200);
	assert_false(find("QueueAge", "a")->over);
	assert_false(find("ConnectionsUsedUp", "")->over);
	look("{\"queues\":[{\"name\":\"b\",\"oldestSeconds\":0},{\"name\":\"a\",\"oldestSeconds\":null}]}", 200);
	assert_false(find("QueueAge", "a")->over);
	look("{\"database\":{\"connectionsPercent\":5},\"queues\":[]}", 201);
	look("{\"database\":{\"connectionsPercent\":5},\"queues\":[]}", 206);
	assert_true(find("QueueAge", "a")->over);
	assert_true(find("ConnectionsUsedUp", "")->over);
}

/* A process that begins to look finds after 60 s at the earliest that a queue stands still. */
static void one_that_another_process_had_found_lasts_until_this_one_could_see_it(void **state)
{
	(void)state;
	alerts_remember(&alerts, TEXT("QueueStalled"), TEXT("a"), (struct uuid){ { 1 } }, 5000000, 100000);
	alerts_remember(&alerts, TEXT("DeadLetters"), TEXT(""), (struct uuid){ { 2 } }, 5000000, 100000);
	alerts_remember(&alerts, TEXT("HighResponseTime"), TEXT("ingress"), (struct uuid){ { 3 } }, 5000000, 100000);
	for (int64_t at_s = 101; at_s < 160; at_s += 2)
		look("{\"queues\":[{\"name\":\"a\",\"stalledSeconds\":1}],\"deadLetters\":{\"open\":0},\"programs\":[{"
		     "\"program\":\"ingress\",\"p95Ms\":20}]}",
		        at_s);
	assert_false(find("QueueStalled", "a")->over);
	assert_true(find("DeadLetters", "")->over && find("HighResponseTime", "ingress")->over);
	look("{\"queues\":[{\"name\":\"a\",\"stalledSeconds\":61}]}", 162);
	assert_int_equal(find("QueueStalled", "a")->id.bytes[0], 1);
	look("{\"queues\":[{\"name\":\"a\",\"stalledSeconds\":0}]}", 168);
	assert_true(find("QueueStalled", "a")->over);
}

/* Its row has ended under another process; the id must not be written a second time. */
static void what_another_process_has_ended_is_not_taken_up_again(void **state)
{
	struct uuid first;

	(void)state;
	look(OLD, 100);
	look(OLD, 130);
	first = alerts.all[0].id;
	alerts.all[0].written = true;
	alerts_disown(&alerts);
	look(OLD, 200);
	look(OLD, 230);
	assert_int_equal(alerts.count, 1);
	assert_true(find("QueueAge", "a")->firing && !find("QueueAge", "a")->written);
	assert_false(uuid_equal(&find("QueueAge", "a")->id, &first));
	alerts_disown(&alerts); /* one that nobody was told of stays */
	assert_true(find("QueueAge", "a")->firing);
}

/* Also while nothing can be written down. */
static void what_comes_and_goes_for_hours_takes_no_room(void **state)
{
	(void)state;
	for (int64_t i = 0; i < 2 * ALERTS_MOST; i++)
		look(i % 2 ? YOUNG : OLD, 100 + 2 * i);
	assert_true(alerts.count <= 1);
	look("{\"broker\":{\"memoryAlarm\":true}}", 5000);
	assert_true(find("BrokerMemory", "")->firing);
}

static void texts_are_filled_with_what_was_seen(void **state)
{
	struct arena *arena = arena_new(1024);
	json_t *shown, *first;

	(void)state;
	look(OLD, 100);
	look(OLD, 130);
	shown = alerts_json(&alerts, arena);
	first = json_array_get(shown, 0);
	assert_string_equal(json_string_value(json_object_get(json_object_get(first, "message"), "en")),
	        "The first message of a has waited for 61 s; 7 wait.");
	assert_string_equal(json_string_value(json_object_get(json_object_get(first, "todo"), "en")),
	        "If more comes than goes, start another ticket.");
	assert_string_equal(json_string_value(json_object_get(first, "severity")), "warning");
	json_decref(shown);
	arena_free(&arena);
}

/* Every brace of a text closes, and each row can be told in both languages. */
static void every_row_says_what_is_wrong_and_what_to_do(void **state)
{
	struct arena *arena = arena_new(4096);

	(void)state;
	for (int i = 0; i < alert_row_count; i++) {
		const struct alert_row *row = &alert_rows[i];
		struct alert a = { .row = row, .object = json_object() };
		const char *texts[] = { row->french, row->french_todo, row->english, row->english_todo };

		for (size_t t = 0; t < sizeof texts / sizeof *texts; t++) {
			struct text said = alert_says(&a, texts[t], arena);

			assert_true(said.len > 10 && !memchr(said.data, '{', said.len) &&
			            !memchr(said.data, '}', said.len));
		}
		json_decref(a.object);
	}
	arena_free(&arena);
}

static void more_than_there_is_room_for_do_no_harm(void **state)
{
	json_t *queues = json_array(), *seen = json_pack("{s:o}", "queues", queues);

	(void)state;
	for (int i = 0; i < ALERTS_MOST + 50; i++) {
		char name[400];

		memset(name, 'a', sizeof name);
		snprintf(name + 380, 20, "%d", i);
		json_array_append_new(
		        queues, json_pack("{s:s, s:i}", "name", name + (i % 2 ? 300 : 0), "goneSeconds", 100));
	}
	alerts_look(&alerts, seen, 1000, 1000000);
	assert_true(alerts.count <= ALERTS_MOST);
	json_decref(seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(it_fires_when_it_has_lasted_and_only_for_what_it_is_true_of, reset),
		cmocka_unit_test_teardown(what_did_not_last_is_forgotten_and_begins_anew, reset),
		cmocka_unit_test_teardown(a_firing_one_is_over_when_it_was_not_seen_for_a_while, reset),
		cmocka_unit_test_teardown(flags_count_as_one_and_missing_members_as_nothing, reset),
		cmocka_unit_test_teardown(one_that_another_process_had_found_keeps_its_id, reset),
		cmocka_unit_test_teardown(what_cannot_be_looked_at_is_not_over, reset),
		cmocka_unit_test_teardown(one_that_another_process_had_found_lasts_until_this_one_could_see_it, reset),
		cmocka_unit_test_teardown(what_another_process_has_ended_is_not_taken_up_again, reset),
		cmocka_unit_test_teardown(what_comes_and_goes_for_hours_takes_no_room, reset),
		cmocka_unit_test_teardown(texts_are_filled_with_what_was_seen, reset),
		cmocka_unit_test(every_row_says_what_is_wrong_and_what_to_do),
		cmocka_unit_test_teardown(more_than_there_is_room_for_do_no_harm, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
