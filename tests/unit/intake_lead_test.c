/* intake_lead_test.c - what in a mail leads to something of ours; what our mail server says; what staff commands; and
 * what a ticket can hold of it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "queues/mail_token.h"
#include "workers/intake/intake.h"
#include "workers/intake/words.h"

static struct arena *arena;
static struct letter letter;
static struct lead lead;

static int begin(void **state)
{
	(void)state;
	arena = arena_new(1 << 16);
	return setenv("MAIL_KEY", "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", 1) ||
	       !settings_load((struct setting *const[]){ mail_token_settings, NULL }, stderr);
}

static int end(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static int anew(void **state)
{
	(void)state;
	letter = (struct letter){ .subject = TEXT("") };
	return 0;
}

static void read_lead(const char *recipient)
{
	struct taken taken = { .recipients = { &(struct text){ recipient, strlen(recipient) }, 1 } };

	lead_read(&taken, &letter, arena, &lead);
}

/* --- addresses ------------------------------------------------------------------------------------- */
static const char *address_with(enum mail_token_kind kind, const struct uuid *id)
{
	char token[MAIL_TOKEN_BYTES];

	mail_token_write(kind, id, TEXT_NONE, token);
	return arena_printf(arena, "Support+%s@Desk.example", token);
}

static void an_address_leads_to_its_ticket_or_to_the_mail_that_came_back(void **state)
{
	struct uuid id = uuid_new();

	(void)state;
	read_lead(address_with(MAIL_TOKEN_TICKET, &id));
	assert_true(uuid_equal(&lead.ticket_id, &id));
	assert_true(uuid_is_none(&lead.bounced));
	assert_true(text_equal(lead.addresses.items[0], TEXT("support@desk.example")));
	read_lead(address_with(MAIL_TOKEN_BOUNCE, &id));
	assert_true(uuid_equal(&lead.bounced, &id));
	assert_true(uuid_is_none(&lead.ticket_id));
}

static void a_token_that_was_not_made_here_leads_nowhere(void **state)
{
	struct uuid id = uuid_new();
	char *address = (char *)address_with(MAIL_TOKEN_TICKET, &id);

	(void)state;
	address[20] = address[20] == 'a' ? 'b' : 'a';
	read_lead(address);
	assert_true(uuid_is_none(&lead.ticket_id));
	assert_true(text_equal(lead.addresses.items[0], TEXT("support@desk.example")));
}

static void an_address_counts_in_to_as_well(void **state)
{
	struct uuid id = uuid_new();

	(void)state;
	letter.to[0].address = text_of(address_with(MAIL_TOKEN_TICKET, &id));
	letter.to_count = 1;
	read_lead("support@desk.example");
	assert_true(uuid_equal(&lead.ticket_id, &id));
	assert_int_equal(lead.addresses.count, 1);
}

static void what_stands_behind_a_plus_is_no_other_address(void **state)
{
	(void)state;
	assert_true(text_equal(lead_plain(TEXT("support+a+b@desk.example"), arena), TEXT("support@desk.example")));
	assert_true(text_equal(lead_plain(TEXT("support@desk.example"), arena), TEXT("support@desk.example")));
	assert_null(lead_plain(TEXT_NONE, arena).data);
}

/* --- ids, numbers ------------------------------------------------------------------------------------ */
static void every_id_that_it_refers_to_is_looked_at(void **state)
{
	struct uuid id = uuid_new();
	struct text references[] = { TEXT("x@y"),
		text_of(arena_printf(arena, "%s@desk.example", uuid_text(arena, &id).data)),
		TEXT("last@client.example") };

	(void)state;
	letter.references = (struct text_list){ references, 3 };
	read_lead("support@desk.example");
	assert_int_equal(lead.hashes.count, 3);
	assert_int_equal(lead.mails.count, 1);
	assert_true(uuid_equal(&lead.mails.ids[0], &id));
}

static void of_very_many_ids_the_first_and_the_last_count(void **state)
{
	struct text *references = ARENA_ARRAY(arena, struct text, 1000);

	(void)state;
	for (int i = 0; i < 1000; i++)
		references[i] = text_of(arena_printf(arena, "%d@client.example", i));
	letter.references = (struct text_list){ references, 1000 };
	read_lead("support@desk.example");
	assert_int_equal(lead.hashes.count, LEAD_REFERENCES);
}

static void a_number_is_found_wherever_it_stands_in_the_subject(void **state)
{
	static const char *const with[] = { "Re: [HD-2026-000012] Printer", "hd-2026-000012",
		"AW: #HD-2026-000012: x" };
	static const char *const without[] = { "XHD-2026-000012", "HD-", "HD-2026", "HD-x", "HD-20260-00-12" };

	(void)state;
	for (size_t i = 0; i < sizeof with / sizeof *with; i++) {
		letter.subject = text_of(with[i]);
		read_lead("support@desk.example");
		assert_true(text_equal(lead.number, TEXT("HD-2026-000012")));
	}
	for (size_t i = 0; i < sizeof without / sizeof *without; i++) {
		letter.subject = text_of(without[i]);
		read_lead("support@desk.example");
		assert_null(lead.number.data);
	}
}

/* --- Authentication-Results ----------------------------------------------------------------------------- */
static enum trust trust_in(const char *first, const char *second)
{
	struct text headers[] = { text_of(first), text_of(second) };

	letter.from.address = TEXT("zoe@client.example");
	letter.authentication = (struct text_list){ headers, second ? 2 : 1 };
	return trust_of(&letter, TEXT("mx.desk.example"));
}

static void only_our_own_server_is_believed_and_of_it_the_topmost(void **state)
{
	(void)state;
	assert_int_equal(
	        trust_in("mx.desk.example; spf=pass smtp.mailfrom=x; dmarc=pass header.from=client.example", NULL),
	        TRUST_PASS);
	assert_int_equal(trust_in("mx.desk.example 1; dmarc=pass (p=none dis=none) header.from=Client.Example", NULL),
	        TRUST_PASS);
	assert_int_equal(trust_in("mx.evil.example; dmarc=pass header.from=client.example", NULL), TRUST_NONE);
	assert_int_equal(trust_in("mx.desk.example; dmarc=fail header.from=client.example",
	                         "mx.desk.example; dmarc=pass header.from=client.example"),
	        TRUST_FAIL);
	assert_int_equal(trust_in("mx.evil.example; dmarc=pass header.from=client.example",
	                         "mx.desk.example; dmarc=fail header.from=client.example"),
	        TRUST_FAIL);
}

static void a_pass_for_another_domain_says_nothing(void **state)
{
	(void)state;
	assert_int_equal(trust_in("mx.desk.example; dmarc=pass header.from=evil.example", NULL), TRUST_NONE);
	assert_int_equal(trust_in("mx.desk.example; spf=pass; dkim=pass header.d=client.example", NULL), TRUST_NONE);
	assert_int_equal(trust_in("mx.desk.example (dmarc=pass header.from=client.example); none", NULL), TRUST_NONE);
	assert_int_equal(
	        trust_in("mx.desk.example.evil.example; dmarc=pass header.from=client.example", NULL), TRUST_NONE);
}

static void what_a_stranger_calls_himself_says_nothing(void **state)
{
	(void)state;
	assert_int_equal(
	        trust_in("mx.desk.example; spf=pass smtp.mailfrom=\"a; dmarc=pass header.from=client.example ; "
	                 "b\"@evil.example; dmarc=fail header.from=client.example",
	                NULL),
	        TRUST_FAIL);
	assert_int_equal(trust_in("mx.desk.example; spf=pass smtp.mailfrom=\"(\"@evil.example; dmarc=fail "
	                          "header.from=client.example",
	                         NULL),
	        TRUST_FAIL);
	assert_int_equal(
	        trust_in("mx.desk.example; spf=pass smtp.mailfrom=\"\\\"; dmarc=pass header.from=client.example ; "
	                 "\"@evil.example; dmarc=none",
	                NULL),
	        TRUST_NONE);
	assert_int_equal(
	        trust_in("mx.desk.example; spf=pass (\\) ; dmarc=pass header.from=client.example ; ); dmarc=fail "
	                 "header.from=client.example",
	                NULL),
	        TRUST_FAIL);
	assert_int_equal(trust_in("mx.desk.example; dmarc=pass header.from=\"client.example\"", NULL), TRUST_PASS);
}

/* --- the same message? ------------------------------------------------------------------------------- */
static void a_message_is_the_same_when_it_says_the_same_in_the_same_name(void **state)
{
	struct letter first = { .message_id = TEXT("1@device"), .subject = TEXT("Alarm 1") }, again = first;
	struct text raw = TEXT("Subject: Alarm\r\n\r\n");

	(void)state;
	letter_hash(&first, raw, arena);
	letter_hash(&again, raw, arena);
	assert_true(text_equal(first.body_hash, again.body_hash));
	again.subject = TEXT("Alarm 2");
	letter_hash(&again, raw, arena);
	assert_true(text_equal(first.message_hash, again.message_hash));
	assert_false(text_equal(first.body_hash, again.body_hash));
	again = first;
	again.from.address = TEXT("eve@evil.example");
	letter_hash(&again, raw, arena);
	assert_false(text_equal(first.body_hash, again.body_hash));
}

/* --- commands ------------------------------------------------------------------------------------------- */
static void commands_stand_before_the_text_and_are_no_part_of_it(void **state)
{
	struct orders orders;

	(void)state;
	orders_read(TEXT("#assign me\n#PRIORITY high\n\n#status waiting_user\nHello,\n#close\n"), &orders);
	assert_true(text_equal(orders.assignee, TEXT("me")));
	assert_int_equal(orders.priority, PRIORITY_HIGH);
	assert_int_equal(orders.status, TICKET_WAITING_USER);
	assert_false(orders.close);
	assert_true(text_equal(orders.rest, TEXT("Hello,\n#close\n")));
	orders_read(TEXT("#1 on my list\n#close"), &orders);
	assert_false(orders.close);
	assert_true(text_equal(orders.rest, TEXT("#1 on my list\n#close")));
	orders_read(TEXT("#internal\n#close"), &orders);
	assert_true(orders.internal && orders.close);
	assert_int_equal(orders.rest.len, 0);
}

/* --- words ------------------------------------------------------------------------------------------------ */
static void a_title_is_a_line_that_can_be_read_whatever_the_subject(void **state)
{
	char *subject = arena_alloc(arena, 2001);
	struct text title;
	size_t characters;

	(void)state;
	memset(subject, 'x', 2000);
	title = words_title(text_of(subject), TEXT("none"), arena);
	assert_true(text_is_utf8(title, &characters));
	assert_int_equal(characters, 255);
	assert_true(text_equal(words_title(TEXT("a\r\nBcc: b\tc"), TEXT("none"), arena), TEXT("a  Bcc: b c")));
	assert_true(text_equal(words_title(TEXT("\xe2\x80\xae"), TEXT("none"), arena), TEXT("none")));
	assert_true(text_equal(words_title(TEXT(""), TEXT("none"), arena), TEXT("none")));
	assert_true(text_equal(words_title(TEXT("a\xe2\x80\xae"
	                                        "b"),
	                               TEXT("none"), arena),
	        TEXT("ab")));
}

static void a_text_keeps_its_lines_and_is_cut_where_a_ticket_ends(void **state)
{
	char *long_text = arena_alloc(arena, 200001);
	struct text body;
	size_t characters;

	(void)state;
	for (int i = 0; i < 100000; i++)
		memcpy(long_text + 2 * i, "\xc3\xa9", 2);
	body = words_body(text_of(long_text), TEXT("none"), arena);
	assert_true(text_is_utf8(body, &characters));
	assert_int_equal(characters, 50000);
	assert_true(text_equal(words_body(TEXT("a\r\n\x01"
	                                       "b\n"),
	                               TEXT("none"), arena),
	        TEXT("a\nb")));
	assert_true(text_equal(words_body(TEXT(" \n"), TEXT("none"), arena), TEXT("none")));
}

static void a_file_name_is_cut_between_characters(void **state)
{
	char *name = arena_alloc(arena, 601);
	struct text cut;

	(void)state;
	for (int i = 0; i < 300; i++)
		memcpy(name + 2 * i, "\xc3\xa9", 2);
	cut = words_file_name(text_of(name), arena);
	assert_true(cut.len <= 255 && text_is_utf8(cut, NULL));
	assert_true(text_equal(words_file_name(TEXT(""), arena), TEXT("attachment")));
}

int main(void)
{
#define CASE(title, function)                                                                                          \
	{                                                                                                              \
		title, function, anew, NULL, NULL                                                                      \
	}
	const struct CMUnitTest tests[] = {
		CASE("an address leads to its ticket, or to the mail that came back",
		        an_address_leads_to_its_ticket_or_to_the_mail_that_came_back),
		CASE("a token that was not made here leads nowhere", a_token_that_was_not_made_here_leads_nowhere),
		CASE("an address counts in To as well", an_address_counts_in_to_as_well),
		CASE("what stands behind a + is no other address", what_stands_behind_a_plus_is_no_other_address),
		CASE("every id that it refers to is looked at", every_id_that_it_refers_to_is_looked_at),
		CASE("of very many ids the first and the last count", of_very_many_ids_the_first_and_the_last_count),
		CASE("a number is found wherever it stands in the subject",
		        a_number_is_found_wherever_it_stands_in_the_subject),
		CASE("only our own server is believed, and of it the topmost word",
		        only_our_own_server_is_believed_and_of_it_the_topmost),
		CASE("a pass for another domain, or of another method, says nothing",
		        a_pass_for_another_domain_says_nothing),
		CASE("what a stranger calls himself says nothing", what_a_stranger_calls_himself_says_nothing),
		CASE("a message is the same when it says the same in the same name",
		        a_message_is_the_same_when_it_says_the_same_in_the_same_name),
		CASE("commands stand before the text and are no part of it",
		        commands_stand_before_the_text_and_are_no_part_of_it),
		CASE("a title is a line that can be read, whatever the subject",
		        a_title_is_a_line_that_can_be_read_whatever_the_subject),
		CASE("a text keeps its lines, and is cut where a ticket ends",
		        a_text_keeps_its_lines_and_is_cut_where_a_ticket_ends),
		CASE("a file's name is cut between characters", a_file_name_is_cut_between_characters),
	};

	return cmocka_run_group_tests_name("intake lead", tests, begin, end);
}
