/* spans.c - writes the stretches of clocks that have ended: what adds up to a deadline (0020_time.sql). */
#include "base/instant.h"
#include "workers/ticket/model.h"

/* To the microsecond: they must add up. */
static void write_instant(struct buffer *out, const char *name, int64_t us)
{
	char said[INSTANT_TEXT_BYTES];

	instant_write(us, said);
	buffer_json_member(out, name, text_of(said));
}

static void write_span(const struct ticket *ticket, const struct span *span, struct rows *rows)
{
	struct buffer *out = rows_begin(rows);

	rows_uuid(out, "ticket_id", &ticket->id);
	buffer_json_member(out, "target", text_of(sla_target_words[span->target]));
	buffer_json_member(out, "kind", span->worked ? TEXT("worked") : TEXT("paused"));
	buffer_json_member(out, "why", text_of(ticket_status_word(span->why)));
	write_instant(out, "from_at", span->from_us);
	write_instant(out, "to_at", span->to_us);
	buffer_json_member_int(out, "worked_us", span->worked_us);
	rows_uuid(out, "policy_id", &span->policy->id);
	buffer_json_member_int(out, "policy_version", span->policy->version);
	rows_uuid(out, "calendar_id", &span->policy->calendar_id);
	buffer_json_member_int(out, "calendar_version", span->policy->calendar_version);
	rows_end(rows);
}

void spans_store(struct batch *batch)
{
	const struct subject_set *set = ticket_set(batch);
	struct rows rows;

	rows_init(&rows, batch->arena);
	for (int i = 0; i < set->count; i++) {
		const struct ticket *ticket = subject_at(set, i);

		if (ticket->version == ticket->loaded_version)
			continue;
		for (const struct span *span = ticket->sla.spans; span; span = span->next)
			write_span(ticket, span, &rows);
	}
	if (rows.count)
		db_send(batch->db, QUERY_span_insert, P_TEXT(rows_done(&rows)));
}
