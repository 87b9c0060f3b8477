/* account.h - a mailbox that mail is fetched from, as IMAP_ACCOUNTS names it.
 *
 *   imaps://user[:password]@host[:port]/FOLDER?to=ADDRESS[&after=seen|keep|move:FOLDER][&oauth=/path/of/file.json]
 *
 * What has a meaning in a URL is percent-encoded in user, password and folders; an @ in the user may stand as it is.
 * imaps has TLS from the first byte; imap begins it (STARTTLS), and does without on this very host.
 */
#ifndef WORKERS_FETCH_ACCOUNT_H
#define WORKERS_FETCH_ACCOUNT_H

#include "base/arena.h"
#include "base/text.h"

enum account_after { ACCOUNT_SEEN, ACCOUNT_KEEP, ACCOUNT_MOVE };

struct account {
	const char *name; /* user@host/folder: for people, and what the ledger and the cursor know it by */
	const char *url;  /* scheme://host:port, all that a connection needs */
	bool wants_tls;   /* STARTTLS must be there */
	const char *user;
	const char *password; /* NULL: oauth */
	const char *oauth;    /* the path of a file, NULL: password */
	const char *folder;   /* as IMAP quotes it: modified UTF-7 (RFC 3501 section 5.1.3), quotes and all */
	enum account_after after;
	const char *goal; /* the folder of ACCOUNT_MOVE, as folder */
	struct text to;   /* the mailbox of ours that it is for, in its one form */
};

/* False: *out_wrong says why, without a secret. All of it lies in the arena. */
bool account_read(struct arena *arena, struct text url, struct account *out, const char **out_wrong);

#endif
