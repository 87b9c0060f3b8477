/* multipart.h - multipart/form-data (RFC 7578, RFC 2046 section 5.1), read strictly.
 *
 * What another parser could read in another way is refused: something before the first boundary or behind the last,
 * a bare LF in a part's head, a folded line, a name that is given twice, an encoding. A part's head has 8 lines and
 * 4 KiB at most.
 */
#ifndef INGRESS_FILE_MULTIPART_H
#define INGRESS_FILE_MULTIPART_H

#include "base/text.h"

#define MULTIPART_BOUNDARY_MOST 70

struct multipart {
	struct text rest; /* behind the last boundary that was read */
	char delimiter[MULTIPART_BOUNDARY_MOST + 5];
	size_t delimiter_len;
};

struct part {
	struct text disposition, type; /* header values; type TEXT_NONE: it says none */
	struct text content;
};

enum multipart_step { MULTIPART_PART, MULTIPART_END, MULTIPART_BROKEN };

/* content_type: the request's. False: *out_why says what is wrong. */
bool multipart_begin(struct multipart *m, struct text content_type, struct text body, const char **out_why);
enum multipart_step multipart_next(struct multipart *m, struct part *out, const char **out_why);

#endif
