/* part.h - the tree of parts, and which of them are the body. */
#ifndef BASE_MAIL_PART_H
#define BASE_MAIL_PART_H

#include "base/mail/mail.h"

/* Sets parts: headers, what each says of itself, and where its bytes are. */
void part_read_all(struct mail *mail, struct text message);
/* Room for one more, below parent; NULL when there are MAIL_PARTS_MOST. Its texts are empty. */
struct mail_part *part_add(struct mail *mail, int parent);
/* The index among the parts; they may move when one is added. */
struct mail_part *part_at(struct mail *mail, int index);

/* body.c: sets in_text, in_html, is_attachment and is_inline, then text and html of the message. */
void part_choose_body(struct mail *mail);

/* texts.c: sets text of the parts that are text; what is cut is an attachment, too. in_text and in_html must be set. */
void part_read_texts(struct mail *mail);
/* The text, or its first MAIL_TEXT_BYTES_MOST with a note. */
struct text part_text_bounded(struct mail *mail, struct text bytes);

/* mail_part.bytes of a part whose bytes are not held: bounded, for those that are looked into. */
struct text part_bytes(struct mail *mail, const struct mail_part *part, size_t most);

#endif
