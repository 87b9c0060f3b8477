/* password.h - Argon2id (RFC 9106), with OWASP's least parameters: 19 MiB, 2 passes, 1 lane.
 *
 * Compared in Unicode's form C (RFC 8265 section 4.2.2). Takes about 13 ms and 19 MiB: no work for an event loop. No
 * password is ever written anywhere, its encoded hash only into credentials.
 */
#ifndef BASE_PASSWORD_H
#define BASE_PASSWORD_H

#include <stdbool.h>
#include "base/text.h"

#define PASSWORD_HASH_BYTES 128 /* an encoded hash, with the NUL */

/* A fresh salt each time. Ends the process when there is no randomness or no memory. */
void password_hash(struct text given, char out[PASSWORD_HASH_BYTES]);

/* False too for a hash that cannot be read. */
bool password_verify(const char *encoded, struct text given);

/* Was it made with other parameters than password_hash() has now? */
bool password_is_outdated(const char *encoded);

#endif
