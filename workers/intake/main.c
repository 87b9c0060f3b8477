/* main.c - guichet-intake: mail that was taken becomes tickets, comments, or what else it is.
 *
 * Any number of these may run. See turn.c for the way of a mail, settle.c for what is written, verdict.c for what is
 * decided.
 */
#include "base/mail_reader.h"
#include "base/store.h"
#include "queues/mail_token.h"
#include "workers/intake/keep.h"
#include "workers/intake/settle.h"
#include "workers/intake/turn.h"

static int64_t threads;

static struct setting own_settings[] = {
	{ "INTAKE_THREADS", SETTING_INT, &threads, "2", .min = 1, .max = 16, .help = "mails that are read at a time" },
	{ 0 },
};

static const struct ticker_worker intake_worker = {
	.name = "guichet-intake",
	.about = "turns mail that was taken into tickets and comments",
	.settings = (struct setting *const[]){ settle_settings, keep_settings, mail_reader_settings,
	        mail_token_settings, store_settings, store_s3_settings, own_settings, NULL },
	.prepare = settle_prepare,
	.thread = "intake",
	.threads = &threads,
	.queues = (const char *const[]){ "work.intake", NULL },
	.prefetch = 64,
	.open = turn_open,
	.close = turn_close,
	.hold = turn_hold,
	.work = turn_work,
};

int main(int argc, char **argv)
{
	return ticker_main(argc, argv, &intake_worker);
}
