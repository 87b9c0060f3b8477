/* walk.h - a walk over every row of queues/ that has fields, for the tests of the catalogue. */
#ifndef TESTS_UNIT_WALK_H
#define TESTS_UNIT_WALK_H

#include <string.h>
#include "queues/catalogue.h"

/* Everything with fields, one after the other. */
static inline const struct record *walk_at(int i)
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

static inline const struct field *walk_field(const struct record *record, const char *name, size_t len)
{
	for (int i = 0; i < record->count; i++)
		if (strlen(record->fields[i].name) == len && !memcmp(record->fields[i].name, name, len))
			return &record->fields[i];
	return NULL;
}

static inline const struct record *walk_row(enum row row)
{
	const struct record *record;

	for (int i = 0; (record = walk_at(i)); i++)
		if (record->row == row)
			return record;
	return NULL;
}

#endif
