/* range.c - see range.h. What is malformed counts as if it were not there (RFC 9110 section 14.2). */
#include "ingress/file/range.h"

#include <string.h>
#include "ingress/http/headers.h"

static bool number(struct text t, int64_t *out)
{
	return headers_number(t, INT64_MAX / 2, out);
}

enum range_kind range_read(struct text header, int64_t size, int64_t *out_from, int64_t *out_count)
{
	struct text unit = TEXT("bytes="), first, last;
	const char *dash;
	int64_t from, to = size - 1, tail;

	if (!text_starts_with(header, unit) || memchr(header.data, ',', header.len))
		return RANGE_WHOLE;
	header = text_trim((struct text){ header.data + unit.len, header.len - unit.len });
	dash = header.len ? memchr(header.data, '-', header.len) : NULL;
	if (!dash)
		return RANGE_WHOLE;
	first = (struct text){ header.data, (size_t)(dash - header.data) };
	last = (struct text){ dash + 1, header.len - first.len - 1 };
	if (!first.len) {
		if (!number(last, &tail))
			return RANGE_WHOLE;
		if (!tail || !size)
			return RANGE_UNSATISFIABLE;
		from = tail < size ? size - tail : 0;
	} else if (!number(first, &from) || (last.len && !number(last, &to)) || (last.len && to < from)) {
		return RANGE_WHOLE;
	} else if (from >= size) {
		return RANGE_UNSATISFIABLE;
	}
	if (to > size - 1)
		to = size - 1;
	*out_from = from;
	*out_count = to - from + 1;
	return RANGE_PART;
}
