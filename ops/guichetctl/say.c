/* say.c - what the program tells: sentences on stderr, the answer on stdout. */
#include "ops/guichetctl/ctl.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static void say_line(const char *format, va_list args)
{
	fputs("guichetctl: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say_line(format, args);
	va_end(args);
}

enum ctl_exit say_failed(const struct ctl *ctl, const char *format, ...)
{
	char message[1024];
	va_list args;

	va_start(args, format);
	say_line(format, args);
	va_end(args);
	if (ctl->json) {
		va_start(args, format);
		vsnprintf(message, sizeof message, format, args);
		va_end(args);
		say_json(json_pack("{s:s#}", "error", message, (int)strnlen(message, sizeof message - 1)));
	}
	return CTL_WRONG;
}

void say_json(json_t *document)
{
	if (!document || json_dumpf(document, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY) != 0) {
		fputs("guichetctl: the answer cannot be written as JSON\n", stderr);
		exit(CTL_WRONG);
	}
	fputc('\n', stdout);
	json_decref(document);
}

void say_text(FILE *out, struct text text, int width)
{
	int written = 0;

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		fputc(c < ' ' || c == 0x7f ? '?' : c, out);
		written += (c & 0xC0) != 0x80;
	}
	for (; written < width; written++)
		fputc(' ', out);
}

json_t *say_member(struct text text)
{
	return text.data ? json_stringn(text.data, text.len) : json_null();
}
