/* metrics.c - counting and measuring: see metrics.h. How it is shown: metrics_render.c.
 *
 * The registry is a list that only grows: a metric pushes itself onto its head
 * with one compare-and-swap and never leaves.
 *
 * Updates are relaxed: a scrape may see a histogram's bucket before its count.
 */
#include "base/metrics.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/metrics_private.h"
#include "base/quantiles.h"

#define EXEMPLAR_EVERY_US 1000000

static const struct metric_bound seconds[METRIC_BUCKETS] = {
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

static const struct metric_bound sizes[METRIC_BUCKETS] = {
	{ 1, "1" },
	{ 2, "2" },
	{ 5, "5" },
	{ 10, "10" },
	{ 20, "20" },
	{ 50, "50" },
	{ 100, "100" },
	{ 200, "200" },
	{ 500, "500" },
	{ 1000, "1000" },
};

static struct metric *_Atomic registry;

const struct metric_bound *metric_bounds(enum metric_kind kind)
{
	return kind == METRIC_SIZES ? sizes : seconds;
}

const struct metric *metrics_registered(void)
{
	return atomic_load(&registry);
}

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

/* What only some metrics have: made at the first need, by whoever comes first. */
static void *own_part(void *_Atomic *place, size_t bytes)
{
	void *there = atomic_load(place), *made;

	if (there)
		return there;
	made = calloc(1, bytes);
	if (!made)
		abort();
	if (atomic_compare_exchange_strong(place, &there, made))
		return made;
	free(made);
	return there;
}

static int bucket_of(const struct metric *m, int64_t value)
{
	const struct metric_bound *bounds = metric_bounds(m->kind);
	int i = 0;

	while (i < METRIC_BUCKETS && bounds[i].most && value > bounds[i].most)
		i++;
	return i < METRIC_BUCKETS && bounds[i].most ? i : METRIC_BUCKETS;
}

void metric_observe(struct metric *m, int64_t value)
{
	int bucket;

	metric_add(m, 1);
	atomic_fetch_add_explicit(&m->sum, value, memory_order_relaxed);
	if (m->kind == METRIC_SUMMARY) {
		quantiles_add(own_part((void *_Atomic *)&m->quantiles, quantiles_bytes), value);
		return;
	}
	bucket = bucket_of(m, value);
	if (bucket < METRIC_BUCKETS)
		atomic_fetch_add_explicit(&m->buckets[bucket], 1, memory_order_relaxed);
}

static void keep_exemplar(struct exemplar *e, int64_t value, struct text trace_id)
{
	int64_t now_us = clock_unix_us();

	if (now_us - atomic_load_explicit(&e->at_us, memory_order_relaxed) < EXEMPLAR_EVERY_US ||
	        atomic_exchange_explicit(&e->held, true, memory_order_acquire))
		return;
	e->at_us = now_us;
	e->value = value;
	memcpy(e->trace_id, trace_id.data, 32);
	atomic_store_explicit(&e->held, false, memory_order_release);
}

void metric_observe_traced(struct metric *m, int64_t value, struct text trace_id)
{
	struct exemplar *exemplars;

	metric_observe(m, value);
	if (trace_id.len != 32)
		return;
	exemplars = own_part((void *_Atomic *)&m->exemplars, (METRIC_BUCKETS + 1) * sizeof *exemplars);
	keep_exemplar(&exemplars[bucket_of(m, value)], value, trace_id);
}

static struct metric *make(const struct metric *model, const char *labels, va_list args)
{
	struct metric *made = calloc(1, sizeof *made);
	char *text;

	if (!made || vasprintf(&text, labels, args) < 0)
		abort();
	made->name = model->name;
	made->help = model->help;
	made->kind = model->kind;
	made->labels = text;
	return made;
}

struct metric *metric_made(struct metric *_Atomic *cell, const struct metric *model, const char *labels, ...)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct metric *made = atomic_load_explicit(cell, memory_order_acquire);
	va_list args;

	if (made)
		return made;
	pthread_mutex_lock(&lock);
	made = atomic_load(cell);
	if (!made) {
		va_start(args, labels);
		made = make(model, labels, args);
		va_end(args);
		atomic_store_explicit(cell, made, memory_order_release);
	}
	pthread_mutex_unlock(&lock);
	return made;
}
