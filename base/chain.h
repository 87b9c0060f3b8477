/* chain.h - a list whose every entry vouches for all before it.
 *
 * hash = HMAC-SHA-256(key, previous hash || seq as 8 bytes, big-endian || SHA-256(payload)),
 * the first previous hash being 32 zero bytes. A payload may later be blanked: its
 * SHA-256 is kept and the chain still holds. Used by the audit worker (appending) and
 * guichetctl (verifying).
 */
#ifndef BASE_CHAIN_H
#define BASE_CHAIN_H

#include <stdint.h>
#include "base/text.h"

#define CHAIN_HASH_BYTES 32

struct chain {
	uint8_t key[64];
	size_t key_bytes;
	int64_t seq; /* of the last entry; 0: none yet */
	uint8_t hash[CHAIN_HASH_BYTES];
	uint8_t payload_hash[CHAIN_HASH_BYTES]; /* of the entry appended last */
};

/* key_hex: 64 to 128 hexadecimal characters, checked before. */
void chain_begin(struct chain *chain, const char *key_hex);
void chain_append(struct chain *chain, struct text payload);
/* The same when only the payload's SHA-256 is known. */
void chain_append_hash(struct chain *chain, const uint8_t payload_hash[CHAIN_HASH_BYTES]);

#endif
