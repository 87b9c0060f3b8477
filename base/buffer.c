/* buffer.c - a buffer that grows inside an arena, and its JSON writers.
 *
 * Growth doubles; the outgrown bytes stay in the arena until its reset, so
 * what buffer_cstr() or buffer_view() returned stays readable.
 *
 * JSON is RFC 8259: quotation mark, reverse solidus and U+0000 to U+001F are
 * escaped (section 7), all else is copied as the UTF-8 it is.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "base/arena.h"
#include "base/text.h"

#define CAPACITY_LEAST 64

void buffer_init(struct buffer *b, struct arena *arena, size_t capacity)
{
	*b = (struct buffer){ .arena = arena, .capacity = capacity };
	if (capacity)
		b->data = arena_alloc(arena, capacity);
}

/* Room for extra more bytes. A sum that overflows asks for more than the arena
 * can give, and the process ends there. */
static void reserve(struct buffer *b, size_t extra)
{
	size_t capacity = b->capacity < CAPACITY_LEAST ? CAPACITY_LEAST : b->capacity;
	size_t need;
	char *grown;

	if (__builtin_add_overflow(b->len, extra, &need))
		need = SIZE_MAX;
	if (need <= b->capacity)
		return;
	while (capacity < need)
		capacity = capacity > SIZE_MAX / 2 ? SIZE_MAX : capacity * 2;
	grown = arena_alloc(b->arena, capacity);
	if (b->len)
		memcpy(grown, b->data, b->len);
	b->data = grown;
	b->capacity = capacity;
}

void buffer_append(struct buffer *b, const void *data, size_t len)
{
	if (len == 0)
		return;
	reserve(b, len);
	memcpy(b->data + b->len, data, len);
	b->len += len;
}

void buffer_text(struct buffer *b, struct text t)
{
	buffer_append(b, t.data, t.len);
}

void buffer_string(struct buffer *b, const char *s)
{
	buffer_append(b, s, strlen(s));
}

void buffer_printf(struct buffer *b, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len <= 0)
		return;

	reserve(b, (size_t)len + 1);
	va_start(args, format);
	vsnprintf(b->data + b->len, (size_t)len + 1, format, args);
	va_end(args);
	b->len += (size_t)len;
}

char *buffer_cstr(struct buffer *b)
{
	reserve(b, 1);
	b->data[b->len] = '\0';
	/* Full, so that the next write moves on and leaves this NUL where it is. */
	b->capacity = b->len;
	return b->data;
}

struct text buffer_view(const struct buffer *b)
{
	return (struct text){ .data = b->data ? b->data : "", .len = b->len };
}

static bool needs_escape(char c)
{
	return (unsigned char)c < 0x20 || c == '"' || c == '\\';
}

static void write_escape(struct buffer *b, char c)
{
	static const char shorts[] = "\"\"\\\\\bb\ff\nn\rr\tt";

	for (size_t i = 0; shorts[i]; i += 2) {
		if (shorts[i] == c) {
			buffer_append(b, (const char[]){ '\\', shorts[i + 1] }, 2);
			return;
		}
	}
	buffer_printf(b, "\\u%04x", (unsigned char)c);
}

void buffer_json_text(struct buffer *b, struct text t)
{
	size_t from = 0;

	if (!t.data) {
		buffer_text(b, TEXT("null"));
		return;
	}
	buffer_text(b, TEXT("\""));
	for (size_t i = 0; i < t.len; i++) {
		if (!needs_escape(t.data[i]))
			continue;
		buffer_append(b, t.data + from, i - from);
		write_escape(b, t.data[i]);
		from = i + 1;
	}
	buffer_append(b, t.data + from, t.len - from);
	buffer_text(b, TEXT("\""));
}

void buffer_json_name(struct buffer *b, const char *name)
{
	if (b->len > 0 && b->data[b->len - 1] != '{' && b->data[b->len - 1] != '[')
		buffer_text(b, TEXT(","));
	buffer_json_text(b, text_of(name));
	buffer_text(b, TEXT(":"));
}

void buffer_json_member(struct buffer *b, const char *name, struct text value)
{
	buffer_json_name(b, name);
	buffer_json_text(b, value);
}

void buffer_json_member_int(struct buffer *b, const char *name, int64_t value)
{
	buffer_json_name(b, name);
	buffer_printf(b, "%" PRId64, value);
}

void buffer_json_member_bool(struct buffer *b, const char *name, bool value)
{
	buffer_json_name(b, name);
	buffer_string(b, value ? "true" : "false");
}

void buffer_json_member_raw(struct buffer *b, const char *name, struct text value)
{
	buffer_json_name(b, name);
	buffer_text(b, value);
}

/* Behind the string that opens at i; the text's end when it does not close. */
static size_t string_end(struct text json, size_t i)
{
	for (size_t at = i + 1; at < json.len;) {
		const char *quote = memchr(json.data + at, '"', json.len - at);
		size_t end = quote ? (size_t)(quote - json.data) : json.len, slashes = 0;

		if (!quote)
			return json.len;
		while (json.data[end - 1 - slashes] == '\\')
			slashes++;
		if (slashes % 2 == 0)
			return end + 1;
		at = end + 1;
	}
	return json.len;
}

void buffer_json_compact(struct buffer *b, struct text json)
{
	char *out;
	size_t i = 0;

	reserve(b, json.len);
	out = b->data + b->len;
	while (i < json.len) {
		char c = json.data[i];

		if (c == '"') {
			size_t end = string_end(json, i);

			memcpy(out, json.data + i, end - i);
			out += end - i;
			i = end;
			continue;
		}
		if (c != ' ' && c != '\n')
			*out++ = c;
		i++;
	}
	b->len = (size_t)(out - b->data);
}

struct text text_mend(struct arena *arena, struct text t)
{
	struct buffer out;

	if (!t.data)
		return TEXT("");
	if (text_is_utf8(t, NULL))
		return t;
	buffer_init(&out, arena, t.len + 64);
	while (t.len) {
		size_t step = text_utf8_step(t);

		if (step)
			buffer_append(&out, t.data, step);
		else
			buffer_string(&out, "\xef\xbf\xbd");
		t = (struct text){ t.data + (step ? step : 1), t.len - (step ? step : 1) };
	}
	return buffer_view(&out);
}
