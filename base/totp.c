/* totp.c - see totp.h. */
#include "base/totp.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>

#define DIGITS 6
#define SKEW 1 /* steps that a device's clock may be off */

/* RFC 4226 section 5.3. */
uint32_t totp_code(const uint8_t secret[TOTP_SECRET_BYTES], int64_t step)
{
	uint8_t counter[8], mac[20];
	const uint8_t *at;

	for (int i = 0; i < 8; i++)
		counter[i] = (uint8_t)((uint64_t)step >> (56 - 8 * i));
	if (!HMAC(EVP_sha1(), secret, TOTP_SECRET_BYTES, counter, sizeof counter, mac, NULL))
		abort();
	at = mac + (mac[19] & 0x0f);
	return (((uint32_t)at[0] & 0x7f) << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3]) % 1000000;
}

/* False: they are not six. */
static bool read_digits(struct text said, char out[DIGITS + 1])
{
	int count = 0;

	for (size_t i = 0; i < said.len; i++) {
		if (said.data[i] == ' ')
			continue;
		if (said.data[i] < '0' || said.data[i] > '9' || count == DIGITS)
			return false;
		out[count++] = said.data[i];
	}
	out[count] = '\0';
	return count == DIGITS;
}

int64_t totp_step_of(const uint8_t secret[TOTP_SECRET_BYTES], struct text code, int64_t unix_s)
{
	int64_t now = unix_s / TOTP_STEP_S, found = 0;
	char digits[DIGITS + 1], right[DIGITS + 6];

	if (!read_digits(code, digits))
		return 0;
	for (int64_t step = now - SKEW; step <= now + SKEW; step++) {
		snprintf(right, sizeof right, "%06u", (unsigned)totp_code(secret, step));
		if (text_equal_secret(text_of(digits), text_of(right)))
			found = step;
	}
	return found;
}

void totp_base32(const uint8_t *data, size_t len, char *out)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

	for (; len >= 5; len -= 5, data += 5) {
		uint64_t bits = 0;

		for (int i = 0; i < 5; i++)
			bits = bits << 8 | data[i];
		for (int i = 0; i < 8; i++)
			*out++ = letters[bits >> (35 - 5 * i) & 31];
	}
	*out = '\0';
}
