/* calls.c - see calls.h. */
#include "ingress/http/calls.h"

#include <stdlib.h>
#include "base/clock.h"

#define BYTES_MOST ((size_t)64 * 1024 * 1024)
#define LOOK_MS 20

struct calls {
	h2o_linklist_t list;
	size_t bytes, bytes_most; /* bytes: at the last look, and the bodies that have come since */
	int64_t look_after_ms;
};

struct calls *calls_new(int loops)
{
	struct calls *calls = calloc(1, sizeof *calls);

	if (!calls)
		abort();
	h2o_linklist_init_anchor(&calls->list);
	calls->bytes_most = BYTES_MOST / (size_t)loops;
	return calls;
}

bool calls_full(const struct calls *calls)
{
	return calls->bytes > calls->bytes_most;
}

void calls_enter(struct calls *calls, struct call *call)
{
	h2o_linklist_insert(&calls->list, &call->link);
	calls->bytes += call->body_bytes;
}

static struct call *of_link(h2o_linklist_t *link)
{
	return H2O_STRUCT_FROM_MEMBER(struct call, link, link);
}

static void answer_late(struct call *call)
{
	call->limit_ms = CALL_NO_LIMIT;
	call->answer_late(call, call->late_arg);
}

void calls_turn(struct calls *calls)
{
	int64_t now = clock_mono_ms();
	size_t bytes = 0;

	if (now < calls->look_after_ms)
		return;
	calls->look_after_ms = now + LOOK_MS;
	for (h2o_linklist_t *at = calls->list.next, *next; at != &calls->list; at = next) {
		struct call *call = of_link(at);

		bytes += arena_used(call->arena) + call->body_bytes;
		call_hold(call); /* an answer can be its end */
		if (call->req && now >= call->limit_ms)
			answer_late(call);
		next = at->next;
		call_release(call);
	}
	calls->bytes = bytes;
}
