/* base_metrics_test.c - the Prometheus text. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "base/arena.h"
#include "base/clock.h"
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

static const char *render_as(enum metrics_form form)
{
	struct buffer out;

	buffer_init(&out, arena, 0);
	metrics_render(&out, form);
	return buffer_cstr(&out);
}

static const char *render(void)
{
	return render_as(METRICS_TEXT);
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
		metric_observe(&wait_s, us[i]);
	metric_observe(&work_s, 700);
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

static void kinds_are_shown_in_seconds(void **state)
{
	static struct metric late = {
		.name = "guichet_late_seconds", .labels = "", .help = "Late.", .kind = METRIC_SECONDS
	};
	static struct metric age = { .name = "guichet_age_seconds", .labels = "", .help = "Age.", .kind = METRIC_AGE };
	static struct metric sizes = { .name = "guichet_jobs", .labels = "", .help = "Jobs.", .kind = METRIC_SIZES };
	const char *text;

	(void)state;
	metric_set(&late, -1500000);
	metric_set(&age, 0);
	metric_observe(&sizes, 3);
	metric_observe(&sizes, 2000);
	text = render();
	assert_non_null(strstr(text, "# TYPE guichet_late_seconds gauge\nguichet_late_seconds -1.500000\n"));
	assert_non_null(strstr(text, "\nguichet_age_seconds 0.000000\n"));
	assert_non_null(strstr(text, "guichet_jobs_bucket{le=\"2\"} 0\nguichet_jobs_bucket{le=\"5\"} 1\n"));
	assert_non_null(strstr(text, "guichet_jobs_bucket{le=\"1000\"} 1\nguichet_jobs_bucket{le=\"+Inf\"} 2\n"
	                             "guichet_jobs_sum 2003\nguichet_jobs_count 2\n"));
	metric_set(&age, clock_unix_us() - 90 * 1000000LL);
	assert_non_null(strstr(render(), "\nguichet_age_seconds 90."));
}

static void quantiles_are_of_lately(void **state)
{
	static struct metric took = { .name = "took_seconds", .labels = "", .help = "Took.", .kind = METRIC_SUMMARY };
	double half, most;

	(void)state;
	metric_add(&took, 0);
	assert_non_null(strstr(render(), "# TYPE took_seconds summary\ntook_seconds{quantile=\"0.5\"} NaN\n"));
	for (int ms = 1; ms <= 1000; ms++)
		metric_observe(&took, ms * 1000);
	assert_int_equal(sscanf(strstr(render(), "took_seconds{quantile=\"0.5\"} "), "%*s %lf", &half), 1);
	assert_int_equal(sscanf(strstr(render(), "took_seconds{quantile=\"0.99\"} "), "%*s %lf", &most), 1);
	assert_true(half > 0.465 && half < 0.535);
	assert_true(most > 0.92 && most < 1.06);
	assert_non_null(strstr(render(), "\ntook_seconds_count 1000\n"));
}

static void the_open_form_has_exemplars_and_an_end(void **state)
{
	static struct metric slow = {
		.name = "guichet_slow_seconds", .labels = "", .help = "Slow.", .kind = METRIC_HISTOGRAM
	};
	const char *text;

	(void)state;
	metric_observe_traced(&slow, 300000, TEXT("4bf92f3577b34da6a3ce929d0e0e4736"));
	metric_observe_traced(&slow, 400000, TEXT("00000000000000000000000000000001"));
	metric_observe_traced(&slow, 60000000, TEXT_NONE);
	text = render_as(METRICS_OPEN);
	assert_non_null(strstr(text, "guichet_slow_seconds_bucket{le=\"0.5\"} 2 # "
	                             "{trace_id=\"4bf92f3577b34da6a3ce929d0e0e4736\"} 0.300000 1"));
	assert_non_null(strstr(text, "guichet_slow_seconds_bucket{le=\"1.0\"} 2\n"));
	assert_non_null(strstr(text, "guichet_slow_seconds_bucket{le=\"+Inf\"} 3\n"));
	assert_non_null(strstr(text, "# TYPE guichet_done counter\nguichet_done_total{queue=\"a\"} "));
	assert_string_equal(text + strlen(text) - 6, "# EOF\n");
	assert_null(strstr(render(), "# {"));
	assert_null(strstr(render(), "EOF"));
}

static void the_form_follows_accept(void **state)
{
	static const struct {
		const char *accept;
		enum metrics_form form;
	} rows[] = {
		{ "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
		  "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
		        METRICS_OPEN },
		{ "application/openmetrics-text", METRICS_OPEN },
		{ "text/plain;q=0.2, application/openmetrics-text; q=0.3", METRICS_OPEN },
		{ "text/plain, application/openmetrics-text;q=0.9", METRICS_TEXT },
		{ "application/openmetrics-text;q=0", METRICS_TEXT },
		{ "application/openmetrics-textual", METRICS_TEXT },
		{ "*/*", METRICS_TEXT },
		{ ",,;", METRICS_TEXT },
		{ "", METRICS_TEXT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_int_equal(metrics_form_wanted(text_of(rows[i].accept)), rows[i].form);
	assert_int_equal(metrics_form_wanted(TEXT_NONE), METRICS_TEXT);
}

static void labels_are_made_once(void **state)
{
	static const struct metric model = { .name = "guichet_made_total", .help = "Made.", .kind = METRIC_COUNTER };
	static struct metric *_Atomic cells[2];

	(void)state;
	for (int i = 0; i < 4; i++)
		metric_add(metric_made(&cells[i % 2], &model, "{kind=\"%d\"}", i % 2), 1);
	assert_non_null(strstr(render(), "guichet_made_total{kind=\"0\"} 2\nguichet_made_total{kind=\"1\"} 2\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "a name has its HELP and TYPE once, its samples below", a_name_has_one_head, setup, teardown, NULL },
		{ "a histogram's buckets are cumulative and in seconds", buckets_are_cumulative, setup, teardown,
		        NULL },
		{ "memory, files, processor time and start are told", tells_about_the_process, setup, teardown, NULL },
		{ "ages and lateness are in seconds, sizes in numbers", kinds_are_shown_in_seconds, setup, teardown,
		        NULL },
		{ "a summary tells the quantiles of the last minutes", quantiles_are_of_lately, setup, teardown, NULL },
		{ "OpenMetrics has exemplars and an end", the_open_form_has_exemplars_and_an_end, setup, teardown,
		        NULL },
		{ "the form is the one that Accept wants more", the_form_follows_accept, setup, teardown, NULL },
		{ "labels are made once for each cell", labels_are_made_once, setup, teardown, NULL },
	};

	return cmocka_run_group_tests_name("base metrics", tests, NULL, NULL);
}
