/* words.c - see words.h. What is too long is cut between characters, and says so. */
#include "workers/intake/words.h"

#include "base/unicode.h"

#define TITLE_CHARACTERS 255
#define BODY_CHARACTERS 50000
#define BODY_BYTES (180 << 10) /* a message has 256 KiB, and JSON may double what it escapes */
#define NAME_BYTES 255

static bool is_layout(uint32_t c)
{
	return c == '\n' || c == '\t' || c == '\r' || unicode_ends_line(c);
}

/* True: something can be seen of it. */
static bool copy_line(struct text given, size_t most, size_t most_bytes, struct buffer *out)
{
	bool seen = false, cut = false;
	size_t count = 0;
	uint32_t c;

	for (const char *begin = given.data; unicode_next(&given, &c); begin = given.data) {
		size_t len = (size_t)(given.data - begin);

		if (unicode_turns_line(c))
			continue;
		if (count + 1 >= most || out->len + len + 4 > most_bytes) {
			cut = true;
			break;
		}
		if (is_layout(c) || unicode_is_control(c))
			buffer_string(out, " ");
		else
			buffer_append(out, begin, len);
		seen = seen || !unicode_is_invisible(c);
		count++;
	}
	if (cut)
		buffer_string(out, "…");
	return seen;
}

struct text words_title(struct text subject, struct text otherwise, struct arena *arena)
{
	struct buffer out;

	buffer_init(&out, arena, 256);
	if (!copy_line(subject, TITLE_CHARACTERS, 2048, &out))
		return otherwise;
	return text_trim(buffer_view(&out));
}

struct text words_file_name(struct text name, struct arena *arena)
{
	struct buffer out;

	buffer_init(&out, arena, 256);
	if (!copy_line(name, NAME_BYTES, NAME_BYTES, &out))
		return TEXT("attachment");
	return text_trim(buffer_view(&out));
}

struct text words_body(struct text text, struct text otherwise, struct arena *arena)
{
	struct buffer out;
	bool seen = false;
	size_t count = 0;
	uint32_t c;

	buffer_init(&out, arena, text.len + 8);
	for (const char *begin = text.data; unicode_next(&text, &c); begin = text.data) {
		if (count++ >= BODY_CHARACTERS - 1 || out.len > BODY_BYTES) {
			buffer_string(&out, "…");
			break;
		}
		if (c == '\r' || (unicode_is_control(c) && !is_layout(c)))
			continue;
		buffer_append(&out, begin, (size_t)(text.data - begin));
		seen = seen || !unicode_is_invisible(c);
	}
	return seen ? text_trim(buffer_view(&out)) : otherwise;
}
