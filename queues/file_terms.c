/* file_terms.c - see file_terms.h. */
#include "queues/file_terms.h"

#include <stddef.h>

int64_t file_unattached_ms, file_kept_ms;

struct setting file_terms_settings[] = {
	{ "FILES_UNATTACHED_FOR", SETTING_DURATION, &file_unattached_ms, "24h", .min = 1000, .max = 31536000000,
	        .help = "how long an uploaded file waits for a ticket or a comment" },
	{ "FILES_DELETED_FOR", SETTING_DURATION, &file_kept_ms, "30d", .min = 1000, .max = 315360000000,
	        .help = "how long a deleted file can be taken back, and an infected one lies in quarantine" },
	{ 0 },
};
