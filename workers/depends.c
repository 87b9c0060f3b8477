/* depends.c - see depends.h. What a message of an unknown type says is not known, but an id in it looks like one. */
#include "workers/depends.h"

#include <string.h>
#include "base/uuid.h"

#define IDS_MOST 32
#define ID_LEN (UUID_TEXT_BYTES - 1)

/* The next id in the text, from *at on; NULL: there is none. */
static const char *next_id(struct text text, size_t *at)
{
	struct uuid id;

	for (; *at + ID_LEN <= text.len; (*at)++) {
		const char *here = text.data + *at;

		if (here[8] != '-' || here[13] != '-' || !uuid_parse((struct text){ here, ID_LEN }, &id))
			continue;
		*at += ID_LEN;
		return here;
	}
	return NULL;
}

bool depends_on(const struct message *later, const struct message *earlier, bool by_actor)
{
	const char *id;
	size_t at = 0;
	int ids = 0;

	if (!text_equal(later->queue, earlier->queue))
		return false;
	if (by_actor && (!later->actor.len || !earlier->actor.len || text_equal(later->actor, earlier->actor)))
		return true;
	while ((id = next_id(earlier->body, &at)) != NULL)
		if (++ids > IDS_MOST || memmem(later->body.data, later->body.len, id, ID_LEN))
			return true;
	return false;
}
