/* cors.h - which web pages of other origins may call the API (Fetch standard, CORS protocol).
 *
 * CORS_ORIGIN lists the origins allowed, with commas between ("https://desk.example.org");
 * empty allows none. There is no wildcard: answers may carry a cookie.
 */
#ifndef INGRESS_HTTP_CORS_H
#define INGRESS_HTTP_CORS_H

#include "base/settings.h"
#include "ingress/http/call.h"

extern struct setting cors_settings[];

/* Adds the headers of the answer to come when the request's Origin is allowed. */
void cors_allow(struct call *call);

/* Answers a preflight (OPTIONS); false when the request is none. */
bool cors_preflight(struct call *call);

/* Does the request come from a page of ours, or of CORS_ORIGIN, or from no page at all? */
bool cors_is_ours(const struct call *call);

#endif
