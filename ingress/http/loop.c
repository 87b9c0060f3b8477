/* loop.c - see loop.h. */
#include "ingress/http/loop.h"

#include <stdio.h>
#include <stdlib.h>
#include "base/clock.h"
#include "base/metrics.h"
#include "base/uuid.h"
#include "ingress/http/database.h"

struct loop {
	int index;
	h2o_loop_t *turned; /* h2o's own */
	h2o_multithread_receiver_t receiver;
	struct database *database;
	char reply_address[64];
};

static struct metric delay = { .name = "guichet_loop_delay_seconds",
	.labels = "",
	.kind = METRIC_HISTOGRAM,
	.help = "How long a turn of an event loop kept all others waiting, in whole milliseconds" };
static _Atomic uint64_t news;
static struct loop *loops[LOOPS_MAX];
static int count;
static _Atomic int running;

void loop_tell_news(void)
{
	news++;
}

uint64_t loop_news(void)
{
	return news;
}

int loop_count(void)
{
	return count;
}

struct loop *loop_at(int i)
{
	return loops[i];
}

int loop_index(const struct loop *loop)
{
	return loop->index;
}

bool loop_any_running(void)
{
	return running > 0;
}

struct text loop_reply_address(const struct loop *loop)
{
	return text_of(loop->reply_address);
}

bool loop_query(
        struct loop *loop, enum query query, int parameters, const struct db_param *params, db_loop_fn *done, void *arg)
{
	return database_read(loop->database, query, parameters, params, done, arg);
}

bool loop_write(
        struct loop *loop, enum query query, int parameters, const struct db_param *params, db_loop_fn *done, void *arg)
{
	return database_write(loop->database, query, parameters, params, done, arg);
}

/* --- notes from other threads ------------------------------------------------- */
void loop_post(struct loop *loop, struct note *note)
{
	note->message = (h2o_multithread_message_t){ { NULL, NULL } };
	h2o_multithread_send_message(&loop->receiver, &note->message);
}

static void on_notes(h2o_multithread_receiver_t *receiver, h2o_linklist_t *messages)
{
	(void)receiver;
	while (!h2o_linklist_is_empty(messages)) {
		struct note *note = H2O_STRUCT_FROM_MEMBER(struct note, message.link, messages->next);

		h2o_linklist_unlink(&note->message.link);
		note->run(note);
	}
}

/* --- its life ------------------------------------------------------------------ */
struct loop *loop_new(void)
{
	struct loop *loop = calloc(1, sizeof *loop);
	struct uuid id = uuid_new();
	char text[UUID_TEXT_BYTES];

	if (!loop || count == LOOPS_MAX)
		abort();
	uuid_format(&id, text);
	snprintf(loop->reply_address, sizeof loop->reply_address, "guichet.results.%s", text);
	loop->index = count;
	loops[count++] = loop;
	running++;
	return loop;
}

void loop_open(struct loop *loop, h2o_context_t *context)
{
	h2o_multithread_register_receiver(context->queue, &loop->receiver, on_notes);
	loop->turned = context->loop;
	loop->database = database_new(context->loop);
}

void loop_turn(struct loop *loop)
{
	int64_t turned_ms = clock_unix_us() / 1000 - (int64_t)h2o_now(loop->turned); /* since it had its events */

	metric_observe(&delay, turned_ms > 0 ? turned_ms * 1000 : 0);
	database_turn(loop->database);
}

void loop_end(void)
{
	running--;
}
