/* programs.h - the rows of queues/programs.def, for who makes roles and users and for who looks after programs. */
#ifndef QUEUES_PROGRAMS_H
#define QUEUES_PROGRAMS_H

#include <stdbool.h>
#include "base/text.h"

enum program_kind { PROGRAM_INGRESS, PROGRAM_DOOR, PROGRAM_LANE, PROGRAM_CONSUMER, PROGRAM_TICKER, PROGRAM_TOOL };

/* See programs.def for what each member means; lists have blanks between. */
struct program {
	const char *name;
	enum program_kind kind;
	int port, memory_mib;
	const char *reads, *writes, *subscribes, *publishes, *counts;
};

extern const struct program programs[];
extern const int program_count;

/* Whose queue that is; NULL: nobody reads it. */
const struct program *program_reading(struct text queue);

/* "ingress:ingress ticket:lane ...": all of them, as sql/roles.sql wants it, in the arena. */
struct text program_kinds(struct arena *arena);

/* The names of a list (reads, writes) as a regular expression of the broker's, in the arena; "^$" for none. */
const char *program_pattern(struct arena *arena, const char *names);

#endif
