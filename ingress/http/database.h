/* database.h - a loop's connections to PostgreSQL: some for reads, one for writes. */
#ifndef INGRESS_HTTP_DATABASE_H
#define INGRESS_HTTP_DATABASE_H

#include <h2o.h>
#include "sql/db_loop.h"

struct database;

struct database *database_new(h2o_loop_t *loop);
bool database_read(struct database *database, enum query query, int count, const struct db_param *params,
        db_loop_fn *done, void *arg);
bool database_write(struct database *database, enum query query, int count, const struct db_param *params,
        db_loop_fn *done, void *arg);
/* Once per loop turn: flush, timeouts, reconnects. */
void database_turn(struct database *database);

#endif
