/* owner.c - root writes to a local store as the programs' account: files that they cannot read would be no files. */
#include <sys/stat.h>
#include <unistd.h>
#include "ops/backup/parts.h"

void owner_become(void)
{
	struct stat found;

	if (geteuid() != 0 || !store_folder() || stat(store_folder(), &found) != 0 || found.st_uid == 0)
		return;
	if (setegid(found.st_gid) != 0 || seteuid(found.st_uid) != 0)
		owner_leave();
}

void owner_leave(void)
{
	/* The user first: it may change the group. What fails shows in the next thing that is written. */
	(void)!seteuid(getuid());
	(void)!setegid(getgid());
}
