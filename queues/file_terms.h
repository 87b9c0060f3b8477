/* file_terms.h - how long files stay that nobody needs: for the scan worker that removes them, and for whoever asks it
 * to. */
#ifndef QUEUES_FILE_TERMS_H
#define QUEUES_FILE_TERMS_H

#include "base/settings.h"

/* FILES_UNATTACHED_FOR and FILES_DELETED_FOR. */
extern struct setting file_terms_settings[];

extern int64_t file_unattached_ms; /* after its upload, when nothing has taken it */
extern int64_t file_kept_ms;       /* after it was deleted, or put into quarantine */

#endif
