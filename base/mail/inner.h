/* inner.h - attachments that hide in a part: files in a winmail.dat (TNEF) and in a text (uuencode). Each becomes a
 * part below it. What a part says by itself and people cannot read: an invitation, a signature.
 */
#ifndef BASE_MAIL_INNER_H
#define BASE_MAIL_INNER_H

#include "base/mail/mail.h"

/* tnef.c: adds the files of each winmail.dat, which is then no attachment itself. */
void inner_read_tnef(struct mail *mail);
/* uuencode.c: takes encoded files out of the texts that are shown. */
void inner_read_uuencode(struct mail *mail);
/* invitation.c: what an invitation says, as a few lines; TEXT_NONE: there is none. */
struct text inner_invitation(const struct mail *mail);
/* sealed.c: notes that it is signed or encrypted, and by what. */
void inner_note_seals(struct mail *mail);

#endif
