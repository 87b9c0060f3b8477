/* list.h - what a statement without parameters gives, on one screen or as JSON. */
#ifndef OPS_GUICHETCTL_LIST_H
#define OPS_GUICHETCTL_LIST_H

#include "ops/guichetctl/ctl.h"
#include "sql/db.h"

/* One column of a list: what it is called in JSON, and its place in the rows; the last has no name. */
struct shown {
	const char *name;
	enum { SHOWN_TEXT, SHOWN_NUMBER, SHOWN_JSON } kind;
	int width; /* on a screen; 0: not there */
};

/* One list of several on a screen; the last has no name. */
struct list_part {
	const char *name;
	enum query query;
	const struct shown *columns;
};

/* All of them, or as one JSON object with a list for each. */
enum ctl_exit list_show_parts(struct ctl *ctl, const struct list_part *parts);

/* name: what the list is called in JSON. */
enum ctl_exit list_show(struct ctl *ctl, const char *name, enum query query, const struct shown *columns);

#endif
