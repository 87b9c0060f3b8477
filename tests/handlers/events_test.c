/* events_test.c - every event is a row of the catalogue, whoever writes it: a worker (workers/outbox.c) or a statement
 * (sql/functions/outbox_event.sql). Members that the row has not, or that are missing, fail here.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>
#include "queues/answers.h"
#include "queues/dead_known.h"
#include "tests/handlers/desk.h"
#include "workers/batch.h"
#include "workers/outbox.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, desk_empty, NULL, NULL                                                                \
	}

static struct db *as_ingress, *as_ctl;

static int open_programs(void **state)
{
	if (desk_open(state))
		return -1;
	as_ingress = desk_as("ingress", "");
	as_ctl = desk_as("ctl", "");
	return db_fault(as_ingress) == DB_FINE && db_fault(as_ctl) == DB_FINE ? 0 : -1;
}

static int close_programs(void **state)
{
	db_close(&as_ingress);
	db_close(&as_ctl);
	return desk_close(state);
}

/* --- what an event is made of ------------------------------------------------------------ */
static bool is_part_of(const struct thing *thing, const char *member)
{
	for (const struct part *part = thing->parts; part->name; part++)
		if (!strcmp(part->name, member))
			return true;
	return false;
}

static void check_envelope(const char *type, const json_t *body)
{
	const struct thing *event = thing_find(TEXT("Event"));
	const char *member;
	json_t *value;

	json_object_foreach((json_t *)body, member, value)
	{
		if (!is_part_of(event, member))
			fail_msg("%s: %s is no member of an event", type, member);
	}
	for (const struct part *part = event->parts; part->name; part++)
		if (!part->maybe && !json_object_get(body, part->name))
			fail_msg("%s: %s is missing", type, part->name);
}

/* All of the row's members and no others, each as its kind wants it. */
static void check_data(const struct record *record, json_t *data)
{
	char *text = json_dumps(data, JSON_COMPACT), name[FIELD_JSON_BYTES];
	void *read = arena_alloc(desk_arena, record->bytes + 1);
	struct problems problems = { 0 };

	assert_non_null(text);
	if (!contract_read(record, text_copy(desk_arena, text_of(text)), FROM_MESSAGE, desk_arena, read, &problems))
		fail_msg("%s: %s: %s %s", record->type, text, problems.items[0].pointer, problems.items[0].detail);
	for (int i = 0; i < record->count; i++) {
		field_json_name(record->fields[i].name, name);
		if (!json_object_get(data, name))
			fail_msg("%s: %s: %s is missing", record->type, text, name);
	}
	free(text);
}

static void check_event(const char *type, const char *text)
{
	const struct record *record = event_find(text_of(type));
	json_t *body = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

	if (!record)
		fail_msg("%s has no EVENT row", type);
	if (!body)
		fail_msg("%s: %s", type, text);
	assert_string_equal(json_string_value(json_object_get(body, "type")), type);
	check_envelope(type, body);
	check_data(record, json_object_get(body, "data"));
	json_decref(body);
}

/* Every event of the outbox, with what the relay and the policies go by. */
static void check_outbox(void)
{
	int64_t count = ask_number("select count(*) from outbox where exchange = 'guichet.events'");

	for (int64_t i = 0; i < count; i++) {
		const char *row = arena_printf(desk_arena,
		        "from (select *, row_number() over (order by id) - 1 as place from outbox where exchange = "
		        "'guichet.events') o where place = %d",
		        (int)i);

		check_event(ask("select type %s", row), ask("select body %s", row));
		assert_string_equal(ask("select routing_key = type and headers ->> 'message_id' = body::jsonb ->> 'id' "
		                        "and headers ->> "
		                        "'actor' is not distinct from body::jsonb ->> 'actorId' %s",
		                            row),
		        "t");
	}
}

/* --- by a worker --------------------------------------------------------------------------- */
static void fill(const struct record *record, void *members)
{
	struct problems problems = { 0 };

	for (int i = 0; i < record->count; i++) {
		const struct field *field = &record->fields[i];

		if (field->kind->shape == SHAPE_LIST)
			*(struct text_list *)field_of(field, members) =
			        (struct text_list){ .items = ARENA_NEW(desk_arena, struct text), .count = 0 };
		else if (!contract_set(record, field, text_of(field->kind->example ? field->kind->example : "1"),
		                 desk_arena, members, &problems))
			fail_msg("%s.%s: %s", record->type, field->name, problems.items[0].detail);
	}
}

static void each_event_is_told_by_a_worker_with_its_members(void **state)
{
	struct said said = { .id = uuid_new(),
		.now_us = 1767225600LL * 1000000,
		.actor = uuid_new(),
		.role = ROLE_AGENT,
		.command_id = uuid_new(),
		.subject = "ticket",
		.subject_id = uuid_new(),
		.subject_version = 3,
		.correlation_id = TEXT("request-1") };

	(void)state;
	for (int i = 0; i < EVENT_COUNT; i++) {
		void *members = arena_alloc(desk_arena, events[i].bytes + 1);
		struct rows rows;
		json_t *written, *row;

		fill(&events[i], members);
		rows_init(&rows, desk_arena);
		outbox_event(rows_begin(&rows), &said, (enum event_id)i, members);
		rows_end(&rows);
		written = json_loads(text_dup(desk_arena, rows_done(&rows)), JSON_REJECT_DUPLICATES, NULL);
		row = json_array_get(written, 0);
		assert_string_equal(json_string_value(json_object_get(row, "exchange")), "guichet.events");
		assert_string_equal(json_string_value(json_object_get(row, "routing_key")), events[i].type);
		check_event(events[i].type, json_string_value(json_object_get(row, "body")));
		json_decref(written);
	}
}

static void what_a_lane_applies_is_told_in_full(void **state)
{
	struct attempt attempt;
	struct uuid owner = desk_account("user", true), ticket = uuid_new();
	struct message m[3] = { desk_create(uuid_new(), owner, ticket), desk_comment(uuid_new(), owner, ticket, "a"),
		desk_upload(uuid_new(), owner, uuid_new(), ticket, 1000) };

	(void)state;
	assert_int_equal(desk_try(&attempt, m, 3), DB_FINE);
	assert_int_equal(ask_number("select count(*) from outbox where exchange = 'guichet.events'"), 3);
	check_outbox();
}

/* --- by a statement -------------------------------------------------------------------------- */
static void run(struct db *db, enum query query, int count, const struct db_param *params)
{
	db_reset(db);
	db_send_params(db, query, count, params);
	if (!db_sync(db))
		fail_msg("query %d: %s %s", query, db_sqlstate(db), db_message(db));
}
#define RUN(db, query, ...)                                                                                            \
	run((db), QUERY_##query, sizeof((struct db_param[]){ __VA_ARGS__ }) / sizeof(struct db_param),                 \
	        (struct db_param[]){ __VA_ARGS__ })

#define A_HASH "0000000000000000000000000000000000000000000000000000000000000001"
#define B_HASH "0000000000000000000000000000000000000000000000000000000000000002"

static void sign_up_in_and_out(void)
{
	struct uuid account = uuid_new(), first = uuid_new(), second = uuid_new(), event[4];

	for (int i = 0; i < 4; i++)
		event[i] = uuid_new();
	RUN(as_ingress, account_register, P_UUID(&account), P_TEXT(TEXT("zoe@example.org")), P_NULL, P_NULL, P_NULL,
	        P_TEXT(TEXT("hash")), P_UUID(&first), P_TEXT(TEXT(A_HASH)), P_INT(60), P_UUID(&event[0]),
	        P_TEXT(TEXT("request-1")), P_NULL, P_TEXT(TEXT("192.0.2.7 curl/8")), P_INT(60), P_INT(1));
	RUN(as_ingress, session_open, P_UUID(&account), P_UUID(&second), P_TEXT(TEXT(B_HASH)), P_INT(60),
	        P_UUID(&event[1]), P_TEXT(TEXT("request-2")), P_NULL, P_INT(0), P_TEXT(TEXT("hash")), P_NULL,
	        P_TEXT(TEXT("password")), P_TEXT(TEXT("a newer hash")), P_INT(60), P_INT(0), P_NULL);
	RUN(as_ingress, session_close, P_UUID(&first), P_UUID(&account), P_UUID(&event[2]), P_TEXT(TEXT("request-3")),
	        P_NULL, P_NULL);
	RUN(as_ingress, session_close_all, P_UUID(&account), P_UUID(&event[3]), P_TEXT(TEXT("request-4")), P_NULL,
	        P_UUID(&second), P_INT(0), P_NULL);
}

static void come_from_elsewhere(void)
{
	struct uuid id = uuid_new(), registered = uuid_new(), role = uuid_new();

	RUN(as_ingress, federated_sign_in, P_TEXT(TEXT("there")), P_TEXT(TEXT("subject")),
	        P_TEXT(TEXT("{\"email\":\"far@example.org\",\"isProven\":true,\"role\":\"agent\"}")), P_NULL, P_INT(0),
	        P_UUID(&id), P_UUID(&registered), P_UUID(&role), P_TEXT(TEXT("request-9")), P_NULL, P_NULL);
}

/* The nth link of each kind that an account has. */
static void give_link(const struct uuid *account, const char *kind, int n)
{
	ask("insert into account_tokens (hash, account_id, kind, address, expires_at) select decode('%064x', 'hex'), "
	    "id, '%s', case "
	    "'%s' when 'email_new' then 'newer@example.org' else email end, now() + interval '1 minute' from accounts "
	    "where id = "
	    "'%s'",
	        n, kind, kind, id_text(*account));
}

static void follow_link(int n)
{
	struct uuid event = uuid_new();

	RUN(as_ingress, link_use, P_TEXT(text_of(arena_printf(desk_arena, "%064x", n))), P_TEXT(TEXT("hash")),
	        P_UUID(&event), P_TEXT(TEXT("request-8")), P_NULL, P_NULL);
}

/* Five failures, then the links of mails. */
static void forget(void)
{
	static const char *const kinds[] = { "verify", "magic", "reset", "invite", "email_old", "email_new" };
	struct uuid account = desk_account("user", true), event[7], mail = uuid_new();
	struct text email = text_of(ask("select email from accounts where id = '%s'", id_text(account)));

	for (int i = 0; i < 7; i++)
		event[i] = uuid_new();
	for (int i = 0; i < 5; i++)
		RUN(as_ingress, sign_in_failed, P_TEXT(email), P_INT(5), P_UUID(&event[i]), P_UUID(&mail), P_INT(6),
		        P_TEXT(TEXT("request-8")), P_NULL, P_NULL);
	RUN(as_ingress, link_ask, P_TEXT(TEXT("reset")), P_TEXT(email), P_UUID(&event[5]), P_UUID(&event[5]), P_INT(6),
	        P_TEXT(TEXT("request-8")), P_NULL, P_NULL);
	ask("insert into email_changes (account_id, address) values ('%s', 'newer@example.org')", id_text(account));
	for (int i = 0; i < 6; i++) {
		give_link(&account, kinds[i], i + 1);
		follow_link(i + 1);
	}
	assert_string_equal(ask("select email from accounts where id = '%s'", id_text(account)), "newer@example.org");
	RUN(as_ingress, password_change, P_UUID(&account), P_NULL, P_TEXT(TEXT("hash")), P_TEXT(TEXT("other")),
	        P_UUID(&event[6]), P_TEXT(TEXT("request-9")), P_NULL, P_NULL);
}

/* A device that is enrolled, renewed and taken away, by its owner and by an administrator. */
static void have_a_second_factor(void)
{
	struct uuid account = desk_account("user", true), admin = desk_account("admin", true), event[4],
	            mail = uuid_new();
	struct text codes = TEXT("[\"" A_HASH "\",\"" B_HASH "\"]");

	for (int i = 0; i < 4; i++)
		event[i] = uuid_new();
	ask("insert into credentials (account_id, password_hash) values ('%s', 'hash')", id_text(account));
	for (int i = 0; i < 2; i++) {
		RUN(as_ingress, totp_enrol, P_UUID(&account), P_TEXT(TEXT("hash")), P_TEXT(TEXT("00")));
		RUN(as_ingress, totp_confirm, P_UUID(&account), P_TEXT(TEXT("00")), P_INT(1), P_TEXT(codes),
		        P_UUID(&event[i]), P_UUID(&mail), P_INT(0), P_TEXT(TEXT("request-10")), P_NULL, P_NULL);
		if (i)
			break;
		RUN(as_ingress, totp_recover, P_UUID(&account), P_TEXT(TEXT("hash")), P_INT(2), P_TEXT(TEXT("")),
		        P_TEXT(codes), P_UUID(&event[2]), P_TEXT(TEXT("request-11")), P_NULL, P_NULL);
		RUN(as_ingress, totp_disable, P_UUID(&account), P_TEXT(TEXT("hash")), P_INT(0), P_TEXT(TEXT(A_HASH)),
		        P_UUID(&event[3]), P_UUID(&mail), P_INT(0), P_TEXT(TEXT("request-12")), P_NULL, P_NULL);
	}
	RUN(as_ingress, totp_remove, P_UUID(&admin), P_UUID(&account), P_UUID(&mail), P_UUID(&mail), P_INT(0),
	        P_TEXT(TEXT("request-13")), P_NULL, P_NULL);
	assert_int_equal(ask_number("select count(*) from outbox where type like 'user.mfa\\_%%'"), 4);
	assert_int_equal(ask_number("select count(*) from outbox where type = 'user.recovery_codes_renewed'"), 1);
}

/* A service, and the token of one. */
static void let_programs_in(void)
{
	struct uuid admin = desk_account("admin", true), service = uuid_new(), token = uuid_new(), event[3];

	for (int i = 0; i < 3; i++)
		event[i] = uuid_new();
	RUN(as_ingress, service_make, P_UUID(&admin), P_UUID(&service), P_TEXT(TEXT("Kiosk")), P_UUID(&event[0]),
	        P_TEXT(TEXT("request-14")), P_NULL, P_NULL);
	RUN(as_ingress, api_token_make, P_UUID(&admin), P_UUID(&service), P_UUID(&token), P_TEXT(TEXT("a token")),
	        P_TEXT(TEXT(A_HASH)), P_TEXT(TEXT("[\"read\"]")), P_NULL, P_UUID(&event[1]), P_TEXT(TEXT("request-15")),
	        P_NULL, P_NULL);
	RUN(as_ingress, api_token_end, P_UUID(&admin), P_UUID(&token), P_UUID(&event[2]), P_TEXT(TEXT("request-16")),
	        P_NULL, P_NULL);
	assert_int_equal(ask_number("select count(*) from outbox where type in ('user.service_created', "
	                            "'user.token_created', 'user.token_revoked')"),
	        3);
	assert_int_equal(ask_number("select count(*) from mails where recipient like '%%.invalid'"), 0);
}

/* A token that was spent long ago; a failed sign-in of nobody. */
static void be_refused(void)
{
	struct uuid account = desk_account("user", true), session = uuid_new(), event[2] = { uuid_new(), uuid_new() };

	ask("insert into sessions (id, account_id, refresh_hash, expires_at) values ('%s', '%s', '\\x03', now() + "
	    "interval '1 day')",
	        id_text(session), id_text(account));
	ask("insert into spent_tokens (refresh_hash, session_id, spent_at) values ('\\x04', '%s', now() - interval '1 "
	    "minute')",
	        id_text(session));
	RUN(as_ingress, session_renew, P_TEXT(TEXT("04")), P_TEXT(TEXT("05")), P_INT(60), P_UUID(&event[0]),
	        P_TEXT(TEXT("request-5")), P_NULL, P_NULL);
	RUN(as_ingress, security_tell, P_TEXT(TEXT("security.login_failed")), P_UUID(&event[1]), P_NULL, P_NULL,
	        P_TEXT(TEXT("request-6")), P_NULL,
	        P_TEXT(TEXT("{\"email\":\"zoe@example.org\",\"reason\":\"unknown_address\",\"count\":1}")),
	        P_TEXT(TEXT("192.0.2.7 curl/8")));
}

static void look_after_the_trail(void)
{
	struct uuid admin = desk_account("admin", true), event[3] = { uuid_new(), uuid_new(), uuid_new() };

	RUN(as_ingress, audit_note, P_UUID(&admin), P_UUID(&event[0]), P_TEXT(TEXT("request-7")), P_NULL,
	        P_TEXT(TEXT("audit.noted")),
	        P_TEXT(TEXT("{\"action\":\"BACKUP_MADE\",\"resource\":\"database\",\"resourceId\":"
	                    "\"01a1fd58-4037-7b51-8275-9e8082d1c2d5\",\"details\":\"x\"}")),
	        P_NULL);
	RUN(as_ctl, ctl_audit_erased, P_UUID(&event[1]), P_UUID(&admin), P_INT(7));
}

static void administer(void)
{
	struct text email = TEXT("max@example.org");
	struct uuid account = uuid_new(), event[6];

	for (int i = 0; i < 6; i++)
		event[i] = uuid_new();
	RUN(as_ctl, ctl_user_add, P_UUID(&account), P_TEXT(email), P_TEXT(TEXT("user")), P_TEXT(TEXT("")),
	        P_TEXT(TEXT("")), P_TEXT(TEXT("fr")), P_TEXT(TEXT("hash")), P_UUID(&event[0]));
	RUN(as_ctl, ctl_user_role, P_TEXT(email), P_TEXT(TEXT("agent")), P_UUID(&event[1]));
	RUN(as_ctl, ctl_user_active, P_TEXT(email), P_TEXT(TEXT("false")), P_TEXT(TEXT("user.disabled")),
	        P_UUID(&event[2]));
	RUN(as_ctl, ctl_user_active, P_TEXT(email), P_TEXT(TEXT("true")), P_TEXT(TEXT("user.enabled")),
	        P_UUID(&event[3]));
	RUN(as_ctl, ctl_user_passwd, P_TEXT(email), P_TEXT(TEXT("other")), P_UUID(&event[4]));
}

/* Each of the three changes of an operator's to a letter. */
static void look_after_dead_letters(void)
{
	struct uuid letters[3] = { uuid_new(), uuid_new(), uuid_new() },
	            told[3] = { uuid_new(), uuid_new(), uuid_new() };

	for (int i = 0; i < 3; i++)
		ask("insert into dead_letters (id, queue, type, reason, command_id, exchange, routing_key, headers, "
		    "body) "
		    "values ('%s', 'cmd.ticket.0', 'ticket.close', 'x', '%s', 'guichet.commands', 'cmd.ticket.0', "
		    "'{\"message_id\": \"%s\"}', '{}')",
		        id_text(letters[i]), id_text(letters[i]), id_text(letters[i]));
	RUN(as_ctl, dead_replay, P_NULL, P_UUID(&told[0]),
	        P_TEXT(text_of(arena_printf(desk_arena, "{\"ids\": [\"%s\"]}", id_text(letters[0])))),
	        P_TEXT(dead_known(desk_arena)), P_INT(9), P_TEXT(TEXT("f")), P_TEXT(TEXT("f")), P_NULL, P_NULL, P_NULL);
	RUN(as_ctl, dead_discard, P_NULL, P_UUID(&told[1]),
	        P_TEXT(text_of(arena_printf(desk_arena, "{\"ids\": [\"%s\"]}", id_text(letters[1])))),
	        P_TEXT(TEXT("nobody misses it")), P_INT(9), P_TEXT(TEXT("f")), P_NULL, P_NULL, P_NULL);
	RUN(as_ctl, dead_edit, P_NULL, P_UUID(&told[2]), P_UUID(&letters[2]), P_TEXT(TEXT("{}")),
	        P_TEXT(TEXT("{\"a\":1}")), P_TEXT(TEXT("00")), P_TEXT(TEXT("[\"a\"]")), P_NULL, P_NULL, P_NULL);
}

static void look_after_the_quarantine(void)
{
	struct uuid file = uuid_new(), event[2] = { uuid_new(), uuid_new() };

	ask("insert into files (id, name, size, mime_type, sha256, created_at, updated_at, scan_state, place) values "
	    "('%s', 'a.zip', 1, 'application/zip', sha256('a'), now(), now(), 'infected', 'quarantine')",
	        id_text(file));
	RUN(as_ctl, ctl_file_release, P_UUID(&file), P_UUID(&event[0]));
	RUN(as_ctl, ctl_file_remove, P_UUID(&file), P_UUID(&event[1]));
}

/* The types that statements name have been told above: a new one wants its statement run here. */
static void assert_all_are_told(void)
{
	static const char call[] = "outbox_event('";

	for (int i = 0; i < QUERY_COUNT; i++)
		for (const char *at = strstr(query_texts[i].sql, call); at; at = strstr(at + 1, call)) {
			const char *type = at + sizeof call - 1;

			if (!ask_number(
			            "select count(*) from outbox where type = '%.*s'", (int)strcspn(type, "'"), type))
				fail_msg("%s tells of nothing in this test", query_texts[i].name);
		}
}

static void each_event_that_a_statement_tells_is_a_row(void **state)
{
	(void)state;
	sign_up_in_and_out();
	come_from_elsewhere();
	administer();
	look_after_dead_letters();
	be_refused();
	forget();
	have_a_second_factor();
	let_programs_in();
	look_after_the_trail();
	look_after_the_quarantine();
	check_outbox();
	assert_all_are_told();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("each event is told by a worker with its row's members",
		        each_event_is_told_by_a_worker_with_its_members),
		SENTENCE("what a lane applies is told in full", what_a_lane_applies_is_told_in_full),
		SENTENCE("each event that a statement tells is a row of the catalogue",
		        each_event_that_a_statement_tells_is_a_row),
	};

	return cmocka_run_group_tests_name("events", tests, open_programs, close_programs);
}
