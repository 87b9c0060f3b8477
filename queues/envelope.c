/* envelope.c - the shape of a message in transit. See envelope.h. */
#include "queues/envelope.h"

#include <openssl/evp.h>
#include <string.h>
#include "base/arena.h"

#define WORD_MAX 128 /* correlation ids, reply addresses, types */

static bool is_plain_word(struct text t)
{
	if (t.len > WORD_MAX)
		return false;
	for (size_t i = 0; i < t.len; i++)
		if (t.data[i] <= 0x20 || t.data[i] >= 0x7f)
			return false;
	return true;
}

static bool is_origin(struct text t)
{
	if (!t.len || t.len > ORIGIN_BYTES)
		return false;
	for (size_t i = 0; i < t.len; i++)
		if (t.data[i] < 0x20 || t.data[i] >= 0x7f)
			return false;
	return true;
}

const char *envelope_read(const struct message *message, struct envelope *out)
{
	struct envelope e = { .type = message->type, .body = message->body, .accepted_at = message->accepted_at };

	if (!uuid_parse(message->message_id, &e.id) || uuid_is_none(&e.id))
		return "message_id is no UUID";
	if (!text_equal(message->content_type, TEXT(CONTENT_TYPE)))
		return "unknown content type or version";
	if (!message->type.len || !is_plain_word(message->type))
		return "type is missing or malformed";
	if (message->actor.len && !uuid_parse(message->actor, &e.actor))
		return "actor is no UUID";
	if (message->fp.len && !text_unhex(message->fp, e.fp, sizeof e.fp))
		return "fp is no SHA-256";
	if (!is_plain_word(message->correlation_id) || !is_plain_word(message->reply_to))
		return "correlation_id or reply_to is malformed";
	if (message->accepted_at < 0)
		return "accepted_at is negative";
	e.lenient = text_equal(message->handling, TEXT("lenient"));
	if (message->correlation_id.len)
		e.correlation_id = message->correlation_id;
	if (message->reply_to.len)
		e.reply_to = message->reply_to;
	if (traceparent_is_valid(message->traceparent))
		e.traceparent = message->traceparent;
	if (is_origin(message->origin))
		e.origin = message->origin;
	*out = e;
	return NULL;
}

void envelope_write(const struct envelope *envelope, struct arena *arena, struct message *out)
{
	char *fp = arena_alloc(arena, 2 * FINGERPRINT_BYTES + 1);

	text_hex(envelope->fp, FINGERPRINT_BYTES, fp);
	out->message_id = uuid_text(arena, &envelope->id);
	out->type = envelope->type;
	out->correlation_id = envelope->correlation_id;
	out->reply_to = envelope->reply_to;
	out->content_type = TEXT(CONTENT_TYPE);
	out->timestamp = (uint64_t)(envelope->accepted_at / 1000000);
	out->traceparent = envelope->traceparent;
	out->origin = envelope->origin;
	out->actor = uuid_is_none(&envelope->actor) ? TEXT_NONE : uuid_text(arena, &envelope->actor);
	out->fp = (struct text){ fp, 2 * FINGERPRINT_BYTES };
	out->accepted_at = envelope->accepted_at;
	out->handling = envelope->lenient ? TEXT("lenient") : TEXT_NONE;
	out->body = envelope->body;
}

static void write_header(struct buffer *out, const char *name, struct text value)
{
	buffer_json_member(out, name, value.data ? text_mend(out->arena, value) : TEXT_NONE);
}

void message_headers_json(const struct message *message, struct buffer *out)
{
	buffer_string(out, "{");
	write_header(out, "message_id", message->message_id);
	write_header(out, "correlation_id", message->correlation_id);
	write_header(out, "traceparent", message->traceparent);
	write_header(out, "actor", message->actor);
	write_header(out, "fp", message->fp);
	write_header(out, "handling", message->handling);
	write_header(out, "origin", message->origin);
	buffer_json_member_int(out, "accepted_at", message->accepted_at);
	if (message->replays)
		buffer_json_member_int(out, "replays", message->replays);
	buffer_string(out, "}");
}

void envelope_fingerprint(struct text type, struct text body, uint8_t out[FINGERPRINT_BYTES])
{
	EVP_MD_CTX *sha = EVP_MD_CTX_new();

	if (!sha || !EVP_DigestInit_ex(sha, EVP_sha256(), NULL) || !EVP_DigestUpdate(sha, type.data, type.len) ||
	        !EVP_DigestUpdate(sha, "", 1) || !EVP_DigestUpdate(sha, body.data, body.len) ||
	        !EVP_DigestFinal_ex(sha, out, NULL))
		__builtin_trap(); /* SHA-256 is always there; without it no id is safe */
	EVP_MD_CTX_free(sha);
}

struct text lane_queue(struct arena *arena, const char *prefix, int lane)
{
	return text_of(arena_printf(arena, "%s%x", prefix, (unsigned)lane));
}
