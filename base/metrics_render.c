/* metrics_render.c - what is counted, in Prometheus' text 0.0.4 or OpenMetrics 1.0.
 *
 * Rendering takes a snapshot of the registry and sorts it by name and labels, so that a name's samples stand together,
 * as both forms demand, under one HELP and one TYPE. They differ in what a counter is called in them (without _total),
 * in the word for what has no type, in how whole bounds are written, and in what only the later one has: exemplars
 * and an end.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "base/clock.h"
#include "base/metrics_private.h"
#include "base/quantiles.h"

#define OPEN_TYPE "application/openmetrics-text"
#define PLAIN_TYPE "text/plain"

static const char *kind_word(enum metric_kind kind, enum metrics_form form)
{
	switch (kind) {
	case METRIC_COUNTER:
		return "counter";
	case METRIC_UNTYPED:
		return form == METRICS_OPEN ? "unknown" : "untyped";
	case METRIC_HISTOGRAM:
	case METRIC_SIZES:
		return "histogram";
	case METRIC_SUMMARY:
		return "summary";
	case METRIC_GAUGE:
	case METRIC_SECONDS:
	case METRIC_AGE:
		break;
	}
	return "gauge";
}

void metrics_write_head(
        struct buffer *out, enum metrics_form form, const char *name, const char *help, enum metric_kind kind)
{
	struct text family = text_of(name);

	size_t stem = family.len - strlen("_total");

	if (form == METRICS_OPEN && kind == METRIC_COUNTER && strcmp(name + stem, "_total") == 0)
		family.len = stem;
	buffer_printf(out, "# HELP %.*s %s\n# TYPE %.*s %s\n", (int)family.len, name, help, (int)family.len, name,
	        kind_word(kind, form));
}

void metrics_write_seconds(struct buffer *out, int64_t us)
{
	int64_t part = us % 1000000;

	if (us < 0)
		buffer_text(out, TEXT("-"));
	buffer_printf(out, "%" PRId64 ".%06" PRId64, us / 1000000 * (us < 0 ? -1 : 1), part < 0 ? -part : part);
}

/* A sum or an exemplar's value: of seconds or of numbers. */
static void write_amount(struct buffer *out, const struct metric *m, int64_t amount)
{
	if (m->kind == METRIC_SIZES)
		buffer_printf(out, "%" PRId64, amount);
	else
		metrics_write_seconds(out, amount);
}

/* --- histograms ------------------------------------------------------------------- */
static void write_exemplar(struct buffer *out, const struct metric *m, int bucket)
{
	struct exemplar *all = atomic_load(&m->exemplars), *e = all ? &all[bucket] : NULL;

	if (!e || !e->at_us)
		return;
	while (atomic_exchange_explicit(&e->held, true, memory_order_acquire))
		continue;
	buffer_printf(out, " # {trace_id=\"%s\"} ", e->trace_id);
	write_amount(out, m, e->value);
	buffer_text(out, TEXT(" "));
	metrics_write_seconds(out, e->at_us);
	atomic_store_explicit(&e->held, false, memory_order_release);
}

/* name_bucket{labels,le="bound"} count */
static void write_bucket(struct buffer *out, enum metrics_form form, const struct metric *m, const char *bound,
        int bucket, int64_t count)
{
	size_t len = strlen(m->labels);
	bool whole = bucket < METRIC_BUCKETS && !strchr(bound, '.');

	buffer_printf(out, "%s_bucket{", m->name);
	if (len > 2)
		buffer_printf(out, "%.*s,", (int)(len - 2), m->labels + 1);
	buffer_printf(out, "le=\"%s%s\"} %" PRId64, bound, form == METRICS_OPEN && whole ? ".0" : "", count);
	if (form == METRICS_OPEN)
		write_exemplar(out, m, bucket);
	buffer_text(out, TEXT("\n"));
}

static void write_sum_and_count(struct buffer *out, const struct metric *m, int64_t count)
{
	buffer_printf(out, "%s_sum%s ", m->name, m->labels);
	write_amount(out, m, atomic_load_explicit(&m->sum, memory_order_relaxed));
	buffer_printf(out, "\n%s_count%s %" PRId64 "\n", m->name, m->labels, count);
}

/* A bucket may be seen before its count: the last bucket is never less than the others. */
static void write_histogram(struct buffer *out, enum metrics_form form, const struct metric *m)
{
	const struct metric_bound *bounds = metric_bounds(m->kind);
	int64_t count = atomic_load_explicit(&m->value, memory_order_relaxed);
	int64_t below = 0;

	for (int i = 0; i < METRIC_BUCKETS && bounds[i].most; i++) {
		below += atomic_load_explicit(&m->buckets[i], memory_order_relaxed);
		write_bucket(out, form, m, bounds[i].text, i, below);
	}
	if (count < below)
		count = below;
	write_bucket(out, form, m, "+Inf", METRIC_BUCKETS, count);
	write_sum_and_count(out, m, count);
}

/* --- the others --------------------------------------------------------------------- */
static void write_summary(struct buffer *out, const struct metric *m)
{
	static const struct {
		int per_cent;
		const char *text;
	} shown[] = { { 50, "0.5" }, { 95, "0.95" }, { 99, "0.99" } };
	const struct quantiles *quantiles = atomic_load(&m->quantiles);

	for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
		int64_t us = quantiles ? quantiles_at(quantiles, shown[i].per_cent) : -1;

		buffer_printf(out, "%s{quantile=\"%s\"} ", m->name, shown[i].text);
		if (us < 0)
			buffer_text(out, TEXT("NaN"));
		else
			metrics_write_seconds(out, us);
		buffer_text(out, TEXT("\n"));
	}
	write_sum_and_count(out, m, atomic_load_explicit(&m->value, memory_order_relaxed));
}

static int64_t age_of(int64_t moment_us)
{
	int64_t now_us = clock_unix_us();

	return moment_us && moment_us < now_us ? now_us - moment_us : 0;
}

static void write_value(struct buffer *out, const struct metric *m)
{
	int64_t value = atomic_load_explicit(&m->value, memory_order_relaxed);

	buffer_printf(out, "%s%s ", m->name, m->labels);
	if (m->kind == METRIC_AGE)
		metrics_write_seconds(out, age_of(value));
	else if (m->kind == METRIC_SECONDS)
		metrics_write_seconds(out, value);
	else
		buffer_printf(out, "%" PRId64, value);
	buffer_text(out, TEXT("\n"));
}

static void write_samples(struct buffer *out, enum metrics_form form, const struct metric *m)
{
	if (m->kind == METRIC_HISTOGRAM || m->kind == METRIC_SIZES)
		write_histogram(out, form, m);
	else if (m->kind == METRIC_SUMMARY)
		write_summary(out, m);
	else
		write_value(out, m);
}

static int by_name_and_labels(const void *a, const void *b)
{
	const struct metric *const *x = a, *const *y = b;
	int order = strcmp((*x)->name, (*y)->name);

	return order ? order : strcmp((*x)->labels, (*y)->labels);
}

static void write_registered(struct buffer *out, enum metrics_form form)
{
	const struct metric *const head = metrics_registered();
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
			metrics_write_head(out, form, sorted[i]->name, sorted[i]->help, sorted[i]->kind);
		write_samples(out, form, sorted[i]);
	}
}

void metrics_render(struct buffer *out, enum metrics_form form)
{
	write_registered(out, form);
	metrics_write_process(out, form);
	if (form == METRICS_OPEN)
		buffer_text(out, TEXT("# EOF\n"));
}

/* --- which form ------------------------------------------------------------------------ */
/* Thousandths of ";q=0.75" among the parameters of a media type; none: 1. */
static int weight_of(struct text parameters)
{
	const char *end = parameters.data + parameters.len;
	int weight = 0, place = 1000;

	for (const char *c = parameters.data + 1; c + 2 < end; c++) {
		if ((c[0] != 'q' && c[0] != 'Q') || c[1] != '=' || (c[-1] != ';' && c[-1] != ' '))
			continue;
		for (c += 2; c < end && place; c++) {
			if (*c == '.')
				continue;
			if (*c < '0' || *c > '9')
				break;
			weight += (*c - '0') * place;
			place /= 10;
		}
		return weight;
	}
	return 1000;
}

/* How much the list wants that type; 0: not at all. */
static int wish_for(struct text accept, struct text type)
{
	const char *at = accept.data, *end = accept.data + accept.len;
	int most = 0;

	while (at && at < end) {
		const char *comma = memchr(at, ',', (size_t)(end - at));
		struct text one = { at, (size_t)((comma ? comma : end) - at) };
		int weight;

		for (; one.len && *one.data == ' '; one.data++)
			one.len--;
		weight = text_starts_with(one, type) && (one.len == type.len || strchr("; ", one.data[type.len]))
		                 ? weight_of(one)
		                 : 0;
		most = weight > most ? weight : most;
		at = comma ? comma + 1 : end;
	}
	return most;
}

enum metrics_form metrics_form_wanted(struct text accept)
{
	int open = wish_for(accept, TEXT(OPEN_TYPE));

	return open > wish_for(accept, TEXT(PLAIN_TYPE)) && open >= wish_for(accept, TEXT("*/*")) ? METRICS_OPEN
	                                                                                          : METRICS_TEXT;
}

const char *metrics_content_type(enum metrics_form form)
{
	return form == METRICS_OPEN ? OPEN_TYPE "; version=1.0.0; charset=utf-8"
	                            : PLAIN_TYPE "; version=0.0.4; charset=utf-8";
}
