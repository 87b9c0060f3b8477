/* origin.c - see origin.h. */
#include "base/mail/origin.h"

enum { MARK_BLANKS_MOST = 2 }; /* between a mark and the headers below it */

/* Headers below a mark or a drawn line at `at`, with few blank lines between. */
static bool marked_headers(const struct lines *lines, int at, struct origin *out)
{
	bool is_forward = false, is_mark = origin_mark(lines, at, &is_forward);
	int below = line_after_blanks(lines, at + 1);
	struct origin found = { .is_marked = true, .says_forward = is_forward };

	if (is_mark && origin_headers_inline(lines, at, &found)) {
		*out = found;
		return true;
	}
	if (!is_mark && !line_is_drawn(lines->items[at].said, 5) && !origin_is_framed(lines->items[at].said))
		return false;
	if (below < lines->count && below - at <= MARK_BLANKS_MOST + 1 && origin_headers(lines, below, &found)) {
		*out = found;
		out->first = at;
		return true;
	}
	if (!is_mark || line_ends(lines->items[at].said, ":"))
		return false;
	*out = (struct origin){ .kind = ORIGIN_MARK,
		.first = at,
		.end = at + 1,
		.depth = lines->items[at].depth,
		.is_marked = true,
		.says_forward = is_forward };
	return true;
}

bool origin_next(const struct lines *lines, int at, bool is_expected, struct origin *out)
{
	int least = at;

	for (int i = at; i < lines->count; i++) {
		if (line_is_blank(&lines->items[i]))
			continue;
		*out = (struct origin){ .is_marked = is_expected };
		if (marked_headers(lines, i, out) || origin_headers(lines, i, out) ||
		        origin_attribution(lines, i, least, out))
			return true;
	}
	return false;
}
