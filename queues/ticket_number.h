/* ticket_number.h - the number of a ticket where its id is asked for.
 *
 * HD-2026-000012 is read into an id of a form that no ticket has (RFC 9562 knows no version 15), so that a number
 * travels through fields of ids until the database is asked which ticket has it (ingress/http/numbers.h). Where nobody
 * asks, and where no ticket has the number, it is an id that nobody knows.
 */
#ifndef QUEUES_TICKET_NUMBER_H
#define QUEUES_TICKET_NUMBER_H

#include <stdbool.h>
#include "base/uuid.h"

/* Any case, with or without "#" before it; out untouched on failure. */
bool ticket_number_parse(struct text t, struct uuid *out);
bool ticket_number_is(const struct uuid *id);
/* As it stands in the ticket, in the arena. */
struct text ticket_number_text(struct arena *arena, const struct uuid *id);

#endif
