/* contract_private.h - what contract.c and contract_value.c share; for nobody else. */
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
/* null for a CLEARABLE field: what stands for "take it away". */
void field_clear(const struct field *field, void *place);

#endif
