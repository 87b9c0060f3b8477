/* attachment.h - the files of what a mail tells: inside it where they fit, else as links.
 *
 * They are files of its comments that clamd has called clean and that its recipient sees on the ticket; never those of
 * an internal comment. MAIL_ATTACH_MAX says how many bytes of files a mail may hold; 0, the default: links alone. A
 * session holds ATTACHMENT_SESSION bytes in memory at most: what is beyond goes as links, too, and so does what the
 * store cannot give now. A mail to nobody with an account has neither.
 */
#ifndef WORKERS_MAIL_ATTACHMENT_H
#define WORKERS_MAIL_ATTACHMENT_H

#include "base/settings.h"
#include "workers/mail/mail.h"

struct arena;
struct db;
struct db_result;

#define ATTACHMENT_MOST 20                /* files of a mail */
#define ATTACHMENT_SESSION (24 * 1048576) /* bytes */
#define ATTACHMENT_NAME_BYTES 255

struct attachment {
	struct uuid file_id;
	struct text name, type; /* type: of its row, and of what we may say of it (RFC 2045) */
	int64_t size;
	uint8_t sha256[32];
	struct text bytes; /* none: it is linked to */
};

extern struct setting attachment_settings[]; /* MAIL_ATTACH_MAX */

/* Once in the process, before the threads; opens the store when files are sent inside. */
void attachment_start(void);

/* Of the mails with those ids, a PostgreSQL array; attachment_take gives what was found, after the sync, and reads from
 * the store what goes inside. All of it lives in the arena. */
struct db_result *attachment_ask(struct db *db, struct text ids);
void attachment_take(const struct db_result *rows, struct mail *mails, int count, struct arena *arena);

/* The link that the mail's recipient has to the file: as long as a link may be good, from the mail's time on. The same
 * in each attempt. "": there is none. */
struct text attachment_link(
        const struct mail *mail, const struct attachment *file, const struct mail_sender *sender, struct arena *arena);
/* 12 KB, or in French 12 Ko. */
struct text attachment_size(const struct attachment *file, struct text language, struct arena *arena);

/* Its part of a multipart/mixed, with its own head. */
void attachment_append(struct buffer *out, const struct attachment *file);

#endif
