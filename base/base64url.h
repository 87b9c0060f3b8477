/* base64url.h - bytes as URLs and tokens carry them (RFC 4648 section 5), without padding. */
#ifndef BASE_BASE64URL_H
#define BASE_BASE64URL_H

#include "base/text.h"

struct arena;

struct text base64url_write(struct arena *arena, const void *data, size_t len);
/* Exactly len bytes; padding at the end is passed over. False: it is no such text, and out is undefined. */
bool base64url_read(struct text letters, void *out, size_t len);

#endif
