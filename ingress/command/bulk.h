/* bulk.h - POST /tickets/bulk: one request, one command for each ticket, one list of results.
 *
 * {"ticketIds": [...], "action": "assign", ...}: the other members are those of the
 * action's own command. Each ticket has its own fate; nothing is all or none.
 */
#ifndef INGRESS_COMMAND_BULK_H
#define INGRESS_COMMAND_BULK_H

#include "ingress/routes.h"

#define BULK_MAX 100

void bulk_submit(struct call *call, const struct captures *captures);

#endif
