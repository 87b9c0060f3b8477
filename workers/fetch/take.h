/* take.h - a message on its way from a mailbox into the store, in pieces. */
#ifndef WORKERS_FETCH_TAKE_H
#define WORKERS_FETCH_TAKE_H

#include <openssl/evp.h>
#include "base/store.h"
#include "queues/inbound.h"

struct take {
	struct store *store;
	struct store_writer *writer;
	EVP_MD_CTX *digest;
	enum store_outcome outcome; /* of the store; what is not STORE_DONE is no fault of the message */
	int64_t size;
	bool too_large;
};

void take_begin(struct take *take, struct store *store);
/* False: no more of it is wanted. arg: the take. */
bool take_bytes(void *arg, struct text piece);
/* It is all there: keeps it under the id of the mail, and says how large it is and its digest. False: outcome. */
bool take_keep(struct take *take, struct inbound *mail);
/* At the end of each, whatever became of it. */
void take_end(struct take *take);

#endif
