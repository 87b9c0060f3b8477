/* ask.h - a call asks the database. The call is held until the answer is there, and let go behind it.
 *
 * What the database cannot be asked, or does not answer, is 503, unless somebody has another answer.
 */
#ifndef INGRESS_HTTP_ASK_H
#define INGRESS_HTTP_ASK_H

#include "ingress/http/call.h"
#include "sql/db_loop.h"

/* The rows live during the call back; state is the asker's, in the call's arena. */
typedef void ask_rows_fn(struct call *call, void *state, const struct db_result *rows);
/* Instead of rows; DB_LOST also when the question was never sent. */
typedef void ask_fault_fn(struct call *call, void *state, enum db_fault fault);

void ask_read(
        struct call *call, enum query query, int count, const struct db_param *params, ask_rows_fn *then, void *state);
void ask_write(
        struct call *call, enum query query, int count, const struct db_param *params, ask_rows_fn *then, void *state);
/* The same for an asker who knows what to answer without rows. */
void ask_read_or(struct call *call, enum query query, int count, const struct db_param *params, ask_rows_fn *then,
        ask_fault_fn *otherwise, void *state);
void ask_write_or(struct call *call, enum query query, int count, const struct db_param *params, ask_rows_fn *then,
        ask_fault_fn *otherwise, void *state);

#endif
