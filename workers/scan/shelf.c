/* shelf.c - moves bytes to where their verdict wants them. See scan.h.
 *
 *   helpdesk-temp/new/<id> ─ clean ───► helpdesk-tickets|helpdesk-avatars/ab/cd/<hash>, once for however many rows
 *                          └ the rest ► helpdesk-temp/quarantine/<hash>
 *
 * Whoever calls holds the lock on the content. Nothing is believed that the store does not say itself: rows tell of
 * moves that may not have happened, and moves may have happened that no row tells of. So every step looks first, and
 * can be repeated.
 */
#include "workers/scan/scan.h"

#include <openssl/sha.h>
#include "queues/file_place.h"

#define FORMS 3
static const char *const forms[FORMS] = { "", ".preview", ".thumbnail" };

static const char *bucket_of(const struct content *c)
{
	return c->is_avatar ? BUCKET_AVATARS : BUCKET_TICKETS;
}

struct place {
	const char *bucket;
	char key[FILE_KEY_ROOM];
};

static struct place place_new(const struct content *c)
{
	struct place place = { .bucket = BUCKET_TEMP };

	file_key_new(c->id, place.key);
	return place;
}

static struct place place_kept(const struct content *c)
{
	struct place place = { .bucket = bucket_of(c) };

	file_key_kept(c->sha256, "", place.key);
	return place;
}

static struct place place_quarantine(const struct content *c)
{
	struct place place = { .bucket = BUCKET_TEMP };

	file_key_quarantine(c->sha256, place.key);
	return place;
}

enum store_outcome shelf_open(
        struct store *store, const struct content *content, struct store_reader **out, int64_t *out_size)
{
	const struct place places[] = { place_new(content), place_kept(content), place_quarantine(content) };
	enum store_outcome outcome = STORE_ABSENT;

	for (size_t i = content->again ? 1 : 0; outcome == STORE_ABSENT && i < 3; i++)
		outcome = store_read_begin(store, places[i].bucket, places[i].key, 0, -1, out, out_size);
	return outcome;
}

static bool is_there(struct store *store, const struct place *place, enum store_outcome *out)
{
	int64_t size;

	*out = store_look(store, place->bucket, place->key, &size);
	return *out == STORE_DONE;
}

bool shelf_has(struct store *store, const struct content *content, enum scan_state outcome)
{
	struct place place = outcome == SCAN_CLEAN ? place_kept(content) : place_quarantine(content);
	enum store_outcome looked;

	return is_there(store, &place, &looked);
}

static bool remove_object(struct store *store, const char *bucket, const char *key)
{
	enum store_outcome outcome = store_remove(store, bucket, key);

	return outcome == STORE_DONE || outcome == STORE_ABSENT;
}

/* From the first of the places where it is. True: it is at the goal, durably. */
static bool bring(struct store *store, const struct place *goal, const struct place *from, int count)
{
	enum store_outcome outcome;

	if (is_there(store, goal, &outcome))
		return true;
	if (outcome != STORE_ABSENT)
		return false;
	for (int i = 0; i < count; i++) {
		outcome = store_move(store, from[i].bucket, from[i].key, goal->bucket, goal->key);
		if (outcome != STORE_ABSENT)
			return outcome == STORE_DONE;
	}
	return false;
}

static bool write_form(struct store *store, const struct content *c, const char *form, struct text bytes)
{
	struct store_writer *writer;
	char key[FILE_KEY_ROOM];
	uint8_t sha256[32];

	file_key_kept(c->sha256, form, key);
	SHA256((const unsigned char *)bytes.data, bytes.len, sha256);
	if (store_write_begin(store, &writer) != STORE_DONE)
		return false;
	if (store_write(writer, bytes.data, bytes.len) == STORE_DONE)
		return store_write_commit(&writer, bucket_of(c), key, sha256) == STORE_DONE;
	store_write_abort(&writer);
	return false;
}

static bool put_clean(struct store *store, const struct content *c)
{
	const struct place goal = place_kept(c), from[] = { place_new(c), place_quarantine(c) };

	if (c->picture.preview.len && !(write_form(store, c, ".preview", c->picture.preview) &&
	                                      write_form(store, c, ".thumbnail", c->picture.thumbnail)))
		return false;
	return bring(store, &goal, from, c->is_released ? 2 : 1) && remove_object(store, from[0].bucket, from[0].key);
}

static bool remove_kept(struct store *store, const struct content *c, const char *bucket)
{
	char key[FILE_KEY_ROOM];

	for (int i = 0; i < FORMS; i++) {
		file_key_kept(c->sha256, forms[i], key);
		if (!remove_object(store, bucket, key))
			return false;
	}
	return true;
}

/* What is infected is so wherever it lies; what could only not be looked into stays where an earlier look has let it.
 */
static bool put_aside(struct store *store, const struct content *c)
{
	struct content twin = *c;
	struct place goal = place_quarantine(c), from[3];

	twin.is_avatar = !c->is_avatar;
	from[0] = place_new(c);
	from[1] = place_kept(c);
	from[2] = place_kept(&twin);
	if (!bring(store, &goal, from, c->verdict.state == SCAN_INFECTED ? 3 : 1) ||
	        !remove_object(store, from[0].bucket, from[0].key))
		return false;
	return c->verdict.state != SCAN_INFECTED ||
	       (remove_kept(store, c, BUCKET_TICKETS) && remove_kept(store, c, BUCKET_AVATARS));
}

bool shelf_put(struct store *store, const struct content *content)
{
	if (content->verdict.state == SCAN_INFECTED)
		return put_aside(store, content);
	if (content->again)
		return true;
	switch (content->verdict.state) {
	case SCAN_CLEAN:
		return put_clean(store, content);
	case SCAN_UNSCANNABLE:
		return put_aside(store, content);
	default:
		return true;
	}
}

bool shelf_clear(struct store *store, const struct content *content, bool kept_by_others, bool quarantined_by_others)
{
	const struct place waits = place_new(content), aside = place_quarantine(content);

	return remove_object(store, waits.bucket, waits.key) &&
	       (kept_by_others || remove_kept(store, content, bucket_of(content))) &&
	       (quarantined_by_others || remove_object(store, aside.bucket, aside.key));
}
