/* transcript.h - what was said between us and the mail server, kept with the row of each mail.
 *
 *   < 220 relay.example ESMTP
 *   > EHLO desk
 *   > AUTH PLAIN [login]
 *
 * Two parts of 4 KiB at most: how the session began, and the mail that is being sent, or was sent last. Content is
 * never in it (libesmtp shows none), and no credential: what we say between AUTH and its answer is left out.
 */
#ifndef WORKERS_MAIL_TRANSCRIPT_H
#define WORKERS_MAIL_TRANSCRIPT_H

#include <stdbool.h>
#include "base/text.h"

#define TRANSCRIPT_PART 4096

struct transcript {
	char head[TRANSCRIPT_PART], part[TRANSCRIPT_PART];
	size_t head_len, part_len;
	bool in_part;       /* MAIL was said */
	bool in_login;      /* AUTH was said and is not answered yet */
	const char *secret; /* the password, which is left out wherever it stands; "": none */
};

/* Bytes as they went by: whole lines mostly; those that we have written, or the server's. */
void transcript_add(struct transcript *t, bool ours, const char *bytes, size_t len);
/* How the session began, as valid UTF-8. */
struct text transcript_head(const struct transcript *t, struct arena *arena);
/* Both parts. */
struct text transcript_of(const struct transcript *t, struct arena *arena);

#endif
