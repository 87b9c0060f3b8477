/* queues_catalogue_fields_test.c - the fields of queues/, their kinds and names, and the rows that speak of them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <ctype.h>
#include <string.h>
#include <cmocka.h>
#include "queues/contract.h"
#include "tests/unit/walk.h"

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

static void every_field_is_documented_by_its_kind(void **state)
{
	const struct record *record;

	(void)state;
	for (int i = 0; (record = walk_at(i)); i++) {
		assert_non_null(record->type);
		assert_true(record->count <= 64);
		for (int f = 0; f < record->count; f++) {
			const struct field *field = &record->fields[f];

			assert_non_null(field->kind);
			assert_true(strlen(field->kind->name) > 0);
			assert_true(field->who != 0);
			assert_true(field->offset < record->bytes);
			assert_ptr_equal(walk_row(record->row), record);
			assert_ptr_equal(walk_field(record, field->name, strlen(field->name)), field);
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
	for (int i = 0; (record = walk_at(i)); i++) {
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
		const struct record *record = walk_row(aliases[a].row);
		const struct field *field = walk_field(record, aliases[a].field, strlen(aliases[a].field));
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
	for (int i = 0; (record = walk_at(i)); i++) {
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
		if (!walk_field(walk_row(others[o].row), others[o].field, strlen(others[o].field)))
			fail_msg("%s has no %s", walk_row(others[o].row)->type, others[o].field);
}

static void one_name_never_means_two_fields(void **state)
{
	(void)state;
	for (size_t a = 0; a < COUNT(aliases); a++) {
		const struct record *record = walk_row(aliases[a].row);

		assert_null(walk_field(record, aliases[a].text, strlen(aliases[a].text)));
		for (size_t b = a + 1; b < COUNT(aliases); b++)
			assert_false(aliases[a].row == aliases[b].row && !strcmp(aliases[a].text, aliases[b].text));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("every field is documented by its kind", every_field_is_documented_by_its_kind),
		SENTENCE("every kind has limits, or words", every_kind_has_its_limits),
		SENTENCE("JSON names go from snake to camel and back", json_names_go_there_and_back),
		SENTENCE("every alias stands for a field", every_alias_names_a_field),
		SENTENCE("every example would be accepted from a client", every_example_is_accepted_by_its_field),
		SENTENCE("every GROUP and EXAMPLE names a field of its row", every_row_about_a_field_names_one),
		SENTENCE("one name never means two fields of a row", one_name_never_means_two_fields),
	};

	return cmocka_run_group_tests_name("fields of the catalogue", tests, NULL, NULL);
}
