/* metrics.c - counters, gauges and histograms in Prometheus text format 0.0.4.
 *
 * The registry is a list that only grows: a metric pushes itself onto its head
 * with one compare-and-swap and never leaves. Rendering takes a snapshot and
 * sorts it by name and labels, so that a name's samples stand together, as the
 * format demands, under one HELP and one TYPE.
 *
 * Updates are relaxed: a scrape may see a histogram's bucket before its count.
 * The +Inf bucket and _count are therefore never less than the buckets' sum.
 */
#include <dirent.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "base/arena.h"
#include "base/clock.h"
#include "base/metrics.h"

static const struct {
	int64_t us;
	const char *seconds;
} bounds[METRIC_BUCKETS] = {
	{ 500, "0.0005" },
	{ 1000, "0.001" },
	{ 2000, "0.002" },
	{ 5000, "0.005" },
	{ 10000, "0.01" },
	{ 20000, "0.02" },
	{ 50000, "0.05" },
	{ 100000, "0.1" },
	{ 200000, "0.2" },
	{ 500000, "0.5" },
	{ 1000000, "1" },
	{ 2000000, "2" },
	{ 5000000, "5" },
	{ 10000000, "10" },
};

static const char *const kind_words[] = { "counter", "gauge", "histogram" };

static struct metric *_Atomic registry;

static void enrol(struct metric *m)
{
	struct metric *head;

	if (atomic_load_explicit(&m->registered, memory_order_relaxed) || atomic_exchange(&m->registered, 1))
		return;
	head = atomic_load(&registry);
	do
		m->next = head;
	while (!atomic_compare_exchange_weak(&registry, &head, m));
}

void metric_add(struct metric *m, int64_t n)
{
	enrol(m);
	atomic_fetch_add_explicit(&m->value, n, memory_order_relaxed);
}

void metric_set(struct metric *m, int64_t value)
{
	enrol(m);
	atomic_store_explicit(&m->value, value, memory_order_relaxed);
}

void metric_observe_us(struct metric *m, int64_t us)
{
	int i = 0;

	metric_add(m, 1);
	atomic_fetch_add_explicit(&m->sum_us, us, memory_order_relaxed);
	while (i < METRIC_BUCKETS && us > bounds[i].us)
		i++;
	if (i < METRIC_BUCKETS)
		atomic_fetch_add_explicit(&m->buckets[i], 1, memory_order_relaxed);
}

static void write_head(struct buffer *out, const char *name, const char *help, enum metric_kind kind)
{
	buffer_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind_words[kind]);
}

/* Microseconds as seconds. */
static void write_seconds(struct buffer *out, int64_t us)
{
	int64_t part = us % 1000000;

	if (us < 0)
		buffer_text(out, TEXT("-"));
	buffer_printf(out, "%" PRId64 ".%06" PRId64 "\n", us / 1000000 * (us < 0 ? -1 : 1), part < 0 ? -part : part);
}

/* name_bucket{labels,le="bound"} count */
static void write_bucket(struct buffer *out, const struct metric *m, const char *bound, int64_t count)
{
	size_t len = strlen(m->labels);

	buffer_printf(out, "%s_bucket{", m->name);
	if (len > 2)
		buffer_printf(out, "%.*s,", (int)(len - 2), m->labels + 1);
	buffer_printf(out, "le=\"%s\"} %" PRId64 "\n", bound, count);
}

static void write_histogram(struct buffer *out, const struct metric *m)
{
	int64_t count = atomic_load_explicit(&m->value, memory_order_relaxed);
	int64_t below = 0;

	for (int i = 0; i < METRIC_BUCKETS; i++) {
		below += atomic_load_explicit(&m->buckets[i], memory_order_relaxed);
		write_bucket(out, m, bounds[i].seconds, below);
	}
	if (count < below)
		count = below;
	write_bucket(out, m, "+Inf", count);
	buffer_printf(out, "%s_sum%s ", m->name, m->labels);
	write_seconds(out, atomic_load_explicit(&m->sum_us, memory_order_relaxed));
	buffer_printf(out, "%s_count%s %" PRId64 "\n", m->name, m->labels, count);
}

static void write_samples(struct buffer *out, const struct metric *m)
{
	if (m->kind == METRIC_HISTOGRAM)
		write_histogram(out, m);
	else
		buffer_printf(out, "%s%s %" PRId64 "\n", m->name, m->labels,
		        atomic_load_explicit(&m->value, memory_order_relaxed));
}

static int by_name_and_labels(const void *a, const void *b)
{
	const struct metric *const *x = a, *const *y = b;
	int order = strcmp((*x)->name, (*y)->name);

	return order ? order : strcmp((*x)->labels, (*y)->labels);
}

static void write_registered(struct buffer *out)
{
	struct metric *const head = atomic_load(&registry);
	const struct metric **sorted;
	size_t count = 0;

	for (const struct metric *m = head; m; m = m->next)
		count++;
	sorted = ARENA_ARRAY(out->arena, const struct metric *, count);
	count = 0;
	for (const struct metric *m = head; m; m = m->next)
		sorted[count++] = m;
	qsort(sorted, count, sizeof(*sorted), by_name_and_labels);

	for (size_t i = 0; i < count; i++) {
		if (i == 0 || strcmp(sorted[i]->name, sorted[i - 1]->name) != 0)
			write_head(out, sorted[i]->name, sorted[i]->help, sorted[i]->kind);
		write_samples(out, sorted[i]);
	}
}

static int64_t resident_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	int64_t pages = 0;

	if (!file)
		return 0;
	if (fscanf(file, "%*d %" SCNd64, &pages) != 1)
		pages = 0;
	fclose(file);
	return pages * sysconf(_SC_PAGESIZE);
}

static int64_t open_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	const struct dirent *entry;
	int64_t count = -1; /* the one we look with */

	if (!dir)
		return 0;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			count++;
	closedir(dir);
	return count;
}

static int64_t cpu_us(void)
{
	struct timespec used;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (int64_t)used.tv_sec * 1000000 + used.tv_nsec / 1000;
}

static int64_t start_us;

/* Field 22 of /proc/self/stat: clock ticks from boot to the start. The second
 * field is the program's name and may hold blanks, hence the search for ')'. */
static void find_start(void)
{
	FILE *file = fopen("/proc/self/stat", "re");
	struct timespec since_boot;
	char line[1024] = "";
	const char *after = NULL;
	int64_t ticks;

	if (file) {
		if (fgets(line, sizeof(line), file))
			after = strrchr(line, ')');
		fclose(file);
	}
	start_us = clock_unix_us();
	if (!after || sscanf(after + 1,
	                      " %*c"                                 /* 3 */
	                      " %*d %*d %*d %*d %*d %*d %*d %*d %*d" /* 4 to 12 */
	                      " %*d %*d %*d %*d %*d %*d %*d %*d %*d %" SCNd64,
	                      &ticks) != 1)
		return;
	clock_gettime(CLOCK_BOOTTIME, &since_boot);
	start_us -= (int64_t)since_boot.tv_sec * 1000000 + since_boot.tv_nsec / 1000;
	start_us += ticks * (1000000 / sysconf(_SC_CLK_TCK));
}

static void write_process(struct buffer *out)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, find_start);
	write_head(out, "process_resident_memory_bytes", "Resident memory size in bytes.", METRIC_GAUGE);
	buffer_printf(out, "process_resident_memory_bytes %" PRId64 "\n", resident_bytes());
	write_head(out, "process_open_fds", "Number of open file descriptors.", METRIC_GAUGE);
	buffer_printf(out, "process_open_fds %" PRId64 "\n", open_fds());
	write_head(out, "process_cpu_seconds_total", "User and system CPU time spent in seconds.", METRIC_COUNTER);
	buffer_text(out, TEXT("process_cpu_seconds_total "));
	write_seconds(out, cpu_us());
	write_head(out, "process_start_time_seconds", "Start of the process in seconds since 1970.", METRIC_GAUGE);
	buffer_text(out, TEXT("process_start_time_seconds "));
	write_seconds(out, start_us);
}

void metrics_render(struct buffer *out)
{
	write_registered(out);
	write_process(out);
}
