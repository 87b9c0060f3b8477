/* store_local.c - objects in a tree of the local disk: see store.h.
 *
 * What is being written is a file without a name (O_TMPFILE) where the file system knows such, so that whoever dies
 * leaves nothing behind; elsewhere it has a name in .incoming, and what is older than a day there is removed at the
 * next start. Where an object of the key lies already, the new one gets a name in .incoming first and is then renamed
 * over it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "base/store_private.h"
#include "base/uuid.h"

#define INCOMING ".incoming"
#define LEFT_BEHIND_S 86400
#define PATH_ROOM (2 * STORE_NAME_ROOM)
#define DEPTH_MOST 8

static const char *const buckets[] = { "helpdesk-tickets", "helpdesk-avatars", "helpdesk-temp", "helpdesk-mail",
	INCOMING };

static void path_of(const char *bucket, const char *key, char out[PATH_ROOM])
{
	snprintf(out, PATH_ROOM, "%s/%s", bucket, key);
}

/* --- folders --------------------------------------------------------------------- */
/* The folder that path lies in, which is made if need be; -1: errno. */
static int open_parent(struct store *store, const char *path, bool make)
{
	char folder[PATH_ROOM];
	char *slash;
	int fd, above;

	snprintf(folder, sizeof folder, "%s", path);
	slash = strrchr(folder, '/');
	if (!slash)
		return dup(store->root);
	*slash = 0;
	fd = openat(store->root, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 || errno != ENOENT || !make)
		return fd;
	above = open_parent(store, folder, true);
	if (above < 0)
		return -1;
	if ((mkdirat(store->root, folder, 0750) == 0 || errno == EEXIST) && fsync(above) == 0)
		fd = openat(store->root, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	close(above);
	return fd;
}

/* Makes what was renamed, linked or removed in the folder of path last. */
static bool sync_parent(struct store *store, const char *path)
{
	int fd = open_parent(store, path, false);
	bool synced = fd >= 0 && fsync(fd) == 0;
	int why = errno;

	if (fd >= 0)
		close(fd);
	errno = why;
	return synced;
}

static bool has_parent(struct store *store, const char *path)
{
	int fd = open_parent(store, path, true);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* --- writing --------------------------------------------------------------------- */
static void name_incoming(char name[STORE_NAME_ROOM])
{
	struct uuid id = uuid_new();
	char text[UUID_TEXT_BYTES];

	uuid_format(&id, text);
	snprintf(name, STORE_NAME_ROOM, INCOMING "/%s", text);
}

static int incoming(struct store *store, char name[STORE_NAME_ROOM])
{
	int fd = openat(store->root, INCOMING, O_TMPFILE | O_RDWR | O_CLOEXEC, 0640);

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
		return fd;
	name_incoming(name);
	fd = openat(store->root, name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0640);
	if (fd < 0)
		name[0] = 0;
	return fd;
}

/* The file without a name gets this one; false: errno. */
static bool link_to(struct store_writer *writer, const char *path)
{
	char self[64];

	snprintf(self, sizeof self, "/proc/self/fd/%d", writer->fd);
	return linkat(AT_FDCWD, self, writer->store->root, path, AT_SYMLINK_FOLLOW) == 0;
}

static bool rename_to(struct store_writer *writer, const char *path)
{
	int root = writer->store->root;

	if (!writer->name[0]) {
		if (link_to(writer, path))
			return true;
		if (errno != EEXIST)
			return false;
		name_incoming(writer->name);
		if (!link_to(writer, writer->name)) {
			writer->name[0] = 0;
			return false;
		}
	}
	return renameat(root, writer->name, root, path) == 0;
}

static enum store_outcome keep(
        struct store_writer *writer, const char *bucket, const char *key, const uint8_t sha256[32])
{
	char path[PATH_ROOM];
	struct store *store = writer->store;

	(void)sha256;
	path_of(bucket, key, path);
	if (fsync(writer->fd) != 0)
		return store_fail_errno("fsync");
	if (!has_parent(store, path) || !rename_to(writer, path))
		return store_fail_errno(path);
	writer->name[0] = 0;
	if (sync_parent(store, path))
		return STORE_DONE;
	store_fail_errno(path);
	unlinkat(store->root, path, 0); /* it may not last: so it is not there */
	return STORE_AWAY;
}

/* --- reading --------------------------------------------------------------------- */
static enum store_outcome read_begin(struct store_reader *reader, int64_t *out_size)
{
	char path[PATH_ROOM];
	struct stat found;

	path_of(reader->bucket, reader->key, path);
	reader->fd = openat(reader->store->root, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (reader->fd < 0 || fstat(reader->fd, &found) != 0)
		return store_fail_errno(path);
	if (!S_ISREG(found.st_mode))
		return store_fail(STORE_ABSENT, "%s is no file", path);
	*out_size = found.st_size;
	return STORE_DONE;
}

static ssize_t read_some(struct store_reader *reader, void *bytes, size_t room)
{
	size_t count = 0;

	while (count < room) {
		ssize_t got = pread(reader->fd, (char *)bytes + count, room - count, reader->at + (int64_t)count);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			store_fail_errno(reader->key);
			return -1;
		}
		if (got == 0)
			break;
		count += (size_t)got;
	}
	return (ssize_t)count;
}

/* --- the rest -------------------------------------------------------------------- */
static enum store_outcome move(
        struct store *store, const char *from_bucket, const char *from_key, const char *bucket, const char *key)
{
	char from[PATH_ROOM], path[PATH_ROOM];

	path_of(from_bucket, from_key, from);
	path_of(bucket, key, path);
	if (faccessat(store->root, from, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
		return store_fail_errno(from);
	if (!has_parent(store, path) || renameat(store->root, from, store->root, path) != 0)
		return store_fail_errno(path);
	if (!sync_parent(store, path) || !sync_parent(store, from)) {
		store_fail_errno(path);
		return STORE_AWAY;
	}
	return STORE_DONE;
}

static enum store_outcome remove_one(struct store *store, const char *bucket, const char *key)
{
	char path[PATH_ROOM];

	path_of(bucket, key, path);
	if (unlinkat(store->root, path, 0) != 0)
		return store_fail_errno(path);
	if (sync_parent(store, path))
		return STORE_DONE;
	store_fail_errno(path);
	return STORE_AWAY;
}

static enum store_outcome look(struct store *store, const char *bucket, const char *key, int64_t *out_size)
{
	char path[PATH_ROOM];
	struct stat found;

	path_of(bucket, key, path);
	if (fstatat(store->root, path, &found, AT_SYMLINK_NOFOLLOW) != 0)
		return store_fail_errno(path);
	if (!S_ISREG(found.st_mode))
		return store_fail(STORE_ABSENT, "%s is no file", path);
	*out_size = found.st_size;
	return STORE_DONE;
}

struct walk {
	store_visit_fn *visit;
	void *context;
	char path[PATH_ROOM]; /* the key so far */
	bool ended;
};

static bool walk_folder(struct walk *walk, int fd, int depth);

/* What lies at walk->path, of that name in the folder. */
static bool walk_entry(struct walk *walk, int folder, const char *name, int depth)
{
	struct stat found;
	int fd;

	if (fstatat(folder, name, &found, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT; /* it went away meanwhile */
	if (S_ISREG(found.st_mode)) {
		walk->ended = !walk->visit(walk->context, walk->path, found.st_size, found.st_mtime);
		return true;
	}
	if (!S_ISDIR(found.st_mode) || depth >= DEPTH_MOST)
		return true;
	fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd >= 0 ? walk_folder(walk, fd, depth + 1) : errno == ENOENT;
}

/* Closes fd; false: errno. */
static bool walk_folder(struct walk *walk, int fd, int depth)
{
	DIR *dir = fdopendir(fd);
	size_t len = strlen(walk->path);
	bool fine = dir != NULL;
	struct dirent *entry;

	while (fine && !walk->ended && (errno = 0, entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(walk->path + len, sizeof walk->path - len, "%s%s", len ? "/" : "", entry->d_name);
		fine = walk_entry(walk, dirfd(dir), entry->d_name, depth);
		walk->path[len] = 0;
	}
	fine = fine && errno == 0;
	if (dir)
		closedir(dir);
	else
		close(fd);
	return fine;
}

static enum store_outcome list(struct store *store, const char *bucket, store_visit_fn *visit, void *context)
{
	struct walk walk = { .visit = visit, .context = context };
	int fd = openat(store->root, bucket, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || !walk_folder(&walk, fd, 0))
		return store_fail_errno(bucket);
	return STORE_DONE;
}

static void close_root(struct store *store)
{
	close(store->root);
}

/* --- opening --------------------------------------------------------------------- */
static const struct store_backend local = { .incoming = incoming,
	.keep = keep,
	.read_begin = read_begin,
	.read = read_some,
	.move = move,
	.remove = remove_one,
	.look = look,
	.list = list,
	.close = close_root };

static bool remove_left_behind(void *context, const char *name, int64_t size, int64_t modified_at)
{
	struct store *store = context;

	(void)size;
	if (modified_at < time(NULL) - LEFT_BEHIND_S)
		remove_one(store, INCOMING, name);
	return true;
}

static bool make_folders(struct store *store, const char *dir)
{
	if (mkdir(dir, 0750) != 0 && errno != EEXIST)
		return false;
	store->root = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (store->root < 0)
		return false;
	for (size_t i = 0; i < sizeof buckets / sizeof *buckets; i++)
		if (mkdirat(store->root, buckets[i], 0750) != 0 && errno != EEXIST)
			return false;
	return fsync(store->root) == 0;
}

struct store *store_local_open(const char *dir)
{
	struct store *store = calloc(1, sizeof *store);

	if (!store)
		abort();
	store->backend = &local;
	store->root = -1;
	if (dir[0] != '/' || !make_folders(store, dir)) {
		fprintf(stderr, "STORE_URL: %s: %s\n", dir, dir[0] == '/' ? strerror(errno) : "is no absolute path");
		free(store);
		return NULL;
	}
	list(store, INCOMING, remove_left_behind, store);
	return store;
}
