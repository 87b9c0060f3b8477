/* observe.c - see observe.h. */
#include "workers/observe.h"

#include "base/clock.h"
#include "base/metrics.h"
#include "base/trace.h"
#include "workers/batch.h"

static struct metric applied = { .name = "guichet_commands_applied_total",
	.labels = "",
	.kind = METRIC_COUNTER,
	.help = "Commands whose outcome was committed" };
static const struct metric outcomes = { .name = "guichet_commands_total",
	.kind = METRIC_COUNTER,
	.help = "Commands whose outcome was committed, by type and outcome" };
static const struct metric durations = { .name = "guichet_command_duration_seconds",
	.kind = METRIC_HISTOGRAM,
	.help = "From a command's acceptance to the commit of its outcome" };
static struct metric batch_seconds = { .name = "guichet_batch_duration_seconds",
	.labels = "",
	.kind = METRIC_HISTOGRAM,
	.help = "From the start of a transaction to its commit" };
static struct metric batch_sizes = { .name = "guichet_batch_commands",
	.labels = "",
	.kind = METRIC_SIZES,
	.help = "Commands that were applied in one transaction" };
static struct metric created = { .name = "tickets_created",
	.labels = "",
	.kind = METRIC_UNTYPED,
	.help = "Tickets that were created (a counter, by the name that older dashboards know)" };

static const char *const outcome_words[] = { [JOB_DONE] = "done", [JOB_REFUSED] = "refused", [JOB_DEAD] = "dead" };
#define OUTCOMES (sizeof outcome_words / sizeof *outcome_words)

/* The last place is that of types that this program does not know. */
static struct {
	struct metric *_Atomic outcomes[OUTCOMES];
	struct metric *_Atomic durations;
} types[COMMAND_COUNT + 1];

static int count_created(const struct job *job)
{
	int count = 0;

	for (const struct emitted *e = job->outcome == JOB_DONE ? job->events : NULL; e; e = e->next)
		count += e->id == EVENT_ticket_created;
	return count;
}

void observe_job(const struct job *job)
{
	int place = job->command ? (int)job->command->id : COMMAND_COUNT;
	const char *type = job->command ? job->command->record.type : "unknown";

	metric_add(&applied, 1);
	metric_add(&created, count_created(job));
	if ((size_t)job->outcome < OUTCOMES)
		metric_add(metric_made(&types[place].outcomes[job->outcome], &outcomes, "{type=\"%s\",outcome=\"%s\"}",
		                   type, outcome_words[job->outcome]),
		        1);
	if (job->envelope.accepted_at)
		metric_observe_traced(metric_made(&types[place].durations, &durations, "{type=\"%s\"}", type),
		        clock_unix_us() - job->envelope.accepted_at, traceparent_trace_id(job->envelope.traceparent));
	span_note(
	        job->span, "guichet.outcome", text_of(job->outcome < OUTCOMES ? outcome_words[job->outcome] : "retry"));
	span_note(job->span, "messaging.message.id", job->message->message_id);
	span_note(job->span, "messaging.destination.name", job->message->queue);
	span_end(job->span, job->outcome == JOB_DEAD);
}

/* A transaction is of many traces: it is shown in the first of them. */
static void trace_batch(const struct batch *batch, int64_t us)
{
	for (int i = 0; i < batch->count; i++) {
		const struct job *job = &batch->jobs[i];
		struct span *span;

		if (!job->span || job->answered)
			continue;
		span = span_begin_at(
		        batch->arena, job->envelope.traceparent, SPAN_INTERNAL, clock_unix_us() - us, "batch");
		span_note_int(span, "messaging.batch.message_count", batch->count);
		span_end(span, false);
		return;
	}
}

void observe_batch(const struct batch *batch, int64_t us)
{
	metric_observe(&batch_seconds, us);
	metric_observe(&batch_sizes, batch->count);
	trace_batch(batch, us);
}
