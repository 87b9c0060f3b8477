/* charset.h - whatever bytes a stranger calls text, as UTF-8.
 *
 * The label is believed where the bytes bear it out: alias ("ks_c_5601" is windows-949, "iso-8859-1" windows-1252),
 * then UTF-8 if it is valid UTF-8, then what the bytes look like, then windows-1252. ICU converts: its tables are in
 * memory, so that no file is opened. What comes out is valid UTF-8 without NUL.
 */
#ifndef BASE_MAIL_CHARSET_H
#define BASE_MAIL_CHARSET_H

#include "base/arena.h"
#include "base/text.h"

/* label: as declared, or empty. The text itself when it is UTF-8 already. */
struct text charset_decode(struct arena *arena, struct text bytes, struct text label);
/* The same of bytes without a label: Japanese by its escapes, UTF-8 if they are, whatever the hint says, which is the
 * charset of the text around them, or empty. */
struct text charset_guess(struct arena *arena, struct text bytes, struct text hint);

#endif
