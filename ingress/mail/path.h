/* path.h - what stands behind MAIL FROM: and RCPT TO: (RFC 5321 section 4.1.1.2, 4.1.1.3; SMTPUTF8: RFC 6531). Pure. */
#ifndef INGRESS_MAIL_PATH_H
#define INGRESS_MAIL_PATH_H

#include "base/text.h"

enum { PATH_ADDRESS_MOST = 254 };

/* Takes "<address>" off *in, an old route before the address passed over. *out is the address as it was written, empty
 * for
 * "<>". False: it is none. Where non-ASCII letters stand they are UTF-8. */
bool path_read(struct text *in, struct text *out);

/* Takes the next parameter, "NAME" or "NAME=value", off *in. False: there is none any more; then *in is empty, or what
 * stands there is wrong. */
bool path_parameter(struct text *in, struct text *out_name, struct text *out_value);

/* The address that mail to address belongs to, for comparing: without "+" and what is behind it in the local part. In
 * the arena; TEXT_NONE: none that could be ours. */
struct text path_mailbox(struct arena *arena, struct text address);

#endif
