/* address.h - the addresses in a header. GMime reads the list; words and charsets were made plain before it (header.h).
 */
#ifndef BASE_MAIL_ADDRESS_H
#define BASE_MAIL_ADDRESS_H

#include "base/mail/mail.h"

/* All of them, those in groups, too, at most MAIL_ADDRESSES_MOST. What has no @ is none. */
struct mail_addresses address_list(struct arena *arena, struct text raw);
/* An address as it counts: the domain in lower case, no blanks. TEXT_NONE: it is none. */
struct text address_plain(struct arena *arena, struct text address);
/* Sets from, to, cc, reply_to, and sender_basis, from the headers of the message. */
void address_read_all(struct mail *mail);

#endif
