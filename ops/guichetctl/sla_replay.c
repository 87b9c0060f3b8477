/* sla_replay.c - see sla_replay.h. */
#include "ops/guichetctl/sla_replay.h"

#include <string.h>

/* The ticket as it is at some moment of its life. */
struct moment {
	const struct replay *replay;
	struct sla_policy nothing;
	struct sla_subject subject;
	enum ticket_status status;
	struct sla_life life;
	struct replay_outcome *outcomes;
};

static struct text_list list_of(struct arena *arena, struct text tags)
{
	struct text_list list = { ARENA_ARRAY(arena, struct text, tags.len / 2 + 1), 0 };

	while (tags.len) {
		const char *end = memmem(tags.data, tags.len, ", ", 2);
		size_t len = end ? (size_t)(end - tags.data) : tags.len, skipped = end ? len + 2 : len;

		list.items[list.count++] = (struct text){ tags.data, len };
		tags = (struct text){ tags.data + skipped, tags.len - skipped };
	}
	return list;
}

/* False: it is no column that matters. */
static bool set(struct moment *m, struct text field, struct text value)
{
	if (text_equal(field, TEXT("status")))
		m->status = word_find(value, ticket_status_words, ticket_status_count);
	else if (text_equal(field, TEXT("priority")))
		m->subject.priority = word_find(value, ticket_priority_words, ticket_priority_count);
	else if (text_equal(field, TEXT("category")))
		m->subject.category = value;
	else if (text_equal(field, TEXT("tags")))
		m->subject.tags = list_of(m->replay->arena, value);
	else
		return false;
	return true;
}

/* As it began: back from what it is now, change by change. */
static void go_back(struct moment *m, const struct replay_ticket *ticket, const struct replay_event *past, int count)
{
	set(m, TEXT("status"), ticket->status);
	set(m, TEXT("priority"), ticket->priority);
	set(m, TEXT("category"), ticket->category);
	set(m, TEXT("tags"), ticket->tags);
	m->subject.requester_id = ticket->owner_id;
	m->subject.requester_email = ticket->owner_email;
	for (int i = count - 1; i >= 0; i--)
		set(m, past[i].field, past[i].before);
}

static const struct sla_policy *governing(const struct moment *m)
{
	return sla_policy_fits(m->replay->policy, &m->subject) ? m->replay->policy : &m->nothing;
}

static void look(struct moment *m, int64_t now)
{
	for (int i = 0; i < SLA_TARGETS; i++) {
		const struct deadline *clock = &m->life.clocks[i];
		struct replay_outcome *out = &m->outcomes[i];
		int64_t over = -deadline_left(clock, m->life.policy->calendar, now);

		if (deadline_state(clock) == DEADLINE_NONE)
			continue;
		out->promised = true;
		if (!out->breached)
			out->priority = m->life.priority;
		if (!deadline_is_missed(clock, now))
			continue;
		out->breached = true;
		out->over_us = over > out->over_us ? over : out->over_us;
	}
}

static void happen(struct moment *m, const struct replay_event *event, int64_t now)
{
	/* A comment that was mended is none that was said. */
	if (text_equal(event->field, TEXT("comment"))) {
		if (!event->before.len)
			(event->by_staff ? sla_life_reply : sla_life_ask)(&m->life, now);
		return;
	}
	if (!set(m, event->field, event->after))
		return;
	sla_life_govern(&m->life, governing(m), m->subject.priority, now);
	if (m->status == TICKET_IN_PROGRESS && !m->life.has_response) /* as in the lane: workers/ticket/sla.c */
		sla_life_reply(&m->life, now);
	if (m->status != m->life.status)
		sla_life_move(&m->life, m->status, now);
}

void replay_ticket(const struct replay *replay, const struct replay_ticket *ticket, const struct replay_event *past,
        int count, struct replay_outcome out[SLA_TARGETS])
{
	struct moment m = { .replay = replay, .nothing.calendar = replay->policy->calendar, .outcomes = out };
	int64_t now = ticket->created_us;

	memset(out, 0, sizeof *out * SLA_TARGETS);
	go_back(&m, ticket, past, count);
	sla_life_begin(&m.life, governing(&m), m.subject.priority, m.status, now);
	for (int i = 0; i < count; i++) {
		now = past[i].at_us > now ? past[i].at_us : now;
		look(&m, now);
		happen(&m, &past[i], now);
		look(&m, now);
	}
	look(&m, replay->now_us);
}
