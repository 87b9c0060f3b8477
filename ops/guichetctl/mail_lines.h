/* mail_lines.h - a message of a file, whose lines end as they do on this system, as it goes over the wire: CR LF. */
#ifndef OPS_GUICHETCTL_MAIL_LINES_H
#define OPS_GUICHETCTL_MAIL_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct mail_lines {
	FILE *out;
	bool stuffs; /* a dot before each line that begins with one (RFC 5321 section 4.5.2) */
	bool inside; /* a line */
	bool returned;
};

/* CR LF, LF and CR each end a line. */
void mail_lines_put(struct mail_lines *lines, const char *bytes, size_t len);
/* The last line ends, too. */
void mail_lines_end(struct mail_lines *lines);

#endif
