/* gzip.c - see gzip.h. One stream a thread, used again and again. */
#include "ingress/gzip.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define WORTH_BYTES 1024
#define GZIP_WINDOW (15 + 16) /* the largest, in gzip's frame */

/* Is gzip in the list, with a weight above 0? (RFC 9110 section 12.5.3) */
static bool is_accepted(struct text list)
{
	const char *found = list.len ? memmem(list.data, list.len, "gzip", 4) : NULL;
	const char *end = list.data + list.len, *rest = found ? found + 4 : NULL;

	if (!found)
		return false;
	while (rest < end && (*rest == ' ' || *rest == ';' || *rest == 'q' || *rest == '='))
		rest++;
	if (rest == end || *rest != '0')
		return true;
	while (rest < end && (*rest == '0' || *rest == '.'))
		rest++;
	return rest < end && *rest >= '1' && *rest <= '9';
}

bool gzip_wanted(const struct call *call, struct text body)
{
	return call->verb == GET && body.len >= WORTH_BYTES && is_accepted(call_header(call, "accept-encoding"));
}

struct text gzip_pack(const struct call *call, struct text body)
{
	static _Thread_local z_stream stream;
	static _Thread_local bool ready;
	size_t most;
	char *out;

	if (!ready && deflateInit2(&stream, 1, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		abort(); /* out of memory */
	if (ready)
		deflateReset(&stream);
	ready = true;
	most = deflateBound(&stream, body.len);
	out = arena_alloc(call->arena, most);
	stream.next_in = (Bytef *)body.data;
	stream.avail_in = (uInt)body.len;
	stream.next_out = (Bytef *)out;
	stream.avail_out = (uInt)most;
	if (deflate(&stream, Z_FINISH) != Z_STREAM_END)
		abort(); /* there was room for all of it */
	return (struct text){ out, most - stream.avail_out };
}
