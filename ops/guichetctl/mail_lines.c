/* mail_lines.c - see mail_lines.h. */
#include "ops/guichetctl/mail_lines.h"

static void end_line(struct mail_lines *lines)
{
	fputs("\r\n", lines->out);
	lines->inside = false;
}

void mail_lines_put(struct mail_lines *lines, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		bool ends = bytes[i] == '\r' || bytes[i] == '\n';

		if (bytes[i] == '\n' && lines->returned) {
			lines->returned = false;
			continue;
		}
		lines->returned = bytes[i] == '\r';
		if (ends) {
			end_line(lines);
			continue;
		}
		if (!lines->inside && bytes[i] == '.' && lines->stuffs)
			putc('.', lines->out);
		putc(bytes[i], lines->out);
		lines->inside = true;
	}
}

void mail_lines_end(struct mail_lines *lines)
{
	if (lines->inside)
		end_line(lines);
}
