/* shared_link.c - see shared_link.h. */
#include "queues/shared_link.h"

#include <endian.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "queues/mail_token.h"

#define MAC_BYTES 16

struct seal {
	uint8_t account[16];
	uint8_t expires_at[4]; /* big endian */
	uint8_t once;
	uint8_t apart[4];
	uint8_t mac[MAC_BYTES];
};

enum { SEALED_BYTES = sizeof(struct seal) - MAC_BYTES };

static void mac_of(const struct uuid *file, const struct seal *seal, uint8_t out[32])
{
	uint8_t input[16 + SEALED_BYTES];

	memcpy(input, file->bytes, 16);
	memcpy(input + 16, seal, SEALED_BYTES);
	mail_token_mac("guichet file link", (struct text){ (const char *)input, sizeof input }, out);
}

void shared_link_write(const struct shared_link *link, char out[SHARED_LINK_BYTES])
{
	uint32_t expires_at = htobe32((uint32_t)link->expires_at);
	struct seal seal = { .once = link->once };
	uint8_t mac[32];

	memcpy(seal.account, link->account_id.bytes, sizeof seal.account);
	memcpy(seal.expires_at, &expires_at, sizeof seal.expires_at);
	memcpy(seal.apart, link->apart, sizeof seal.apart);
	mac_of(&link->file_id, &seal, mac);
	memcpy(seal.mac, mac, MAC_BYTES);
	uuid_format(&link->file_id, out);
	out[36] = '.';
	text_hex(&seal, sizeof seal, out + 37);
}

bool shared_link_read(struct text written, struct shared_link *out)
{
	struct seal seal;
	struct shared_link link;
	uint8_t mac[32], digest[32];
	uint32_t expires_at;

	if (written.len != SHARED_LINK_BYTES - 1 || written.data[36] != '.' ||
	        !uuid_parse((struct text){ written.data, 36 }, &link.file_id) ||
	        !text_unhex((struct text){ written.data + 37, 2 * sizeof seal }, &seal, sizeof seal))
		return false;
	mac_of(&link.file_id, &seal, mac);
	if (!text_equal_secret(
	            (struct text){ (const char *)seal.mac, MAC_BYTES }, (struct text){ (const char *)mac, MAC_BYTES }))
		return false;
	memcpy(&expires_at, seal.expires_at, sizeof expires_at);
	memcpy(link.account_id.bytes, seal.account, 16);
	memcpy(link.apart, seal.apart, sizeof link.apart);
	link.expires_at = be32toh(expires_at);
	link.once = seal.once;
	if (!EVP_Digest(seal.mac, MAC_BYTES, digest, NULL, EVP_sha256(), NULL))
		abort();
	text_hex(digest, sizeof digest, link.hash);
	*out = link;
	return true;
}
