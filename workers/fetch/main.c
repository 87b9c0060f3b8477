/* main.c - guichet-fetch: fetches mail from mailboxes by IMAP, and takes it as every other door does.
 *
 * A thread for each account; any number of these may run, one of them polls an account at a time. See poll.c for a
 * turn, batch.c for how a message is taken, imap.c for the connection, oauth.c for tokens.
 */
#include "base/store.h"
#include "workers/fetch/poll.h"

static const struct ticker_worker fetch_worker = {
	.name = "guichet-fetch",
	.about = "fetches mail from mailboxes by IMAP",
	.settings = (struct setting *const[]){ poll_settings, store_settings, store_s3_settings, NULL },
	.prepare = poll_prepare,
	.thread = "account",
	.threads = &poll_threads,
	.open = poll_open,
	.close = poll_close,
	.hold = poll_hold,
	.work = poll_work,
	.rest = poll_rest,
};

int main(int argc, char **argv)
{
	return ticker_main(argc, argv, &fetch_worker);
}
