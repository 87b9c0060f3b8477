/* say.c - what the program tells: sentences on stderr, the answer on stdout. */
#include "ops/guichetctl/ctl.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "base/unicode.h"

/* What is told may hold what others wrote. */
static void say_line(const char *format, va_list args)
{
	char *line;

	if (vasprintf(&line, format, args) < 0)
		abort();
	fputs("guichetctl: ", stderr);
	for (const char *at = line;; at++) {
		size_t len = strcspn(at, "\n");

		say_text(stderr, (struct text){ at, len }, 0);
		fputc('\n', stderr);
		at += len;
		if (!*at)
			break;
	}
	free(line);
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

	for (; text.len; written++) {
		size_t step = text_utf8_step(text);
		struct text rest = text;
		uint32_t c = 0;

		if (!step || !unicode_next(&rest, &c) || unicode_is_control(c) || unicode_ends_line(c))
			fputc('?', out);
		else
			fwrite(text.data, 1, step, out);
		step = step ? step : 1;
		text = (struct text){ text.data + step, text.len - step };
	}
	for (; written < width; written++)
		fputc(' ', out);
}

void say_value(FILE *out, const json_t *value)
{
	char *text = json_is_string(value) ? NULL : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

	say_text(out, text ? text_of(text) : (struct text){ json_string_value(value), json_string_length(value) }, 0);
	free(text);
}

json_t *say_member(struct text text)
{
	return text.data ? json_stringn(text.data, text.len) : json_null();
}
