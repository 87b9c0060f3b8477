/* webhook.h - what the webhook worker knows of a delivery, and how its parts hand it on.
 *
 *   events.webhook ─► take.c ─► rows that wait ─► sender.c ─► courier.c ─► the endpoint
 *                                    ▲               │ verdict.c: what the answer means
 *                                    └───────────────┘
 */
#ifndef WORKERS_WEBHOOK_WEBHOOK_H
#define WORKERS_WEBHOOK_WEBHOOK_H

#include <curl/curl.h>
#include "workers/consumer.h"
#include "workers/rows.h"
#include "workers/ticker.h"

#define ANSWER_BYTES 4096 /* of an answer are kept, and of a request */
#define ENDPOINT_MOST 16  /* requests to one webhook at a time */
#define CLAIMED_MOST 384  /* deliveries of one webhook that all senders hold */
#define SENDER_MOST 2048  /* deliveries that a sender holds */

struct endpoint;
struct push;

/* One row on its way; its texts are in its arena. */
struct delivery {
	struct arena *arena;
	struct uuid id, webhook_id;
	struct text event_type, traceparent, body, url;
	int64_t attempts, generation, previous_generation, worker;

	struct span *span;       /* of this attempt; NULL: nobody keeps it */
	const struct push *push; /* of web push: pusher.h; webhook_id is then the subscription's */

	struct endpoint *endpoint;
	CURL *easy;
	struct curl_slist *headers;
	int64_t begun_ms;
	bool refused; /* its address may not be connected to */
	size_t head_len, answer_len, received;
	char head[ANSWER_BYTES], answer[ANSWER_BYTES];

	/* how it ended */
	CURLcode code;
	long status;
	int64_t took_ms;
	struct delivery *next;
};

/* --- take.c: events become rows */
void take_load(struct consumption *c);
void take_apply(struct consumption *c);

/* --- sender.c: rows are claimed, sent, recorded */
extern const struct ticker_worker sender_worker;
extern int64_t webhook_retry_ms; /* WEBHOOK_RETRY: before the second attempt */
/* A thread that has just made rows says so. */
void sender_expect(void);

/* --- courier.c: requests, many at a time */
struct courier *courier_new(void); /* for as long as the process lives */
/* Becomes the courier's until it comes back. */
void courier_take(struct courier *courier, struct delivery *d);
/* Does what can be done, and waits at most wait_ms for more; a wake-up ends the wait. */
void courier_turn(struct courier *courier, int wait_ms);
void courier_wake(struct courier *courier);
/* One that has ended, or NULL. */
struct delivery *courier_finished(struct courier *courier);
int courier_count(const struct courier *courier); /* that have not come back */
struct delivery *delivery_new(size_t texts_bytes);
void delivery_free(struct delivery *d);

/* --- verdict.c: what came of deliveries, as rows for webhook_record, and what it means for their endpoints */
enum verdict { VERDICT_DELIVERED, VERDICT_WAITS, VERDICT_FAILED };
enum verdict verdict_of(const struct delivery *d);
/* Before the next attempt, without jitter: retry_ms, each time three times as long, three hours at most. */
int64_t verdict_wait_ms(int64_t attempts, int64_t retry_ms);
/* Why it was not taken; TEXT_NONE: it was. */
struct text verdict_error(const struct delivery *d, struct arena *arena);
void verdict_write(struct rows *rows, const struct delivery *d, int64_t retry_ms);
/* endpoints: those that the deliveries, in the order in which they ended, were for. */
void verdict_write_endpoints(struct rows *rows, struct delivery *const *ended, int count, int64_t retry_ms);
/* "webhook.stop" for one that was answered by 410. */
void verdict_write_stop(struct rows *outbox, const struct delivery *d, int64_t now_us);

#endif
