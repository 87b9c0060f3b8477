/* store.c - "store check": do the rows of files and the objects of the store agree?
 *
 * Files, and messages that came by mail. Both ways: each row's object is looked for, its size and (unless --quick) its
 * digest compared; each object's row is looked for. What is younger than an hour is on its way, and so is for 31 days
 * what waits for a command whose outcome nobody knew. --repair removes objects that no row names, under the lock that
 * whoever moves a content holds; it never changes a row, and removes nothing that a row names.
 */
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/store.h"
#include "ops/guichetctl/commands.h"
#include "queues/file_place.h"
#include "sql/db.h"

#define ON_ITS_WAY_S 3600
#define UNCLAIMED_S (31 * 86400)
#define PIECE (256 * 1024)
#define BATCH 200

struct object {
	char bucket[32], key[FILE_KEY_ROOM];
	int64_t age_s;
};

struct check {
	struct ctl *ctl;
	struct db *db;
	struct store *store;
	bool quick, repair, failed;
	json_t *found; /* {what, bucket, key, fileId} */
	int64_t rows, objects, missing, wrong, orphaned, unclaimed, repaired;
	struct arena *page; /* texts of the rows at hand */
	const char *bucket; /* being listed */
	struct object batch[BATCH];
	int count;
};

static void note(struct check *c, const char *what, const char *bucket, const char *key, const char *file)
{
	if (!c->ctl->json)
		printf("%-9s %s/%s%s%s\n", what, bucket, key, file ? " of " : "", file ? file : "");
	json_array_append_new(c->found,
	        json_pack("{s:s, s:s, s:s, s:s?}", "what", what, "bucket", bucket, "key", key, "fileId", file));
}

/* --- rows ------------------------------------------------------------------------- */
/* The digest of an object in hexadecimal; false: it cannot be read. */
static bool digest_of(struct store *store, const char *bucket, const char *key, char out[65])
{
	struct store_reader *reader = NULL;
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	char *piece = malloc(PIECE);
	uint8_t sha256[32];
	int64_t size;
	ssize_t got = -1;

	if (!digest || !piece || !EVP_DigestInit_ex(digest, EVP_sha256(), NULL))
		abort();
	if (store_read_begin(store, bucket, key, 0, -1, &reader, &size) == STORE_DONE)
		while ((got = store_read(reader, piece, PIECE)) > 0)
			EVP_DigestUpdate(digest, piece, (size_t)got);
	store_read_end(&reader);
	EVP_DigestFinal_ex(digest, sha256, NULL);
	text_hex(sha256, 32, out);
	EVP_MD_CTX_free(digest);
	free(piece);
	return got == 0;
}

/* What was moved after its row was read is not missing: the scan worker moves first and writes then. */
static bool lies_where_it_goes(struct check *c, const char *sha)
{
	uint8_t sha256[32];
	char key[FILE_KEY_ROOM];
	int64_t size;

	if (!text_unhex(text_of(sha), sha256, 32))
		return false;
	file_key_kept(sha256, "", key);
	if (store_look(c->store, BUCKET_TICKETS, key, &size) == STORE_DONE ||
	        store_look(c->store, BUCKET_AVATARS, key, &size) == STORE_DONE)
		return true;
	file_key_quarantine(sha256, key);
	return store_look(c->store, BUCKET_TEMP, key, &size) == STORE_DONE;
}

static void check_row(struct check *c, const struct db_result *r, int row)
{
	struct arena *arena = c->page;
	const char *file = text_dup(arena, db_text(r, row, 0)), *bucket = text_dup(arena, db_text(r, row, 2));
	const char *key = text_dup(arena, db_text(r, row, 3)), *sha = text_dup(arena, db_text(r, row, 5));
	bool waits = text_equal(db_text(r, row, 1), TEXT("temp"));
	char digest[65];
	int64_t size;
	enum store_outcome outcome = store_look(c->store, bucket, key, &size);

	c->rows++;
	if (outcome == STORE_ABSENT && !(waits && lies_where_it_goes(c, sha))) {
		c->missing++;
		note(c, "missing", bucket, key, file);
	} else if (outcome != STORE_DONE && outcome != STORE_ABSENT) {
		c->failed = true;
	} else if (outcome == STORE_DONE &&
	           (size != db_int(r, row, 4) ||
	                   (!c->quick && digest_of(c->store, bucket, key, digest) && strcmp(digest, sha)))) {
		c->wrong++;
		note(c, "wrong", bucket, key, file);
	}
}

static bool check_rows(struct check *c, enum query query)
{
	struct uuid last = { 0 };
	int rows;

	do {
		struct db_result *r;

		db_reset(c->db);
		arena_reset(c->page);
		r = db_send(c->db, query, P_UUID(&last));
		if (!db_sync(c->db))
			return false;
		rows = db_rows(r);
		for (int i = 0; i < rows && !c->failed; i++)
			check_row(c, r, i);
		if (rows)
			last = db_uuid(r, rows - 1, 0);
	} while (rows && !c->failed);
	return true;
}

/* --- objects ------------------------------------------------------------------------ */
static json_t *list_of(const struct object *objects, int count)
{
	json_t *list = json_array();

	for (int i = 0; i < count; i++)
		json_array_append_new(
		        list, json_pack("{s:s, s:s}", "bucket", objects[i].bucket, "key", objects[i].key));
	return list;
}

/* NULL: the database cannot be asked. */
static struct db_result *unnamed(struct check *c, const struct object *objects, int count)
{
	json_t *list = list_of(objects, count);
	char *text = json_dumps(list, JSON_COMPACT);
	struct db_result *r = db_send(c->db, QUERY_ctl_store_unnamed, P_TEXT(text_of(text)));

	json_decref(list);
	free(text);
	return db_sync(c->db) ? r : NULL;
}

/* The hash that a key names; NULL: it names none. */
static struct text hash_in(const char *key)
{
	const char *slash = strrchr(key, '/');

	return slash && strspn(slash + 1, "0123456789abcdef") == 64 ? (struct text){ slash + 1, 64 } : TEXT_NONE;
}

/* Looked up once more, now that nobody else moves it. */
static void repair(struct check *c, const struct object *object)
{
	struct db_result *r;

	db_begin(c->db);
	db_send(c->db, QUERY_ctl_store_lock, P_TEXT(hash_in(object->key)));
	r = unnamed(c, object, 1);
	if (r && db_rows(r) == 1 && store_remove(c->store, object->bucket, object->key) == STORE_DONE)
		c->repaired++;
	db_rollback(c->db);
}

static const struct object *find(const struct check *c, struct text bucket, struct text key)
{
	for (int i = 0; i < c->count; i++)
		if (text_equal(bucket, text_of(c->batch[i].bucket)) && text_equal(key, text_of(c->batch[i].key)))
			return &c->batch[i];
	return NULL;
}

static void check_batch(struct check *c)
{
	const struct object *orphans[BATCH];
	struct db_result *r;
	int count = 0;

	db_reset(c->db);
	r = c->count ? unnamed(c, c->batch, c->count) : NULL;
	c->failed = c->failed || (c->count && !r);
	for (int i = 0; r && i < db_rows(r); i++) {
		const struct object *object = find(c, db_text(r, i, 0), db_text(r, i, 1));
		bool waits = db_bool(r, i, 2) && object && object->age_s < UNCLAIMED_S;

		if (!object || object->age_s < ON_ITS_WAY_S)
			continue;
		c->unclaimed += waits;
		c->orphaned += !waits;
		if (!waits) {
			note(c, "orphaned", object->bucket, object->key, NULL);
			orphans[count++] = object;
		}
	}
	for (int i = 0; i < count && c->repair; i++)
		repair(c, orphans[i]);
	c->count = 0;
}

static bool visit(void *context, const char *key, int64_t size, int64_t modified_at)
{
	struct check *c = context;
	struct object *object = &c->batch[c->count];

	(void)size;
	c->objects++;
	if (strlen(key) >= sizeof object->key)
		return true; /* none of ours */
	snprintf(object->bucket, sizeof object->bucket, "%s", c->bucket);
	snprintf(object->key, sizeof object->key, "%s", key);
	object->age_s = time(NULL) - modified_at;
	if (++c->count == BATCH)
		check_batch(c);
	return !c->failed;
}

static bool check_objects(struct check *c)
{
	static const char *const buckets[] = { BUCKET_TICKETS, BUCKET_AVATARS, BUCKET_TEMP, BUCKET_MAIL };
	enum store_outcome outcome = STORE_DONE;

	for (size_t i = 0; i < sizeof buckets / sizeof *buckets && outcome == STORE_DONE && !c->failed; i++) {
		c->bucket = buckets[i];
		outcome = store_list(c->store, c->bucket, visit, c);
		check_batch(c);
	}
	return outcome == STORE_DONE;
}

/* --- the command ---------------------------------------------------------------------- */
static enum ctl_exit tell(struct check *c)
{
	bool good = !c->missing && !c->wrong && c->orphaned == c->repaired;

	if (c->ctl->json)
		say_json(json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:O}", "files", (json_int_t)c->rows, "objects",
		        (json_int_t)c->objects, "missing", (json_int_t)c->missing, "wrong", (json_int_t)c->wrong,
		        "orphaned", (json_int_t)c->orphaned, "unclaimed", (json_int_t)c->unclaimed, "removed",
		        (json_int_t)c->repaired, "found", c->found));
	else
		printf("%" PRId64 " files, %" PRId64 " objects: %" PRId64 " missing, %" PRId64 " wrong, %" PRId64
		       " orphaned (%" PRId64 " removed), %" PRId64 " wait for a command\n",
		        c->rows, c->objects, c->missing, c->wrong, c->orphaned, c->repaired, c->unclaimed);
	return good ? CTL_GOOD : CTL_WRONG;
}

static enum ctl_exit check(struct ctl *ctl)
{
	struct check c = { .ctl = ctl,
		.db = database_open(ctl),
		.quick = option_flag(ctl, "quick"),
		.repair = option_flag(ctl, "repair") };
	enum ctl_exit code;

	if (!c.db)
		return CTL_WRONG;
	c.store = store_open();
	c.found = json_array();
	c.page = arena_new(64 * 1024);
	if (!check_rows(&c, QUERY_ctl_store_rows) || !check_rows(&c, QUERY_ctl_store_mails))
		code = database_failed(ctl, c.db, "the files cannot be read");
	else if (!check_objects(&c) || c.failed)
		code = say_failed(ctl, "the store cannot be read: %s", store_error());
	else
		code = tell(&c);
	arena_free(&c.page);
	json_decref(c.found);
	store_close(&c.store);
	db_close(&c.db);
	return code;
}

static const struct option_row options[] = {
	{ "repair", OPTION_FLAG, .help = "remove objects that no row names" },
	{ "quick", OPTION_FLAG, .help = "compare sizes alone, and read no object" },
	{ 0 },
};

static struct setting *const settings[] = { db_settings, store_settings, store_s3_settings, NULL };

const struct command_row store_commands[] = {
	{ "store", "check", NULL, "compares the files of the database with the objects of the store",
	        "missing: a row's object is not there. wrong: it has another size or digest. orphaned: no row names "
	        "an\n"
	        "object, and it is older than an hour. Run it as the account of the programs, who own the folder.",
	        options, settings, check },
	{ 0 },
};
