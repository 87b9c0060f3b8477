/* uuid.c - RFC 9562 identifiers.
 *
 *   version 7:  48 bits unix_ms | 4 version | 12 any | 2 variant | 62 any
 *   version 8:  48 bits any     | 4 version | 12 any | 2 variant | 62 any
 *
 * The version and variant bits overwrite the hash's bits at their place, as in
 * the RFC's appendix B.2.
 *
 * Random bytes are fetched from the kernel for 32 ids at a time, per thread. A
 * forked child throws its parent's rest away: no id is ever given out twice.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <openssl/evp.h>
#include "base/arena.h"
#include "base/clock.h"
#include "base/uuid.h"

#define RANDOM_BYTES 10 /* what a version 7 id needs */

static _Thread_local struct {
	uint8_t bytes[32 * RANDOM_BYTES];
	size_t left;
} pool;

static pthread_once_t prepared = PTHREAD_ONCE_INIT;
static EVP_MD *sha256;

static _Noreturn void broken(const char *what)
{
	fprintf(stderr, "uuid: %s\n", what);
	abort();
}

static void forget_pool(void)
{
	pool.left = 0;
}

static void prepare(void)
{
	pthread_atfork(NULL, NULL, forget_pool);
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (!sha256)
		broken("OpenSSL has no SHA-256");
}

static void refill_pool(void)
{
	while (pool.left < sizeof(pool.bytes)) {
		ssize_t n = getrandom(pool.bytes + pool.left, sizeof(pool.bytes) - pool.left, 0);

		if (n < 0 && errno != EINTR)
			broken("the kernel gives no random bytes");
		if (n > 0)
			pool.left += (size_t)n;
	}
}

static void stamp(struct uuid *id, int version)
{
	id->bytes[6] = (uint8_t)((id->bytes[6] & 0x0F) | version << 4);
	id->bytes[8] = (uint8_t)((id->bytes[8] & 0x3F) | 0x80);
}

static void put_ms(struct uuid *id, int64_t unix_ms)
{
	for (int i = 0; i < 6; i++)
		id->bytes[i] = (uint8_t)((uint64_t)unix_ms >> (40 - 8 * i));
}

struct uuid uuid_new(void)
{
	struct uuid id;

	pthread_once(&prepared, prepare);
	if (pool.left == 0)
		refill_pool();
	pool.left -= RANDOM_BYTES;
	memcpy(id.bytes + 6, pool.bytes + pool.left, RANDOM_BYTES);
	explicit_bzero(pool.bytes + pool.left, RANDOM_BYTES);
	put_ms(&id, clock_unix_ms());
	stamp(&id, 7);
	return id;
}

static bool hash_part(EVP_MD_CTX *ctx, struct text part)
{
	uint8_t len[8];

	for (int i = 0; i < 8; i++)
		len[i] = (uint8_t)((uint64_t)part.len >> (56 - 8 * i));
	return EVP_DigestUpdate(ctx, len, sizeof(len)) && EVP_DigestUpdate(ctx, part.data, part.len);
}

static struct uuid hash_parts(const struct text *parts, int count)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	struct uuid id;
	EVP_MD_CTX *ctx;
	bool ok;

	pthread_once(&prepared, prepare);
	ctx = EVP_MD_CTX_new();
	ok = ctx && EVP_DigestInit_ex(ctx, sha256, NULL);
	for (int i = 0; ok && i < count; i++)
		ok = hash_part(ctx, parts[i]);
	if (!ok || !EVP_DigestFinal_ex(ctx, digest, NULL))
		broken("SHA-256 failed");
	EVP_MD_CTX_free(ctx);
	memcpy(id.bytes, digest, sizeof(id.bytes));
	return id;
}

struct uuid uuid_derive_at(int64_t unix_ms, const char *label, const struct uuid *seed, uint32_t n)
{
	const uint8_t number[4] = { (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n };
	const struct text parts[] = {
		text_of(label),
		{ .data = (const char *)seed->bytes, .len = sizeof(seed->bytes) },
		{ .data = (const char *)number, .len = sizeof(number) },
	};
	struct uuid id = hash_parts(parts, 3);

	put_ms(&id, unix_ms);
	stamp(&id, 7);
	return id;
}

struct uuid uuid_derive(const struct text *parts, int count)
{
	struct uuid id = hash_parts(parts, count);

	stamp(&id, 8);
	return id;
}

bool uuid_parse(struct text t, struct uuid *out)
{
	static const int group_digits[] = { 8, 4, 4, 4, 12 };
	char digits[32];
	size_t from = 0, len = 0;

	if (t.len != UUID_TEXT_BYTES - 1)
		return false;
	for (int group = 0; group < 5; group++) {
		if (group > 0 && t.data[from++] != '-')
			return false;
		memcpy(digits + len, t.data + from, (size_t)group_digits[group]);
		len += (size_t)group_digits[group];
		from += (size_t)group_digits[group];
	}
	return text_unhex((struct text){ .data = digits, .len = len }, out->bytes, sizeof(out->bytes));
}

void uuid_format(const struct uuid *id, char out[UUID_TEXT_BYTES])
{
	static const int group_bytes[] = { 4, 2, 2, 2, 6 };
	const uint8_t *from = id->bytes;

	for (int group = 0; group < 5; group++) {
		if (group > 0)
			*out++ = '-';
		text_hex(from, (size_t)group_bytes[group], out);
		out += 2 * group_bytes[group];
		from += group_bytes[group];
	}
}

struct text uuid_text(struct arena *arena, const struct uuid *id)
{
	char *out = arena_alloc(arena, UUID_TEXT_BYTES);

	uuid_format(id, out);
	return (struct text){ .data = out, .len = UUID_TEXT_BYTES - 1 };
}

bool uuid_equal(const struct uuid *a, const struct uuid *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

bool uuid_is_none(const struct uuid *id)
{
	static const struct uuid none;

	return uuid_equal(id, &none);
}

int uuid_version(const struct uuid *id)
{
	return id->bytes[6] >> 4;
}

int64_t uuid_unix_ms(const struct uuid *id)
{
	int64_t ms = 0;

	for (int i = 0; i < 6; i++)
		ms = ms << 8 | id->bytes[i];
	return ms;
}

int uuid_last_digit(const struct uuid *id)
{
	return id->bytes[15] & 15;
}
