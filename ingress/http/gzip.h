/* gzip.h - answers made small (RFC 1952), for those who ask. */
#ifndef INGRESS_HTTP_GZIP_H
#define INGRESS_HTTP_GZIP_H

#include "ingress/http/call.h"

/* Shall this body go out compressed? Only what a GET shows: an answer to a POST may hold a token,
 * and the length of a compressed one gives it away bit by bit (BREACH). */
bool gzip_wanted(const struct call *call, struct text body);
/* The body compressed, in the arena. */
struct text gzip_pack(struct arena *arena, struct text body);

#endif
