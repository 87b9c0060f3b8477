/* status.h - GET /commands/{id}.{mac}: what became of a command.
 *
 * The URL authenticates itself: the part behind the dot is the account's id and a
 * MAC over command and account, so that it needs no token, cannot be guessed,
 * and proves that an ingress of this desk has given it out, even while the
 * command is still on its way.
 */
#ifndef INGRESS_STATUS_H
#define INGRESS_STATUS_H

#include "ingress/routes.h"

/* "/api/v1/commands/{id}.{mac}" in the arena. */
struct text status_url(struct arena *arena, const struct uuid *command_id, const struct uuid *account_id);

void status_answer(struct call *call, const struct captures *captures);

#endif
