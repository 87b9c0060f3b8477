/* letter.h - the bytes of a message on their way from a socket into the store.
 *
 *   letter_add ... letter_is_full ─► letter_spill (a thread writes what was gathered) ─► added to again ...
 *              ... letter_keep (a thread writes the rest, fsync) ─► it is there for good, under its id
 *
 * What is gathered lies in memory, 256 KiB at most, less when many messages arrive; all else is in a file already.
 * While a thread has the letter nothing is done with it, until it says so.
 */
#ifndef INGRESS_MAIL_LETTER_H
#define INGRESS_MAIL_LETTER_H

#include <openssl/evp.h>
#include "base/store.h"
#include "base/uuid.h"
#include "ingress/http/crew.h"

extern struct setting letter_settings[];

struct letter {
	struct crew_job job; /* first */
	struct uuid id;
	int64_t size;
	uint8_t sha256[32];         /* once it is kept */
	enum store_outcome outcome; /* of what was done last; once it is not STORE_DONE no more is done */
	void (*done)(struct letter *letter);
	void *arg;

	char *bytes; /* gathered */
	size_t len, capacity;
	struct store_writer *writer;
	EVP_MD_CTX *digest;
};

/* Opens the store; the threads live as long as the loops. */
void letters_start(void);
/* NULL: too many are arriving. */
struct letter *letter_new(void *arg);
void letter_free(struct letter **letter);

void letter_add(struct letter *letter, struct text bytes);
bool letter_is_full(const struct letter *letter);
/* Both: done is called on the loop when it is over. False: too many wait for a disk. */
bool letter_spill(struct letter *letter, struct loop *loop, void (*done)(struct letter *letter));
bool letter_keep(struct letter *letter, struct loop *loop, void (*done)(struct letter *letter));
/* Removes what was kept: nobody knows of it. Takes the letter. */
void letter_discard(struct letter **letter, struct loop *loop);

#endif
