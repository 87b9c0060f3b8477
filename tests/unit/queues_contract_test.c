/* queues_contract_test.c - the validator, walked over every command and every form.
 *
 * For each field a good value is made from its kind, and a body from those; then one
 * thing at a time is made wrong.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "queues/contract.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, NULL, fresh, NULL                                                                     \
	}
#define COUNT(array) (sizeof(array) / sizeof *(array))
#define RECORD_COUNT (COMMAND_COUNT + ACTION_COUNT)
#define UUID_SAMPLE "0190f0e0-0000-7000-8000-000000000001"

static struct arena *arena;
static struct problems problems;
static void *out; /* room for any record */

static int set_up(void **state)
{
	(void)state;
	arena = arena_new(1024 * 1024);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static int fresh(void **state)
{
	(void)state;
	arena_reset(arena);
	return 0;
}

static const struct record *record_at(int i)
{
	return i < COMMAND_COUNT ? &commands[i].record : &actions[i - COMMAND_COUNT].record;
}

static bool read_as(const struct record *record, enum source source, struct text body)
{
	memset(&problems, 0, sizeof problems);
	out = arena_alloc(arena, record->bytes);
	return contract_read(record, body, source, arena, out, &problems);
}

static bool is_text(const struct field *field)
{
	return field->kind->shape == SHAPE_LINE || field->kind->shape == SHAPE_TEXT ||
	       field->kind->shape == SHAPE_SECRET;
}

static bool is_flag(const struct field *field)
{
	return field->kind->words == flag_words;
}

/* --- samples ----------------------------------------------------------------------- */
/* A JSON string of n times the character. */
static char *repeated(const char *character, int64_t n)
{
	struct buffer b;

	buffer_init(&b, arena, 64);
	buffer_string(&b, "\"");
	for (int64_t i = 0; i < n; i++)
		buffer_string(&b, character);
	buffer_string(&b, "\"");
	return buffer_cstr(&b);
}

/* n bytes, with a dot for every fifty of the domain's. */
static char *address(int64_t n)
{
	char *json = repeated("d", n);

	if (n >= 3)
		memcpy(json + 1, "a@", 2);
	for (int64_t i = n - 50; i > 4; i -= 50)
		json[i] = '.';
	return json;
}

/* A list whose items are ids. */
static bool holds_ids(const struct field *field)
{
	return field->kind->loader == LOAD_FILE || field->kind == &kind_of_policy_ids;
}

static const char *sample(const struct field *field)
{
	switch (field->kind->shape) {
	case SHAPE_UUID:
		return "\"" UUID_SAMPLE "\"";
	case SHAPE_EMAIL:
		return "\"somebody@example.org\"";
	case SHAPE_NUMBER:
		return arena_printf(arena, "%lld", (long long)field->kind->most);
	case SHAPE_LIST:
		if (holds_ids(field))
			return "[\"" UUID_SAMPLE "\"]";
		return "[\"urgent\",\"second floor\"]";
	case SHAPE_MOMENT:
		return "\"2026-11-21T08:00:00Z\"";
	case SHAPE_WORD:
		return is_flag(field) ? "true" : arena_printf(arena, "\"%s\"", field->kind->words[1]);
	default:
		return repeated("a", field->kind->least > 7 ? field->kind->least : 7);
	}
}

static bool open_to(const struct field *field, enum source source)
{
	return source == FROM_MESSAGE || field_is_in_body(field);
}

static bool needed_by(const struct field *field, enum source source)
{
	return field->need == REQUIRED ||
	       (source == FROM_MESSAGE && (field->need == FROM_PATH || field->need == MINTED));
}

static const char *json_name(const struct field *field)
{
	char *name = arena_alloc(arena, FIELD_JSON_BYTES);

	field_json_name(field->name, name);
	return name;
}

/* All that may be there, but field is given as value (NULL: not at all); extra is added as it is. */
static struct text body_with(const struct record *record, enum source source, const struct field *field,
        const char *value, const char *extra)
{
	struct buffer b;

	buffer_init(&b, arena, 1024);
	buffer_string(&b, "{");
	for (int i = 0; i < record->count; i++) {
		const struct field *f = &record->fields[i];
		const char *v = f == field ? value : (open_to(f, source) ? sample(f) : NULL);

		if (v)
			buffer_json_member_raw(&b, json_name(f), text_of(v));
	}
	if (extra)
		buffer_printf(&b, "%s%s", b.len > 1 ? "," : "", extra);
	buffer_string(&b, "}");
	return text_of(buffer_cstr(&b));
}

/* --- verdicts ---------------------------------------------------------------------- */
static void assert_read(const struct record *record, enum source source, struct text body)
{
	if (!read_as(record, source, body))
		fail_msg("%s refuses %.*s: %s %s %s", record->type, (int)(body.len < 200 ? body.len : 200), body.data,
		        problems.items[0].pointer, problems.items[0].code, problems.items[0].detail);
	assert_int_equal(problems.count, 0);
}

/* Exactly one problem, with this pointer and code. */
static void assert_problem(
        const struct record *record, enum source source, struct text body, const char *member, const char *code)
{
	char pointer[96];
	const struct problem *found = &problems.items[0];

	snprintf(pointer, sizeof pointer, "%s%s", *member ? "/" : "", member);
	if (read_as(record, source, body))
		fail_msg("%s accepts %.*s", record->type, (int)(body.len < 200 ? body.len : 200), body.data);
	if (problems.count != 1 || strcmp(found->pointer, pointer) != 0 || strcmp(found->code, code) != 0)
		fail_msg("%s: %d problems, the first \"%s\" %s, expected \"%s\" %s", record->type, problems.count,
		        found->pointer, found->code, pointer, code);
	assert_true(strlen(found->detail) > 0);
	assert_true(text_is_utf8(text_of(found->detail), NULL));
}

/* --- the walk ---------------------------------------------------------------------- */
#define EACH_RECORD(record)                                                                                            \
	for (int row_ = 0; row_ < RECORD_COUNT; row_++)                                                                \
		for (const struct record *record = record_at(row_); record; record = NULL)
#define EACH_SOURCE(source) for (enum source source = FROM_CLIENT; source <= FROM_MESSAGE; source++)
#define EACH_FIELD(record, field)                                                                                      \
	for (const struct field *field = (record)->fields; field < (record)->fields + (record)->count; field++)

static void a_good_body_is_read(void **state)
{
	(void)state;
	EACH_RECORD(record)
	EACH_SOURCE(source)
	{
		assert_read(record, source, body_with(record, source, NULL, NULL, NULL));
		EACH_FIELD(record, field)
		assert_int_equal(field_is_present(field, out), open_to(field, source));
	}
}

static void each_missing_field_is_named(void **state)
{
	(void)state;
	EACH_RECORD(record)
	EACH_SOURCE(source)
	EACH_FIELD(record, field)
	{
		struct text body = body_with(record, source, field, NULL, NULL);

		/* FROM_PATH is there before the body is read; here it is not. */
		if (source == FROM_CLIENT && !open_to(field, source))
			continue;
		if (needed_by(field, source))
			assert_problem(record, source, body, json_name(field), "required");
		else
			assert_read(record, source, body);
	}
}

static void null_is_absent(void **state)
{
	(void)state;
	EACH_RECORD(record)
	EACH_SOURCE(source)
	EACH_FIELD(record, field)
	{
		struct text body = body_with(record, source, field, "null", NULL);

		if (!open_to(field, source))
			continue;
		if (needed_by(field, source)) {
			assert_problem(record, source, body, json_name(field), "required");
			continue;
		}
		assert_read(record, source, body);
		assert_int_equal(field_is_present(field, out), field->need == CLEARABLE);
	}
}

static void unknown_members_are_refused(void **state)
{
	(void)state;
	EACH_RECORD(record)
	EACH_SOURCE(source)
	{
		assert_problem(
		        record, source, body_with(record, source, NULL, NULL, "\"noSuch\":1"), "noSuch", "unknown");
		assert_problem(record, source, body_with(record, source, NULL, NULL, "\"\":1"), "", "unknown");
	}
}

static void what_is_not_the_clients_is_refused(void **state)
{
	int met = 0;

	(void)state;
	EACH_RECORD(record)
	EACH_FIELD(record, field)
	{
		if (open_to(field, FROM_CLIENT))
			continue;
		assert_problem(record, FROM_CLIENT, body_with(record, FROM_CLIENT, field, sample(field), NULL),
		        json_name(field), "unknown");
		met++;
	}
	assert_true(met > 0);
}

static void assert_length(const struct record *record, const struct field *field, const char *json, bool fine)
{
	struct text body = body_with(record, FROM_MESSAGE, field, json, NULL);

	if (fine)
		assert_read(record, FROM_MESSAGE, body);
	else
		assert_problem(record, FROM_MESSAGE, body, json_name(field), "length");
}

static void each_length_has_its_limits(void **state)
{
	(void)state;
	EACH_RECORD(record)
	EACH_FIELD(record, field)
	{
		int64_t least = field->kind->least, most = field->kind->most;
		bool email = field->kind->shape == SHAPE_EMAIL;

		if (!is_text(field) && !email)
			continue;
		assert_length(record, field, email ? address(least - 1) : repeated("a", least - 1), false);
		assert_length(record, field, email ? address(least) : repeated("a", least), true);
		assert_length(record, field, email ? address(most) : repeated("a", most), true);
		assert_length(record, field, email ? address(most + 1) : repeated("a", most + 1), false);
	}
}

/* Four bytes each: 50,000 of them stay below the limit of a body. */
static void characters_are_counted_not_bytes(void **state)
{
	(void)state;
	EACH_RECORD(record)
	EACH_FIELD(record, field)
	{
		if (!is_text(field))
			continue;
		assert_length(record, field, repeated("\xf0\x9f\x8e\xab", field->kind->most), true);
		assert_length(record, field, repeated("\xf0\x9f\x8e\xab", field->kind->most + 1), false);
	}
}

static void numbers_have_their_limits(void **state)
{
	int met = 0;

	(void)state;
	for (int i = 0; i < READ_COUNT; i++)
		EACH_FIELD(&reads[i].record, field)
		{
			int64_t edges[] = { field->kind->least - 1, field->kind->least, field->kind->most };

			if (field->kind->shape != SHAPE_NUMBER)
				continue;
			for (size_t e = 0; e < COUNT(edges); e++) {
				const char *digits = arena_printf(arena, "%lld", (long long)edges[e]);

				memset(&problems, 0, sizeof problems);
				out = arena_alloc(arena, reads[i].record.bytes);
				assert_int_equal(
				        contract_set(&reads[i].record, field, text_of(digits), arena, out, &problems),
				        e > 0);
				assert_int_equal(problems.count, e == 0);
			}
			assert_false(contract_set(&reads[i].record, field, TEXT("1x"), arena, out, &problems));
			assert_false(contract_set(&reads[i].record, field, TEXT(""), arena, out, &problems));
			assert_false(contract_set(
			        &reads[i].record, field, TEXT("99999999999999999999"), arena, out, &problems));
			met++;
		}
	assert_true(met > 0);
}

/* The same limits where a number comes in a body. */
static void numbers_of_a_body_have_their_limits(void **state)
{
	int met = 0;

	(void)state;
	EACH_RECORD(record)
	EACH_FIELD(record, field)
	{
		int64_t edges[] = { field->kind->least - 1, field->kind->least, field->kind->most,
			field->kind->most + 1 };

		for (size_t e = 0; field->kind->shape == SHAPE_NUMBER && e < COUNT(edges); e++, met++) {
			struct text body = body_with(
			        record, FROM_MESSAGE, field, arena_printf(arena, "%lld", (long long)edges[e]), NULL);

			if (e == 1 || e == 2)
				assert_read(record, FROM_MESSAGE, body);
			else
				assert_problem(record, FROM_MESSAGE, body, json_name(field), "range");
		}
	}
	assert_true(met > 0);
}

/* Of n items, each of these characters and its number. */
static const char *list_of(int n, const char *item)
{
	struct buffer b;

	buffer_init(&b, arena, 256);
	buffer_string(&b, "[");
	for (int i = 0; i < n; i++)
		buffer_printf(&b, "%s\"%s%02d\"", i ? "," : "", item, i);
	buffer_string(&b, "]");
	return buffer_cstr(&b);
}

static void lists_have_their_limits(void **state)
{
	const char *word = "ten chars.ten chars.ten chars.ten chars.8 chars."; /* 48, and two digits */
	int met = 0;

	(void)state;
	EACH_RECORD(record)
	EACH_FIELD(record, field)
	{
		int most = (int)field->kind->most;

		if (field->kind->shape != SHAPE_LIST)
			continue;
		assert_length(record, field, "[]", true);
		assert_true(field_is_present(field, out));
		met++;
		if (holds_ids(field))
			continue;
		assert_length(record, field, list_of(most, word), true);
		assert_length(record, field, list_of(most + 1, "a"), false);
		assert_length(record, field, list_of(1, arena_printf(arena, "%s!", word)), false);
		assert_length(record, field, "[\"a\",\" \"]", false);
		assert_length(record, field, "[\"a\\nb\"]", false);
	}
	assert_true(met > 0);
}

static void a_list_of_files_names_the_item_at_fault(void **state)
{
	const struct record *record = &commands[COMMAND_ticket_create].record;
	const struct field *field = field_find(record, TEXT("file_ids"));

	(void)state;
	assert_problem(record, FROM_CLIENT,
	        body_with(record, FROM_CLIENT, field, "[\"" UUID_SAMPLE "\",\"tray.png\"]", NULL), "fileIds/1",
	        "format");
	assert_problem(record, FROM_CLIENT,
	        body_with(record, FROM_CLIENT, field, list_of(11, "01a1fd58-4037-7b51-8275-9e8082d1c2"), NULL),
	        "fileIds", "length");
	assert_read(record, FROM_CLIENT,
	        body_with(record, FROM_CLIENT, field, list_of(10, "01A1FD58-4037-7B51-8275-9E8082D1C2"), NULL));
}

static void a_list_holds_each_item_once(void **state)
{
	const struct ticket_update *update;

	(void)state;
	assert_read(&commands[COMMAND_ticket_update].record, FROM_MESSAGE,
	        TEXT("{\"ticketId\":\"" UUID_SAMPLE "\",\"tags\":[\"b\",\" a\",\"b \",\"B\"]}"));
	update = out;
	assert_int_equal(update->tags.count, 2);
	assert_true(text_equal(update->tags.items[0], TEXT("b")));
	assert_true(text_equal(update->tags.items[1], TEXT("a")));
}

/* null must reach the worker as null, and must not look like a value. */
static void what_is_cleared_stays_cleared(void **state)
{
	int met = 0;

	(void)state;
	EACH_RECORD(record)
	EACH_SOURCE(source)
	EACH_FIELD(record, field)
	{
		struct buffer written;

		if (field->need != CLEARABLE)
			continue;
		assert_read(record, source, body_with(record, source, field, "null", NULL));
		if (field->kind->shape == SHAPE_UUID)
			assert_true(uuid_is_cleared(field_of(field, out)));
		else if (field->kind->shape == SHAPE_NUMBER)
			assert_true(*(int64_t *)field_of(field, out) == NUMBER_CLEARED);
		else
			assert_int_equal(((struct text *)field_of(field, out))->len, 0);
		buffer_init(&written, arena, 256);
		contract_write(record, out, &written);
		assert_non_null(strstr(buffer_cstr(&written), arena_printf(arena, "\"%s\":null", json_name(field))));
		if (source == FROM_MESSAGE)
			assert_read(record, source, buffer_view(&written));
		assert_true(field_is_present(field, out));
		field_forget(field, out);
		assert_false(field_is_present(field, out));
		met++;
	}
	assert_true(met > 0);
}

static void an_empty_search_is_a_search(void **state)
{
	const struct record *record = &reads[READ_ticket_search].record;
	const struct field *q = field_find(record, TEXT("q"));

	(void)state;
	memset(&problems, 0, sizeof problems);
	out = arena_alloc(arena, record->bytes);
	assert_true(contract_set(record, q, TEXT(""), arena, out, &problems));
	assert_true(field_is_present(q, out));
	assert_false(contract_set(record, q, text_of(repeated("a", q->kind->most)), arena, out, &problems));
	assert_string_equal(problems.items[0].code, "length");
}

static bool takes_json(const struct field *field)
{
	return field->kind == &kind_of_data || field->kind == &kind_of_document;
}

static void wrong_types_are_refused(void **state)
{
	static const char *const values[] = { "7", "1.5", "true", "[]", "{}", "[\"a\"]", "\"7\"" };

	(void)state;
	EACH_RECORD(record)
	EACH_FIELD(record, field)
	for (size_t v = 0; v < COUNT(values); v++) {
		bool text = values[v][0] == '"', number = !strcmp(values[v], "7");

		if ((field->kind->shape == SHAPE_LIST || takes_json(field)) && values[v][0] == '[')
			continue;
		if (takes_json(field) && values[v][0] == '{')
			continue; /* its JSON is the text */
		if (field->kind->shape == SHAPE_NUMBER ? number : text && field->kind->shape != SHAPE_LIST)
			continue;
		if (is_flag(field) && !strcmp(values[v], "true"))
			continue;
		assert_problem(record, FROM_MESSAGE, body_with(record, FROM_MESSAGE, field, values[v], NULL),
		        json_name(field), "type");
	}
}

static void bad_ids_and_words_are_refused(void **state)
{
	static const char *const ids[] = { "\"\"", "\"x\"", "\"00000000-0000-0000-0000-000000000000\"",
		"\"ffffffff-ffff-ffff-ffff-ffffffffffff\"", "\"0190f0e0-0000-7000-8000-00000000000\"",
		"\"{0190f0e0-0000-7000-8000-000000000001}\"" };
	static const char *const words[] = { "\"\"", "\"no_such_word\"", "\" open\"", "\"absent\"" };

	(void)state;
	EACH_RECORD(record)
	EACH_FIELD(record, field)
	{
		for (size_t i = 0; field->kind->shape == SHAPE_UUID && i < COUNT(ids); i++)
			assert_problem(record, FROM_MESSAGE, body_with(record, FROM_MESSAGE, field, ids[i], NULL),
			        json_name(field), "format");
		for (size_t i = 0; field->kind->shape == SHAPE_WORD && i < COUNT(words); i++)
			assert_problem(record, FROM_MESSAGE, body_with(record, FROM_MESSAGE, field, words[i], NULL),
			        json_name(field), "value");
	}
}

static void words_are_read_in_any_case(void **state)
{
	int met = 0;

	(void)state;
	EACH_RECORD(record)
	EACH_FIELD(record, field)
	for (int w = 1; w < field->kind->word_count; w++) {
		char *shouted = arena_printf(arena, "\"%s\"", field->kind->words[w]);

		for (char *c = shouted; *c; c++)
			*c = (char)(*c >= 'a' && *c <= 'z' ? *c - 32 : *c);
		assert_read(record, FROM_MESSAGE, body_with(record, FROM_MESSAGE, field, shouted, NULL));
		assert_int_equal(*(unsigned *)field_of(field, out), w);
		met++;
	}
	assert_true(met > 0);
}

static void what_older_clients_say_is_understood(void **state)
{
	const struct record *record = &commands[COMMAND_ticket_set_status].record;
	const struct field *status = field_find(record, TEXT("status"));

	(void)state;
	assert_read(record, FROM_MESSAGE, body_with(record, FROM_MESSAGE, status, "\"Pending\"", NULL));
	assert_int_equal(*(unsigned *)field_of(status, out), TICKET_WAITING_USER);
	assert_problem(
	        record, FROM_MESSAGE, body_with(record, FROM_MESSAGE, status, "\"support\"", NULL), "status", "value");
}

static void canonical_is_canonical(void **state)
{
	(void)state;
	EACH_RECORD(record)
	{
		struct buffer first, second;

		assert_read(record, FROM_MESSAGE, body_with(record, FROM_MESSAGE, NULL, NULL, NULL));
		buffer_init(&first, arena, 256);
		contract_write(record, out, &first);
		assert_read(record, FROM_MESSAGE, buffer_view(&first));
		buffer_init(&second, arena, 256);
		contract_write(record, out, &second);
		assert_true(text_equal(buffer_view(&first), buffer_view(&second)));
	}
}

static void control_characters_are_refused(void **state)
{
	static const struct {
		const char *json;
		bool in_text;
	} rows[] = {
		{ "\"aaaaaaaa\\u0001a\"", false },
		{ "\"aaaaaaaa\\u001ba\"", false },
		{ "\"aaaaaaaa\\u007fa\"", false },
		{ "\"aaaaaaaa\\ba\"", false },
		{ "\"aaaaaaaa\\na\"", true },
		{ "\"aaaaaaaa\\r\\na\"", true },
		{ "\"aaaaaaaa\\ta\"", true },
		{ "\"aaaaaaaa\\u0085a\"", false },
		{ "\"aaaaaaaa\\u009b31m\"", false },
		{ "\"aaaaaaaa\\u2028a\"", true },
		{ "\"aaaaaaaa\\u2029a\"", true },
	};

	(void)state;
	EACH_RECORD(record)
	EACH_FIELD(record, field)
	for (size_t r = 0; is_text(field) && r < COUNT(rows); r++) {
		struct text body = body_with(record, FROM_MESSAGE, field, rows[r].json, NULL);

		if (field->kind->shape == SHAPE_TEXT && rows[r].in_text)
			assert_read(record, FROM_MESSAGE, body);
		else
			assert_problem(record, FROM_MESSAGE, body, json_name(field), "format");
	}
}

static void nothing_but_blanks_is_nothing(void **state)
{
	(void)state;
	EACH_RECORD(record)
	EACH_FIELD(record, field)
	if (field->kind->shape == SHAPE_LINE || field->kind->shape == SHAPE_TEXT)
		assert_length(record, field, "\"  \\n\\t \"", false);
}

static void what_cannot_be_seen_is_nothing(void **state)
{
	static const char *const unseen[] = { "\"\\u200b\"", "\"\\u202e\"", "\"\\ufeff\\u2060\"", "\"\\u00a0\\u00ad\"",
		"\"\\u3000\\u3164\"", "\"\\ud83c\\ude00\\ufe0f\"" };

	(void)state;
	EACH_RECORD(record)
	EACH_FIELD(record, field)
	for (size_t i = 0; i < COUNT(unseen) && field->kind->least > 0; i++) {
		bool seen = i == COUNT(unseen) - 1;

		if (field->kind->shape == SHAPE_LINE || field->kind->shape == SHAPE_TEXT)
			assert_length(record, field, unseen[i], seen);
	}
}

static void the_blanks_of_a_text_count(void **state)
{
	(void)state;
	EACH_RECORD(record)
	EACH_FIELD(record, field)
	if (field->kind->shape == SHAPE_TEXT) {
		char *blanks = repeated(" ", field->kind->most);

		blanks[1] = 'a';
		assert_length(record, field, blanks, true);
		blanks = repeated(" ", field->kind->most + 1);
		blanks[1] = 'a';
		assert_length(record, field, blanks, false);
	}
}

/* What is the least, or the most, that a field may hold; the widest characters there are. */
static const char *extreme(const struct field *field, bool most)
{
	int64_t n = most ? field->kind->most : field->kind->least;
	struct buffer b;

	switch (field->kind->shape) {
	case SHAPE_NUMBER:
		return arena_printf(arena, "%lld", (long long)n);
	case SHAPE_EMAIL:
		return address(n);
	case SHAPE_LINE:
	case SHAPE_TEXT:
	case SHAPE_SECRET:
		return repeated(most ? "\xF0\x9F\x96\xA8" : "a", n);
	case SHAPE_LIST:
		buffer_init(&b, arena, 256);
		buffer_string(&b, "[");
		for (int64_t i = 0; i < n && holds_ids(field); i++)
			buffer_printf(&b, "%s\"01a1fd58-4037-7b51-8275-9e8082d1c2%02lld\"", i ? "," : "", (long long)i);
		for (int64_t i = 0; i < n && !holds_ids(field); i++)
			buffer_printf(&b, "%s\"%02lld%.*s\"", i ? "," : "", (long long)i,
			        most ? 4 * (LIST_ITEM_CHARS - 2) : 0,
			        repeated("\xF0\x9F\x96\xA8", LIST_ITEM_CHARS) + 1);
		buffer_string(&b, "]");
		return buffer_cstr(&b);
	default:
		return sample(field);
	}
}

/* As ingress does: the body by contract_read, the rest by contract_set. */
static void set_the_rest(const struct record *record, bool most)
{
	EACH_FIELD(record, field)
	{
		const char *json = extreme(field, most);
		struct text value = { json, strlen(json) };

		if (json[0] == '"')
			value = (struct text){ json + 1, value.len - 2 };
		if (!open_to(field, FROM_CLIENT))
			assert_true(contract_set(record, field, value, arena, out, &problems));
	}
}

static void what_ingress_accepts_a_worker_accepts(void **state)
{
	(void)state;
	for (int i = 0; i < COMMAND_COUNT * 2; i++) {
		const struct record *record = &commands[i / 2].record;
		struct buffer body, written, again;
		bool most = i % 2;

		buffer_init(&body, arena, 256);
		buffer_string(&body, "{");
		EACH_FIELD(record, field)
		if (open_to(field, FROM_CLIENT)) {
			buffer_json_name(&body, field->name);
			buffer_string(&body, extreme(field, most));
		}
		buffer_string(&body, "}");
		if (!read_as(record, FROM_CLIENT, buffer_view(&body))) {
			assert_true(body.len > WIRE_MAX); /* 413 before it is read */
			continue;
		}
		set_the_rest(record, most);
		buffer_init(&written, arena, 256);
		contract_write(record, out, &written);
		if (written.len > BODY_MAX)
			continue; /* 413 before it is sent */
		assert_read(record, FROM_MESSAGE, buffer_view(&written));
		buffer_init(&again, arena, 256);
		contract_write(record, out, &again);
		assert_true(text_equal(buffer_view(&written), buffer_view(&again)));
	}
}

/* --- bodies ------------------------------------------------------------------------ */
#define BYTES(literal)                                                                                                 \
	{                                                                                                              \
		literal, sizeof(literal) - 1                                                                           \
	}

static void a_body_is_one_json_object(void **state)
{
	static const struct {
		struct text body;
		const char *code;
	} rows[] = {
		{ BYTES("[]"), "type" },
		{ BYTES("[{}]"), "type" },
		{ BYTES("\"x\""), "json" },
		{ BYTES("1"), "json" },
		{ BYTES("null"), "json" },
		{ BYTES("{"), "json" },
		{ BYTES("{} {}"), "json" },
		{ BYTES("{}x"), "json" },
		{ BYTES("{'a':1}"), "json" },
		{ BYTES("{a:1}"), "json" },
		{ BYTES("{\"a\":1,}"), "json" },
		{ BYTES("{\"a\":NaN}"), "json" },
		{ BYTES("{\"a\":01}"), "json" },
		{ BYTES("{\"a\":99999999999999999999}"), "json" },
		{ BYTES("\xef\xbb\xbf{}"), "json" },
		{ BYTES("{\"title\":\"\xff\"}"), "json" },
		{ BYTES("{\"title\":\"\xc0\xaf\"}"), "json" },
		{ BYTES("{\"title\":\"\xed\xa0\x80\"}"), "json" },
		{ BYTES("{\"title\":\"a\\u0000b\"}"), "json" },
		{ BYTES("{\"ti\\u0000tle\":\"a\"}"), "json" },
		{ BYTES("{\"title\":\"a\0b\"}"), "json" },
		{ BYTES("{}\0"), "json" },
		{ BYTES("{\"title\":\"\\ud800\"}"), "json" },
		{ BYTES("{\"title\":\"a\nb\"}"), "json" },
		{ BYTES("{\"a\":1,\"a\":1}"), "json" },
		{ BYTES("{\"title\":\"a\",\"ti\\u0074le\":\"b\"}"), "json" },
		{ BYTES("{\"a\":[[[[[[[[1]]]]]]]]}"), "json" },
	};

	(void)state;
	EACH_RECORD(record)
	EACH_SOURCE(source)
	for (size_t r = 0; r < COUNT(rows); r++)
		assert_problem(record, source, rows[r].body, "", rows[r].code);
}

static void eight_levels_are_not_too_deep(void **state)
{
	(void)state;
	read_as(record_at(0), FROM_CLIENT, TEXT("{\"a\":[[[[[[[1]]]]]]]}"));
	assert_string_equal(problems.items[0].code, "unknown");
	read_as(record_at(0), FROM_CLIENT, TEXT("{\"a\":\"[[[[[[[[[[[[[[\\\"[[[[[[\"}"));
	assert_string_equal(problems.items[0].code, "unknown");
}

/* White space behind the object is a part of the body. */
static void a_body_has_at_most_768_kib(void **state)
{
	(void)state;
	EACH_RECORD(record)
	EACH_SOURCE(source)
	{
		struct text body = body_with(record, source, NULL, NULL, NULL);
		char *padded = arena_alloc(arena, WIRE_MAX + 1);

		memset(padded, ' ', WIRE_MAX + 1);
		memcpy(padded, body.data, body.len);
		assert_read(record, source, (struct text){ padded, WIRE_MAX });
		assert_problem(record, source, (struct text){ padded, WIRE_MAX + 1 }, "", "length");
	}
}

static void no_body_is_an_empty_object_from_a_client_only(void **state)
{
	(void)state;
	EACH_RECORD(record)
	{
		int required = 0;

		EACH_FIELD(record, field)
		required += field->need == REQUIRED;
		memset(&problems, 0, sizeof problems);
		out = arena_alloc(arena, record->bytes);
		EACH_FIELD(record, field) /* as the path would have given it */
		if (field->need == FROM_PATH)
			contract_set(record, field, TEXT(UUID_SAMPLE), arena, out, &problems);
		assert_int_equal(contract_read(record, TEXT(" \n"), FROM_CLIENT, arena, out, &problems), required == 0);
		assert_int_equal(problems.count, required);
		assert_problem(record, FROM_MESSAGE, TEXT(""), "", "json");
		assert_problem(record, FROM_MESSAGE, TEXT_NONE, "", "json");
	}
}

/* --- names ------------------------------------------------------------------------- */
static void old_names_are_understood(void **state)
{
	(void)state;
	EACH_RECORD(record)
	EACH_FIELD(record, field)
	{
		const char *value = sample(field), *old_name;

		for (int n = 0; open_to(field, FROM_CLIENT) && (old_name = field_alias(record, field, n)); n++) {
			char *extra = arena_printf(arena, "\"%s\":%s", old_name, value);

			assert_read(record, FROM_CLIENT, body_with(record, FROM_CLIENT, field, NULL, extra));
			assert_true(field_is_present(field, out));
			assert_problem(record, FROM_CLIENT, body_with(record, FROM_CLIENT, field, value, extra),
			        old_name, "duplicate");
		}
	}
}

/* "body" is an old name of a comment's content, and of nothing else that happens to be called so. */
static void an_old_name_is_of_one_record_alone(void **state)
{
	const struct record *comment = &commands[COMMAND_ticket_comment].record;
	const struct record *note = &commands[COMMAND_ticket_note].record;

	(void)state;
	assert_non_null(field_find(comment, TEXT("body")));
	assert_non_null(field_find(note, TEXT("content")));
	assert_null(field_find(note, TEXT("body")));
	assert_true(field_is_in_group(&commands[COMMAND_account_update_profile].record, NULL, TEXT("preferences")));
	assert_false(field_is_in_group(&actions[ACTION_account_register].record, NULL, TEXT("preferences")));
}

static void snake_case_is_understood_but_not_twice(void **state)
{
	(void)state;
	EACH_RECORD(record)
	EACH_FIELD(record, field)
	{
		char *extra = arena_printf(arena, "\"%s\":%s", field->name, sample(field));

		if (!strchr(field->name, '_'))
			continue;
		assert_read(record, FROM_MESSAGE, body_with(record, FROM_MESSAGE, field, NULL, extra));
		assert_problem(record, FROM_MESSAGE, body_with(record, FROM_MESSAGE, field, sample(field), extra),
		        field->name, "duplicate");
	}
}

static void pointers_are_escaped(void **state)
{
	(void)state;
	read_as(&commands[COMMAND_ticket_create].record, FROM_CLIENT, TEXT("{\"a/b~c\":1}"));
	assert_string_equal(problems.items[0].pointer, "/a~1b~0c");
}

/* A member's name may be long; what is shown of it must still be text. */
static void a_long_name_is_cut_between_characters(void **state)
{
	struct buffer b;

	(void)state;
	for (int shift = 0; shift < 4; shift++) {
		buffer_init(&b, arena, 1024);
		buffer_string(&b, "{\"");
		for (int i = 0; i < shift; i++)
			buffer_string(&b, "a");
		for (int i = 0; i < 100; i++)
			buffer_string(&b, "\xf0\x9f\x8e\xab");
		buffer_string(&b, "\":1}");
		read_as(&commands[COMMAND_ticket_create].record, FROM_CLIENT, buffer_view(&b));
		assert_true(text_is_utf8(text_of(problems.items[0].pointer), NULL));
	}
}

/* --- what is found ----------------------------------------------------------------- */
static void all_problems_come_at_once(void **state)
{
	(void)state;
	assert_false(read_as(&commands[COMMAND_ticket_create].record, FROM_CLIENT,
	        TEXT("{\"title\":1,\"priority\":\"x\",\"foo\":1,\"userId\":\"y\",\"ticketId\":\"" UUID_SAMPLE "\"}")));
	assert_int_equal(problems.count, 6);
	assert_string_equal(problems.items[0].pointer, "/title");
	assert_string_equal(problems.items[1].pointer, "/priority");
	assert_string_equal(problems.items[2].pointer, "/foo");
	assert_string_equal(problems.items[3].pointer, "/userId");
	assert_string_equal(problems.items[4].pointer, "/ticketId");
	assert_string_equal(problems.items[5].pointer, "/description");
}

static void more_problems_than_fit_are_counted(void **state)
{
	struct buffer b;

	(void)state;
	buffer_init(&b, arena, 1024);
	buffer_string(&b, "{");
	for (int i = 0; i < 50; i++)
		buffer_printf(&b, "%s\"m%d\":1", i ? "," : "", i);
	buffer_string(&b, "}");
	assert_false(read_as(&commands[COMMAND_ticket_create].record, FROM_CLIENT, buffer_view(&b)));
	assert_int_equal(problems.count, 52);
	assert_string_equal(problems.items[PROBLEM_MAX - 1].pointer, "/m15");
}

static void blanks_around_a_line_go_and_a_text_keeps_them(void **state)
{
	const struct ticket_create *cmd;

	(void)state;
	assert_read(&commands[COMMAND_ticket_create].record, FROM_MESSAGE,
	        TEXT("{\"ticketId\":\"" UUID_SAMPLE "\",\"title\":\" \\t a b \",\"description\":\"  code\\n\"}"));
	cmd = out;
	assert_true(text_equal(cmd->title, TEXT("a b")));
	assert_true(text_equal(cmd->description, TEXT("  code\n")));
}

static void what_turns_a_line_around_goes(void **state)
{
	const struct record *record = &commands[COMMAND_ticket_create].record;

	(void)state;
	assert_read(record, FROM_MESSAGE,
	        TEXT("{\"ticketId\":\"" UUID_SAMPLE
	             "\",\"title\":\"a\\u202egnp.exe\\u202c \\u200e\",\"description\":\"a\\u202eb\"}"));
	assert_true(text_equal(((struct ticket_create *)out)->title, TEXT("agnp.exe \xE2\x80\x8E")));
	assert_true(text_equal(((struct ticket_create *)out)->description, TEXT("a\xE2\x80\xAE"
	                                                                        "b")));
	assert_false(read_as(record, FROM_MESSAGE,
	        TEXT("{\"ticketId\":\"" UUID_SAMPLE "\",\"title\":\"\\u202e\\u2066\",\"description\":\"a\"}")));
	assert_false(read_as(record, FROM_MESSAGE,
	        TEXT("{\"ticketId\":\"" UUID_SAMPLE "\",\"title\":\"a\\nb\",\"description\":\"a\"}")));
}

static void moments_are_such_as_the_database_reads(void **state)
{
	static const struct {
		const char *moment, *read; /* NULL: it is refused */
	} rows[] = {
		{ "2026-11-21", "2026-11-21" },
		{ "2026-11-21T08:00", "2026-11-21T08:00" },
		{ "2026-11-21t08:00:60z", "2026-11-21T08:00:60z" },
		{ "2026-11-21 08:00:00.25+15:59", "2026-11-21T08:00:00.25+15:59" },
		{ "2026-11-21T08:00:00 01:00", "2026-11-21T08:00:00+01:00" },
		{ "2026-11-21T08:00:61Z", NULL },
		{ "2026-11-21T08:00:99", NULL },
		{ "2026-11-21T08:00:00+16:00", NULL },
		{ "2026-11-21T08:00:00-99:99", NULL },
		{ "2026-11-21T08:00:00+05:60", NULL },
		{ "2026-11-21T24:00:00Z", NULL },
		{ "2026-02-30", NULL },
		{ "0000-01-01", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct record *record = &actions[ACTION_log_add].record;
		struct text body = text_of(arena_printf(arena,
		        "{\"service\":\"kiosk\",\"level\":\"info\",\"message\":\"a\",\"timestamp\":\"%s\"}",
		        rows[i].moment));

		if (!rows[i].read) {
			assert_problem(record, FROM_CLIENT, body, "timestamp", "format");
			continue;
		}
		assert_read(record, FROM_CLIENT, body);
		assert_true(text_equal(((struct log_add *)out)->timestamp, text_of(rows[i].read)));
	}
}

static void addresses_look_like_addresses(void **state)
{
	static const struct {
		const char *address;
		bool fine;
	} rows[] = {
		{ "a@b", true },
		{ "first.last+tag@example.org", true },
		{ "d'arc@example.org", true },
		{ "a", false },
		{ "a@@b", false },
		{ "@example.org", false },
		{ "a@", false },
		{ "a@b@c", false },
		{ "a b@example.org", false },
		{ "a@exam ple.org", false },
		{ "<a@example.org>", false },
		{ "a@example.org,b@example.org", false },
		{ "a@example.org\\nBcc: b@example.org", false },
		{ "a@ex\\u0007mple.org", false },
		{ "\\u00e9@example.org", true },
		{ "\\u200b@example.org", false },
		{ "zo\\u00e9@b\\u00fccher.example", true },
		{ "a@\\u4f8b\\u3048.\\u30c6\\u30b9\\u30c8", true },
		{ "a@client..example", false },
		{ "a@client.example.", false },
		{ "a@.example", false },
		{ "a@-x.example", false },
		{ "a@x-.example", false },
		{ "a@x_y.example", false },
		{ ".a@example.org", false },
		{ "a.@example.org", false },
		{ "a..b@example.org", false },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@b", true },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@b", false },
	};
	const struct record *record = &actions[ACTION_account_login].record;

	(void)state;
	for (size_t r = 0; r < COUNT(rows); r++) {
		char *body = arena_printf(arena, "{\"email\":\"%s\",\"password\":\"x\"}", rows[r].address);

		if (read_as(record, FROM_CLIENT, text_of(body)) != rows[r].fine)
			fail_msg("%s should be %s", rows[r].address, rows[r].fine ? "fine" : "refused");
	}
	assert_read(record, FROM_CLIENT, TEXT("{\"email\":\" Ann.B@Example.ORG \",\"password\":\" x \"}"));
	assert_true(text_equal(((struct account_login *)out)->email, TEXT("ann.b@example.org")));
	/* One person, however the keyboard composes and whichever form of the domain is typed. */
	assert_read(record, FROM_CLIENT, TEXT("{\"email\":\"ZOE\\u0301@B\\u00dcCHER.example\",\"password\":\" x \"}"));
	assert_true(text_equal(((struct account_login *)out)->email, TEXT("zo\xC3\xA9@xn--bcher-kva.example")));
	assert_true(text_equal(((struct account_login *)out)->password, TEXT(" x ")));
}

static void flags_are_written_as_booleans(void **state)
{
	const struct record *record = &commands[COMMAND_ticket_comment].record;
	struct buffer b;

	(void)state;
	assert_read(record, FROM_MESSAGE,
	        TEXT("{\"ticketId\":\"" UUID_SAMPLE "\",\"commentId\":\"" UUID_SAMPLE
	             "\",\"content\":\"c\",\"isInternal\":\"FALSE\"}"));
	assert_int_equal(((struct ticket_comment *)out)->is_internal, FLAG_FALSE);
	buffer_init(&b, arena, 256);
	contract_write(record, out, &b);
	assert_true(text_equal(buffer_view(&b), TEXT("{\"ticketId\":\"" UUID_SAMPLE "\",\"commentId\":\"" UUID_SAMPLE
	                                             "\",\"content\":\"c\",\"isInternal\":false}")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("a body with everything in it is read", a_good_body_is_read),
		SENTENCE("each missing field is named", each_missing_field_is_named),
		SENTENCE("null is as good as absent, but takes away what is clearable", null_is_absent),
		SENTENCE("unknown members are refused", unknown_members_are_refused),
		SENTENCE("path fields, header fields and minted ids are not taken from a client's body",
		        what_is_not_the_clients_is_refused),
		SENTENCE("each length has its two limits", each_length_has_its_limits),
		SENTENCE("characters are counted, not bytes", characters_are_counted_not_bytes),
		SENTENCE("numbers have their two limits", numbers_have_their_limits),
		SENTENCE("numbers of a body have their two limits", numbers_of_a_body_have_their_limits),
		SENTENCE("lists have their limits, and so has each item", lists_have_their_limits),
		SENTENCE("a list of files names the item at fault", a_list_of_files_names_the_item_at_fault),
		SENTENCE("a list holds each item once", a_list_holds_each_item_once),
		SENTENCE("what is cleared stays cleared, written and read again", what_is_cleared_stays_cleared),
		SENTENCE("an empty search is a search", an_empty_search_is_a_search),
		SENTENCE("wrong types are refused", wrong_types_are_refused),
		SENTENCE("bad ids and unknown words are refused", bad_ids_and_words_are_refused),
		SENTENCE("words are read in any case", words_are_read_in_any_case),
		SENTENCE("what older clients say is understood", what_older_clients_say_is_understood),
		SENTENCE("what is written is read and written the same again", canonical_is_canonical),
		SENTENCE("control characters are refused, line breaks in a text are not",
		        control_characters_are_refused),
		SENTENCE("nothing but what cannot be seen is nothing", what_cannot_be_seen_is_nothing),
		SENTENCE("the blanks of a text count", the_blanks_of_a_text_count),
		SENTENCE("what ingress accepts and sends, a worker accepts: the least and the most of every field",
		        what_ingress_accepts_a_worker_accepts),
		SENTENCE("nothing but blanks is nothing", nothing_but_blanks_is_nothing),
		SENTENCE("a body is one strict JSON object", a_body_is_one_json_object),
		SENTENCE("eight levels are not too deep, and brackets in texts do not count",
		        eight_levels_are_not_too_deep),
		SENTENCE("a body has at most 768 KiB", a_body_has_at_most_768_kib),
		SENTENCE("no body is an empty object, from a client only",
		        no_body_is_an_empty_object_from_a_client_only),
		SENTENCE("an old name is understood, but not beside the new one", old_names_are_understood),
		SENTENCE("an old name, or a group, is of one row and of no other", an_old_name_is_of_one_record_alone),
		SENTENCE("snake case is understood, but not beside camel case", snake_case_is_understood_but_not_twice),
		SENTENCE("a pointer is escaped as RFC 6901 says", pointers_are_escaped),
		SENTENCE("a long name is cut between characters", a_long_name_is_cut_between_characters),
		SENTENCE("all problems come at once", all_problems_come_at_once),
		SENTENCE("more problems than fit are counted", more_problems_than_fit_are_counted),
		SENTENCE("blanks around a line go, a text keeps them", blanks_around_a_line_go_and_a_text_keeps_them),
		SENTENCE("a moment is one that the database reads", moments_are_such_as_the_database_reads),
		SENTENCE("an address looks like one and is kept in lower case", addresses_look_like_addresses),
		SENTENCE("what turns a line around is taken out of it, and stays in a text",
		        what_turns_a_line_around_goes),
		SENTENCE("flags are written as booleans", flags_are_written_as_booleans),
	};

	return cmocka_run_group_tests_name("contract", tests, set_up, tear_down);
}
