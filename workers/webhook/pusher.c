/* pusher.c - see pusher.h. What a service answers: 2xx is delivered; 404 and 410 end the subscription, which the
 * account worker is asked for; what it refuses otherwise (4xx but 408 and 429) is not repeated; all else is tried again
 * within the day.
 */
#include "workers/webhook/pusher.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "base/base64url.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/process.h"
#include "queues/vapid.h"
#include "workers/outbox.h"
#include "workers/webhook/encrypt.h"

#define LOOK_MS 500

const char *push_contact = "";

/* --- what is sent ------------------------------------------------------------------------ */
/* Scheme, host and port. */
static struct text origin_of(struct text url)
{
	const char *host = memchr(url.data, ':', url.len);
	const char *end = host ? memchr(host + 3, '/', url.len - (size_t)(host + 3 - url.data)) : NULL;

	return end ? (struct text){ url.data, (size_t)(end - url.data) } : url;
}

static void add(struct delivery *d, const char *name, struct text value)
{
	d->headers =
	        curl_slist_append(d->headers, arena_printf(d->arena, "%s: %.*s", name, (int)value.len, value.data));
}

static void write_headers(struct delivery *d)
{
	static const char *const urgencies[] = { "normal", "high", "normal", "low" };
	struct text topic = base64url_write(d->arena, d->push->about.bytes, sizeof d->push->about.bytes);
	int64_t priority = d->push->priority;

	add(d, "Content-Type", TEXT("application/octet-stream"));
	add(d, "Content-Encoding", TEXT("aes128gcm"));
	add(d, "TTL", text_of(arena_printf(d->arena, "%lld", (long long)d->push->ttl_s)));
	add(d, "Urgency", text_of(urgencies[priority >= 1 && priority <= 3 ? priority : 0]));
	add(d, "Topic", topic); /* 22 letters of the 32 that RFC 8030 allows */
	add(d, "Authorization",
	        vapid_authorization(d->arena, origin_of(d->url), text_of(push_contact), clock_unix_ms() / 1000));
	d->headers = curl_slist_append(d->headers, "Expect:");
}

bool push_write(struct delivery *d)
{
	uint8_t browser[P256_PUBLIC_BYTES], auth[ENCRYPT_AUTH_BYTES], salt[ENCRYPT_SALT_BYTES];
	struct p256 own;

	if (!base64url_read(d->push->p256dh, browser, sizeof browser) ||
	        !base64url_read(d->push->auth, auth, sizeof auth))
		return false;
	if (getrandom(salt, sizeof salt, 0) != sizeof salt)
		abort();
	p256_new(&own);
	d->body = encrypt(d->arena, d->body, browser, auth, &own, salt);
	p256_close(&own);
	if (d->body.data)
		write_headers(d);
	return d->body.data != NULL;
}

/* --- what came of it ----------------------------------------------------------------------- */
static bool is_gone(const struct delivery *d)
{
	return d->code == CURLE_OK && (d->status == 404 || d->status == 410);
}

static bool is_refused(const struct delivery *d)
{
	return d->code == CURLE_OK && d->status >= 400 && d->status < 500 && d->status != 408 && d->status != 429;
}

static void write_row(struct rows *rows, const struct delivery *d)
{
	bool delivered = verdict_of(d) == VERDICT_DELIVERED, ends = delivered || is_refused(d) || !d->headers;
	struct buffer *out = rows_begin(rows);

	rows_uuid(out, "id", &d->id);
	buffer_json_member_int(out, "worker", d->worker);
	buffer_json_member(out, "state", delivered ? TEXT("delivered") : ends ? TEXT("failed") : TEXT("waiting"));
	buffer_json_member_int(out, "status", d->status);
	buffer_json_member(out, "error",
	        delivered     ? TEXT_NONE
	        : !d->headers ? TEXT("what the browser gave cannot be encrypted for")
	                      : verdict_error(d, rows->json.arena));
	buffer_json_member_int(out, "wait_ms", ends ? 0 : verdict_wait_ms(d->attempts, webhook_retry_ms));
	rows_end(rows);
}

static void write_expire(struct rows *outbox, const struct delivery *d)
{
	struct account_push_expire expire = { .account_id = d->push->account_id, .push_id = d->webhook_id };
	struct said said = { .now_us = clock_unix_us() };

	said.id = uuid_derive(
	        (const struct text[]){ TEXT("guichet.push.expire"), { (const char *)d->id.bytes, sizeof d->id.bytes } },
	        2);
	outbox_command(rows_begin(outbox), &said, COMMAND_account_push_expire, &expire, TEXT("cmd.account"));
	rows_end(outbox);
}

static bool send_records(const struct pusher *pusher, struct ticker *t)
{
	struct rows rows, outbox;

	rows_init(&rows, t->trunk.arena);
	rows_init(&outbox, t->trunk.arena);
	for (int i = 0; i < pusher->ended_count; i++) {
		write_row(&rows, pusher->ended[i]);
		if (is_gone(pusher->ended[i]))
			write_expire(&outbox, pusher->ended[i]);
	}
	if (rows.count)
		db_send(t->trunk.db, QUERY_push_record, P_TEXT(rows_done(&rows)));
	if (outbox.count)
		db_send(t->trunk.db, QUERY_outbox_store, P_TEXT(rows_done(&outbox)));
	return outbox.count > 0;
}

static void forget_recorded(struct pusher *pusher)
{
	for (int i = 0; i < pusher->ended_count; i++) {
		const struct delivery *d = pusher->ended[i];

		if (verdict_of(d) != VERDICT_DELIVERED)
			log_info("a push service did not take a notification",
			        LOG_UUID("subscription_id", &d->webhook_id), LOG_INT("attempts", d->attempts),
			        LOG_INT("status", d->status), LOG_INT("curl", (int)d->code));
		delivery_free(pusher->ended[i]);
	}
	pusher->count -= pusher->ended_count;
	pusher->ended_count = 0;
}

/* --- its turn -------------------------------------------------------------------------------- */
static struct delivery *read_push(const struct db_result *rows, int row, int number)
{
	struct delivery *d = delivery_new(db_text(rows, row, 10).len + 8192);
	struct push *push = ARENA_NEW(d->arena, struct push);

	d->id = db_uuid(rows, row, 0);
	d->webhook_id = db_uuid(rows, row, 2);
	d->attempts = db_int(rows, row, 3);
	d->url = text_copy(d->arena, db_text(rows, row, 4));
	d->body = text_copy(d->arena, db_text(rows, row, 10));
	d->worker = number;
	*push = (struct push){ .account_id = db_uuid(rows, row, 1),
		.p256dh = text_copy(d->arena, db_text(rows, row, 5)),
		.auth = text_copy(d->arena, db_text(rows, row, 6)),
		.priority = db_int(rows, row, 7),
		.about = db_uuid(rows, row, 8),
		.ttl_s = db_int(rows, row, 9) };
	d->push = push;
	return d;
}

bool pusher_turn(struct pusher *pusher, struct ticker *t, struct courier *courier, int number)
{
	struct db_result *rows;
	bool tells;

	if (!pusher->ended_count && clock_mono_ms() < pusher->look_after_ms)
		return true;
	pusher->look_after_ms = clock_mono_ms() + LOOK_MS;
	arena_reset(t->trunk.arena);
	db_begin(t->trunk.db);
	tells = send_records(pusher, t);
	db_send_params(t->trunk.db, QUERY_push_spread, 0, NULL);
	rows = db_send(t->trunk.db, QUERY_push_claim, P_INT(number),
	        P_INT(process_stopping() ? 0 : PUSHED_MOST - pusher->count + pusher->ended_count));
	if (!db_commit(t->trunk.db))
		return ticker_database_failed(t);
	forget_recorded(pusher);
	if (tells)
		trunk_poke_relay(&t->trunk);
	for (int i = 0; i < db_rows(rows); i++) {
		pusher->count++;
		courier_take(courier, read_push(rows, i, number));
	}
	return true;
}
