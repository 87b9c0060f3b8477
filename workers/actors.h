/* actors.h - the accounts that a batch's commands come from, and those that they name.
 *
 * Whoever asks is judged by the account as the database has it. A handler may look at another account that its
 * command names in a field that loads accounts. Nobody changes one here.
 */
#ifndef WORKERS_ACTORS_H
#define WORKERS_ACTORS_H

#include "queues/catalogue.h"
#include "sql/db.h"

struct batch;

struct account {
	struct uuid id;
	struct text email;
	enum account_role role;
	bool active;
	struct text name; /* "First Last", or the address */
};

struct actors {
	struct account *accounts;
	int count;
	struct db_result *rows; /* between load and loaded */
};

/* Queues the load of all that the batch's jobs need, and reads it into batch->actors. */
void actors_load(struct batch *batch);
void actors_loaded(struct batch *batch);

/* NULL: there is no such account. */
const struct account *actors_find(const struct actors *actors, const struct uuid *id);

bool account_is_agent(const struct account *account); /* active and staff; NULL is neither */

#endif
