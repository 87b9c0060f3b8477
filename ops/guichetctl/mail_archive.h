/* mail_archive.h - the messages of an archive: an mbox, a Maildir, a folder of files, or a single file. */
#ifndef OPS_GUICHETCTL_MAIL_ARCHIVE_H
#define OPS_GUICHETCTL_MAIL_ARCHIVE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/text.h"

enum archive_form { ARCHIVE_GUESSED, ARCHIVE_MBOX, ARCHIVE_MAILDIR };

/* message is as it goes over the wire, CR LF and all, during the call only. read_bytes: how much of the archive has
 * been read. False ends the walk. */
typedef bool archive_visit_fn(void *context, struct text message, int64_t read_bytes);

/* How large it is; -1: errno. */
int64_t archive_bytes(const char *path);
/* False: errno, or the visitor has ended it (errno is 0). */
bool archive_walk(const char *path, enum archive_form form, archive_visit_fn *visit, void *context);

#endif
