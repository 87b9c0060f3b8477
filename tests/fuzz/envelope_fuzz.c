/* envelope_fuzz.c - any properties and headers: refused with a reason, or read so that
 * writing and reading again gives the same.
 *
 * The input is cut at its 0xff bytes into the fields of a message, in the order of the
 * table; 0xff is in no valid text, and a field may still hold it as the last one.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "base/arena.h"
#include "queues/envelope.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct text next(const uint8_t **at, const uint8_t *end)
{
	const uint8_t *from = *at, *cut = from < end ? memchr(from, 0xff, (size_t)(end - from)) : NULL;

	if (from >= end)
		return TEXT_NONE;
	*at = cut ? cut + 1 : end;
	return (struct text){ (const char *)from, (size_t)((cut ? cut : end) - from) };
}

static void must(bool condition)
{
	if (!condition)
		__builtin_trap();
}

static void assert_same(const struct envelope *a, const struct envelope *b)
{
	must(uuid_equal(&a->id, &b->id) && uuid_equal(&a->actor, &b->actor));
	must(text_equal(a->type, b->type) && text_equal(a->body, b->body));
	must(text_equal(a->correlation_id, b->correlation_id) && text_equal(a->reply_to, b->reply_to));
	must(text_equal(a->traceparent, b->traceparent));
	must(memcmp(a->fp, b->fp, sizeof a->fp) == 0 && a->accepted_at == b->accepted_at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *at = data, *end = data + size;
	struct message m = { .message_id = next(&at, end) }, back = { 0 };
	struct envelope read = { 0 }, again = { 0 };
	struct arena *arena;

	m.content_type = next(&at, end);
	m.type = next(&at, end);
	m.actor = next(&at, end);
	m.fp = next(&at, end);
	m.correlation_id = next(&at, end);
	m.reply_to = next(&at, end);
	m.traceparent = next(&at, end);
	m.accepted_at = size > 8 ? (int64_t)((uint64_t)data[0] << (data[1] & 63)) : 0;
	m.body = next(&at, end);
	if (envelope_read(&m, &read))
		return 0;
	arena = arena_new(1024);
	envelope_write(&read, arena, &back);
	must(!envelope_read(&back, &again));
	assert_same(&read, &again);
	must(!read.traceparent.data || traceparent_trace_id(read.traceparent).len == 32);
	arena_free(&arena);
	return 0;
}
