/* ctl_audit_test.c - a row of the trail that was changed is found, whichever part of it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <stdio.h>
#include "ops/guichetctl/audit_row.h"
#include "queues/resources.h"

#define KEY "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define EVENT "01a1fd3a-db6b-745c-baff-bcb72335d2f2"
#define TICKET "01a1fd3b-327d-74cc-bb59-a0e1a7cebf31"
#define ACTOR "01a1fd3b-327d-7294-b469-b357f5ff5dfb"
#define COMMAND "01a1fd3b-3604-77f2-8dc7-15e003bb8dc9"

static const char origin[] = "192.0.2.7 curl/8";
static const char payload[] = "{\"id\":\"" EVENT
"\",\"type\":\"ticket.created\",\"actorId\":\"" ACTOR "\",\"commandId\":\"" COMMAND
"\",\"ticketId\":\"" TICKET "\"}";

static struct {
	struct chain chain; /* as it stands before the row */
	struct audit_row row;
	char prev[65], sum[65], hash[65];
} at;

static struct uuid id(const char *text)
{
	struct uuid out = { 0 };

	assert_true(uuid_parse(text_of(text), &out));
	return out;
}

/* The second row of a trail, as the worker writes it. */
static int set_up(void **state)
{
	struct chain writer;

	(void)state;
	chain_begin(&at.chain, KEY);
	chain_append(&at.chain, TEXT("{}"), TEXT_NONE);
	writer = at.chain;
	text_hex(writer.hash, sizeof writer.hash, at.prev);
	chain_append(&writer, text_of(payload), text_of(origin));
	text_hex(writer.payload_hash, sizeof writer.payload_hash, at.sum);
	text_hex(writer.hash, sizeof writer.hash, at.hash);
	at.row = (struct audit_row)
	{
		.seq = 2, .action = TEXT("TICKET_CREATED"), .actor_id = id(ACTOR), .resource_id = id(TICKET),
		.event_id = id(EVENT), .command_id = id(COMMAND), .payload = text_of(payload),
		.payload_sha256 = text_of(at.sum), .prev_hash = text_of(at.prev), .row_hash = text_of(at.hash),
		.origin = text_of(origin)
	};
	return 0;
}

static const char *verdict(void)
{
	struct chain chain = at.chain;

	return audit_row_check(&chain, &at.row);
}

static void a_row_as_it_was_written_is_fine(void **state)
{
	struct chain chain = at.chain;
	char after[65];

	(void)state;
	assert_null(audit_row_check(&chain, &at.row));
	text_hex(chain.hash, sizeof chain.hash, after);
	assert_string_equal(after, at.hash);
}

static void a_blanked_payload_is_fine(void **state)
{
	(void)state;
	at.row.payload = TEXT_NONE;
	assert_string_equal(verdict(), "an origin without a payload");
	at.row.origin = TEXT_NONE;
	assert_null(verdict());
	at.row.payload_sha256 = text_of(at.prev);
	assert_string_equal(verdict(), "row_hash is not of this row under this AUDIT_KEY");
}

static void a_gap_is_found(void **state)
{
	(void)state;
	at.row.seq = 3;
	assert_string_equal(verdict(), "rows before it are gone");
}

static void a_changed_payload_is_found(void **state)
{
	(void)state;
	at.row.payload = TEXT("{}");
	assert_string_equal(verdict(), "the payload has been changed");
}

static void a_changed_origin_is_found(void **state)
{
	(void)state;
	at.row.origin = TEXT("192.0.2.8 curl/8");
	assert_string_equal(verdict(), "the payload has been changed");
	at.row.origin = TEXT_NONE;
	assert_string_equal(verdict(), "the payload has been changed");
}

static void a_changed_hash_is_found(void **state)
{
	(void)state;
	at.row.prev_hash = text_of(at.sum);
	assert_string_equal(verdict(), "prev_hash is not the hash of the row before");
	set_up(state);
	at.row.row_hash = text_of(at.sum);
	assert_string_equal(verdict(), "row_hash is not of this row under this AUDIT_KEY");
	at.row.row_hash = TEXT_NONE;
	assert_string_equal(verdict(), "row_hash is not of this row under this AUDIT_KEY");
}

static void another_key_fits_nothing(void **state)
{
	(void)state;
	at.chain.key[0] ^= 1;
	assert_string_equal(verdict(), "row_hash is not of this row under this AUDIT_KEY");
}

/* Of whatever kind it is: the column holds the first that the event names. */
static void what_it_is_about_is_held_against_the_payload(void **state)
{
	(void)state;
	for (int i = 0; i < RESOURCES; i++) {
		struct chain writer;
		char said[256];

		set_up(state);
		snprintf(said, sizeof said,
		        "{\"id\":\"" EVENT "\",\"type\":\"ticket.created\",\"actorId\":\"" ACTOR
		        "\",\"commandId\":\"" COMMAND "\",\"%s\":\"" TICKET "\"}",
		        resources[i].member);
		writer = at.chain;
		chain_append(&writer, text_of(said), TEXT_NONE);
		text_hex(writer.payload_hash, sizeof writer.payload_hash, at.sum);
		text_hex(writer.hash, sizeof writer.hash, at.hash);
		at.row.payload = text_of(said);
		at.row.origin = TEXT_NONE;
		assert_null(verdict());
		at.row.resource_id = id(COMMAND);
		assert_string_equal(verdict(), "resource_id is not what the payload says");
	}
}

/* What a payload says is what a parser would read, however it is spelled; what stands deeper does not count. */
static void the_payload_is_read_as_a_parser_reads_it(void **state)
{
	static const char *const fine[] = {
		" {\"data\": {\"id\": \"x\", \"list\": [\"type\", \"}\"]}, \"id\" : \"" EVENT
		"\", \"type\":\"ticket.created\",\"actorId\":\"" ACTOR "\",\"commandId\":\"" COMMAND
		"\",\"ticketId\":\"" TICKET "\"}",
		"{\"\\u0069d\":\"" EVENT "\",\"type\":\"ticket\\u002ecreated\",\"actorId\":\"" ACTOR
		"\",\"commandId\":\"" COMMAND "\",\"ticketId\":\"" TICKET "\"}",
	};

	for (int i = 0; i < 2; i++) {
		struct chain writer;

		set_up(state);
		writer = at.chain;
		chain_append(&writer, text_of(fine[i]), TEXT_NONE);
		text_hex(writer.payload_hash, sizeof writer.payload_hash, at.sum);
		text_hex(writer.hash, sizeof writer.hash, at.hash);
		at.row.payload = text_of(fine[i]);
		at.row.origin = TEXT_NONE;
		assert_null(verdict());
		at.row.event_id = id(ACTOR);
		assert_string_equal(verdict(), "event_id is not what the payload says");
	}
}

static void a_changed_column_is_found(void **state)
{
	struct uuid *const columns[] = { &at.row.event_id, &at.row.actor_id, &at.row.command_id, &at.row.resource_id };

	for (int i = 0; i < 4; i++) {
		set_up(state);
		columns[i]->bytes[15] ^= 1;
		assert_non_null(strstr(verdict(), "_id is not what the payload says"));
		memset(columns[i], 0, sizeof *columns[i]);
		assert_non_null(verdict());
	}
	set_up(state);
	at.row.action = TEXT("TICKET_CLOSED_");
	assert_string_equal(verdict(), "action is not what the payload says");
}

#define T(test) cmocka_unit_test_setup(test, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_row_as_it_was_written_is_fine),
		T(a_blanked_payload_is_fine),
		T(a_gap_is_found),
		T(a_changed_payload_is_found),
		T(a_changed_origin_is_found),
		T(a_changed_hash_is_found),
		T(another_key_fits_nothing),
		T(the_payload_is_read_as_a_parser_reads_it),
		T(a_changed_column_is_found),
		T(what_it_is_about_is_held_against_the_payload),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
