/* inbound_mail.c - POST /inbound/mail: a message as it is, from who has no way to bring it by LMTP.
 *
 *   body ─► a thread: signature, digest, store (fsync) ─► ledger and outbox, one statement ─► 202
 *
 * The signature is that of our webhooks, under INBOUND_KEY: Guichet-Signature: t=<seconds>,v1=<HMAC-SHA-256 of
 * "t.body">, refused when t is more than five minutes away. What the message is known by is its Idempotency-Key, or
 * else its digest: whoever sends it again gets the same id. Its id follows from both, so that a repeat finds the same
 * bytes in their place, and another message under the same key never takes it.
 */
#include "ingress/file/inbound_mail.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/log.h"
#include "ingress/file/spool.h"
#include "ingress/http/action.h"
#include "ingress/http/ask.h"
#include "ingress/http/headers.h"
#include "queues/file_place.h"
#include "queues/inbound.h"
#include "queues/webhook_secret.h"

#define SKEW_S 300
#define STORING_MS 30000
#define KEY_MOST 255
#define ADDRESS_MOST 998

static const char *inbound_key;

struct setting inbound_mail_settings[] = {
	{ "INBOUND_KEY", SETTING_TEXT, &inbound_key, "", .max = 256, .secret = true,
	        .help = "signs messages that are handed in by POST /inbound/mail; empty: none are" },
	INBOUND_BYTES_ROW,
	{ 0 },
};

struct inbound_request {
	struct spool spool; /* first: its job leads back here */
	int64_t signed_at;
	struct text signatures; /* of the header, as it was sent */
	struct text key;        /* Idempotency-Key; TEXT_NONE: none */
	struct text recipient, sender;
	struct inbound mail;
	char digest[65];
	bool is_signed;
	enum store_outcome outcome;
};

/* --- on a thread ------------------------------------------------------------------------ */
static bool is_signed(const struct inbound_request *r)
{
	struct text rest = r->signatures, part;
	char wanted[WEBHOOK_SIGNATURE_BYTES];
	bool found = false;

	webhook_sign(inbound_key, r->signed_at, r->spool.body, wanted);
	while (headers_next(&rest, ',', &part))
		found = found ||
		        (text_starts_with(part, TEXT("v1=")) &&
		                text_equal_secret((struct text){ part.data + 3, part.len - 3 }, text_of(wanted)));
	return found;
}

static struct uuid id_of(const struct inbound_request *r)
{
	return uuid_derive((struct text[]){ TEXT("inbound"), r->key.data ? r->key : TEXT(""), text_of(r->digest) }, 3);
}

static enum store_outcome store_body(const struct inbound_request *r)
{
	struct store_writer *writer = NULL;
	enum store_outcome outcome = store_write_begin(disk_store(), &writer);
	char key[FILE_KEY_ROOM];

	if (outcome == STORE_DONE)
		outcome = store_write(writer, r->spool.body.data, r->spool.body.len);
	if (outcome != STORE_DONE) {
		store_write_abort(&writer);
		return outcome;
	}
	file_key_mail(r->mail.id, key);
	return store_write_commit(&writer, BUCKET_MAIL, key, r->mail.sha256);
}

static void look_and_store(struct crew_job *job)
{
	struct inbound_request *r = (struct inbound_request *)job;

	r->is_signed = is_signed(r);
	if (!r->is_signed)
		return;
	if (!EVP_Digest(r->spool.body.data, r->spool.body.len, r->mail.sha256, NULL, EVP_sha256(), NULL))
		abort();
	text_hex(r->mail.sha256, sizeof r->mail.sha256, r->digest);
	r->mail.size = (int64_t)r->spool.body.len;
	r->mail.id = id_of(r);
	r->outcome = store_body(r);
	if (r->outcome != STORE_DONE)
		log_error("a message could not be stored", LOG_TEXT("reason", store_error()));
}

static void remove_other(struct crew_job *job)
{
	char key[FILE_KEY_ROOM];

	file_key_mail(((struct inbound_request *)job)->mail.id, key);
	store_remove(disk_store(), BUCKET_MAIL, key);
}

/* --- on the loop ------------------------------------------------------------------------ */
static void on_removed(struct call *call, struct crew_job *job)
{
	(void)job;
	respond_problem(call, PROBLEM_IDEMPOTENCY_KEY_REUSED, TEXT_NONE, NULL);
}

static void on_taken(struct call *call, void *state, const struct db_result *rows)
{
	struct inbound_request *r = state;
	struct uuid id = db_uuid(rows, 0, 1);
	struct buffer data;

	if (!db_rows(rows)) { /* another request is just writing it */
		respond_problem(call, PROBLEM_SERVICE_UNAVAILABLE, TEXT_NONE, NULL);
		return;
	}
	if (!uuid_equal(&id, &r->mail.id)) { /* the key stands for another message */
		r->spool.job.work = remove_other;
		r->spool.job.then = on_removed;
		if (!disk_run(call, &r->spool.job))
			on_removed(call, &r->spool.job);
		return;
	}
	buffer_init(&data, call->arena, 64);
	buffer_string(&data, "{");
	buffer_json_member(&data, "id", uuid_text(call->arena, &id));
	buffer_string(&data, "}");
	action_succeed(call, ACTION_inbound_mail, buffer_view(&data));
}

static void on_stored(struct call *call, struct crew_job *job)
{
	struct inbound_request *r = (struct inbound_request *)job;
	struct buffer rows;

	spool_end(&r->spool);
	if (!call->req || !r->is_signed || r->outcome != STORE_DONE) {
		respond_problem(call, r->is_signed ? PROBLEM_SERVICE_UNAVAILABLE : PROBLEM_AUTH_TOKEN_INVALID,
		        r->is_signed ? TEXT_NONE : TEXT("the signature is not that of this body"), NULL);
		return;
	}
	r->mail.door_key = r->key.data ? r->key : text_of(r->digest);
	buffer_init(&rows, call->arena, 2048);
	buffer_string(&rows, "[");
	inbound_write(&r->mail, &rows);
	buffer_string(&rows, "]");
	ask_write(call, QUERY_inbound_take, 1, (struct db_param[]){ P_TEXT(buffer_view(&rows)) }, on_taken, r);
}

/* --- the request ------------------------------------------------------------------------ */
static bool read_signed_at(struct inbound_request *r)
{
	struct text rest = r->signatures, part;
	int64_t now = clock_unix_us() / 1000000;

	while (headers_next(&rest, ',', &part))
		if (text_starts_with(part, TEXT("t=")) &&
		        text_to_int((struct text){ part.data + 2, part.len - 2 }, &r->signed_at))
			return r->signed_at >= now - SKEW_S && r->signed_at <= now + SKEW_S;
	return false;
}

/* TEXT_NONE: absent, or nothing that could be an address. */
static struct text address_of(struct call *call, struct text parameter)
{
	struct text value = call_parameter(call, parameter);

	return value.len <= ADDRESS_MOST && text_is_utf8(value, NULL) ? text_copy(call->arena, value) : TEXT_NONE;
}

static struct inbound_request *read_request(struct call *call)
{
	struct inbound_request *r = ARENA_NEW(call->arena, struct inbound_request);
	struct text key = call_header(call, "idempotency-key");

	r->signatures = text_copy(call->arena, call_header(call, "guichet-signature"));
	r->key = key.len && key.len <= KEY_MOST && text_is_utf8(key, NULL) ? text_copy(call->arena, key) : TEXT_NONE;
	r->recipient = address_of(call, TEXT("recipient"));
	r->sender = address_of(call, TEXT("sender"));
	r->mail = (struct inbound){ .door = "http",
		.peer = text_copy(call->arena, call_origin(call)),
		.from = r->sender,
		.recipients = &r->recipient,
		.recipient_count = r->recipient.len > 0,
		.traceparent = call->traceparent };
	r->spool.job.work = look_and_store;
	r->spool.job.then = on_stored;
	return r;
}

static bool is_message(struct call *call)
{
	struct text rest = call_header(call, "content-type"), type;

	return call_body(call).len && headers_next(&rest, ';', &type) &&
	       text_equal_nocase(type, TEXT("message/rfc822"));
}

static void answer_too_late(struct call *call, void *unused)
{
	(void)unused;
	respond_problem(call, PROBLEM_SERVICE_UNAVAILABLE, TEXT("the disk is too slow"), NULL);
}

static void begin(struct call *call, struct inbound_request *r)
{
	call_limit(call, call->began_ms + STORING_MS, answer_too_late, NULL);
	if (spool_take_body(&r->spool, call) && disk_run(call, &r->spool.job))
		return;
	spool_end(&r->spool);
	respond_problem(call, PROBLEM_SERVICE_UNAVAILABLE, TEXT_NONE, NULL);
}

void inbound_mail(struct call *call)
{
	struct inbound_request *r = read_request(call);

	if (!*inbound_key || !read_signed_at(r))
		respond_problem(call, PROBLEM_AUTH_TOKEN_INVALID,
		        *inbound_key ? TEXT("Guichet-Signature is missing, or of another time")
		                     : TEXT("this door is closed: INBOUND_KEY is not set"),
		        NULL);
	else if (!is_message(call))
		respond_problem(call, PROBLEM_UNSUPPORTED_MEDIA_TYPE, TEXT("send a message as message/rfc822"), NULL);
	else if ((int64_t)call_body(call).len > inbound_bytes_most)
		respond_problem(call, PROBLEM_BODY_TOO_LARGE, TEXT_NONE, NULL);
	else
		begin(call, r);
}
