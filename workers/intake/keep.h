/* keep.h - the bytes of a mail and of what came with it. */
#ifndef WORKERS_INTAKE_KEEP_H
#define WORKERS_INTAKE_KEEP_H

#include "base/store.h"
#include "workers/intake/intake.h"

#define KEEP_FILES 10 /* of one mail; the others are in the message alone */

/* FILES that come by mail: MAX_FILE_SIZE. */
extern struct setting keep_settings[];

/* An open file without a name, in SPOOL_DIR; -1: there is no room. */
int keep_file_new(void);
/* The message from the store into such a file. */
enum store_outcome keep_fetch(struct store *store, const struct taken *taken, int file);
/* Maps it to be read; TEXT_NONE: it cannot be. keep_unmap gives it back. */
struct text keep_map(int file);
void keep_unmap(struct text map);
/* Puts each attachment where ingress puts what is uploaded, and names it by an id of that lane (ids that come out the
 * same when it is done again). What is larger than a file may be is left out, and what is
 * more than KEEP_FILES. False: the store takes nothing now. */
bool keep_attachments(struct store *store, const struct taken *taken, struct letter *letter, int parts, int lane);
/* The whole message as one more, for staff. */
bool keep_message(struct store *store, const struct taken *taken, struct letter *letter, int file, int lane);

#endif
