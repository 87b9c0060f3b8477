/* totp.h - codes of a device that shares a secret and the time with us (TOTP, RFC 6238; HOTP, RFC 4226; base32, RFC
 * 4648 section 6): HMAC-SHA-1, six digits, 30 s.
 */
#ifndef BASE_TOTP_H
#define BASE_TOTP_H

#include <stdint.h>
#include "base/text.h"

#define TOTP_SECRET_BYTES 20
#define TOTP_SECRET_LETTERS 32
#define TOTP_STEP_S 30

/* The code of that step, counted from 1970, as a number of six digits. */
uint32_t totp_code(const uint8_t secret[TOTP_SECRET_BYTES], int64_t step);

/* The step whose code was said at that time (seconds since 1970): the present one, the one before or the one after. 0:
 * none of them. Blanks in the code do not count. */
int64_t totp_step_of(const uint8_t secret[TOTP_SECRET_BYTES], struct text code, int64_t unix_s);

/* Base32 in capitals, without padding; len a multiple of 5, out len / 5 * 8 + 1 bytes. */
void totp_base32(const uint8_t *data, size_t len, char *out);

#endif
