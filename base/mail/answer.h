/* answer.h - a mail as JSON, and the bytes of its attachments in a file: what guichetmail answers (base/mail_reader.h).
 */
#ifndef BASE_MAIL_ANSWER_H
#define BASE_MAIL_ANSWER_H

#include "base/mail/mail.h"

/* Writes the attachments into the file parts, one behind the other from its beginning, and appends the JSON. False: the
 * file takes no more. */
bool answer_write(const struct mail *mail, int parts, struct buffer *out);

#endif
