/* etag.c - see etag.h. */
#include "ingress/http/etag.h"

#include <openssl/evp.h>
#include <stdlib.h>

#include <string.h>
#include "ingress/http/headers.h"

static bool is_this(struct text item, struct text etag, bool *out_packed)
{
	*out_packed = false;
	if (text_equal(item, TEXT("*")))
		return true;
	if (text_starts_with(item, TEXT("W/")))
		item = (struct text){ item.data + 2, item.len - 2 };
	if (item.len < 2 || item.data[0] != '"' || item.data[item.len - 1] != '"')
		return false;
	item = (struct text){ item.data + 1, item.len - 2 };
	if (!text_starts_with(item, etag))
		return false;
	item = (struct text){ item.data + etag.len, item.len - etag.len };
	*out_packed = item.len > 0;
	return !item.len || text_equal(item, TEXT(ETAG_PACKED));
}

bool etag_is_known(const struct call *call, struct text etag, bool *out_packed)
{
	struct text rest = call_headers(call, "if-none-match"), item;

	while (headers_next(&rest, ',', &item))
		if (is_this(item, etag, out_packed))
			return true;
	return false;
}

struct text etag_of_bytes(struct arena *arena, struct text bytes)
{
	uint8_t hash[32];
	char *hex = arena_alloc(arena, 33);

	if (!EVP_Digest(bytes.data, bytes.len, hash, NULL, EVP_sha256(), NULL))
		abort();
	text_hex(hash, 16, hex);
	return text_of(hex);
}
