/* manifest.c - what a backup is made of, written when all of it is there. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/process.h"
#include "ops/backup/parts.h"
#include "sql/migrate.h"

static const char *const names[] = { BACKUP_DUMP, BACKUP_LIST, BACKUP_TOPOLOGY };
enum { PARTS = sizeof names / sizeof *names };

static json_t *parts_json(struct work *work)
{
	json_t *parts = json_array();
	char digest[65];
	int64_t size;

	for (int i = 0; i < PARTS && file_digest(work, work_path(work, names[i]), digest, &size); i++) {
		json_array_append_new(parts,
		        json_pack("{s:s, s:I, s:s}", "name", names[i], "size", (json_int_t)size, "sha256", digest));
		work->bytes += size;
	}
	return parts;
}

bool manifest_write(struct work *work, int64_t schema, int server_major, json_t *counts, int64_t began_us)
{
	char began[CLOCK_TEXT_BYTES], ended[CLOCK_TEXT_BYTES], *text;
	json_t *parts = parts_json(work), *manifest;
	bool is_written;

	clock_format(began_us, began);
	clock_format(clock_unix_us(), ended);
	manifest = json_pack("{s:i, s:s, s:I, s:i, s:s, s:s, s:O, s:I, s:I, s:I, s:o}", "format", BACKUP_FORMAT,
	        "guichet", process_version(), "schema", (json_int_t)schema, "postgresql", server_major, "startedAt",
	        began, "endedAt", ended, "counts", counts, "objects", (json_int_t)work->objects, "bytes",
	        (json_int_t)work->bytes, "missing", (json_int_t)work->missing, "parts", parts);
	text = json_dumps(manifest, JSON_INDENT(2));
	if (!text)
		abort();
	sync(); /* the objects; each would cost an fsync otherwise */
	is_written = !work->why && file_write(work, BACKUP_MANIFEST, text, strlen(text));
	free(text);
	json_decref(manifest);
	return is_written;
}

static bool check_part(struct work *work, const json_t *part)
{
	const char *name = json_string_value(json_object_get(part, "name")),
	           *sha = json_string_value(json_object_get(part, "sha256"));
	bool is_known = false;
	char digest[65];
	int64_t size;

	for (int i = 0; i < PARTS; i++)
		is_known = is_known || (name && strcmp(name, names[i]) == 0);
	if (!is_known || !sha)
		return work_fail(work, BACKUP_MANIFEST " names a part that is none");
	if (!file_digest(work, work_path(work, name), digest, &size))
		return false;
	return strcmp(digest, sha) == 0 ||
	       work_fail(work, "%s is damaged: its digest is another than when the backup was taken",
	               work_path(work, name));
}

json_t *manifest_read(struct work *work)
{
	json_t *manifest = json_load_file(work_path(work, BACKUP_MANIFEST), 0, NULL), *part;
	json_t *parts = json_object_get(manifest, "parts");
	size_t index;

	if (!manifest)
		work_fail(work, "%s is no backup, or one that was not finished: it has no " BACKUP_MANIFEST,
		        work->folder);
	else if (json_integer_value(json_object_get(manifest, "format")) != BACKUP_FORMAT ||
	         json_array_size(parts) != PARTS)
		work_fail(work, "%s was made by another version of Guichet (%s): restore it with that one",
		        work->folder, json_string_value(json_object_get(manifest, "guichet")));
	else if (json_integer_value(json_object_get(manifest, "schema")) > migrate_expected())
		work_fail(work,
		        "%s is of schema %lld, newer than this guichetctl's %lld: restore it with the newer one",
		        work->folder, (long long)json_integer_value(json_object_get(manifest, "schema")),
		        (long long)migrate_expected());
	json_array_foreach(parts, index, part)
	{
		if (!work->why)
			check_part(work, part);
	}
	if (!work->why)
		return manifest;
	json_decref(manifest);
	return NULL;
}
