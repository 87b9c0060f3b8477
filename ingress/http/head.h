/* head.h - request heads that two parsers can read in two ways are refused.
 *
 * This libh2o takes the first of two Content-Lengths, lets Transfer-Encoding win over a
 * Content-Length, ends lines at a bare LF, folds lines, wants no Host, and takes what is behind
 * a # for a part of the path; and it resolves . and .. and empty segments in an order of its
 * own. Whoever stands in front may decide otherwise, and then a part of one request is another
 * request, or a path another path (RFC 9112 sections 2.2, 3.2, 5.2, 6.1 and 11.2; RFC 3986
 * section 5.2.4).
 */
#ifndef INGRESS_HTTP_HEAD_H
#define INGRESS_HTTP_HEAD_H

#include "base/text.h"

#define HEAD_MOST (32 * 1024)

enum head_verdict {
	HEAD_FINE,
	HEAD_LAST, /* fine, but chunked: libh2o finds the end of such a body where others may not */
	HEAD_MALFORMED,
	HEAD_TOO_LARGE,
};

/* input begins with a head that libh2o has accepted, and may go on behind it. *out_why: what is
 * wrong, static; untouched when nothing is. */
enum head_verdict head_check(struct text input, const char **out_why);

#endif
