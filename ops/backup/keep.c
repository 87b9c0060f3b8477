/* keep.c - of the backups in one folder the last few stay. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "ops/backup/parts.h"

#define GIVEN_UP_S 86400

/* As backup.c names them: 20261130T031500Z-xxxxxxxx. */
static bool is_named_so(const char *name)
{
	return strlen(name) == 25 && name[8] == 'T' && name[15] == 'Z' && name[16] == '-' &&
	       strspn(name, "0123456789") == 8;
}

static int is_backup(const struct dirent *entry)
{
	return is_named_so(entry->d_name);
}

static bool is_whole(const char *folder)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/" BACKUP_MANIFEST, folder);
	return access(path, F_OK) == 0;
}

void keep_last(struct work *work, const char *home, int64_t most)
{
	struct dirent **found = NULL;
	int count = scandir(home, &found, is_backup, alphasort);
	int64_t whole = 0;

	/* Names begin with the time: the last are the newest. */
	for (int i = count - 1; i >= 0; i--) {
		char *folder = arena_printf(work->arena, "%s/%s", home, found[i]->d_name);
		struct stat state;
		bool goes = is_whole(folder) ? ++whole > most
		                             : stat(folder, &state) == 0 && state.st_mtime < time(NULL) - GIVEN_UP_S;

		if (goes && strcmp(folder, work->folder) != 0) {
			work_tell(work, "removing %s", folder);
			/* Its manifest first: what is half removed is no backup. */
			unlink(arena_printf(work->arena, "%s/" BACKUP_MANIFEST, folder));
			file_remove_all(folder);
		}
		free(found[i]);
	}
	free(found);
}
