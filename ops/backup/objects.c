/* objects.c - the files of the store in a backup: copied, checked against the rows of the snapshot, listed, brought
 * back. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "ops/backup/parts.h"
#include "ops/backup/walk.h"
#include "queues/file_place.h"
#include "sql/db.h"

#define PIECE (256 * 1024)
#define TELL_EVERY 10000
#define LINE_BYTES 512

static const char *const buckets[] = { BUCKET_TICKETS, BUCKET_AVATARS, BUCKET_TEMP, BUCKET_MAIL };
enum { BUCKETS = sizeof buckets / sizeof *buckets };

static char *place_of(struct arena *arena, const struct work *work, const char *bucket, const char *key)
{
	return arena_printf(arena, "%s/" BACKUP_OBJECTS "/%s/%s", work->folder, bucket, key);
}

/* --- there -------------------------------------------------------------------------------------- */
struct copying {
	struct work *work;
	struct store *store;
	const char *bucket;
	struct arena *names; /* of one object */
	int64_t copied;
};

static bool write_piece(int fd, const char *piece, size_t len)
{
	ssize_t some = 1;

	for (size_t written = 0; written < len && some > 0; written += (size_t)some)
		some = write(fd, piece + written, len - written);
	return some > 0;
}

/* What goes away meanwhile is no failure: the rows of the snapshot tell later whether it is missed. */
static bool copy_bytes(struct copying *c, const char *key, const char *place)
{
	char *beside = arena_printf(c->names, "%s.new", place), *piece = malloc(PIECE);
	struct store_reader *reader = NULL;
	int64_t size = 0;
	enum store_outcome outcome = store_read_begin(c->store, c->bucket, key, 0, -1, &reader, &size);
	int fd = outcome == STORE_DONE ? open(beside, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600) : -1;
	ssize_t got = 0;

	if (!piece)
		abort();
	if (outcome != STORE_DONE && outcome != STORE_ABSENT)
		work_fail(c->work, "%s/%s cannot be read: %s", c->bucket, key, store_error());
	else if (outcome == STORE_DONE && fd < 0)
		work_fail(c->work, "%s: %s", beside, strerror(errno));
	while (fd >= 0 && !c->work->why && (got = store_read(reader, piece, PIECE)) > 0)
		if (!write_piece(fd, piece, (size_t)got))
			work_fail(c->work, "%s: %s", beside, strerror(errno));
	if (got < 0)
		work_fail(c->work, "%s/%s cannot be read: %s", c->bucket, key, store_error());
	if (fd >= 0 && !c->work->why && (fsync(fd) != 0 || rename(beside, place) != 0))
		work_fail(c->work, "%s: %s", place, strerror(errno));
	if (fd >= 0)
		close(fd);
	store_read_end(&reader);
	free(piece);
	return !c->work->why;
}

/* A second name of the same bytes, where both lie on one disk. */
static bool link_bytes(struct copying *c, const char *key, const char *place)
{
	return store_folder() && link(arena_printf(c->names, "%s/%s/%s", store_folder(), c->bucket, key), place) == 0;
}

static bool copy_one(void *context, const char *key, int64_t size, int64_t modified_at)
{
	struct copying *c = context;
	struct stat found;
	char *place;

	(void)modified_at;
	arena_reset(c->names);
	place = place_of(c->names, c->work, c->bucket, key);
	if (lstat(place, &found) == 0 && found.st_size == size)
		return true;
	if (!file_make_parents(c->work, place))
		return false;
	if (!link_bytes(c, key, place) && !copy_bytes(c, key, place))
		return false;
	if (++c->copied % TELL_EVERY == 0)
		work_tell(c->work, "%" PRId64 " files", c->copied);
	return true;
}

bool objects_copy(struct work *work, struct store *store)
{
	struct copying c = { .work = work, .store = store, .names = arena_new(4096) };

	for (int i = 0; i < BUCKETS && !work->why; i++) {
		enum store_outcome outcome;

		c.bucket = buckets[i];
		outcome = store_list(store, c.bucket, copy_one, &c);
		if (outcome != STORE_DONE && outcome != STORE_ABSENT)
			work_fail(work, "the store cannot be read: %s", store_error());
	}
	arena_free(&c.names);
	if (!work->why)
		work_tell(work, "%" PRId64 " files copied", c.copied);
	return !work->why;
}

/* --- is all there that the dump names? ------------------------------------------------------------- */
static bool has_size(const char *place, int64_t size)
{
	struct stat found;

	return lstat(place, &found) == 0 && found.st_size == size;
}

/* The scan worker moves first and writes then: what waited may lie where it goes. */
static bool lies_where_it_goes(struct arena *names, const struct work *work, const char *sha, int64_t size)
{
	char key[FILE_KEY_ROOM];
	uint8_t sha256[32];

	if (!text_unhex(text_of(sha), sha256, sizeof sha256))
		return false;
	file_key_kept(sha256, "", key);
	if (has_size(place_of(names, work, BUCKET_TICKETS, key), size) ||
	        has_size(place_of(names, work, BUCKET_AVATARS, key), size))
		return true;
	file_key_quarantine(sha256, key);
	return has_size(place_of(names, work, BUCKET_TEMP, key), size);
}

static void check_row(struct work *work, struct arena *names, const struct db_result *r, int row)
{
	char *bucket = text_dup(names, db_text(r, row, 2)), *key = text_dup(names, db_text(r, row, 3));
	char *sha = text_dup(names, db_text(r, row, 5));
	bool waits = text_equal(db_text(r, row, 1), TEXT("temp"));

	if (has_size(place_of(names, work, bucket, key), db_int(r, row, 4)) ||
	        (waits && lies_where_it_goes(names, work, sha, db_int(r, row, 4))))
		return;
	if (work->missing++ == 0)
		work->missing_first = arena_printf(work->arena, "%s/%s", bucket, key);
}

static bool check_rows(struct work *work, struct db *db, const char *snapshot, enum query query)
{
	struct arena *names = arena_new(64 * 1024);
	struct uuid last = { 0 };
	int rows = 1;

	while (rows && !work->why) {
		struct db_result *r;

		arena_reset(names);
		db_begin(db);
		database_see(db, names, snapshot);
		r = db_send(db, query, P_UUID(&last));
		if (!db_commit(db)) {
			work_fail(work, "the list of files cannot be read: %s", db_message(db));
			break;
		}
		rows = db_rows(r);
		for (int i = 0; i < rows; i++)
			check_row(work, names, r, i);
		if (rows)
			last = db_uuid(r, rows - 1, 0);
	}
	arena_free(&names);
	return !work->why;
}

bool objects_check(struct work *work, const char *snapshot)
{
	struct db *db = db_open(work->database);
	bool is_read = check_rows(work, db, snapshot, QUERY_ctl_store_rows) &&
	               check_rows(work, db, snapshot, QUERY_ctl_store_mails);

	db_close(&db);
	return is_read;
}

/* --- the list ----------------------------------------------------------------------------------------- */
struct listing {
	struct work *work;
	FILE *out;
};

/* A key that ends with a digest is that of its bytes; of all others they are read. */
static bool list_one(void *context, const char *path, const char *bucket, const char *key, int64_t size)
{
	struct listing *l = context;
	const char *name = strrchr(key, '/') ? strrchr(key, '/') + 1 : key;
	bool is_digest = strlen(name) == 64 && strspn(name, "0123456789abcdef") == 64;
	char digest[65];

	if (!is_digest && !file_digest(l->work, path, digest, &size))
		return false;
	fprintf(l->out, "%s\t%s\t%" PRId64 "\t%s\n", bucket, key, size, is_digest ? name : digest);
	l->work->objects++;
	l->work->bytes += size;
	return true;
}

bool objects_list(struct work *work)
{
	struct listing l = { work, fopen(work_path(work, BACKUP_LIST), "we") };
	bool is_written;

	if (!l.out)
		return work_fail(work, "%s: %s", work_path(work, BACKUP_LIST), strerror(errno));
	walk_objects(work, list_one, &l);
	is_written = fflush(l.out) == 0 && fsync(fileno(l.out)) == 0;
	fclose(l.out);
	return !work->why && (is_written || work_fail(work, "%s: %s", BACKUP_LIST, strerror(errno)));
}

/* --- back ------------------------------------------------------------------------------------------------ */
struct line {
	char bucket[64], key[128], digest[65];
	int64_t size;
};

/* From a list whose own digest was good. */
static bool read_line(FILE *list, struct line *out)
{
	char line[LINE_BYTES];

	return fgets(line, sizeof line, list) && sscanf(line, "%63[^\t]\t%127[^\t]\t%" SCNd64 "\t%64[0-9a-f]",
	                                                 out->bucket, out->key, &out->size, out->digest) == 4;
}

static bool write_back(struct work *work, struct store *store, const struct line *line, int fd, char *piece)
{
	struct store_writer *writer = NULL;
	uint8_t sha256[32];
	enum store_outcome outcome = store_write_begin(store, &writer);
	ssize_t got = 0;

	while (outcome == STORE_DONE && (got = read(fd, piece, PIECE)) > 0)
		outcome = store_write(writer, piece, (size_t)got);
	if (outcome == STORE_DONE && got == 0 && text_unhex(text_of(line->digest), sha256, sizeof sha256)) {
		outcome = store_write_commit(&writer, line->bucket, line->key, sha256);
	} else if (writer) {
		store_write_abort(&writer);
		outcome = outcome == STORE_DONE ? STORE_AWAY : outcome;
	}
	return outcome == STORE_DONE ||
	       work_fail(work, "%s/%s cannot be written to the store: %s", line->bucket, line->key, store_error());
}

static bool restore_one(struct work *work, struct store *store, const struct line *line, char *piece)
{
	struct arena *names = arena_new(1024);
	char *place = place_of(names, work, line->bucket, line->key), digest[65];
	int64_t size;
	bool is_good = true;
	int fd = -1;

	if (!store) {
		is_good = file_digest(work, place, digest, &size);
		if (is_good && (size != line->size || strcmp(digest, line->digest) != 0))
			is_good = work_fail(
			        work, "%s is damaged: its digest is another than when the backup was taken", place);
	} else if ((fd = open(place, O_RDONLY | O_CLOEXEC)) < 0) {
		is_good = work_fail(work, "%s: %s", place, strerror(errno));
	} else {
		owner_become();
		is_good = write_back(work, store, line, fd, piece);
		owner_leave();
		close(fd);
	}
	arena_free(&names);
	return is_good;
}

bool objects_restore(struct work *work, struct store *store)
{
	FILE *list = fopen(work_path(work, BACKUP_LIST), "re");
	char *piece = malloc(PIECE);
	struct line line;

	if (!list)
		work_fail(work, "%s: %s", work_path(work, BACKUP_LIST), strerror(errno));
	work->objects = work->bytes = 0;
	while (list && !work->why && read_line(list, &line) && restore_one(work, store, &line, piece)) {
		work->bytes += line.size;
		if (++work->objects % TELL_EVERY == 0)
			work_tell(work, "%" PRId64 " files", work->objects);
	}
	if (list)
		fclose(list);
	free(piece);
	return !work->why;
}
