/* contract.h - JSON to struct and back, by the rows of the catalogue.
 *
 * The one validator: ingress reads what a client sends, a worker reads what a
 * message holds, both through the same fields. It reports every problem at once
 * and writes the record only when there is none. JSON is strict (RFC 8259, no
 * duplicate members, no NUL, valid UTF-8, depth at most 8).
 */
#ifndef QUEUES_CONTRACT_H
#define QUEUES_CONTRACT_H

#include "base/arena.h"
#include "queues/catalogue.h"

#define PROBLEM_MAX 16
#define BODY_MAX (256 * 1024) /* bytes of a message: larger things travel as a reference */
/* Bytes of a client's body: JSON may spell each character as an escape, 50,000 of the longest with 12 bytes each. */
#define WIRE_MAX (768 * 1024)

struct problem {
	char pointer[96]; /* RFC 6901, "/title"; "" for the whole body */
	const char *code; /* required, type, length, format, range, unknown, json */
	char detail[160]; /* English, for a person */
};

struct problems {
	int count; /* of all found; at most PROBLEM_MAX are kept */
	struct problem items[PROBLEM_MAX];
};

void problem_add(struct problems *problems, const char *member, const char *code, const char *format, ...)
        __attribute__((format(printf, 4, 5)));

/* The same about one item of a member that is a list: "/ticketIds/7". */
void problem_add_at(struct problems *problems, const char *member, int item, const char *code, const char *detail);

enum source {
	FROM_CLIENT,  /* FROM_PATH and MINTED members are not the client's to send */
	FROM_MESSAGE, /* everything is in the body, canonical names */
};

/* Reads body into out (record->bytes, zeroed by the caller or holding path
 * values). Texts are copied into the arena. False: see problems; out is then
 * of no use. An empty body counts as {} from a client. */
bool contract_read(const struct record *record, struct text body, enum source source, struct arena *arena, void *out,
        struct problems *problems);

/* The body as an object, parsed strictly; NULL with a problem. The caller owns it. */
struct json_t *contract_parse(struct text body, struct problems *problems);

/* Sets one field from a path segment or a query parameter. */
bool contract_set(const struct record *record, const struct field *field, struct text value, struct arena *arena,
        void *out, struct problems *problems);

/* Canonical JSON: present fields in row order, camelCase. */
void contract_write(const struct record *record, const void *in, struct buffer *out);
/* A member that is a list of strings. */
void contract_write_list(struct buffer *out, const char *name, const struct text_list *list);

/* The field's place in the struct, and whether something is there. */
void *field_of(const struct field *field, void *record_struct);
bool field_is_present(const struct field *field, const void *record_struct);
/* A CLEARABLE field given as null: present, and a UUID of ones, this number, or an empty text. */
#define NUMBER_CLEARED INT64_MIN
bool uuid_is_cleared(const struct uuid *id);
/* Makes the field absent. */
void field_forget(const struct field *field, void *record_struct);

#endif
