/* seal.h - a short secret that lies in a database, readable with a key that lies elsewhere (AES-256-GCM, NIST SP
 * 800-38D).
 *
 *   nonce (12 bytes, drawn each time), what was sealed, tag (16)
 *
 * What it belongs to is sealed with it, so that nobody can put one in another's place.
 */
#ifndef BASE_SEAL_H
#define BASE_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEAL_KEY_BYTES 32
#define SEAL_MORE_BYTES 28 /* that a sealed secret is longer */

/* out: len + SEAL_MORE_BYTES. Ends the process when there is no randomness. */
void seal_close(const uint8_t key[SEAL_KEY_BYTES], const void *owner, size_t owner_len, const void *secret, size_t len,
        uint8_t *out);

/* len is that of the sealed; out: len - SEAL_MORE_BYTES. False, and out is wiped: another key, another owner, or no
 * seal of ours. */
bool seal_open(const uint8_t key[SEAL_KEY_BYTES], const void *owner, size_t owner_len, const uint8_t *sealed,
        size_t len, void *out);

#endif
