/* door_test.c - messages that are taken, as the database writes them down. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "queues/inbound.h"
#include "tests/handlers/desk.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, empty, NULL, NULL                                                                     \
	}

static int empty(void **state)
{
	ask("truncate inbound_mails cascade");
	return desk_empty(state);
}

static struct inbound mail_of(const char *door, const char *key)
{
	static const struct text recipient = TEXT("help@desk.test");

	return (struct inbound){ .id = uuid_new(),
		.door = door,
		.peer = TEXT("192.0.2.1"),
		.from = TEXT("ada@example.org"),
		.recipients = &recipient,
		.recipient_count = 1,
		.size = 10,
		.door_key = text_of(key) };
}

/* The rows that the statement gives: "place id" each. */
static struct db_result *take(struct db *db, const struct inbound *mails, int count)
{
	struct buffer rows;
	struct db_result *result;

	buffer_init(&rows, desk_arena, 1024);
	buffer_string(&rows, "[");
	for (int i = 0; i < count; i++) {
		buffer_string(&rows, i ? "," : "");
		inbound_write(&mails[i], &rows);
	}
	buffer_string(&rows, "]");
	db_begin(db);
	result = db_send(db, QUERY_inbound_take, P_TEXT(buffer_view(&rows)));
	assert_true(db_commit(db));
	return result;
}

static void assert_count(const char *wanted, const char *from)
{
	assert_string_equal(ask("select count(*) from %s", from), wanted);
}

static void what_is_sent_twice_is_written_once(void **state)
{
	struct inbound mails[2] = { mail_of("lmtp", NULL), mail_of("smtp", NULL) };
	struct db *db = desk_as("mail_ingress", "");

	(void)state;
	assert_int_equal(db_rows(take(db, mails, 1)), 1);
	assert_int_equal(db_rows(take(db, mails, 2)), 2);
	assert_int_equal(db_rows(take(db, mails, 2)), 2);
	assert_count("2", "inbound_mails");
	assert_count("2",
	        "outbox where type = 'mail.received' and exchange = 'guichet.work' and routing_key = 'work.intake'");
	db_close(&db);
}

static void what_a_door_knows_is_the_same_message(void **state)
{
	struct inbound first = mail_of("http", "k1"), again = mail_of("http", "k1"), other = mail_of("import", "k1");
	struct db *db = desk_as("ingress", "");
	struct db_result *rows;
	struct uuid id;

	(void)state;
	take(db, &first, 1);
	rows = take(db, &again, 1);
	assert_int_equal(db_rows(rows), 1);
	id = db_uuid(rows, 0, 1);
	assert_true(uuid_equal(&id, &first.id));
	take(db, &other, 1);
	assert_count("2", "inbound_mails");
	assert_count("2", "outbox where type = 'mail.received'");
	db_close(&db);
}

static void what_is_not_known_of_the_envelope_is_null(void **state)
{
	struct inbound bounce = mail_of("lmtp", NULL), unknown = mail_of("import", NULL);
	struct db *db = desk_as("ctl", "");

	(void)state;
	bounce.from = TEXT("");
	unknown.from = TEXT_NONE;
	unknown.recipient_count = 0;
	take(db, (struct inbound[]){ bounce, unknown }, 2);
	assert_count("1", "inbound_mails where envelope_from = '' and recipients = '{help@desk.test}'");
	assert_count("1", "inbound_mails where envelope_from is null and recipients = '{}'");
	db_close(&db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("what is sent twice is written once, and told once", what_is_sent_twice_is_written_once),
		SENTENCE(
		        "what a door knows by the same key is the same message", what_a_door_knows_is_the_same_message),
		SENTENCE("what is not known of the envelope is null", what_is_not_known_of_the_envelope_is_null),
	};

	return cmocka_run_group_tests_name("the doors of mail", tests, desk_open, desk_close);
}
