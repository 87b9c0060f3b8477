/* queues_catalogue_test.c - one walk over every row of queues/: what a row must be to work. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "queues/catalogue.h"
#include "queues/contract.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, NULL, NULL, NULL                                                                      \
	}
#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct kind *const kinds[] = {
#define KIND(name, ...) &kind_of_##name,
#include "queues/kinds.def"
};

/* What the rows say of single fields. */
struct saying {
	enum row row;
	const char *field, *text;
};

static const struct saying aliases[] = {
#define ALIAS(row, field, old_name) { ROW_##row, #field, #old_name },
#include "queues/all.def"
};

static const struct saying others[] = {
#define GROUP(row, group, field) { ROW_##row, #field, #group },
#define EXAMPLE(row, field, example) { ROW_##row, #field, example },
#include "queues/all.def"
};

/* Everything with fields, one after the other. */
static const struct record *record_at(int i)
{
	if (i < COMMAND_COUNT)
		return &commands[i].record;
	i -= COMMAND_COUNT;
	if (i < EVENT_COUNT)
		return &events[i];
	i -= EVENT_COUNT;
	if (i < WORK_COUNT)
		return &work_records[i];
	i -= WORK_COUNT;
	if (i < ACTION_COUNT)
		return &actions[i].record;
	i -= ACTION_COUNT;
	return i < READ_COUNT ? &reads[i].record : NULL;
}

static const struct field *field_named(const struct record *record, const char *name, size_t len)
{
	for (int i = 0; i < record->count; i++)
		if (strlen(record->fields[i].name) == len && !memcmp(record->fields[i].name, name, len))
			return &record->fields[i];
	return NULL;
}

static const struct record *record_of_row(enum row row)
{
	const struct record *record;

	for (int i = 0; (record = record_at(i)); i++)
		if (record->row == row)
			return record;
	return NULL;
}

/* Are exactly the FROM_PATH fields of the record captured in the path? */
static void assert_captures(const char *path, const struct record *record)
{
	int captured = 0, from_path = 0;

	assert_int_equal(path[0], '/');
	for (const char *open = strchr(path, '{'); open; open = strchr(open + 1, '{')) {
		const char *end = strchr(open, '}');
		const struct field *field;

		assert_non_null(end);
		assert_int_equal(open[-1], '/');
		assert_true(end[1] == '/' || end[1] == 0);
		field = field_named(record, open + 1, (size_t)(end - open - 1));
		if (!field || field->need != FROM_PATH)
			fail_msg("%s: %s has no such FROM_PATH field", path, record->type);
		captured++;
	}
	for (int i = 0; i < record->count; i++)
		from_path += record->fields[i].need == FROM_PATH;
	assert_int_equal(captured, from_path);
}

/* --- commands ---------------------------------------------------------------------- */
static void a_type_finds_its_own_row(void **state)
{
	(void)state;
	for (int i = 0; i < COMMAND_COUNT; i++) {
		assert_ptr_equal(command_find(text_of(commands[i].record.type)), &commands[i]);
		assert_int_equal(commands[i].id, i);
	}
	for (int i = 0; i < EVENT_COUNT; i++)
		assert_ptr_equal(event_find(text_of(events[i].type)), &events[i]);
	assert_null(command_find(TEXT("ticket.explode")));
	assert_null(command_find(TEXT_NONE));
	assert_null(command_find(TEXT("TICKET.CREATE")));
	assert_null(event_find(TEXT("ticket.create")));
}

static void types_are_object_dot_verb(void **state)
{
	(void)state;
	for (int i = 0; i < COMMAND_COUNT + EVENT_COUNT + WORK_COUNT; i++) {
		const char *type = record_at(i)->type, *dot = strchr(type, '.');

		assert_non_null(dot);
		assert_true(dot > type && dot[1] && !strchr(dot + 1, '.'));
		for (const char *c = type; *c; c++)
			assert_true(islower((unsigned char)*c) || *c == '.' || *c == '_');
	}
}

static void somebody_can_ask_for_every_command(void **state)
{
	(void)state;
	for (int i = 0; i < COMMAND_COUNT; i++) {
		int ways = 0;

		for (int r = 0; r < route_count; r++)
			ways += routes[r].command == commands[i].id;
		if (!ways && !(commands[i].access & SERVICE))
			fail_msg("%s has no route and no service may send it", commands[i].record.type);
		if (ways && !(commands[i].access & ~(unsigned)SERVICE))
			fail_msg("%s has a route that nobody may use", commands[i].record.type);
	}
}

static void answers_can_be_read_from_the_command(void **state)
{
	(void)state;
	for (int i = 0; i < COMMAND_COUNT; i++) {
		const struct record *read;

		if (commands[i].answer < 0)
			continue;
		read = &reads[commands[i].answer].record;
		for (int f = 0; f < read->count; f++) {
			const struct field *field = &read->fields[f], *ours;

			if (field->need != FROM_PATH)
				continue;
			ours = field_named(&commands[i].record, field->name, strlen(field->name));
			if (!ours || ours->kind->shape != field->kind->shape)
				fail_msg("%s is answered by %s but has no %s", commands[i].record.type, read->type,
				        field->name);
			assert_int_not_equal(ours->need, OPTIONAL);
		}
	}
}

/* --- routes ------------------------------------------------------------------------ */
static void captures_are_the_fields_from_the_path(void **state)
{
	(void)state;
	for (int r = 0; r < route_count; r++)
		assert_captures(routes[r].path, &commands[routes[r].command].record);
	for (int i = 0; i < READ_COUNT; i++)
		assert_captures(reads[i].path, &reads[i].record);
	for (int i = 0; i < ACTION_COUNT; i++)
		assert_captures(actions[i].path, &actions[i].record);
}

/* Do the two mean the same requests? A capture matches any one segment. */
static bool same_requests(const char *a, const char *b)
{
	while (*a && *b) {
		size_t of_a = strcspn(a + 1, "/") + 1, of_b = strcspn(b + 1, "/") + 1;

		if ((a[1] == '{') != (b[1] == '{'))
			return false;
		if (a[1] != '{' && (of_a != of_b || memcmp(a, b, of_a) != 0))
			return false;
		a += of_a;
		b += of_b;
	}
	return !*a && !*b;
}

static void no_two_routes_clash(void **state)
{
	(void)state;
	for (int a = 0; a < route_count; a++)
		for (int b = a + 1; b < route_count; b++)
			if (routes[a].verb == routes[b].verb && same_requests(routes[a].path, routes[b].path))
				fail_msg("%s and %s are the same", routes[a].path, routes[b].path);
	for (int a = 0; a < READ_COUNT; a++) {
		for (int b = a + 1; b < READ_COUNT; b++)
			if (same_requests(reads[a].path, reads[b].path))
				fail_msg("%s and %s are the same", reads[a].path, reads[b].path);
		for (int r = 0; r < route_count; r++)
			assert_false(routes[r].verb == GET && same_requests(routes[r].path, reads[a].path));
	}
}

static bool is_served(const char *path)
{
	bool served = false;

	for (int i = 0; i < ACTION_COUNT; i++)
		served |= same_requests(actions[i].path, path);
	for (int i = 0; i < READ_COUNT; i++)
		served |= same_requests(reads[i].path, path);
	for (int i = 0; i < route_count; i++)
		served |= same_requests(routes[i].path, path);
	return served;
}

static void old_paths_lead_to_new_ones(void **state)
{
	(void)state;
	for (int i = 0; i < old_path_count; i++) {
		if (!is_served(old_paths[i].path))
			fail_msg("there is no %s", old_paths[i].path);
		if (is_served(old_paths[i].old_path))
			fail_msg("%s is old, and served by itself", old_paths[i].old_path);
	}
}

/* --- fields ------------------------------------------------------------------------ */
static void every_field_is_documented_by_its_kind(void **state)
{
	const struct record *record;

	(void)state;
	for (int i = 0; (record = record_at(i)); i++) {
		assert_non_null(record->type);
		assert_true(record->count <= 64);
		for (int f = 0; f < record->count; f++) {
			const struct field *field = &record->fields[f];

			assert_non_null(field->kind);
			assert_true(strlen(field->kind->name) > 0);
			assert_true(field->who != 0);
			assert_true(field->offset < record->bytes);
			assert_ptr_equal(record_of_row(record->row), record);
			assert_ptr_equal(field_named(record, field->name, strlen(field->name)), field);
		}
	}
}

static void every_kind_has_its_limits(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		const struct kind *kind = kinds[i];

		assert_true(kind->least <= kind->most);
		assert_true(kind->shape == SHAPE_FEW || (kind->shape == SHAPE_WORD) == (kind->words != NULL));
		assert_int_equal(kind->words != NULL, kind->word_count > 1);
		if (kind->shape == SHAPE_LINE || kind->shape == SHAPE_TEXT || kind->shape == SHAPE_SECRET)
			assert_true(kind->least > 0 || kind == &kind_of_search); /* an empty search finds all */
		for (int w = 1; w < kind->word_count; w++) {
			assert_true(strlen(kind->words[w]) > 0);
			for (const char *c = kind->words[w]; *c; c++)
				assert_true(isalpha((unsigned char)*c) || *c == '_' || *c == '-');
			for (int other = 1; other < w; other++)
				assert_string_not_equal(kind->words[w], kind->words[other]);
		}
	}
}

/* ticketId to ticket_id. */
static void snake(const char *camel, char *out)
{
	for (; *camel; camel++) {
		if (isupper((unsigned char)*camel))
			*out++ = '_';
		*out++ = (char)tolower((unsigned char)*camel);
	}
	*out = 0;
}

static void json_names_go_there_and_back(void **state)
{
	const struct record *record;

	(void)state;
	for (int i = 0; (record = record_at(i)); i++) {
		for (int f = 0; f < record->count; f++) {
			const struct field *field = &record->fields[f];
			char camel[FIELD_JSON_BYTES], back[2 * FIELD_JSON_BYTES];

			field_json_name(field->name, camel);
			assert_null(strchr(camel, '_'));
			snake(camel, back);
			assert_string_equal(back, field->name);
			assert_ptr_equal(field_find(record, text_of(camel)), field);
			assert_ptr_equal(field_find(record, text_of(field->name)), field);
		}
		assert_null(field_find(record, TEXT("noSuchMember")));
		assert_null(field_find(record, TEXT("")));
	}
}

static void every_alias_names_a_field(void **state)
{
	(void)state;
	for (size_t a = 0; a < COUNT(aliases); a++) {
		const struct record *record = record_of_row(aliases[a].row);
		const struct field *field = field_named(record, aliases[a].field, strlen(aliases[a].field));
		char camel[FIELD_JSON_BYTES];

		if (!field)
			fail_msg("%s has no %s", record->type, aliases[a].field);
		field_json_name(aliases[a].text, camel);
		assert_ptr_equal(field_find(record, text_of(camel)), field);
		assert_ptr_equal(field_find(record, text_of(aliases[a].text)), field);
	}
}

/* An example is what a client could send: it goes through the one validator. */
static void every_example_is_accepted_by_its_field(void **state)
{
	struct arena *arena = arena_new(4096);
	const struct record *record;

	(void)state;
	for (int i = 0; (record = record_at(i)); i++) {
		for (int f = 0; f < record->count; f++) {
			const struct field *field = &record->fields[f];
			const char *example = field_example(record, field);
			struct problems problems = { 0 };

			if (!example || field->kind->shape == SHAPE_LIST)
				continue;
			if (!contract_set(record, field, text_of(example), arena, arena_alloc(arena, record->bytes + 1),
			            &problems))
				fail_msg("%s: the example of %s %s", record->type, field->name,
				        problems.items[0].detail);
		}
	}
	arena_free(&arena);
}

static void every_row_about_a_field_names_one(void **state)
{
	(void)state;
	for (size_t o = 0; o < COUNT(others); o++)
		if (!field_named(record_of_row(others[o].row), others[o].field, strlen(others[o].field)))
			fail_msg("%s has no %s", record_of_row(others[o].row)->type, others[o].field);
}

static void one_name_never_means_two_fields(void **state)
{
	(void)state;
	for (size_t a = 0; a < COUNT(aliases); a++) {
		const struct record *record = record_of_row(aliases[a].row);

		assert_null(field_named(record, aliases[a].text, strlen(aliases[a].text)));
		for (size_t b = a + 1; b < COUNT(aliases); b++)
			assert_false(aliases[a].row == aliases[b].row && !strcmp(aliases[a].text, aliases[b].text));
	}
}

/* --- actions ----------------------------------------------------------------------- */
static void actions_say_what_they_do(void **state)
{
	(void)state;
	for (int i = 0; i < ACTION_COUNT; i++) {
		const struct does *does = &actions[i].does;

		assert_int_equal(actions[i].id, i);
		assert_true(strlen(does->name) > 0 && strlen(does->tag) > 0 && strlen(does->summary) > 0);
		assert_true(does->status >= 200 && does->status < 300);
		assert_int_equal(does->problems[ACTION_PROBLEMS_MAX], PROBLEM_NONE);
		assert_true(!actions[i].sends == !actions[i].sends_example);
		assert_false(actions[i].sends && record_has_body(&actions[i].record));
	}
}

static void no_secret_is_in_a_message(void **state)
{
	(void)state;
	for (int i = 0; i < COMMAND_COUNT + EVENT_COUNT + WORK_COUNT; i++)
		for (int f = 0; f < record_at(i)->count; f++)
			assert_int_not_equal(record_at(i)->fields[f].kind->shape, SHAPE_SECRET);
}

/* What is filled from the rows has room for the longest of them, and for no more. */
static void arrays_hold_the_longest_row(void **state)
{
	const struct record *record;
	int longest = 0, longest_read = 0;

	(void)state;
	for (int i = 0; (record = record_at(i)); i++)
		longest = record->count > longest ? record->count : longest;
	for (int i = 0; i < READ_COUNT; i++)
		longest_read = reads[i].record.count > longest_read ? reads[i].record.count : longest_read;
	assert_int_equal(longest, RECORD_FIELDS_MAX);
	assert_int_equal(longest_read, READ_FIELDS_MAX);
}

static void roles_have_a_bit_each_or_none(void **state)
{
	unsigned taken = PUBLIC | SELF | OWNER | SERVICE | OPEN_TAGS;

	(void)state;
	for (unsigned role = 1; role < account_role_count; role++) {
		unsigned bit = role_access((enum account_role)role);

		assert_int_equal(bit & (bit - 1), 0);
		assert_int_equal(bit & taken, 0);
		assert_int_equal(bit & ANY, bit);
		taken |= bit;
	}
	assert_int_equal(role_access(account_role_absent), 0);
	assert_int_equal(role_access(ROLE_USER), 0);
	assert_int_equal(role_access(ROLE_ADMIN), ADMIN);
	assert_int_equal(STAFF, AGENT | MANAGER | ADMIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("a type finds its own row, and nothing else does", a_type_finds_its_own_row),
		SENTENCE("a type is an object, a dot and a verb", types_are_object_dot_verb),
		SENTENCE("every command has a route or may be sent by a service", somebody_can_ask_for_every_command),
		SENTENCE("what a command is answered with can be read by its fields",
		        answers_can_be_read_from_the_command),
		SENTENCE("a route captures exactly the fields from the path", captures_are_the_fields_from_the_path),
		SENTENCE("no two routes mean the same requests", no_two_routes_clash),
		SENTENCE("an old path leads to one that is served, and is not served by itself",
		        old_paths_lead_to_new_ones),
		SENTENCE("an action says what it does, and has fields or another body, not both",
		        actions_say_what_they_do),
		SENTENCE("every field is documented by its kind", every_field_is_documented_by_its_kind),
		SENTENCE("every kind has limits, or words", every_kind_has_its_limits),
		SENTENCE("JSON names go from snake to camel and back", json_names_go_there_and_back),
		SENTENCE("every alias stands for a field", every_alias_names_a_field),
		SENTENCE("every example would be accepted from a client", every_example_is_accepted_by_its_field),
		SENTENCE("every GROUP and EXAMPLE names a field of its row", every_row_about_a_field_names_one),
		SENTENCE("one name never means two fields of a row", one_name_never_means_two_fields),
		SENTENCE("no command and no event has a secret in it", no_secret_is_in_a_message),
		SENTENCE("what is filled from the rows has room for the longest of them", arrays_hold_the_longest_row),
		SENTENCE("a role has an access bit of its own, or none", roles_have_a_bit_each_or_none),
	};

	return cmocka_run_group_tests_name("catalogue", tests, NULL, NULL);
}
