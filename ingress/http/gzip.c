/* gzip.c - see gzip.h. One stream a thread, used again and again. */
#include "ingress/http/gzip.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include "ingress/http/headers.h"

#define WORTH_BYTES 200       /* below, the frame and the header cost what is saved */
#define GZIP_WINDOW (15 + 16) /* the largest, in gzip's frame */

bool gzip_wanted(const struct call *call, struct text body)
{
	return call->verb == GET && body.len >= WORTH_BYTES &&
	       headers_accept_gzip(call_headers(call, "accept-encoding"));
}

static pthread_key_t streams;

static void end_stream(void *stream)
{
	deflateEnd(stream);
	free(stream);
}

static void prepare(void)
{
	if (pthread_key_create(&streams, end_stream))
		abort();
}

static z_stream *stream_of_thread(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	z_stream *stream;

	pthread_once(&once, prepare);
	stream = pthread_getspecific(streams);
	if (stream) {
		deflateReset(stream);
		return stream;
	}
	stream = calloc(1, sizeof *stream);
	if (!stream || deflateInit2(stream, 1, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		abort(); /* out of memory */
	pthread_setspecific(streams, stream);
	return stream;
}

struct text gzip_pack(struct arena *arena, struct text body)
{
	z_stream *stream = stream_of_thread();
	size_t most = deflateBound(stream, body.len);
	char *out = arena_alloc(arena, most);

	stream->next_in = (Bytef *)body.data;
	stream->avail_in = (uInt)body.len;
	stream->next_out = (Bytef *)out;
	stream->avail_out = (uInt)most;
	if (deflate(stream, Z_FINISH) != Z_STREAM_END)
		abort(); /* there was room for all of it */
	return (struct text){ out, most - stream->avail_out };
}
