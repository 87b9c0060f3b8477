/* keep.c - see keep.h. */
#include "workers/intake/keep.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/log.h"
#include "queues/file_place.h"

#define PIECE (256 << 10)

static int64_t file_most;

struct setting keep_settings[] = {
	{ "MAX_FILE_SIZE", SETTING_INT, &file_most, "10485760", .min = 1, .max = 1073741824,
	        .help = "how many bytes a file can have" },
	{ 0 },
};

int keep_file_new(void)
{
	return open(store_spool_dir(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}

static bool write_whole(int file, const char *bytes, size_t count)
{
	while (count) {
		ssize_t did = write(file, bytes, count);

		if (did <= 0)
			return false;
		bytes += did;
		count -= (size_t)did;
	}
	return true;
}

enum store_outcome keep_fetch(struct store *store, const struct taken *taken, int file)
{
	struct store_reader *reader;
	char key[FILE_KEY_ROOM], *piece;
	enum store_outcome outcome;
	struct arena *arena;
	ssize_t got;
	int64_t size;

	file_key_mail(taken->id, key);
	outcome = store_read_begin(store, BUCKET_MAIL, key, 0, -1, &reader, &size);
	if (outcome != STORE_DONE)
		return outcome;
	arena = arena_new(PIECE + 64);
	piece = arena_alloc(arena, PIECE);
	while ((got = store_read(reader, piece, PIECE)) > 0)
		if (!write_whole(file, piece, (size_t)got)) {
			outcome = STORE_FULL;
			break;
		}
	if (got < 0)
		outcome = STORE_AWAY;
	store_read_end(&reader);
	arena_free(&arena);
	return outcome;
}

struct text keep_map(int file)
{
	struct stat stat;
	void *map;

	if (fstat(file, &stat) == -1)
		return TEXT_NONE;
	if (!stat.st_size)
		return TEXT("");
	map = mmap(NULL, (size_t)stat.st_size, PROT_READ, MAP_PRIVATE, file, 0);
	return map == MAP_FAILED ? TEXT_NONE : (struct text){ map, (size_t)stat.st_size };
}

void keep_unmap(struct text map)
{
	if (map.len)
		munmap((void *)map.data, map.len);
}

/* --- what came with it ------------------------------------------------------------------------- */
static bool put(struct store *store, int from, int64_t offset, int64_t size, const char *key, const uint8_t sha256[32])
{
	struct store_writer *writer;
	struct arena *arena = arena_new(PIECE + 64);
	char *piece = arena_alloc(arena, PIECE);
	bool good = store_write_begin(store, &writer) == STORE_DONE;

	while (good && size) {
		ssize_t got = pread(from, piece, size < PIECE ? (size_t)size : PIECE, offset);

		good = got > 0 && store_write(writer, piece, (size_t)got) == STORE_DONE;
		if (!good) {
			store_write_abort(&writer);
			break;
		}
		offset += got;
		size -= got;
	}
	arena_free(&arena);
	return good && store_write_commit(&writer, BUCKET_TEMP, key, sha256) == STORE_DONE;
}

static bool keep_one(
        struct store *store, const struct taken *taken, struct attached *file, int from, uint32_t n, int lane)
{
	struct uuid id =
	        uuid_derive_at(taken->accepted_us / 1000, "attachment", &taken->id, (uint32_t)taken->rounds * 1000 + n);
	char key[FILE_KEY_ROOM];
	uint8_t sha256[32];

	id.bytes[15] = (uint8_t)((id.bytes[15] & 0xf0) | lane);
	file_key_new(id, key);
	if (!text_unhex(file->sha256_hex, sha256, sizeof sha256) ||
	        !put(store, from, file->offset, file->size, key, sha256))
		return false;
	file->file_id = id;
	return true;
}

bool keep_attachments(struct store *store, const struct taken *taken, struct letter *letter, int parts, int lane)
{
	for (int i = 0, kept = 0; i < letter->attachment_count && kept < KEEP_FILES; i++) {
		struct attached *file = &letter->attachments[i];

		if (file->size > file_most)
			continue;
		kept++;
		if (!keep_one(store, taken, file, parts, (uint32_t)i, lane)) {
			log_error("an attachment cannot be stored: its mail waits", LOG_UUID("inbound_id", &taken->id),
			        LOG_TEXT("error", store_error()));
			return false;
		}
	}
	return true;
}

bool keep_message(struct store *store, const struct taken *taken, struct letter *letter, int file, int lane)
{
	struct attached *whole = &letter->attachments[0];

	if (taken->size > file_most)
		return true;
	letter->attachment_count = 1;
	*whole = (struct attached){ .name = TEXT("message.eml"),
		.type = TEXT("message/rfc822"),
		.sha256_hex = taken->sha256_hex,
		.size = taken->size };
	return keep_one(store, taken, whole, file, 999, lane);
}
