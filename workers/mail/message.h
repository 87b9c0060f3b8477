/* message.h - a mail as RFC 5322 text: its head, and what it says in plain text and in HTML.
 *
 * Everything that identifies it comes from the row, so that a retry is the same
 * message: Date is the row's, Message-ID is made of its id, and References names the
 * first mail that the same person had about the ticket: never one that somebody else had.
 *
 * What comes back is known by a token (queues/mail_token.h) behind a + of the sender's address: the return path names
 * the mail, Reply-To the ticket. An address with too long a local part has no room for it, and is used as it is.
 */
#ifndef WORKERS_MAIL_MESSAGE_H
#define WORKERS_MAIL_MESSAGE_H

#include "workers/mail/mail.h"

struct arena;

/* Fills mail->subject and mail->content from the template and the row's fields, or
 * leaves the content none, with an outcome and a reply that say why. */
void message_compose(struct mail *mail, const struct mail_sender *sender, struct arena *arena);

/* What a server may be handed: lines of at most 998 bytes that end with CRLF, no other CR or LF, no NUL. libesmtp
 * sends a dot behind a bare LF as it is, and the mail ends there for who takes the LF for a line's end. */
bool message_is_sound(struct text content);
/* local@domain of printable ASCII, nothing that could end or extend an SMTP command. */
bool message_address_is_plain(struct text address);
/* One line of valid UTF-8, at most 500 bytes: for what a server said. */
struct text message_one_line(struct arena *arena, struct text said);

#endif
