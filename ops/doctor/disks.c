/* disks.c - the store of files, and the disks: can they be written to, and how much room is left. */
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include "ops/doctor/examiner.h"

#define FREE_WARN_PERCENT 15
#define TRIAL_BYTES 4096
#define FOLDERS_MAX 16
#define MB 1000000

/* --- writing ---------------------------------------------------------------------------------- */
/* Writes to a file that has no name, or one that nobody looks for; false: errno. */
static bool can_write(struct examiner *e, const char *folder)
{
	static const char bytes[TRIAL_BYTES];
	char *name = arena_printf(e->arena, "%s/.doctor-%d", folder, getpid());
	int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600), why;
	bool has_name = fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL), is_written;

	if (has_name)
		fd = open(name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	is_written = fd >= 0 && write(fd, bytes, sizeof bytes) == (ssize_t)sizeof bytes && fsync(fd) == 0;
	why = errno;
	if (fd >= 0)
		close(fd);
	if (fd >= 0 && has_name)
		unlink(name);
	errno = why;
	return is_written;
}

static void judge_folder(struct examiner *e, const char *folder)
{
	if (can_write(e, folder))
		examiner_fine(e, "store", "store", "%s can be written to", folder);
	else
		examiner_find(e, DOCTOR_FAIL, "store.not_writable", "store",
		        "Make room, or see that the folder exists, is mounted for writing and belongs to the programs' "
		        "account; uploads are "
		        "answered 503 meanwhile",
		        "nothing can be written to the store %s: %s", folder, strerror(errno))
		        ->subject = "store";
}

/* Whether it answers: what it answers is between it and the programs, who say in /health when they are refused. */
static void judge_s3(struct examiner *e)
{
	char error[CURL_ERROR_SIZE] = "";
	CURL *curl = curl_easy_init();
	CURLcode code;

	curl_easy_setopt(curl, CURLOPT_URL, servers.s3);
	curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)TALK_MS);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
	code = curl_easy_perform(curl);
	if (code == CURLE_OK)
		examiner_fine(e, "store", "store", "the S3 server %s answers", servers.s3);
	else
		examiner_find(e, DOCTOR_FAIL, "store.away", "store",
		        "Start the S3 server, or correct S3_ENDPOINT; uploads are answered 503 meanwhile",
		        "the S3 server %s cannot be reached: %s", servers.s3, *error ? error : curl_easy_strerror(code))
		        ->subject = "store";
	curl_easy_cleanup(curl);
}

void examine_store(struct examiner *e)
{
	if (!examiner_has(e, "store", "STORE_URL", servers.store))
		return;
	if (strncmp(servers.store, "file://", 7) == 0)
		judge_folder(e, servers.store + 7);
	else if (examiner_has(e, "store", "S3_ENDPOINT", servers.s3))
		judge_s3(e);
}

/* --- room -------------------------------------------------------------------------------------- */
static void judge_disk(struct examiner *e, const char *folder, const struct statvfs *disk)
{
	static const char todo[] =
	        "Make room (du -xh --max-depth 2 / | sort -h | tail shows what is large), or give it a larger disk";
	double free_mb = (double)disk->f_bavail * (double)disk->f_frsize / MB;
	double all_mb = (double)disk->f_blocks * (double)disk->f_frsize / MB;
	int percent = all_mb > 0 ? (int)(free_mb * 100 / all_mb) : 100;

	if (free_mb < (double)e->wishes.disk_min_bytes / MB)
		examiner_find(e, DOCTOR_FAIL, "disk.full", "disk", todo,
		        "the disk of %s is nearly full: %.0f MB of %.0f MB are free, and %.0f MB are needed", folder,
		        free_mb, all_mb, (double)e->wishes.disk_min_bytes / MB);
	else if (percent < FREE_WARN_PERCENT)
		examiner_find(e, DOCTOR_WARN, "disk.filling", "disk", todo,
		        "the disk of %s fills: %.1f GB of %.1f GB are free (%d %%)", folder, free_mb / 1000,
		        all_mb / 1000, percent);
	else
		examiner_fine(e, "disk", "disk", "%.1f GB of the disk of %s are free (%d %%)", free_mb / 1000, folder,
		        percent);
}

void examine_disks(struct examiner *e)
{
	char *list = arena_printf(e->arena, "%s %s %s",
	        strncmp(servers.store, "file://", 7) == 0 ? servers.store + 7 : "", servers.spool, servers.disks);
	dev_t seen[FOLDERS_MAX];
	int count = 0;
	char *rest = NULL;

	for (char *folder = strtok_r(list, " ", &rest); folder && count < FOLDERS_MAX;
	        folder = strtok_r(NULL, " ", &rest)) {
		struct statvfs disk;
		struct stat found;
		int known = 0;

		if (stat(folder, &found) != 0 || statvfs(folder, &disk) != 0)
			continue;
		while (known < count && seen[known] != found.st_dev)
			known++;
		if (known < count)
			continue; /* one disk, one line */
		seen[count++] = found.st_dev;
		judge_disk(e, folder, &disk);
	}
}
