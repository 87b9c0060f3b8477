/* stream.h - one connection to a server, by TCP in clear or with TLS, or by a socket of this machine, for a thread that
 * may wait.
 *
 * Every call has a time limit. What fails once has failed for good: close it. SIGPIPE must be ignored.
 */
#ifndef BASE_STREAM_H
#define BASE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define STREAM_WHY 160

struct stream;

/* The addresses of host in turn, each within timeout_ms; tls: verified as trust.h says. NULL: why tells. */
struct stream *stream_open(const char *host, int port, bool tls, int timeout_ms, char why[STREAM_WHY]);
/* A socket in the file system. */
struct stream *stream_open_local(const char *path, int timeout_ms, char why[STREAM_WHY]);
void stream_close(struct stream **stream);

/* All of it; false: stream_error() tells why. */
bool stream_write(struct stream *stream, const char *data, size_t len, int timeout_ms);

/* What is there, as soon as something is. 0: nothing came in time (0 ms: just a look). -1: stream_error(). */
ssize_t stream_read(struct stream *stream, char *out, size_t size, int timeout_ms);

const char *stream_error(const struct stream *stream);

/* When the server's certificate ends, in seconds since 1970; 0 in clear. */
int64_t stream_certificate_ends(const struct stream *stream);

#endif
