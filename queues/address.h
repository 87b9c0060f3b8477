/* address.h - e-mail addresses, as a desk compares them. */
#ifndef QUEUES_ADDRESS_H
#define QUEUES_ADDRESS_H

#include <stdbool.h>
#include "base/text.h"

#define ADDRESS_BYTES_MAX 254 /* RFC 5321 section 4.5.3.1.3, less the brackets */

/* The one form of an address: local part a dot-atom (RFC 5322 section 3.2.3, RFC 6531 section 3.3 with other
 * letters) in lower case and NFC, domain as A-labels (RFC 5891) in lower case. Two people are the same when this is.
 * In the arena; TEXT_NONE: it is no address, or longer than one may be. Comments, quoted local parts, address
 * literals and display names are not taken: nobody signs in with them. */
struct text address_normalized(struct arena *arena, struct text given);

#endif
