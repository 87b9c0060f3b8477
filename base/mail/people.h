/* people.h - the people that a line of text names, as mail programs write them above a quoted mail.
 *
 * These are no headers of RFC 5322: "John Doe [mailto:john@example.org]; Doe, Jane <jane@example.org>" is usual. So it
 * is the addresses that divide the list, and what stands between two of them is a name.
 */
#ifndef BASE_MAIL_PEOPLE_H
#define BASE_MAIL_PEOPLE_H

#include "base/arena.h"
#include "base/mail/mail.h"

/* Everyone named; of a list without any address its one name, with an empty address. */
struct mail_addresses people_read(struct arena *arena, struct text t);
/* The first of them, or one who is empty. */
struct mail_address people_first(struct arena *arena, struct text t);
/* Who is named in an attribution: the person's name is what stands between the date and the address. */
struct mail_address people_attributed(struct arena *arena, struct text t);
/* Whether a byte may stand in an address before its @, or behind it. */
bool people_is_local(char c);
bool people_is_domain(char c);

#endif
