/* numbers.h - which ticket has a number that a request gives instead of an id (queues/ticket_number.h).
 *
 * One question to the database for all numbers of a request, none when there are none. A number that no ticket has
 * stays what it is: an id that nobody knows, and is answered as one. Who may do what is decided behind, as for any id.
 */
#ifndef INGRESS_HTTP_NUMBERS_H
#define INGRESS_HTTP_NUMBERS_H

#include "ingress/http/call.h"

typedef void numbers_then_fn(struct call *call, void *state);

/* Puts ids in the place of numbers in so many ids, then calls then(); at once when there is nothing to ask. When the
 * database does not answer, the call is answered with 503. ids and state live in the call's arena. */
void numbers_find(struct call *call, struct uuid *const *ids, int count, numbers_then_fn *then, void *state);
/* The same for the fields of a record that name tickets, and for what the path has captured. */
void numbers_find_in(struct call *call, const struct record *record, void *fields, numbers_then_fn *then, void *state);

#endif
