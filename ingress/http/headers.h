/* headers.h - what the values of request headers say, by the grammar that each of them has.
 *
 * Texts in, words and numbers out: a call's header comes from call_header() or call_headers(). Of a list
 * every item counts (RFC 9110 section 5.6.1), a number has a limit, and nothing is searched for inside a
 * longer word.
 */
#ifndef INGRESS_HTTP_HEADERS_H
#define INGRESS_HTTP_HEADERS_H

#include "queues/catalogue.h"

/* The next item that is not empty, without blanks around it; a separator inside quotes separates nothing.
 * *rest is what stands behind it; false at the end. */
bool headers_next(struct text *rest, char separator, struct text *out_item);

/* Decimal digits and nothing else; what is larger than most is most. */
bool headers_number(struct text digits, int64_t most, int64_t *out);

/* Prefer (RFC 7240): the value of the first preference of that name, empty when it has none; false: it is not there. */
bool headers_preference(struct text prefer, struct text name, struct text *out_value);

/* Accept-Language (RFC 9110 section 12.5.4): the language we have that is wanted most; French when none is. */
enum language headers_language(struct text accept);

/* Accept-Encoding (RFC 9110 section 12.5.3): is gzip accepted by its name? */
bool headers_accept_gzip(struct text accept);

/* Cookie (RFC 6265 section 5.4): the first of that name; TEXT_NONE: none. */
struct text headers_cookie(struct text cookies, struct text name);

/* If-Match (RFC 9110 section 13.1.1): the digits of our tags, "v<version>-<more>", or of the number alone; TEXT_NONE
 * for *, or when there is no header. Several tags must be of one version. False: *out_why says what is wrong. */
bool headers_version(struct text if_match, struct text *out_version, const char **out_why);

#endif
