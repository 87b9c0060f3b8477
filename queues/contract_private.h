/* contract_private.h - what the files of the contract share; for nobody else. */
#ifndef QUEUES_CONTRACT_PRIVATE_H
#define QUEUES_CONTRACT_PRIVATE_H

#include <jansson.h>
#include "queues/contract.h"

/* What a reader knows while it reads one member. */
struct reading {
	const struct field *field;
	struct text value; /* of a JSON string, a path segment or a query parameter */
	struct arena *arena;
	void *place;
	struct problems *problems;
};

/* Takes r->value into r->place; false with a problem. */
bool reading_take(struct reading *r);
/* The same for a JSON value of any type. */
bool reading_take_json(struct reading *r, json_t *value);
/* Values of a query with commas between; a JSON list; a day or a time. */
bool reading_take_few(struct reading *r);
bool reading_take_list(struct reading *r, json_t *value);
bool reading_take_moment(struct reading *r);

/* Adds the problem; always false. */
bool reading_refuse(struct reading *r, const char *code, const char *detail);
bool reading_refuse_word(struct reading *r);

enum looks { LOOKS_GOOD, LOOKS_EMPTY, LOOKS_BROKEN };

/* Is there something to be seen in it, and nothing that moves the pen? A text may hold line ends and tabs. */
enum looks reading_looks(struct text t, bool multi_line);
/* One line is shown between others: nothing in it may turn them around. What cannot be read is left for the caller
 * to refuse. */
struct text reading_without_turns(struct arena *arena, struct text line);
/* The word's place in the kind's list, whatever its case, or that of the word for which older clients say it; 0: it
 * is not in it. */
unsigned reading_find_word(const struct kind *kind, struct text value);

/* null for a CLEARABLE field: what stands for "take it away". */
void field_clear(const struct field *field, void *place);

#endif
