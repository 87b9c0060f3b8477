/* message.h - a mail as RFC 5322 text.
 *
 * Everything that identifies it comes from the row, so that a retry is the same
 * message: Date is the row's, Message-ID is made of its id, and References names the
 * first mail that the same person had about the ticket: never one that somebody else had.
 */
#ifndef WORKERS_MAIL_MESSAGE_H
#define WORKERS_MAIL_MESSAGE_H

#include "workers/mail/mail.h"

struct arena;

/* Fills mail->subject and mail->content from the template and the row's fields, or
 * leaves the content none, with an outcome and a reply that say why. */
void message_compose(struct mail *mail, const struct mail_sender *sender, struct arena *arena);

/* A header's value: as it is when printable ASCII, else as RFC 2047 encoded words; folded. */
void message_header(struct buffer *out, const char *name, struct text value);
/* RFC 2045 section 6.7, lines of at most 76 characters, CRLF. */
void message_quoted_printable(struct buffer *out, struct text body);
/* local@domain of printable ASCII, nothing that could end or extend an SMTP command. */
bool message_address_is_plain(struct text address);
/* One line of valid UTF-8, at most 500 bytes: for what a server said. */
struct text message_one_line(struct arena *arena, struct text said);

#endif
