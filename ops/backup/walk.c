/* walk.c - see walk.h. */
#include "ops/backup/walk.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define DEPTH_MOST 8
#define PATH_ROOM 4096

struct walk {
	struct work *work;
	walk_fn *visit;
	void *context;
	char path[PATH_ROOM];
	size_t root; /* where the name of the bucket begins in it */
};

static bool visit_file(struct walk *w, int64_t size)
{
	char bucket[64];
	const char *slash = strchr(w->path + w->root, '/');

	if (!slash || (size_t)(slash - w->path) - w->root >= sizeof bucket)
		return true; /* none of ours */
	snprintf(bucket, sizeof bucket, "%.*s", (int)(slash - w->path - (ptrdiff_t)w->root), w->path + w->root);
	return w->visit(w->context, w->path, bucket, slash + 1, size);
}

static bool walk_folder(struct walk *w, int depth)
{
	size_t len = strlen(w->path);
	DIR *dir = opendir(w->path);
	struct dirent *entry;
	struct stat found;
	bool goes_on = true;

	if (!dir)
		return errno == ENOENT || work_fail(w->work, "%s: %s", w->path, strerror(errno));
	while (goes_on && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(w->path + len, sizeof w->path - len, "/%s", entry->d_name);
		if (lstat(w->path, &found) == 0) {
			if (S_ISDIR(found.st_mode) && depth < DEPTH_MOST)
				goes_on = walk_folder(w, depth + 1);
			else if (S_ISREG(found.st_mode))
				goes_on = visit_file(w, found.st_size);
		}
		w->path[len] = '\0';
	}
	closedir(dir);
	return goes_on;
}

bool walk_objects(struct work *work, walk_fn *visit, void *context)
{
	struct walk w = { .work = work, .visit = visit, .context = context };

	snprintf(w.path, sizeof w.path, "%s/" BACKUP_OBJECTS, work->folder);
	w.root = strlen(w.path) + 1;
	walk_folder(&w, 0);
	return !work->why;
}
