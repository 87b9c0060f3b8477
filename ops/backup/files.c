/* files.c - files of a backup: digests, folders, and writing what must be there after a power failure. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/text.h"
#include "ops/backup/parts.h"

#define PIECE (256 * 1024)

bool file_digest(struct work *work, const char *path, char out[65], int64_t *out_size)
{
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *piece = malloc(PIECE);
	uint8_t sha256[32];
	ssize_t got = -1;

	if (!digest || !piece || !EVP_DigestInit_ex(digest, EVP_sha256(), NULL))
		abort();
	*out_size = 0;
	while (fd >= 0 && (got = read(fd, piece, PIECE)) > 0) {
		EVP_DigestUpdate(digest, piece, (size_t)got);
		*out_size += got;
	}
	if (got < 0)
		work_fail(work, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	EVP_DigestFinal_ex(digest, sha256, NULL);
	text_hex(sha256, sizeof sha256, out);
	EVP_MD_CTX_free(digest);
	free(piece);
	return got == 0;
}

bool file_make_parents(struct work *work, const char *path)
{
	char *copy = arena_printf(work->arena, "%s", path);

	for (char *slash = copy + strlen(work->folder) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		if (mkdir(copy, 0700) != 0 && errno != EEXIST)
			return work_fail(work, "%s: %s", copy, strerror(errno));
		*slash = '/';
	}
	return true;
}

bool file_sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool is_synced = fd >= 0 && fsync(fd) == 0;

	if (fd >= 0)
		close(fd);
	return is_synced;
}

bool file_write(struct work *work, const char *name, const char *bytes, size_t len)
{
	char *path = work_path(work, name), *beside = arena_printf(work->arena, "%s.new", path);
	int fd = open(beside, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
	size_t written = 0;
	ssize_t some = 1;

	while (fd >= 0 && written < len && (some = write(fd, bytes + written, len - written)) > 0)
		written += (size_t)some;
	if (fd < 0 || some <= 0 || fsync(fd) != 0 || rename(beside, path) != 0 || !file_sync_folder(work->folder))
		work_fail(work, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return !work->why;
}

bool file_remove_all(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	char below[4096];

	if (!dir)
		return errno == ENOENT || unlink(path) == 0;
	while ((entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
		        snprintf(below, sizeof below, "%s/%s", path, entry->d_name) < (int)sizeof below) {
			if (entry->d_type == DT_DIR)
				file_remove_all(below);
			else
				unlink(below);
		}
	closedir(dir);
	return rmdir(path) == 0;
}
