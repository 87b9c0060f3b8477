/* mail_token.c - see mail_token.h. */
#include "queues/mail_token.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

#define ID_BYTES 16
#define MAC_BYTES 10
#define ID_LETTERS 26
#define MAC_LETTERS 16

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";

static const char *mail_key = "";

struct setting mail_token_settings[] = {
	{ "MAIL_KEY", SETTING_HEX, &mail_key, NULL, .min = 64, .max = 128, .secret = true,
	        .help = "signs what mails carry (addresses for replies and bounces, links to unsubscribe), 64 to 128 "
	                "hexadecimal "
	                "characters" },
	{ 0 },
};

/* --- base32 -------------------------------------------------------------------------- */
static void write_base32(const uint8_t *data, size_t len, char *out)
{
	unsigned bits = 0, held = 0;

	for (size_t i = 0; i < len; i++) {
		bits = bits << 8 | data[i];
		for (held += 8; held >= 5; held -= 5)
			*out++ = alphabet[bits >> (held - 5) & 31];
	}
	if (held)
		*out = alphabet[bits << (5 - held) & 31];
}

/* False: another letter, or bits behind the end that are not zero, so that a token has one spelling but for its case.
 */
static bool read_base32(const char *letters, size_t count, uint8_t *out)
{
	unsigned bits = 0, held = 0;

	for (size_t i = 0; i < count; i++) {
		char c = letters[i] >= 'A' && letters[i] <= 'Z' ? (char)(letters[i] | 0x20) : letters[i];
		const char *at = c ? strchr(alphabet, c) : NULL;

		if (!at)
			return false;
		bits = bits << 5 | (unsigned)(at - alphabet);
		held += 5;
		if (held < 8)
			continue;
		held -= 8;
		*out++ = (uint8_t)(bits >> held);
	}
	return (bits & ((1U << held) - 1)) == 0;
}

/* --- the MAC ------------------------------------------------------------------------- */
void mail_token_mac(const char *label, struct text data, uint8_t out[32])
{
	size_t labelled = strlen(label) + 1, len = strlen(mail_key) / 2;
	uint8_t key[64], input[32 + 64];

	if (labelled + data.len > sizeof input || !text_unhex(text_of(mail_key), key, len))
		abort();
	memcpy(input, label, labelled);
	memcpy(input + labelled, data.data, data.len);
	if (!HMAC(EVP_sha256(), key, (int)len, input, labelled + data.len, out, NULL))
		abort();
	OPENSSL_cleanse(key, sizeof key);
}

/* The MAC's data: label, kind, id, SHA-256 of what is beside. */
static void sign(
        enum mail_token_kind kind, const uint8_t id[ID_BYTES], struct text beside, uint8_t out[EVP_MAX_MD_SIZE])
{
	uint8_t data[1 + ID_BYTES + 32];

	data[0] = (uint8_t)kind;
	memcpy(data + 1, id, ID_BYTES);
	if (!EVP_Digest(beside.data, beside.len, data + 1 + ID_BYTES, NULL, EVP_sha256(), NULL))
		abort();
	mail_token_mac("guichet mail", (struct text){ (const char *)data, sizeof data }, out);
}

void mail_token_write(enum mail_token_kind kind, const struct uuid *id, struct text beside, char out[MAIL_TOKEN_BYTES])
{
	uint8_t mac[EVP_MAX_MD_SIZE];

	sign(kind, id->bytes, beside, mac);
	out[0] = (char)kind;
	write_base32(id->bytes, ID_BYTES, out + 1);
	write_base32(mac, MAC_BYTES, out + 1 + ID_LETTERS);
	out[MAIL_TOKEN_BYTES - 1] = '\0';
}

bool mail_token_read(enum mail_token_kind kind, struct text token, struct text beside, struct uuid *out)
{
	uint8_t mac[EVP_MAX_MD_SIZE], said[MAC_BYTES];
	struct uuid id;

	if (token.len != MAIL_TOKEN_BYTES - 1 || (token.data[0] | 0x20) != (char)kind ||
	        !read_base32(token.data + 1, ID_LETTERS, id.bytes) ||
	        !read_base32(token.data + 1 + ID_LETTERS, MAC_LETTERS, said))
		return false;
	sign(kind, id.bytes, beside, mac);
	if (CRYPTO_memcmp(mac, said, MAC_BYTES) != 0)
		return false;
	*out = id;
	return true;
}
