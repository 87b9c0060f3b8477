/* vapid.c - see vapid.h. */
#include "queues/vapid.h"

#include <pthread.h>
#include <string.h>
#include "base/base64url.h"
#include "queues/p256.h"
#include "queues/webhook_secret.h"

#define GOOD_FOR_S (12 * 3600)

static struct p256 own;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* The first number of the row that is one of the curve's: the very first, but for one key in four thousand millions. */
static void derive(void)
{
	uint8_t private[P256_PRIVATE_BYTES], said[] = "guichet vapid 0";

	do {
		webhook_secret_derive(said, sizeof said - 1, private);
		said[sizeof said - 2]++;
	} while (!p256_open(private, &own));
	explicit_bzero(private, sizeof private);
}

struct text vapid_public_key(struct arena *arena)
{
	pthread_once(&once, derive);
	return base64url_write(arena, own.public, sizeof own.public);
}

static struct text claims(struct arena *arena, struct text origin, struct text contact, int64_t now_s)
{
	struct buffer out;

	buffer_init(&out, arena, 256);
	buffer_string(&out, "{");
	buffer_json_member(&out, "aud", origin);
	buffer_json_member_int(&out, "exp", now_s + GOOD_FOR_S);
	if (contact.len)
		buffer_json_member(&out, "sub", contact);
	buffer_string(&out, "}");
	return buffer_view(&out);
}

struct text vapid_authorization(struct arena *arena, struct text origin, struct text contact, int64_t now_s)
{
	struct text said = claims(arena, origin, contact, now_s), key = vapid_public_key(arena), signature;
	struct text header = TEXT("{\"typ\":\"JWT\",\"alg\":\"ES256\"}");
	uint8_t signed_bytes[64];
	struct buffer out;

	header = base64url_write(arena, header.data, header.len);
	said = base64url_write(arena, said.data, said.len);
	buffer_init(&out, arena, 512);
	buffer_printf(&out, "%.*s.%.*s", (int)header.len, header.data, (int)said.len, said.data);
	p256_sign(&own, out.data, out.len, signed_bytes);
	signature = base64url_write(arena, signed_bytes, sizeof signed_bytes);
	return text_of(arena_printf(arena, "vapid t=%s.%.*s,k=%.*s", buffer_cstr(&out), (int)signature.len,
	        signature.data, (int)key.len, key.data));
}
