/* place.c - see place.h. */
#include "ingress/stream/place.h"

#include <stdio.h>
#include <string.h>

/* A number without a sign, up to the end or the next '_'. */
static bool take_number(struct text *rest, size_t most, uint64_t *out)
{
	size_t n = 0;

	for (*out = 0; n < rest->len && rest->data[n] >= '0' && rest->data[n] <= '9'; n++)
		*out = *out * 10 + (uint64_t)(rest->data[n] - '0');
	if (!n || n > most || (n < rest->len && rest->data[n] != '_'))
		return false;
	n += n < rest->len;
	*rest = (struct text){ rest->data + n, rest->len - n };
	return true;
}

bool place_read(struct text said, struct place *out)
{
	struct text rest = said;
	uint64_t day, xid, id;

	if (!take_number(&rest, 8, &day) || rest.data != said.data + 9 || !take_number(&rest, 19, &xid) ||
	        !take_number(&rest, 18, &id) || rest.len || said.data[said.len - 1] == '_')
		return false;
	*out = (struct place){ .xid = xid, .id = (int64_t)id };
	memcpy(out->day, said.data, 8);
	return true;
}

void place_write(const struct place *place, char out[PLACE_BYTES])
{
	snprintf(out, PLACE_BYTES, "%s_%llu_%lld", place->day, (unsigned long long)place->xid, (long long)place->id);
}

int place_compare(const struct place *a, const struct place *b)
{
	if (a->xid != b->xid)
		return a->xid < b->xid ? -1 : 1;
	return (a->id > b->id) - (a->id < b->id);
}
