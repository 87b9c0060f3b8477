/* shared_link.h - links to files that need no token: of ingress, which is asked for them and follows them, and of
 * mails.
 *
 *   <the file's id>.<seal, hexadecimal>      seal: account, when it ends, whether it counts once, four bytes, MAC
 *
 * The MAC is the first 128 bits of HMAC-SHA-256 under MAIL_KEY, so the mail worker, which writes links, cannot write
 * tokens to sign in with. A link is followed as the account in it: what that may no longer see, its links do not show
 * either.
 */
#ifndef QUEUES_SHARED_LINK_H
#define QUEUES_SHARED_LINK_H

#include <stdbool.h>
#include <stdint.h>
#include "base/text.h"
#include "base/uuid.h"

#define SHARED_LINK_PATH "/api/v1/files/shared/" /* and behind it the link */
#define SHARED_LINK_MOST_S (30 * 86400)          /* no link is good for longer */

enum { SHARED_LINK_BYTES = 36 + 1 + 2 * (16 + 4 + 1 + 4 + 16) + 1 }; /* with the NUL */

struct shared_link {
	struct uuid file_id, account_id;
	int64_t expires_at; /* seconds since 1970 */
	bool once;
	uint8_t apart[4]; /* makes one of two links that are otherwise the same */
	char hash[65];    /* of the whole link, in hexadecimal: set by shared_link_read */
};

void shared_link_write(const struct shared_link *link, char out[SHARED_LINK_BYTES]);
/* False: it is none of ours. When it ended is not looked at. */
bool shared_link_read(struct text written, struct shared_link *out);

#endif
