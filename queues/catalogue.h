/* catalogue.h - the rows of queues/ *.def as C: enums, structs, tables.
 *
 * For every COMMAND, EVENT, WORK, ACTION and READ there is a struct of its name whose
 * members are the row's fields; an absent optional field is zero (text without
 * data, uuid of zeroes, word 0). For every row there is a `struct record` that
 * the contract's reader and writer walk.
 */
#ifndef QUEUES_CATALOGUE_H
#define QUEUES_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/text.h"
#include "base/uuid.h"

/* Who may ask. OWNER: of the ticket named. SELF: about the actor's own things. The rest are roles: see ROLE in
 * queues/vocabulary.def. */
enum { NOT_STAFF, IS_STAFF };
enum access {
	PUBLIC = 1,
	SELF = 2,
	OWNER = 4,
	SERVICE = 64, /* a part of Guichet itself, by an outbox row */
#define VOCABULARY(name, ...) __VA_ARGS__
#define WORD(...)
#define ROLE(enumerator, word, access, bit, ...) access = (bit),
#include "queues/vocabulary.def"
	STAFF = 0
#define VOCABULARY(name, ...) __VA_ARGS__
#define WORD(...)
#define ROLE(enumerator, word, access, bit, staff, ...) | ((staff) * (bit))
#include "queues/vocabulary.def"
	,
	ANY = PUBLIC | SELF | OWNER | SERVICE
#define VOCABULARY(name, ...) __VA_ARGS__
#define WORD(...)
#define ROLE(enumerator, word, access, bit, ...) | (bit)
#include "queues/vocabulary.def"
	,
	OPEN_TAGS = 128, /* of a read: tags are shown to owners too */
};

struct access_word {
	unsigned bit;
	const char *word; /* as in the rows */
	const char *who;  /* as in documents; NULL: nobody who could read one */
};

extern const struct access_word access_words[];
extern const int access_word_count;

/* --- words -------------------------------------------------------------- */
#define WORD(enumerator, word) enumerator,
#define VOCABULARY(name, ...) enum name { name##_absent, __VA_ARGS__ name##_count };
#include "queues/vocabulary.def"

#define VOCABULARY(name, ...)                                                                                          \
	extern const char *const name##_words[name##_count];                                                           \
	static inline const char *name##_word(enum name value)                                                         \
	{                                                                                                              \
		return name##_words[value];                                                                            \
	}
#include "queues/vocabulary.def"

/* A word that stands for another on input; the list ends with a row of NULLs. */
struct synonym {
	const char *const *words; /* the vocabulary */
	const char *given;
	unsigned value;
};
extern const struct synonym synonyms[];

/* --- problems ------------------------------------------------------------- */
#define PROBLEM(code, ...) PROBLEM_##code,
enum problem_code {
	PROBLEM_NONE,
#include "queues/problems.def"
	PROBLEM_COUNT
};

struct problem_text {
	const char *word; /* the machine's code; "" for PROBLEM_NONE */
	int status;
	const char *title;
	const char *said[language_count]; /* by enum language */
};

extern const struct problem_text problem_texts[PROBLEM_COUNT];

/* PROBLEM_NONE for a word that is none; of twins the first. */
enum problem_code problem_find(struct text word);

/* --- kinds -------------------------------------------------------------- */
enum shape {
	SHAPE_UUID,
	SHAPE_LINE,
	SHAPE_TEXT,
	SHAPE_EMAIL,
	SHAPE_SECRET,
	SHAPE_WORD,
	SHAPE_NUMBER,
	SHAPE_LIST,
	SHAPE_FEW,
	SHAPE_MOMENT
};

/* Short lines, each once; items is NULL when absent, and not NULL for an empty list. */
#define LIST_ITEM_CHARS 50
struct text_list {
	struct text *items;
	int count;
};

enum loader {
	LOAD_NOTHING,
	LOAD_TICKET,
	LOAD_SECOND,
	LOAD_ACCOUNT,
	LOAD_COMMENT,
	LOAD_FILE,
	LOAD_CALENDAR,
	LOAD_POLICY,
	LOAD_SCHEDULE,
	LOAD_TEXTS,
	LOAD_NOTIFICATION,
	LOAD_NOTICE,
	LOAD_WEBHOOK,
	LOAD_MAILBOX
};

#define KIND(name, type, ...) typedef type kind_##name;
#include "queues/kinds.def"

struct kind {
	const char *name;
	enum shape shape;
	int64_t least, most;
	enum loader loader;
	const char *const *words; /* SHAPE_WORD: index 1 to word_count - 1 */
	int word_count;
	const char *example; /* as text; NULL: examples leave such a field out */
};

#define KIND(name, ...) extern const struct kind kind_of_##name;
#include "queues/kinds.def"

enum verb { GET, POST, PUT, PATCH, DELETE, VERB_COUNT };
extern const char *const verb_words[VERB_COUNT];

/* --- records ------------------------------------------------------------ */
enum need {
	FROM_PATH,
	FROM_HEADER, /* If-Match */
	FROM_QUERY,  /* optional, of an ACTION; all fields of a READ are, whatever their need is */
	REQUIRED,
	OPTIONAL,
	BODY_OR_QUERY, /* optional, and what has no body to say it in says it in the query */
	CLEARABLE,     /* optional, and null takes away what is there (an empty text too, from a client) */
	MINTED,
};

struct field {
	const char *name; /* snake_case; in JSON camelCase, both are understood */
	const struct kind *kind;
	enum need need;
	unsigned who; /* access bits that may set it */
	size_t offset;
};

/* Every row that has fields. */
enum row {
	ROW_NONE,
#define COMMAND(id, ...) ROW_##id,
#define EVENT(id, ...) ROW_##id,
#define WORK(id, ...) ROW_##id,
#define ACTION(id, ...) ROW_##id,
#define READ(id, ...) ROW_##id,
#include "queues/all.def"
	ROW_COUNT
};

struct record {
	enum row row;
	const char *type;
	const struct field *fields;
	int count;
	size_t bytes;
};

#define FIELD(name, kind, ...) kind_##kind name;
#define MEMBER(name, kind) kind_##kind name;
#define COMMAND(id, type, access, ...)                                                                                 \
	struct id {                                                                                                    \
		__VA_ARGS__                                                                                            \
	};
#define EVENT(id, type, ...)                                                                                           \
	struct id {                                                                                                    \
		__VA_ARGS__                                                                                            \
	};
#define WORK(id, type, ...)                                                                                            \
	struct id {                                                                                                    \
		__VA_ARGS__                                                                                            \
	};
#define ACTION(id, verb, path, access, ...)                                                                            \
	struct id {                                                                                                    \
		__VA_ARGS__                                                                                            \
	};
#define READ(id, path, access, ...)                                                                                    \
	struct read_##id {                                                                                             \
		__VA_ARGS__                                                                                            \
	};
#include "queues/all.def"

#define COMMAND(id, ...) COMMAND_##id,
enum command_id {
#include "queues/all.def"
	COMMAND_COUNT
};
#define EVENT(id, ...) EVENT_##id,
enum event_id {
#include "queues/all.def"
	EVENT_COUNT
};
#define WORK(id, ...) WORK_##id,
enum work_id {
#include "queues/all.def"
	WORK_COUNT
};
#define ACTION(id, ...) ACTION_##id,
enum action_id {
#include "queues/all.def"
	ACTION_COUNT
};
#define READ(id, ...) READ_##id,
enum read_id {
#include "queues/all.def"
	READ_COUNT
};

/* The most fields a row has: what bounds an array with a place for each. A longer row makes the bound larger. */
#define FIELD(...) +1
#define MEMBER(...) +1
#define COMMAND(id, type, access, ...) char command_##id[1 __VA_ARGS__];
#define EVENT(id, type, ...) char event_##id[1 __VA_ARGS__];
#define WORK(id, type, ...) char work_##id[1 __VA_ARGS__];
#define ACTION(id, verb, path, access, ...) char action_##id[1 __VA_ARGS__];
#define READ(id, path, access, ...) char read_##id[1 __VA_ARGS__];
union record_fields {
#include "queues/all.def"
};
enum { RECORD_FIELDS_MAX = sizeof(union record_fields) - 1 };

#define FIELD(...) +1
#define READ(id, path, access, ...) char read_##id[1 __VA_ARGS__];
union read_fields {
#include "queues/all.def"
};
enum { READ_FIELDS_MAX = sizeof(union read_fields) - 1 };

struct command {
	enum command_id id;
	unsigned access;
	int answer;                       /* enum read_id, or -1: none */
	const char *said[language_count]; /* when it is done, by enum language; NULL: OK */
	struct record record;
};

/* What a read answers. The types are those of answers.h. */
struct shown {
	const char *summary;
	const char *data, *pagination; /* pagination NULL: there is none */
	bool tagged;                   /* has an ETag, and is asked for by If-None-Match */
};

struct read {
	enum read_id id;
	const char *path;
	unsigned access;
	struct record record;
	struct shown shown;
};

/* What is special about an action. */
enum action_flags {
	PLAIN = 0,
	COMMANDS = 1,         /* takes Idempotency-Key and Prefer */
	BARE = 2,             /* data is the whole answer: there is no envelope */
	LIFTS = 4,            /* members of data are at the top of the envelope, too */
	HAS_ETAG = 8,         /* is asked for by If-None-Match, too */
	PROBE = 16,           /* answered also when nobody else is */
	UNREADY = 32,         /* 503 has the same body as 200 */
	PAGE = 128,           /* an answer is HTML unless JSON is asked for */
	UPLOADS = 256,        /* its body is files: multipart/form-data, or one file alone; may be large */
	BYTES = 512,          /* an answer is a file */
	ENDLESS = 4096,       /* an answer goes on until somebody ends it; the token may be a parameter */
	TOKEN_OR_NONE = 1024, /* PUBLIC, and a token counts */
	TAKES_ANY = 2048,     /* its body says nothing that counts, and may be of any type */
	TAKES_MAIL = 8192,    /* its body is a message, message/rfc822; may be large */
	ANY_TOKEN = 32768,    /* asks no scope of a program's token, and no session */
	ENROLS = 16384,       /* also for who may do nothing else before he has a second factor */
	REDIRECTS = 65536,    /* an answer has no body: it says where to go */
	TAKES_CSV = 131072,   /* its body is CSV, text/csv */
	REVOKED_TOO = 64,     /* whether the token was revoked is looked at by the action itself */
};

#define ACTION_PROBLEMS_MAX 6

/* What the API's description says of an action. */
struct does {
	const char *name, *tag, *summary;
	int status;       /* when all goes well */
	const char *data; /* its type, see queues/answers.h */
	unsigned flags;
	enum problem_code problems[ACTION_PROBLEMS_MAX + 1]; /* that it alone can meet; the last is PROBLEM_NONE */
};

/* What ingress answers by itself. */
struct action {
	enum action_id id;
	enum verb verb;
	const char *path;
	unsigned access; /* PUBLIC: without a token */
	struct record record;
	const char *said[language_count];
	struct does does;
	const char *sends, *sends_example; /* a body that has no fields: its type, and JSON; NULL: there is none */
};

enum strictness { STRICT, LENIENT };

struct route {
	enum command_id command;
	enum verb verb;
	const char *path; /* {field} stands for one segment */
	enum strictness strictness;
};

extern const struct command *const commands; /* COMMAND_COUNT of them; likewise below */
extern const struct record *const events;
extern const struct record *const work_records;
extern const struct action *const actions;
extern const struct read *const reads;
extern const struct route routes[];
extern const int route_count;

/* Both are patterns, with the same captures. */
struct old_path {
	const char *old_path, *path;
};

extern const struct old_path old_paths[];
extern const int old_path_count;

/* NULL when there is no such type. */
const struct command *command_find(struct text type);
const struct record *event_find(struct text type);

/* The field that answers to a JSON member: camelCase, snake_case or an alias of this record's. NULL: none. */
const struct field *field_find(const struct record *record, struct text member);
/* May clients send the field inside an object member of this name? field NULL: is there such an object here? */
bool field_is_in_group(const struct record *record, const struct field *field, struct text group);
const struct field *field_of_kind(const struct record *record, enum loader loader, enum need need);
/* May a client send the field in a body? And is there any such field? */
bool field_is_in_body(const struct field *field);
bool record_has_body(const struct record *record);

/* The nth old name of a field, as it stands in its ALIAS row; NULL: there are no more. */
const char *field_alias(const struct record *record, const struct field *field, int n);
/* The object that clients may put around the field; NULL: none. */
const char *field_group(const struct record *record, const struct field *field);
/* What a client could send, as text; NULL: nothing by default. */
const char *field_example(const struct record *record, const struct field *field);

#define FIELD_JSON_BYTES 64
/* ticket_id becomes ticketId. */
void field_json_name(const char *name, char out[FIELD_JSON_BYTES]);

/* The place of a word in a vocabulary's list; 0 (absent) for one that is not in it. */
unsigned word_find(struct text word, const char *const *words, int count);

/* The role's access bit; 0: it has none. */
unsigned role_access(enum account_role role);

#endif
