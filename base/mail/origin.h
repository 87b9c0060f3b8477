/* origin.h - the lines above a quoted or forwarded mail that say whose it is.
 *
 * Three kinds, in some forty languages, told by how they are built before they are told by their words:
 *   headers       From: / Sent: / To: / Subject:, a line each (Outlook, Apple Mail, Gmail's forwards, Thunderbird), or
 *                 all in one line (Yahoo); the line drawn above them is part of it
 *   attribution   "On 28 Oct 2021, at 12:46, John Doe <john@example.org> wrote:", up to four lines long
 *   mark          "-----Original Message-----" with nothing that can be read below it
 */
#ifndef BASE_MAIL_ORIGIN_H
#define BASE_MAIL_ORIGIN_H

#include <stdbool.h>
#include "base/mail/line.h"
#include "base/text.h"

/* A text that holds more lines than this that look like an origin and are none is searched no further. */
enum { ORIGIN_FAILURES_MOST = 5000 };

enum origin_kind { ORIGIN_NONE, ORIGIN_HEADERS, ORIGIN_ATTRIBUTION, ORIGIN_MARK };

struct origin {
	enum origin_kind kind;
	int first, end;                          /* of the lines, end not included */
	int depth;                               /* of quotation */
	bool is_marked;                          /* a drawn line or words like "Original message" stand above */
	bool says_forward;                       /* and they say that it was forwarded */
	struct text from, to, cc, subject, date; /* as written; absent when not named */
};

/* The first origin that begins at line `at` or below it. False: there is none. When it is expected (the subject says
 * that the mail is forwarded), headers count whose names nobody knows, wherever they stand. */
bool origin_next(const struct lines *lines, int at, bool is_expected, struct origin *out);

/* --- the kinds, each asked for one line ------------------------------------------------------------------------ */
/* Headers whose first stands at line `at` (origin_headers.c). */
bool origin_headers(const struct lines *lines, int at, struct origin *out);
/* Headers that all stand in the line `at`, behind a mark. */
bool origin_headers_inline(const struct lines *lines, int at, struct origin *out);
/* An attribution whose last line is `at` and that begins at `least` or later (origin_attribution.c). */
bool origin_attribution(const struct lines *lines, int at, int least, struct origin *out);
/* A line that announces a quoted mail, or a forwarded one (origin_mark.c). */
/* Words between dashes, whatever they say. */
bool origin_is_framed(struct text said);
bool origin_mark(const struct lines *lines, int at, bool *out_forward);

#endif
