/* catalogue.c - expands the .def rows into tables. Nothing here is written twice:
 * to change the protocol, change a row.
 */
#include "queues/catalogue.h"

#include <ctype.h>
#include <string.h>

#define WORD(enumerator, word) word,
#define VOCABULARY(name, ...) const char *const name##_words[name##_count] = { "", __VA_ARGS__ };
#include "queues/vocabulary.def"

#define PROBLEM(code, status, title, fr, en)                                                                           \
	[PROBLEM_##code] = { #code, status, title, { [LANGUAGE_FR] = fr, [LANGUAGE_EN] = en } },
const struct problem_text problem_texts[PROBLEM_COUNT] = {
	[PROBLEM_NONE] = { "", 200, "", { NULL } },
#include "queues/problems.def"
};

enum problem_code problem_find(struct text word)
{
	for (int i = 1; i < PROBLEM_COUNT; i++)
		if (text_equal(word, text_of(problem_texts[i].word)))
			return (enum problem_code)i;
	return PROBLEM_NONE;
}

#define KIND(kind_name, type, kind_shape, kind_least, kind_most, kind_loader, kind_example)                            \
	const struct kind kind_of_##kind_name = { .name = #kind_name,                                                  \
		.shape = SHAPE_##kind_shape,                                                                           \
		.least = kind_least,                                                                                   \
		.most = kind_most,                                                                                     \
		.loader = kind_loader,                                                                                 \
		.example = kind_example };
#define KIND_WORD(kind_name, vocabulary, kind_example)                                                                 \
	const struct kind kind_of_##kind_name = { .name = #kind_name,                                                  \
		.shape = SHAPE_WORD,                                                                                   \
		.words = vocabulary##_words,                                                                           \
		.word_count = vocabulary##_count,                                                                      \
		.example = kind_example };
#include "queues/kinds.def"

/* Each row's field table is made where the row's struct is called `self`: a
 * FIELD does not know which row it stands in. The END entry lets a row have none. */
#define FIELD_END                                                                                                      \
	{                                                                                                              \
		NULL, NULL, OPTIONAL, 0, 0                                                                             \
	}
#define FIELD(field_name, field_kind, field_need, field_who)                                                           \
	{ #field_name, &kind_of_##field_kind, field_need, field_who, offsetof(self, field_name) },
#define MEMBER(field_name, field_kind)                                                                                 \
	{ #field_name, &kind_of_##field_kind, OPTIONAL, ANY, offsetof(self, field_name) },
#define FIELDS_OF(label, struct_name, ...)                                                                             \
	static const struct field *label(int *out_count)                                                               \
	{                                                                                                              \
		typedef struct struct_name self __attribute__((unused));                                               \
		static const struct field fields[] = { __VA_ARGS__ FIELD_END };                                        \
		*out_count = sizeof fields / sizeof *fields - 1;                                                       \
		return fields;                                                                                         \
	}

#define COMMAND(id, type, access, ...)                                                                                 \
	_Static_assert((access) != 0, #id " names nobody who may ask");                                                \
	FIELDS_OF(id##_fields, id, __VA_ARGS__)
#define EVENT(id, type, ...) FIELDS_OF(id##_fields, id, __VA_ARGS__)
#define WORK(id, type, ...) FIELDS_OF(id##_fields, id, __VA_ARGS__)
#define FORM(id, ...) FIELDS_OF(id##_fields, id, __VA_ARGS__)
#define READ(id, path, access, ...)                                                                                    \
	_Static_assert((access) != 0, #id " names nobody who may read");                                               \
	FIELDS_OF(read_##id##_fields, read_##id, __VA_ARGS__)
#include "queues/all.def"

enum { UNTAGGED = false, TAGGED = true };

#define SHOWS(read, summary, data, pagination, tagged) [READ_##read] = { summary, data, pagination, tagged },
static const struct shown read_shows[READ_COUNT] = {
#include "queues/all.def"
};
#define SHOWS(...) +1
_Static_assert(0
#include "queues/all.def"
                       == READ_COUNT,
        "a READ row has no SHOWS row");

static struct command command_rows[COMMAND_COUNT];
static struct record event_rows[EVENT_COUNT];
static struct record work_rows[WORK_COUNT];
static struct record form_rows[FORM_COUNT];
static struct read read_rows[READ_COUNT];
const struct command *const commands = command_rows;
const struct record *const events = event_rows;
const struct record *const work_records = work_rows;
const struct record *const forms = form_rows;
const struct read *const reads = read_rows;

static struct record record_of(const char *type, const struct field *(*fields)(int *), size_t bytes)
{
	struct record record = { .type = type, .bytes = bytes };

	record.fields = fields(&record.count);
	return record;
}

/* Runs before main: a field table lives in its function, and a constant
 * initialiser cannot call one. */
__attribute__((constructor)) static void catalogue_fill(void)
{
#define COMMAND(row, type, who, ...)                                                                                   \
	command_rows[COMMAND_##row] = (struct command){ COMMAND_##row, (who), -1, { NULL },                            \
		record_of(type, row##_fields, sizeof(struct row)) };
#define EVENT(row, type, ...) event_rows[EVENT_##row] = record_of(type, row##_fields, sizeof(struct row));
#define WORK(row, type, ...) work_rows[WORK_##row] = record_of(type, row##_fields, sizeof(struct row));
#define FORM(row, ...) form_rows[FORM_##row] = record_of(#row, row##_fields, sizeof(struct row));
#define READ(row, path, who, ...)                                                                                      \
	read_rows[READ_##row] = (struct read){ READ_##row, path, (who),                                                \
		record_of(#row, read_##row##_fields, sizeof(struct read_##row)), read_shows[READ_##row] };
#include "queues/all.def"
#define ANSWER(command, read) command_rows[COMMAND_##command].answer = READ_##read;
#define SAYS(command, fr, en)                                                                                          \
	command_rows[COMMAND_##command].said[LANGUAGE_FR] = fr;                                                        \
	command_rows[COMMAND_##command].said[LANGUAGE_EN] = en;
#include "queues/all.def"
}

#define ROUTE(command, verb, path, strictness) { COMMAND_##command, verb, path, strictness },
const struct route routes[] = {
#include "queues/all.def"
};
const int route_count = sizeof routes / sizeof *routes;

#define ALIAS(field, old_name) { #field, #old_name },
static const struct {
	const char *field, *old_name;
} aliases[] = {
#include "queues/all.def"
};

#define GROUP(group, field) { #group, #field },
static const struct {
	const char *group, *field;
} groups[] = {
#include "queues/all.def"
};

#define EXAMPLE(row, field, example) { #row, #field, example },
static const struct {
	const char *row, *field, *example;
} examples[] = {
#include "queues/all.def"
};

const struct command *command_find(struct text type)
{
	for (int i = 0; i < COMMAND_COUNT; i++)
		if (text_equal(type, text_of(commands[i].record.type)))
			return &commands[i];
	return NULL;
}

const struct record *event_find(struct text type)
{
	for (int i = 0; i < EVENT_COUNT; i++)
		if (text_equal(type, text_of(events[i].type)))
			return &events[i];
	return NULL;
}

void field_json_name(const char *name, char out[FIELD_JSON_BYTES])
{
	size_t n = 0;

	for (; *name && n < FIELD_JSON_BYTES - 1; name++) {
		bool hump = *name == '_' && name[1];

		if (hump)
			name++;
		out[n++] = hump ? (char)toupper((unsigned char)*name) : *name;
	}
	out[n] = 0;
}

static bool member_is(struct text member, const char *name)
{
	char camel[FIELD_JSON_BYTES];

	field_json_name(name, camel);
	return text_equal(member, text_of(camel)) || text_equal(member, text_of(name));
}

const struct field *field_find(const struct record *record, struct text member)
{
	for (int i = 0; i < record->count; i++)
		if (member_is(member, record->fields[i].name))
			return &record->fields[i];
	for (size_t a = 0; a < sizeof aliases / sizeof *aliases; a++) {
		if (!member_is(member, aliases[a].old_name))
			continue;
		for (int i = 0; i < record->count; i++)
			if (!strcmp(record->fields[i].name, aliases[a].field))
				return &record->fields[i];
	}
	return NULL;
}

bool field_is_in_group(const struct record *record, const struct field *field, struct text group)
{
	for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
		const struct field *grouped = field_find(record, text_of(groups[i].field));

		if (grouped && (!field || grouped == field) && member_is(group, groups[i].group))
			return true;
	}
	return false;
}

const char *field_alias(const struct record *record, const struct field *field, int n)
{
	for (size_t a = 0; a < sizeof aliases / sizeof *aliases; a++)
		if (!strcmp(field->name, aliases[a].field) &&
		        field_find(record, text_of(aliases[a].old_name)) == field && n-- == 0)
			return aliases[a].old_name;
	return NULL;
}

const char *field_group(const struct record *record, const struct field *field)
{
	for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
		if (field_find(record, text_of(groups[i].field)) == field)
			return groups[i].group;
	return NULL;
}

/* A command's type has a dot where its row has an underline. */
static bool is_row(const char *type, const char *row)
{
	for (; *type && (*type == *row || (*type == '.' && *row == '_')); type++)
		row++;
	return !*type && !*row;
}

const char *field_example(const struct record *record, const struct field *field)
{
	for (size_t i = 0; i < sizeof examples / sizeof *examples; i++)
		if (is_row(record->type, examples[i].row) && !strcmp(field->name, examples[i].field))
			return examples[i].example;
	return field->kind->example;
}

const struct field *field_of_kind(const struct record *record, enum loader loader, enum need need)
{
	for (int i = 0; i < record->count; i++)
		if (record->fields[i].kind->loader == loader && record->fields[i].need == need)
			return &record->fields[i];
	return NULL;
}

unsigned word_find(struct text word, const char *const *words, int count)
{
	for (int i = 1; i < count; i++)
		if (text_equal(word, text_of(words[i])))
			return (unsigned)i;
	return 0;
}

unsigned role_access(enum account_role role)
{
	switch (role) {
	case ROLE_AGENT:
		return AGENT;
	case ROLE_MANAGER:
		return MANAGER;
	case ROLE_ADMIN:
		return ADMIN;
	default:
		return 0;
	}
}
