/* header.h - the headers of a message or a part, and what is written inside them.
 *
 * Read by our own hands, not by GMime's parser: it gives no message at all where something stands before the first
 * header, and decodes words into what is not UTF-8.
 */
#ifndef BASE_MAIL_HEADER_H
#define BASE_MAIL_HEADER_H

#include "base/mail/mail.h"

struct header_block {
	const struct mail_header *items;
	int count;
	size_t bytes; /* up to and with the empty line */
	bool is_cut;  /* there were more than MAIL_HEADER_BYTES_MOST */
	int odd;      /* lines that are no header, passed over */
	/* The first charset that is named in them, or the hint that was given: what raw bytes are taken for. */
	struct text hint;
};

/* The headers that a text begins with. Lines that are none are passed over as long as headers follow them before the
 * empty line; else the body begins there. */
struct header_block header_block_read(struct arena *arena, struct text text, struct text hint);

/* A parameter of a header: `value; name=parameter`. All of them decoded (RFC 2231, and RFC 2047 where it does not
 * belong); hint as in charset.h. TEXT_NONE: it has none of that name. */
struct text header_parameter(struct arena *arena, struct text header, const char *name, struct text hint);
/* The boundary of a multipart, as it is written: blanks at its end count. TEXT_NONE: there is none. */
struct text header_boundary(struct arena *arena, struct text header);
/* What stands before the first parameter, without blanks and comments, in lower case. */
struct text header_token(struct arena *arena, struct text header);

/* The first id of a header, without its brackets; without brackets, all of it. */
struct text header_id(struct text id);

/* --- words.c: encoded words, RFC 2047 */
/* The text with its encoded words decoded, blanks cut at its ends; hint as in charset.h. Never TEXT_NONE. */
struct text header_words(struct arena *arena, struct text raw, struct text hint);
/* The same with each encoded word written anew in UTF-8, for a library that decodes them itself. */
struct text header_words_plain(struct arena *arena, struct text raw);

/* --- names.c */
/* A name for a file that hurts nobody: no path, no control character, nothing that turns the line, at most 255 bytes.
 */
struct text header_file_name(struct arena *arena, struct text name);

#endif
