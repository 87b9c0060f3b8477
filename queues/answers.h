/* answers.h - the rows of answers.def as a table: what the parts of an answer are. */
#ifndef QUEUES_ANSWERS_H
#define QUEUES_ANSWERS_H

#include <stdbool.h>
#include "base/text.h"

struct part {
	const char *name; /* as in JSON; NULL: the end */
	const char *type; /* see answers.def */
	bool maybe;       /* is not always there */
	bool staff_only;  /* is there for staff, and for nobody else unless a setting opens it */
};

struct thing {
	const char *name, *says;
	const struct part *parts;
};

extern const struct thing things[];
extern const int thing_count;

/* NULL when there is no such thing. */
const struct thing *thing_find(struct text name);

/* The words of a vocabulary by its name; NULL: there is none. The first is that of the absent value. */
const char *const *vocabulary_find(struct text name, int *out_count);

#endif
