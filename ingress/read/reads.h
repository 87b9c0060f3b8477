/* reads.h - a GET names a query; PostgreSQL checks who may see it and builds the JSON.
 *
 * A read's query takes the actor ($1), the access bits of its row ($2), and the row's fields, if it has any, as one
 * JSON object ($3) by their names in JSON, without absent ones. It returns one row: verdict ('ok', 'missing',
 * 'forbidden', 'disabled', 'too_far', 'expired'), version (NULL: no ETag), role, data, pagination.
 */
#ifndef INGRESS_READ_READS_H
#define INGRESS_READ_READS_H

#include "base/settings.h"
#include "ingress/http/call.h"

/* The row for TAGS_FOR_OWNERS. */
extern struct setting reads_settings[];

/* Answers a GET: principal, parameters, query. */
void reads_answer(struct call *call, const struct read *read);

/* Answers with what the command's ANSWER read shows, once it is done. fields: struct read_<id>. otherwise is
 * called when the read cannot be had. */
void reads_show(struct call *call, const struct command *command, void *fields, int status, struct text location,
        struct text ignored, void (*otherwise)(struct call *call, void *arg), void *arg);

/* The path of a read for these fields, below /api/v1, in the arena. */
struct text reads_url(struct arena *arena, const struct read *read, void *fields);

#endif
