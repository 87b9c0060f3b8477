/* fetch.h - a file, or what stands at an address, in memory. */
#ifndef OPS_GUICHETCTL_FETCH_H
#define OPS_GUICHETCTL_FETCH_H

#include "ops/guichetctl/ctl.h"

/* 4 MiB at most; an address begins with http:// or https://. In the command's arena; TEXT_NONE after having said why it
 * cannot be read. */
struct text fetch(struct ctl *ctl, const char *where);
/* The same; the address is sent this bearer token, unless it is "". */
struct text fetch_with(struct ctl *ctl, const char *where, const char *token);

#endif
