/* queues_envelope_test.c - what surrounds a body: written, read, refused. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/arena.h"
#include "queues/envelope.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, NULL, NULL, NULL                                                                      \
	}
#define COUNT(array) (sizeof(array) / sizeof *(array))
#define TRACEPARENT "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

static struct arena *arena;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new(4096);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static struct envelope full(void)
{
	struct envelope e = { .id = uuid_new(),
		.type = TEXT("ticket.comment"),
		.actor = uuid_new(),
		.accepted_at = 1790000000123456,
		.correlation_id = TEXT("req-1"),
		.reply_to = TEXT("guichet.results.1"),
		.traceparent = TEXT(TRACEPARENT),
		.body = TEXT("{\"a\":1}") };

	envelope_fingerprint(e.type, e.body, e.fp);
	return e;
}

static struct message valid(void)
{
	struct envelope e = full();
	struct message m = { 0 };

	envelope_write(&e, arena, &m);
	return m;
}

static void what_is_written_is_read(void **state)
{
	struct envelope e = full(), back;
	struct message m = { 0 };

	(void)state;
	envelope_write(&e, arena, &m);
	assert_int_equal(m.timestamp, 1790000000);
	assert_true(text_equal(m.content_type, TEXT(CONTENT_TYPE)));
	assert_null(envelope_read(&m, &back));
	assert_true(uuid_equal(&back.id, &e.id));
	assert_true(uuid_equal(&back.actor, &e.actor));
	assert_memory_equal(back.fp, e.fp, sizeof e.fp);
	assert_int_equal(back.accepted_at, e.accepted_at);
	assert_true(text_equal(back.type, e.type));
	assert_true(text_equal(back.correlation_id, e.correlation_id));
	assert_true(text_equal(back.reply_to, e.reply_to));
	assert_true(text_equal(back.traceparent, e.traceparent));
	assert_true(text_equal(back.body, e.body));
}

static void what_is_absent_stays_absent(void **state)
{
	struct envelope e = { .id = uuid_new(), .type = TEXT("ticket.note"), .body = TEXT("{}") }, back;
	struct message m = { 0 };

	(void)state;
	envelope_write(&e, arena, &m);
	assert_null(m.actor.data);
	assert_null(envelope_read(&m, &back));
	assert_true(uuid_is_none(&back.actor));
	assert_null(back.correlation_id.data);
	assert_null(back.reply_to.data);
	assert_null(back.traceparent.data);
	assert_int_equal(back.accepted_at, 0);
}

/* One property of a good message is replaced by each of these. */
static const struct {
	size_t offset;
	struct text value;
} malformed[] = {
#define BAD(property, literal) { offsetof(struct message, property), { literal, sizeof(literal) - 1 } },
	BAD(message_id, "") BAD(message_id, "42") BAD(message_id, "00000000-0000-0000-0000-000000000000") BAD(
	        message_id, "0190f0e0-0000-7000-8000-00000000000") BAD(message_id,
	        "0190f0e0-0000-7000-8000-0000000000000") BAD(message_id, "0190f0e0-0000-7000-8000-00000000000g")
	        BAD(message_id, "0190f0e0-0000-7000-8000-00000000000\0") BAD(content_type, "") BAD(
	                content_type, "application/json") BAD(content_type, "application/vnd.guichet.v2+json")
	                BAD(type, "") BAD(type, "ticket comment") BAD(type, "ticket\ncomment") BAD(
	                        type, "ticket\0comment") BAD(type, "ticket.\xc3\xa9") BAD(type, "ticket.\xff")
	                        BAD(actor, "nobody") BAD(actor, "0190f0e0-0000-7000-8000") BAD(fp, "00") BAD(
	                                fp, "zz00000000000000000000000000000000000000000000000000000000000000") BAD(fp,
	                                "0000000000000000000000000000000000000000000000000000000000000000ff")
	                                BAD(correlation_id, "a b") BAD(correlation_id, "\x7f")
	                                        BAD(correlation_id, "\xff") BAD(reply_to, "a\r\nb") BAD(reply_to, "\0")
};

static void every_malformed_property_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(malformed); i++) {
		struct message m = valid();
		struct envelope out = { .accepted_at = -7 };
		const char *why;

		memcpy((char *)&m + malformed[i].offset, &malformed[i].value, sizeof(struct text));
		why = envelope_read(&m, &out);
		if (!why)
			fail_msg("accepted: %.*s", (int)malformed[i].value.len, malformed[i].value.data);
		assert_true(strlen(why) > 0);
		assert_int_equal(out.accepted_at, -7);
	}
}

static void long_words_are_refused(void **state)
{
	static char word[129];
	struct envelope out;
	struct message m = valid();

	(void)state;
	memset(word, 'w', sizeof word);
	m.correlation_id = (struct text){ word, 128 };
	assert_null(envelope_read(&m, &out));
	m.correlation_id = (struct text){ word, 129 };
	assert_non_null(envelope_read(&m, &out));
	m = valid();
	m.type = (struct text){ word, 129 };
	assert_non_null(envelope_read(&m, &out));
	m = valid();
	m.reply_to = (struct text){ word, 129 };
	assert_non_null(envelope_read(&m, &out));
}

static void a_time_before_1970_is_refused(void **state)
{
	struct envelope out;
	struct message m = valid();

	(void)state;
	m.accepted_at = -1;
	assert_non_null(envelope_read(&m, &out));
}

static void a_bad_trace_is_dropped_not_refused(void **state)
{
	struct envelope out;
	struct message m = valid();

	(void)state;
	m.traceparent = TEXT("00-none");
	assert_null(envelope_read(&m, &out));
	assert_null(out.traceparent.data);
}

/* W3C Trace Context, section 3.2. */
static void traces_are_version_00_and_not_zero(void **state)
{
	static const struct {
		struct text text;
		bool valid;
	} rows[] = {
		{ TEXT(TRACEPARENT), true },
		{ TEXT("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"), true },
		{ TEXT("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff"), true },
		{ TEXT("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"), false },
		{ TEXT("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"), false },
		{ TEXT("00-00000000000000000000000000000000-00f067aa0ba902b7-01"), false },
		{ TEXT("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01"), false },
		{ TEXT("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"), false },
		{ TEXT("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g"), false },
		{ TEXT("00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"), false },
		{ TEXT("00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01"), false },
		{ TEXT("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7_01"), false },
		{ TEXT("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-"), false },
		{ TEXT("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0"), false },
		{ TEXT(""), false },
		{ TEXT_NONE, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(traceparent_is_valid(rows[i].text), rows[i].valid);
		assert_int_equal(traceparent_trace_id(rows[i].text).data != NULL, rows[i].valid);
	}
	assert_true(text_equal(traceparent_trace_id(TEXT(TRACEPARENT)), TEXT("4bf92f3577b34da6a3ce929d0e0e4736")));
}

static void a_fingerprint_tells_type_from_body(void **state)
{
	uint8_t a[FINGERPRINT_BYTES], b[FINGERPRINT_BYTES];

	(void)state;
	envelope_fingerprint(TEXT("ab"), TEXT("c"), a);
	envelope_fingerprint(TEXT("ab"), TEXT("c"), b);
	assert_memory_equal(a, b, sizeof a);
	envelope_fingerprint(TEXT("a"), TEXT("bc"), b);
	assert_memory_not_equal(a, b, sizeof a);
	envelope_fingerprint(TEXT("ab"), TEXT("d"), b);
	assert_memory_not_equal(a, b, sizeof a);
}

static void headers_are_kept_for_a_replay(void **state)
{
	struct message m = valid();
	struct buffer out;
	struct text json;

	(void)state;
	buffer_init(&out, arena, 256);
	message_headers_json(&m, &out);
	json = buffer_view(&out);
	assert_non_null(memmem(json.data, json.len, m.message_id.data, m.message_id.len));
	assert_non_null(memmem(json.data, json.len, m.fp.data, m.fp.len));
	assert_non_null(memmem(json.data, json.len, m.actor.data, m.actor.len));
	assert_non_null(memmem(json.data, json.len, TRACEPARENT, sizeof TRACEPARENT - 1));
	assert_non_null(memmem(json.data, json.len, "\"accepted_at\":1790000000123456", 30));
}

static void a_lane_is_a_digit_behind_the_prefix(void **state)
{
	(void)state;
	for (int lane = 0; lane < LANE_COUNT; lane++) {
		struct text queue = lane_queue(arena, "cmd.ticket.", lane);

		assert_int_equal(queue.len, 12);
		assert_memory_equal(queue.data, "cmd.ticket.", 11);
		assert_int_equal(queue.data[11], "0123456789abcdef"[lane]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("what is written is read", what_is_written_is_read),
		SENTENCE("what is absent stays absent", what_is_absent_stays_absent),
		SENTENCE("every malformed property is refused with a reason", every_malformed_property_is_refused),
		SENTENCE("words of more than 128 bytes are refused", long_words_are_refused),
		SENTENCE("a time before 1970 is refused", a_time_before_1970_is_refused),
		SENTENCE("a bad trace is dropped, not refused", a_bad_trace_is_dropped_not_refused),
		SENTENCE("a trace is of version 00 and its ids are not zero", traces_are_version_00_and_not_zero),
		SENTENCE("a fingerprint tells type from body", a_fingerprint_tells_type_from_body),
		SENTENCE("headers are kept for a replay", headers_are_kept_for_a_replay),
		SENTENCE("a lane's queue is the prefix and a digit", a_lane_is_a_digit_behind_the_prefix),
	};

	return cmocka_run_group_tests_name("envelope", tests, set_up, tear_down);
}
