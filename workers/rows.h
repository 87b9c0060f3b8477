/* rows.h - what a statement is fed with: a JSON array of objects, or a list of ids. */
#ifndef WORKERS_ROWS_H
#define WORKERS_ROWS_H

#include <stdint.h>
#include "base/text.h"
#include "base/uuid.h"

/* A JSON array of objects. */
struct rows {
	struct buffer json;
	int count;
};
void rows_init(struct rows *rows, struct arena *arena);
struct buffer *rows_begin(struct rows *rows);                                /* writes { */
void rows_end(struct rows *rows);                                            /* writes } */
struct text rows_done(struct rows *rows);                                    /* the array */
void rows_uuid(struct buffer *out, const char *name, const struct uuid *id); /* null when none */
void rows_time(struct buffer *out, const char *name, int64_t unix_us);       /* null when 0 */

/* A '{uuid,uuid}' literal of distinct ids. */
struct id_set {
	struct uuid *ids;
	int count, capacity;
};
void id_set_add(struct id_set *set, struct arena *arena, struct uuid id);
struct text id_set_literal(const struct id_set *set, struct arena *arena);

#endif
