/* chain.h - a list whose every entry vouches for all before it.
 *
 * hash = HMAC-SHA-256(key, previous hash || seq as 8 bytes, big-endian || SHA-256(payload)),
 * the first previous hash being 32 zero bytes. Where it is known where the payload comes from, the SHA-256 is that of
 * payload || NUL || origin. A payload may later be blanked: its
 * SHA-256 is kept and the chain still holds. Used by the audit worker (appending) and
 * guichetctl (verifying).
 */
#ifndef BASE_CHAIN_H
#define BASE_CHAIN_H

#include <stdint.h>
#include "base/text.h"

#define CHAIN_HASH_BYTES 32
#define CHAIN_KEY_BYTES 64 /* at most: a block of SHA-256 */

struct chain {
	uint8_t key[CHAIN_KEY_BYTES]; /* zeroes behind it */
	int64_t seq;                  /* of the last entry; 0: none yet */
	uint8_t hash[CHAIN_HASH_BYTES];
	uint8_t payload_hash[CHAIN_HASH_BYTES]; /* of the entry appended last */
};

/* key_hex: 64 to 128 hexadecimal characters, checked before. */
void chain_begin(struct chain *chain, const char *key_hex);
/* origin: TEXT_NONE when there is none. */
void chain_append(struct chain *chain, struct text payload, struct text origin);
/* The same when only the payload's SHA-256 is known. */
void chain_append_hash(struct chain *chain, const uint8_t payload_hash[CHAIN_HASH_BYTES]);

#endif
