/* disposition.h - a word and its parameters: Content-Disposition (RFC 6266, RFC 7578), Content-Type; read and written.
 *
 * A file's name comes in one of four ways: filename="raw UTF-8", with \" or %22 for a quotation mark;
 * filename*=UTF-8''... (RFC 5987), which wins; filename*0="..."; filename*1*=... (RFC 2231). A parameter that is there
 * twice is refused.
 */
#ifndef INGRESS_FILE_DISPOSITION_H
#define INGRESS_FILE_DISPOSITION_H

#include "base/text.h"

#define DISPOSITION_PARAMETERS 16
#define FILE_NAME_BYTES 255

struct disposition {
	struct text word;
	struct parameter {
		struct text name, value; /* value without its quotation marks */
		bool quoted;
	} parameters[DISPOSITION_PARAMETERS];
	int count;
};

/* Borrows from header. False: it is malformed. */
bool disposition_read(struct text header, struct disposition *out);
/* A parameter of that name, what was escaped in it unescaped, in buffer. False: it is not there, or does not fit. */
bool disposition_plain(const struct disposition *d, const char *name, char *buffer, size_t size, struct text *out);

/* The name of the file as it came, in UTF-8 (ISO-8859-1 is converted), in the arena; TEXT_NONE: it has none. NULL, or
 * what is wrong with it. */
const char *disposition_file_name(const struct disposition *d, struct arena *arena, struct text *out);
/* The same without path, control characters, line and paragraph separators, marks of direction and what is invisible at
 * its ends; in form C, at most FILE_NAME_BYTES with its extension. Empty when nothing is left. */
struct text disposition_clean_name(struct arena *arena, struct text name);

/* attachment or inline, for a name that is clean: filename in ASCII, and filename*. In the arena. */
struct text disposition_write(struct arena *arena, bool shown, struct text name);

#endif
