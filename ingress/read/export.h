/* export.h - all rows that the filters of a read leave, as CSV or JSON lines: sent slice by slice.
 *
 * What is held is one slice, however long the whole is: the next one is asked for when the client has taken the last.
 * Six exports run at a time in the process, another one is 503. When the database fails in between, the connection is
 * broken off, so that half an export never looks like a whole one. The trail is told of each.
 */
#ifndef INGRESS_READ_EXPORT_H
#define INGRESS_READ_EXPORT_H

#include "ingress/http/call.h"

/* Does the client ask this read for a file? fields: struct read_<id>. */
bool export_is_wanted(const struct read *read, const void *fields);
/* Answers the call. wanted: the fields as a JSON object, as a read's query takes them. refuse answers when the query's
 * verdict is not "ok". */
void export_answer(struct call *call, const struct read *read, const void *fields, struct text wanted,
        void (*refuse)(struct call *call, const struct read *read, struct text verdict));

#endif
