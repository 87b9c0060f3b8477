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

/* name: what the list is called in JSON. */
enum ctl_exit list_show(struct ctl *ctl, const char *name, enum query query, const struct shown *columns);

#endif
