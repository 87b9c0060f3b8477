/* base_metrics_test.c - the Prometheus text. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/arena.h"
#include "base/metrics.h"

static struct metric done_a = {
	.name = "guichet_done_total", .labels = "{queue=\"a\"}", .help = "Jobs done.", .kind = METRIC_COUNTER
};
static struct metric done_b = {
	.name = "guichet_done_total", .labels = "{queue=\"b\"}", .help = "Jobs done.", .kind = METRIC_COUNTER
};
static struct metric depth = { .name = "guichet_depth", .labels = "", .help = "Jobs waiting.", .kind = METRIC_GAUGE };
static struct metric wait_s = {
	.name = "guichet_wait_seconds", .labels = "", .help = "Waits.", .kind = METRIC_HISTOGRAM
};
static struct metric work_s = {
	.name = "guichet_work_seconds", .labels = "{queue=\"a\"}", .help = "Work.", .kind = METRIC_HISTOGRAM
};
static struct metric unused = {
	.name = "guichet_unused", .labels = "", .help = "Never touched.", .kind = METRIC_GAUGE
};

static struct arena *arena;

static int setup(void **state)
{
	(void)state;
	arena = arena_new(65536);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static const char *render(void)
{
	struct buffer out;

	buffer_init(&out, arena, 0);
	metrics_render(&out);
	return buffer_cstr(&out);
}

static int count(const char *text, const char *part)
{
	int n = 0;

	while ((text = strstr(text, part))) {
		text += strlen(part);
		n++;
	}
	return n;
}

static void a_name_has_one_head(void **state)
{
	const char *text;

	(void)state;
	metric_add(&done_b, 2);
	metric_set(&depth, -4);
	metric_add(&done_a, 1);
	metric_add(&done_a, 1);
	text = render();
	assert_non_null(strstr(text, "# HELP guichet_done_total Jobs done.\n# TYPE guichet_done_total counter\n"
	                             "guichet_done_total{queue=\"a\"} 2\nguichet_done_total{queue=\"b\"} 2\n"));
	assert_non_null(strstr(text, "# TYPE guichet_depth gauge\nguichet_depth -4\n"));
	assert_int_equal(count(text, "# HELP guichet_done_total "), 1);
	assert_int_equal(count(text, "# TYPE guichet_done_total "), 1);
	metric_set(&depth, 3);
	assert_non_null(strstr(render(), "\nguichet_depth 3\n"));
	assert_null(strstr(text, unused.name));
}

static void buckets_are_cumulative(void **state)
{
	static const int64_t us[] = { 0, 500, 501, 1500000, 10000000, 10000001 };
	const char *text;

	(void)state;
	for (size_t i = 0; i < sizeof(us) / sizeof(us[0]); i++)
		metric_observe_us(&wait_s, us[i]);
	metric_observe_us(&work_s, 700);
	text = render();
	assert_non_null(strstr(text, "guichet_wait_seconds_bucket{le=\"0.0005\"} 2\n"
	                             "guichet_wait_seconds_bucket{le=\"0.001\"} 3\n"));
	assert_non_null(
	        strstr(text, "guichet_wait_seconds_bucket{le=\"1\"} 3\nguichet_wait_seconds_bucket{le=\"2\"} 4\n"
	                     "guichet_wait_seconds_bucket{le=\"5\"} 4\nguichet_wait_seconds_bucket{le=\"10\"} 5\n"
	                     "guichet_wait_seconds_bucket{le=\"+Inf\"} 6\n"
	                     "guichet_wait_seconds_sum 21.501002\nguichet_wait_seconds_count 6\n"));
	assert_non_null(strstr(text, "guichet_work_seconds_bucket{queue=\"a\",le=\"0.001\"} 1\n"));
	assert_non_null(strstr(text, "guichet_work_seconds_sum{queue=\"a\"} 0.000700\n"));
}

static void tells_about_the_process(void **state)
{
	const char *text = render();

	(void)state;
	assert_non_null(strstr(text, "\nprocess_resident_memory_bytes "));
	assert_null(strstr(text, "\nprocess_resident_memory_bytes 0\n"));
	assert_non_null(strstr(text, "\nprocess_open_fds "));
	assert_non_null(strstr(text, "\nprocess_cpu_seconds_total "));
	assert_non_null(strstr(text, "\nprocess_start_time_seconds 1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "a name has its HELP and TYPE once, its samples below", a_name_has_one_head, setup, teardown, NULL },
		{ "a histogram's buckets are cumulative and in seconds", buckets_are_cumulative, setup, teardown,
		        NULL },
		{ "memory, files, processor time and start are told", tells_about_the_process, setup, teardown, NULL },
	};

	return cmocka_run_group_tests_name("base metrics", tests, NULL, NULL);
}
