/* audit_row.h - one row of the audit trail, held against the chain and against its own payload. */
#ifndef OPS_GUICHETCTL_AUDIT_ROW_H
#define OPS_GUICHETCTL_AUDIT_ROW_H

#include "base/chain.h"
#include "base/uuid.h"

struct audit_row {
	int64_t seq;
	struct text action;
	struct uuid actor_id, resource_id, event_id, command_id;
	struct text payload;                             /* TEXT_NONE: blanked by an erasure */
	struct text origin;                              /* TEXT_NONE: it came without one, or was blanked */
	struct text payload_sha256, prev_hash, row_hash; /* hexadecimal */
};

/* NULL when the row is the next of the chain, which then stands behind it; else what
 * differs (a literal), and the chain is of no more use. */
const char *audit_row_check(struct chain *chain, const struct audit_row *row);

#endif
