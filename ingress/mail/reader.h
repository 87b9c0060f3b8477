/* reader.h - what a mail client sends, cut into command lines and the bytes of messages (RFC 5321
 * section 2.3.8, 4.5.2).
 *
 * Pure: a state machine on bytes, wherever they are split. A line ends with CR LF and nothing else. A CR or LF that
 * stands alone, and a line of dots and NULs, end the reading: two servers may see the end of a message there in two
 * ways, and what follows would be a message of whoever smuggled it in. Dots before lines of a message are taken away
 * once.
 */
#ifndef INGRESS_MAIL_READER_H
#define INGRESS_MAIL_READER_H

#include "base/text.h"

enum { READER_LINE_MOST = 512 }; /* of a command, its CR LF included */

enum reader_event {
	READER_MORE,     /* all was read: more is wanted */
	READER_LINE,     /* a command, without its CR LF */
	READER_BYTES,    /* a piece of the message */
	READER_END,      /* the message is whole; a command follows */
	READER_LONG,     /* a command longer than it may be, which has been passed over */
	READER_SMUGGLED, /* see above; nothing more is to be read */
};

struct reader {
	unsigned char state; /* 0: before a command */
	bool nul, other;     /* what the line of the message has beside dots */
	size_t len;
	char line[READER_LINE_MOST];
};

/* The next bytes are those of a message, after a command DATA. */
void reader_expect_message(struct reader *reader);
/* Takes the first thing off *in. *out is what it is, and lives as long as in and reader are not touched. */
enum reader_event reader_next(struct reader *reader, struct text *in, struct text *out);

#endif
