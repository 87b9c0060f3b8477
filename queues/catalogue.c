/* catalogue.c - expands the .def rows into tables. Nothing here is written twice:
 * to change the protocol, change a row.
 */
#include "queues/catalogue.h"

#include <ctype.h>
#include <string.h>

#define WORD(enumerator, word) word,
#define VOCABULARY(name, ...) const char *const name##_words[name##_count] = { "", __VA_ARGS__ };
#include "queues/vocabulary.def"

#define VOCABULARY(...)
#define SYNONYM(vocabulary, given, enumerator) { vocabulary##_words, given, enumerator },
const struct synonym synonyms[] = {
#include "queues/vocabulary.def"
	{ NULL, NULL, 0 },
};

#define VOCABULARY(name, ...) __VA_ARGS__
#define WORD(...)
#define ROLE(enumerator, word, access, bit, staff, who) { access, #access, who },
const struct access_word access_words[] = {
	{ PUBLIC, "PUBLIC", "anybody" },
	{ SELF, "SELF", "everybody about what is their own" },
	{ OWNER, "OWNER", "the ticket's owner" },
#include "queues/vocabulary.def"
	{ SERVICE, "SERVICE", NULL },
};
const int access_word_count = sizeof access_words / sizeof *access_words;

#define VOCABULARY(name, ...) __VA_ARGS__
#define WORD(...)
#define ROLE(enumerator, word, access, ...) [enumerator] = access,
static const unsigned role_bits[account_role_count] = {
#include "queues/vocabulary.def"
};

unsigned role_access(enum account_role role)
{
	return role_bits[role];
}

#define PROBLEM(code, status, title, fr, en)                                                                           \
	[PROBLEM_##code] = { #code, status, title, { [LANGUAGE_FR] = fr, [LANGUAGE_EN] = en } },
#define TWIN(enumerator, code, status, title, fr, en)                                                                  \
	[PROBLEM_##enumerator] = { #code, status, title, { [LANGUAGE_FR] = fr, [LANGUAGE_EN] = en } },
const struct problem_text problem_texts[PROBLEM_COUNT] = {
	[PROBLEM_NONE] = { "", 200, "", { NULL } },
#include "queues/problems.def"
};

const char *const verb_words[VERB_COUNT] = { "GET", "POST", "PUT", "PATCH", "DELETE" };

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
#define KIND_FEW(kind_name, vocabulary, kind_loader, kind_example)                                                     \
	const struct kind kind_of_##kind_name = { .name = #kind_name,                                                  \
		.shape = SHAPE_FEW,                                                                                    \
		.least = 1,                                                                                            \
		.most = 20,                                                                                            \
		.loader = kind_loader,                                                                                 \
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
#define ACTION(id, verb, path, access, ...)                                                                            \
	_Static_assert((access) != 0, #id " names nobody who may ask");                                                \
	FIELDS_OF(id##_fields, id, __VA_ARGS__)
#define WORK(id, type, ...) FIELDS_OF(id##_fields, id, __VA_ARGS__)
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

#define DOES(action, name, tag, summary, status, data, flags, ...)                                                     \
	[ACTION_##action] = { name, tag, summary, status, data, flags, { __VA_ARGS__ } },
static const struct does action_does[ACTION_COUNT] = {
#include "queues/all.def"
};
#define DOES(...) +1
_Static_assert(0
#include "queues/all.def"
                       == ACTION_COUNT,
        "an ACTION row has no DOES row");

#define SAYS(row, fr, en) [ROW_##row] = { [LANGUAGE_FR] = fr, [LANGUAGE_EN] = en },
static const char *const row_says[ROW_COUNT][language_count] = {
#include "queues/all.def"
};

static struct command command_rows[COMMAND_COUNT];
static struct record event_rows[EVENT_COUNT];
static struct record work_rows[WORK_COUNT];
static struct action action_rows[ACTION_COUNT];
static struct read read_rows[READ_COUNT];
const struct command *const commands = command_rows;
const struct record *const events = event_rows;
const struct record *const work_records = work_rows;
const struct action *const actions = action_rows;
const struct read *const reads = read_rows;

static struct record record_of(enum row row, const char *type, const struct field *(*fields)(int *), size_t bytes)
{
	struct record record = { .row = row, .type = type, .bytes = bytes };

	record.fields = fields(&record.count);
	return record;
}

/* Runs before main: a field table lives in its function, and a constant
 * initialiser cannot call one. */
__attribute__((constructor)) static void catalogue_fill(void)
{
#define COMMAND(row, type, who, ...)                                                                                   \
	command_rows[COMMAND_##row] = (struct command){ COMMAND_##row, (who), -1, { NULL },                            \
		record_of(ROW_##row, type, row##_fields, sizeof(struct row)) };
#define EVENT(row, type, ...) event_rows[EVENT_##row] = record_of(ROW_##row, type, row##_fields, sizeof(struct row));
#define WORK(row, type, ...) work_rows[WORK_##row] = record_of(ROW_##row, type, row##_fields, sizeof(struct row));
#define ACTION(row, verb, path, who, ...)                                                                              \
	action_rows[ACTION_##row] = (struct action){ ACTION_##row, verb, path, (who),                                  \
		record_of(ROW_##row, #row, row##_fields, sizeof(struct row)), { NULL }, action_does[ACTION_##row],     \
		NULL, NULL };
#define READ(row, path, who, ...)                                                                                      \
	read_rows[READ_##row] = (struct read){ READ_##row, path, (who),                                                \
		record_of(ROW_##row, #row, read_##row##_fields, sizeof(struct read_##row)), read_shows[READ_##row] };
#include "queues/all.def"
#define ANSWER(command, read) command_rows[COMMAND_##command].answer = READ_##read;
#define SENDS(action, type, example)                                                                                   \
	action_rows[ACTION_##action].sends = type;                                                                     \
	action_rows[ACTION_##action].sends_example = example;
#include "queues/all.def"
	for (int i = 0; i < COMMAND_COUNT; i++)
		memcpy(command_rows[i].said, row_says[command_rows[i].record.row], sizeof command_rows[i].said);
	for (int i = 0; i < ACTION_COUNT; i++)
		memcpy(action_rows[i].said, row_says[action_rows[i].record.row], sizeof action_rows[i].said);
}

#define ROUTE(command, verb, path, strictness) { COMMAND_##command, verb, path, strictness },
const struct route routes[] = {
#include "queues/all.def"
};
const int route_count = sizeof routes / sizeof *routes;

#define OLD_PATH(old_path, path) { old_path, path },
const struct old_path old_paths[] = {
#include "queues/all.def"
};
const int old_path_count = sizeof old_paths / sizeof *old_paths;

/* What is said of one field of one row. */
struct saying {
	enum row row;
	const char *field, *text;
};

#define ALIAS(row, field, old_name) { ROW_##row, #field, #old_name },
static const struct saying aliases[] = {
#include "queues/all.def"
};

#define GROUP(row, group, field) { ROW_##row, #field, #group },
static const struct saying groups[] = {
#include "queues/all.def"
};

#define EXAMPLE(row, field, example) { ROW_##row, #field, example },
static const struct saying examples[] = {
#include "queues/all.def"
};
#define COUNT(sayings) (sizeof(sayings) / sizeof *(sayings))

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

static const struct field *field_named(const struct record *record, const char *name)
{
	for (int i = 0; i < record->count; i++)
		if (!strcmp(record->fields[i].name, name))
			return &record->fields[i];
	return NULL;
}

const struct field *field_find(const struct record *record, struct text member)
{
	for (int i = 0; i < record->count; i++)
		if (member_is(member, record->fields[i].name))
			return &record->fields[i];
	for (size_t a = 0; a < COUNT(aliases); a++)
		if (aliases[a].row == record->row && member_is(member, aliases[a].text))
			return field_named(record, aliases[a].field);
	return NULL;
}

bool field_is_in_group(const struct record *record, const struct field *field, struct text group)
{
	for (size_t i = 0; i < COUNT(groups); i++)
		if (groups[i].row == record->row && member_is(group, groups[i].text) &&
		        (!field || !strcmp(field->name, groups[i].field)))
			return true;
	return false;
}

/* The nth thing that is said of the field; NULL: there are no more. */
static const char *said_of(
        const struct saying *sayings, size_t count, const struct record *record, const struct field *field, int n)
{
	for (size_t i = 0; i < count; i++)
		if (sayings[i].row == record->row && !strcmp(sayings[i].field, field->name) && n-- == 0)
			return sayings[i].text;
	return NULL;
}

const char *field_alias(const struct record *record, const struct field *field, int n)
{
	return said_of(aliases, COUNT(aliases), record, field, n);
}

const char *field_group(const struct record *record, const struct field *field)
{
	return said_of(groups, COUNT(groups), record, field, 0);
}

const char *field_example(const struct record *record, const struct field *field)
{
	const char *example = said_of(examples, COUNT(examples), record, field, 0);

	return example ? example : field->kind->example;
}

bool field_is_in_body(const struct field *field)
{
	return field->need == REQUIRED || field->need == OPTIONAL || field->need == BODY_OR_QUERY ||
	       field->need == CLEARABLE;
}

bool record_has_body(const struct record *record)
{
	for (int i = 0; i < record->count; i++)
		if (field_is_in_body(&record->fields[i]))
			return true;
	return false;
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
