/* publish_window.c - see publish_window.h. */
#include "ingress/command/publish_window.h"

#include <string.h>
#include "base/log.h"

queue_set window_room(const struct window *w)
{
	queue_set set = 0;

	if (w->count >= WINDOW_MOST)
		return 0;
	for (int q = 0; q < PUBLISH_QUEUES; q++)
		if (w->queues[q].count < (w->queues[q].silent_tag ? 1 : WINDOW_QUEUE_MOST))
			set |= (queue_set)1 << q;
	return set;
}

void window_enter(struct window *w, struct submission *s)
{
	s->returned = false;
	s->next = NULL;
	s->previous = w->newest;
	*(w->newest ? &w->newest->next : &w->oldest) = s;
	w->newest = s;
	w->count++;
	w->queues[s->queue].count++;
}

static void leave(struct window *w, struct submission *s, enum publish_verdict verdict)
{
	*(s->previous ? &s->previous->next : &w->oldest) = s->next;
	*(s->next ? &s->next->previous : &w->newest) = s->previous;
	w->count--;
	w->queues[s->queue].count--;
	ring_decide(s, verdict);
}

static bool covers(uint64_t confirmed, bool multiple, uint64_t tag)
{
	return multiple ? tag <= confirmed : tag == confirmed;
}

void window_confirm(struct window *w, uint64_t tag, bool multiple, bool positive)
{
	for (struct submission *s = w->oldest, *next; s && s->tag <= tag; s = next) {
		next = s->next;
		if (!covers(tag, multiple, s->tag))
			continue;
		w->queues[s->queue].silent_tag = 0;
		leave(w, s, s->returned ? PUBLISH_NOT_ACCEPTED : positive ? PUBLISH_ACCEPTED : PUBLISH_UNKNOWN);
	}
	for (int q = 0; q < PUBLISH_QUEUES; q++)
		if (covers(tag, multiple, w->queues[q].silent_tag))
			w->queues[q].silent_tag = 0;
}

/* The return names the message, not the tag. */
void window_return(struct window *w, struct text message_id)
{
	struct submission *s = w->oldest;

	while (s && (s->returned || !text_equal(s->message.message_id, message_id)))
		s = s->next;
	if (s)
		s->returned = true;
}

void window_let_go(struct window *w)
{
	if (!ring_any_given_up())
		return;
	for (struct submission *s = w->oldest, *next; s; s = next) {
		next = s->next;
		if (!ring_is_given_up(s))
			continue;
		w->queues[s->queue].silent_tag = s->tag;
		log_warn("not confirmed in time", LOG_VIEW("queue", s->message.routing_key));
		leave(w, s, PUBLISH_UNKNOWN);
	}
}

void window_lose(struct window *w)
{
	while (w->oldest)
		leave(w, w->oldest, PUBLISH_UNKNOWN);
	memset(w->queues, 0, sizeof w->queues);
}

bool window_any_silent(const struct window *w)
{
	for (int q = 0; q < PUBLISH_QUEUES; q++)
		if (w->queues[q].silent_tag)
			return true;
	return false;
}
