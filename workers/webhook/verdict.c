/* verdict.c - what an answer means: 2xx is delivered; 410 ends the webhook; all else is tried again, for 72 hours. */
#include "workers/webhook/webhook.h"

#include "base/clock.h"
#include "workers/outbox.h"

#define WAIT_MOST_MS (3 * 3600 * 1000LL)
#define OPEN_MOST_MS (10 * 60 * 1000LL)

#define GONE 410

enum verdict verdict_of(const struct delivery *d)
{
	bool answered = d->code == CURLE_OK || (d->code == CURLE_WRITE_ERROR && d->status);

	if (answered && d->status >= 200 && d->status < 300)
		return VERDICT_DELIVERED;
	return answered && d->status == GONE ? VERDICT_FAILED : VERDICT_WAITS;
}

int64_t verdict_wait_ms(int64_t attempts, int64_t retry_ms)
{
	int64_t wait_ms = retry_ms;

	for (int64_t i = 1; i < attempts && wait_ms < WAIT_MOST_MS; i++)
		wait_ms *= 3;
	return wait_ms < WAIT_MOST_MS ? wait_ms : WAIT_MOST_MS;
}

/* Up to half as much again, so that what failed together does not come back together. */
static int64_t jittered(int64_t ms)
{
	return ms / 2 + clock_backoff_ms(0, (int)ms, (int)ms);
}

/* Of several addresses one may have been refused, and another have answered. */
struct text verdict_error(const struct delivery *d, struct arena *arena)
{
	if (verdict_of(d) == VERDICT_DELIVERED)
		return TEXT_NONE;
	if (d->code == CURLE_OK)
		return text_of(arena_printf(arena, "the endpoint said %ld", d->status));
	if (d->refused)
		return TEXT("the address may not be called: it is not public (WEBHOOK_ALLOW)");
	if (d->code == CURLE_ABORTED_BY_CALLBACK)
		return TEXT("without TLS only what WEBHOOK_ALLOW lists is called");
	return text_of(curl_easy_strerror(d->code));
}

/* What was sent, without what proves that we sent it. */
static struct text request_of(const struct delivery *d, struct arena *arena)
{
	struct buffer out;

	buffer_init(&out, arena, 1024);
	buffer_printf(&out, "POST %.*s\n", (int)d->url.len, d->url.data);
	for (const struct curl_slist *h = d->headers; h; h = h->next)
		if (!text_starts_with(text_of(h->data), TEXT("Guichet-Signature:")))
			buffer_printf(&out, "%s\n", h->data);
	buffer_printf(&out, "\n%.*s", (int)(d->body.len < 2048 ? d->body.len : 2048), d->body.data);
	return buffer_view(&out);
}

static struct text answer_of(const struct delivery *d, struct arena *arena)
{
	struct buffer out;

	if (!d->head_len)
		return TEXT_NONE;
	buffer_init(&out, arena, 1024);
	buffer_append(&out, d->head, d->head_len < ANSWER_BYTES / 2 ? d->head_len : ANSWER_BYTES / 2);
	buffer_string(&out, "\n");
	buffer_append(&out, d->answer, d->answer_len < ANSWER_BYTES / 2 ? d->answer_len : ANSWER_BYTES / 2);
	return buffer_view(&out);
}

/* Cut, and without what a text of the database cannot hold. */
static struct text kept(struct text said, struct arena *arena)
{
	if (said.len > ANSWER_BYTES)
		said.len = ANSWER_BYTES;
	return said.data ? text_mend(arena, said) : said;
}

void verdict_write(struct rows *rows, const struct delivery *d, int64_t retry_ms)
{
	static const char *const states[] = { "delivered", "waiting", "failed" };
	struct arena *arena = rows->json.arena;
	struct buffer *out = rows_begin(rows);

	rows_uuid(out, "id", &d->id);
	buffer_json_member_int(out, "worker", d->worker);
	buffer_json_member(out, "state", text_of(states[verdict_of(d)]));
	buffer_json_member_int(out, "status", d->status);
	buffer_json_member(out, "error", verdict_error(d, arena));
	buffer_json_member_int(out, "took_ms", d->took_ms);
	buffer_json_member(out, "request", kept(request_of(d, arena), arena));
	buffer_json_member(out, "answer", kept(answer_of(d, arena), arena));
	buffer_json_member_int(
	        out, "wait_ms", verdict_of(d) == VERDICT_WAITS ? jittered(verdict_wait_ms(d->attempts, retry_ms)) : 0);
	rows_end(rows);
}

/* Has an earlier one of them been for the same webhook? */
static bool is_counted(struct delivery *const *ended, int place)
{
	for (int i = 0; i < place; i++)
		if (uuid_equal(&ended[i]->webhook_id, &ended[place]->webhook_id))
			return true;
	return false;
}

static void write_endpoint(struct rows *rows, struct delivery *const *ended, int count, int first, int64_t retry_ms)
{
	struct buffer *out = rows_begin(rows);
	bool delivered = false;
	int failures = 0;

	for (int i = first; i < count; i++) {
		if (!uuid_equal(&ended[i]->webhook_id, &ended[first]->webhook_id))
			continue;
		failures = verdict_of(ended[i]) == VERDICT_DELIVERED ? 0 : failures + 1;
		delivered |= verdict_of(ended[i]) == VERDICT_DELIVERED;
	}
	rows_uuid(out, "webhook_id", &ended[first]->webhook_id);
	buffer_json_member_bool(out, "delivered", delivered);
	buffer_json_member_int(out, "failures", failures);
	buffer_json_member_int(out, "wait_ms", jittered(3 * retry_ms < OPEN_MOST_MS ? 3 * retry_ms : OPEN_MOST_MS));
	rows_end(rows);
}

void verdict_write_endpoints(struct rows *rows, struct delivery *const *ended, int count, int64_t retry_ms)
{
	for (int i = 0; i < count; i++)
		if (!is_counted(ended, i))
			write_endpoint(rows, ended, count, i, retry_ms);
}

void verdict_write_stop(struct rows *outbox, const struct delivery *d, int64_t now_us)
{
	struct webhook_stop stop = { .webhook_id = d->webhook_id, .url = d->url };
	struct said said = { .now_us = now_us, .traceparent = d->traceparent };
	struct text attempt = { (const char *)&d->attempts, sizeof d->attempts };

	said.id = uuid_derive((const struct text[]){ TEXT("guichet.webhook.stop"),
	                              { (const char *)d->id.bytes, sizeof d->id.bytes }, attempt, d->url },
	        4);
	outbox_command(rows_begin(outbox), &said, COMMAND_webhook_stop, &stop, TEXT("cmd.desk"));
	rows_end(outbox);
}
