/* mail_archive.c - see mail_archive.h.
 *
 * mbox: a message begins behind a line "From " that stands at the beginning of the file or behind an empty line; lines
 * of the message that look so have a ">" before them, which is taken away (RFC 4155 and mboxrd). Maildir: the files of
 * new and cur.
 */
#include "ops/guichetctl/mail_archive.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "ops/guichetctl/mail_lines.h"

struct walk {
	archive_visit_fn *visit;
	void *context;
	int64_t read_bytes;
	char *message; /* being written */
	size_t len;
	struct mail_lines lines;
	bool separated; /* an empty line behind each message is none of its own */
};

/* --- one message ---------------------------------------------------------------------- */
static void begin(struct walk *walk)
{
	walk->lines = (struct mail_lines){ .out = open_memstream(&walk->message, &walk->len) };
	if (!walk->lines.out)
		abort();
}

static bool finish(struct walk *walk)
{
	bool goes_on = true;

	mail_lines_end(&walk->lines);
	fclose(walk->lines.out);
	walk->lines.out = NULL;
	errno = 0;
	if (walk->separated && walk->len >= 4 && !memcmp(walk->message + walk->len - 4, "\r\n\r\n", 4))
		walk->len -= 2;
	if (walk->len)
		goes_on = walk->visit(walk->context, (struct text){ walk->message, walk->len }, walk->read_bytes);
	free(walk->message);
	return goes_on;
}

/* --- files ---------------------------------------------------------------------------- */
struct mapped {
	char *bytes;
	size_t len;
};

static bool map_file(const char *path, struct mapped *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat found;
	void *map = MAP_FAILED;

	if (fd >= 0 && fstat(fd, &found) == 0) {
		*out = (struct mapped){ NULL, (size_t)found.st_size };
		if (out->len)
			map = mmap(NULL, out->len, PROT_READ, MAP_PRIVATE, fd, 0);
	}
	if (fd >= 0)
		close(fd);
	if (map != MAP_FAILED)
		out->bytes = map;
	return fd >= 0 && (out->bytes || !out->len);
}

static void unmap(struct mapped *file)
{
	if (file->bytes)
		munmap(file->bytes, file->len);
}

static bool walk_message(struct walk *walk, const char *path)
{
	struct mapped file = { 0 };
	bool goes_on;

	if (!map_file(path, &file))
		return false;
	begin(walk);
	mail_lines_put(&walk->lines, file.bytes, file.len);
	walk->read_bytes += (int64_t)file.len;
	goes_on = finish(walk);
	unmap(&file);
	return goes_on;
}

/* --- mbox ----------------------------------------------------------------------------- */
static struct text line_at(const struct mapped *file, size_t at)
{
	const char *end = memchr(file->bytes + at, '\n', file->len - at);

	return (struct text){ file->bytes + at, end ? (size_t)(end - file->bytes) + 1 - at : file->len - at };
}

static bool is_empty(struct text line)
{
	return text_trim(line).len == 0;
}

static struct text without_quote(struct text line)
{
	size_t quotes = 0;

	while (quotes < line.len && line.data[quotes] == '>')
		quotes++;
	if (quotes && text_starts_with((struct text){ line.data + quotes, line.len - quotes }, TEXT("From ")))
		return (struct text){ line.data + 1, line.len - 1 };
	return line;
}

static bool walk_lines(struct walk *walk, const struct mapped *file)
{
	bool after_empty = true, goes_on = true;
	struct text line;

	for (size_t at = 0; at < file->len && goes_on; at += line.len) {
		line = line_at(file, at);
		if (after_empty && text_starts_with(line, TEXT("From "))) {
			goes_on = !walk->lines.out || finish(walk);
			begin(walk);
		} else if (walk->lines.out) {
			struct text clean = without_quote(line);

			mail_lines_put(&walk->lines, clean.data, clean.len);
		}
		after_empty = is_empty(line);
		walk->read_bytes += (int64_t)line.len;
	}
	if (walk->lines.out && !goes_on) {
		fclose(walk->lines.out);
		free(walk->message);
	} else if (walk->lines.out) {
		goes_on = finish(walk);
	}
	return goes_on;
}

static bool walk_mbox(struct walk *walk, const char *path)
{
	struct mapped file = { 0 };
	bool goes_on;

	if (!map_file(path, &file))
		return false;
	walk->separated = true;
	goes_on = walk_lines(walk, &file);
	unmap(&file);
	return goes_on;
}

/* --- folders -------------------------------------------------------------------------- */
typedef bool file_fn(void *context, const char *path);

/* Calls with each file of the folder, in the order of their names. */
static bool each_file(const char *folder, file_fn *call, void *context)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, NULL, alphasort);
	bool goes_on = count >= 0;
	char path[4096];
	struct stat found;

	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
		if (goes_on && entries[i]->d_name[0] != '.' && stat(path, &found) == 0 && S_ISREG(found.st_mode))
			goes_on = call(context, path);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return goes_on;
}

static bool is_folder(const char *path)
{
	struct stat found;

	return stat(path, &found) == 0 && S_ISDIR(found.st_mode);
}

/* The folder's own files, or those of the Maildir that it is. */
static bool each_message(const char *path, file_fn *call, void *context)
{
	static const char *const parts[] = { "cur", "new" };
	char folder[4096];
	bool is_maildir = false, goes_on = true;

	for (int i = 0; i < 2; i++) {
		snprintf(folder, sizeof folder, "%s/%s", path, parts[i]);
		if (!is_folder(folder))
			continue;
		is_maildir = true;
		goes_on = goes_on && each_file(folder, call, context);
	}
	return is_maildir ? goes_on : each_file(path, call, context);
}

static bool visit_file(void *context, const char *path)
{
	return walk_message(context, path);
}

static bool begins_as_mbox(const char *path)
{
	FILE *file = fopen(path, "re");
	char first[5] = { 0 };
	bool found = file && fread(first, 1, sizeof first, file) == sizeof first && !memcmp(first, "From ", 5);

	if (file)
		fclose(file);
	return found;
}

bool archive_walk(const char *path, enum archive_form form, archive_visit_fn *visit, void *context)
{
	struct walk walk = { .visit = visit, .context = context };

	if (form == ARCHIVE_MAILDIR || (form == ARCHIVE_GUESSED && is_folder(path)))
		return each_message(path, visit_file, &walk);
	if (form == ARCHIVE_MBOX || begins_as_mbox(path))
		return walk_mbox(&walk, path);
	return walk_message(&walk, path);
}

static bool add_size(void *context, const char *path)
{
	struct stat found;

	if (stat(path, &found) == 0)
		*(int64_t *)context += found.st_size;
	return true;
}

int64_t archive_bytes(const char *path)
{
	int64_t bytes = 0;
	struct stat found;

	if (stat(path, &found) != 0)
		return -1;
	if (!S_ISDIR(found.st_mode))
		return found.st_size;
	return each_message(path, add_size, &bytes) ? bytes : -1;
}
