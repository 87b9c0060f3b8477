/* main.c - guichet-scan: looks at files before anybody is shown them.
 *
 * Any number of these may run, on any number of machines that see the same store. See scanner.c for its turn, engine.c
 * and clamd.c for who looks, shelf.c for where bytes lie, confined/ for pictures, cleanup.c for what is removed.
 */
#include "base/store.h"
#include "queues/file_terms.h"
#include "workers/scan/cleanup.h"
#include "workers/scan/engine.h"
#include "workers/scan/scanner.h"

static int64_t threads;

static struct setting own_settings[] = {
	{ "SCAN_THREADS", SETTING_INT, &threads, "2", .min = 1, .max = 16, .help = "files looked at at a time" },
	{ 0 },
};

static const struct ticker_worker scan_worker = {
	.name = "guichet-scan",
	.about = "looks at files before anybody is shown them",
	.settings = (struct setting *const[]){ engine_settings, scanner_settings, cleanup_settings, file_terms_settings,
	        picture_settings, store_settings, store_s3_settings, own_settings, NULL },
	.prepare = engine_prepare,
	.thread = "scanner",
	.threads = &threads,
	.queues = (const char *const[]){ "work.scan", NULL },
	.prefetch = 64,
	.open = scanner_open,
	.close = scanner_close,
	.hold = scanner_hold,
	.work = scanner_work,
};

int main(int argc, char **argv)
{
	return ticker_main(argc, argv, &scan_worker);
}
