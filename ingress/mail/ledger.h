/* ledger.h - messages that are stored are written into the ledger, many in one transaction.
 *
 * What arrived while the last transaction was under way is the next one: one statement, one commit, for however many
 * connections. A lost connection may have committed: the same rows are sent again when there is another, and what is
 * there already is not written twice. On the loop's thread alone.
 */
#ifndef INGRESS_MAIL_LEDGER_H
#define INGRESS_MAIL_LEDGER_H

#include "ingress/http/loop.h"

enum ledger_fate {
	LEDGER_TAKEN,
	LEDGER_REFUSED, /* certainly not written */
	LEDGER_UNKNOWN, /* not taken as far as anybody knows, but the row may be there */
};

struct ledger_entry {
	struct text row; /* inbound_write(); until done is called */
	void (*done)(struct ledger_entry *entry, enum ledger_fate fate);

	struct ledger_entry *next;
	int64_t until_ms;
	bool sent; /* in a transaction whose end was not seen */
	bool found;
};

void ledger_open(struct loop *loop);
void ledger_put(struct ledger_entry *entry);
/* After every turn of the loop. */
void ledger_turn(void);
/* Nobody waits. */
bool ledger_is_idle(void);

#endif
