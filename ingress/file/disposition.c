/* disposition.c - see disposition.h. */
#include "ingress/file/disposition.h"

#include <stdio.h>
#include <string.h>
#include "base/arena.h"
#include "base/unicode.h"

#define SEGMENTS_MOST 10
#define RAW_MOST 4096

static bool is_token(char c)
{
	return c && strchr("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ!#$%&'*+-.^_`|~/", c);
}

static void skip_blanks(struct text *t)
{
	while (t->len && (t->data[0] == ' ' || t->data[0] == '\t'))
		*t = (struct text){ t->data + 1, t->len - 1 };
}

static struct text take_token(struct text *t)
{
	struct text token = { t->data, 0 };

	while (token.len < t->len && is_token(t->data[token.len]))
		token.len++;
	*t = (struct text){ t->data + token.len, t->len - token.len };
	return token;
}

/* t begins behind the first quotation mark. False: there is no second. */
static bool take_quoted(struct text *t, struct text *out)
{
	for (size_t i = 0; i < t->len; i++) {
		if (t->data[i] == '\\' && i + 1 < t->len && (t->data[i + 1] == '"' || t->data[i + 1] == '\\')) {
			i++;
		} else if (t->data[i] == '"') {
			*out = (struct text){ t->data, i };
			*t = (struct text){ t->data + i + 1, t->len - i - 1 };
			return true;
		}
	}
	return false;
}

static const struct parameter *find(const struct disposition *d, const char *name)
{
	for (int i = 0; i < d->count; i++)
		if (text_equal_nocase(d->parameters[i].name, text_of(name)))
			return &d->parameters[i];
	return NULL;
}

/* ; name=value */
static bool read_parameter(struct text *rest, struct disposition *out)
{
	struct parameter p = { 0 };

	p.name = take_token(rest);
	skip_blanks(rest);
	if (!p.name.len || !rest->len || rest->data[0] != '=' || out->count == DISPOSITION_PARAMETERS)
		return false;
	*rest = (struct text){ rest->data + 1, rest->len - 1 };
	skip_blanks(rest);
	p.quoted = rest->len && rest->data[0] == '"';
	if (p.quoted) {
		*rest = (struct text){ rest->data + 1, rest->len - 1 };
		if (!take_quoted(rest, &p.value))
			return false;
	} else {
		p.value = take_token(rest);
		if (!p.value.len)
			return false;
	}
	for (int i = 0; i < out->count; i++)
		if (text_equal_nocase(out->parameters[i].name, p.name))
			return false;
	out->parameters[out->count++] = p;
	return true;
}

bool disposition_read(struct text header, struct disposition *out)
{
	struct text rest = text_trim(header);

	*out = (struct disposition){ 0 };
	out->word = take_token(&rest);
	if (!out->word.len)
		return false;
	for (skip_blanks(&rest); rest.len; skip_blanks(&rest)) {
		if (rest.data[0] != ';')
			return false;
		rest = (struct text){ rest.data + 1, rest.len - 1 };
		skip_blanks(&rest);
		if (rest.len && !read_parameter(&rest, out))
			return false;
	}
	return true;
}

/* Backslashes of a quoted value; no more room than value has is needed. */
static size_t unquote(const struct parameter *p, char *out)
{
	size_t len = 0;

	for (size_t i = 0; i < p->value.len; i++) {
		char next = i + 1 < p->value.len ? p->value.data[i + 1] : 0;

		if (p->quoted && p->value.data[i] == '\\' && (next == '"' || next == '\\'))
			i++;
		out[len++] = p->value.data[i];
	}
	return len;
}

bool disposition_plain(const struct disposition *d, const char *name, char *buffer, size_t size, struct text *out)
{
	const struct parameter *p = find(d, name);

	if (!p || p->value.len > size)
		return false;
	*out = (struct text){ buffer, unquote(p, buffer) };
	return true;
}

/* --- a file's name --------------------------------------------------------------------- */
static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* RFC 3986 section 2.1; false: a % that begins nothing. */
static bool decode_percent(struct text t, struct buffer *out)
{
	for (size_t i = 0; i < t.len; i++) {
		char c = t.data[i];

		if (c == '%') {
			if (t.len - i < 3 || hex_value(t.data[i + 1]) < 0 || hex_value(t.data[i + 2]) < 0)
				return false;
			c = (char)(hex_value(t.data[i + 1]) << 4 | hex_value(t.data[i + 2]));
			i += 2;
		}
		buffer_append(out, &c, 1);
	}
	return true;
}

/* What browsers write for what may not stand between quotation marks. */
static void decode_form(struct text t, struct buffer *out)
{
	for (size_t i = 0; i < t.len; i++) {
		struct text rest = { t.data + i, t.len - i };
		const char *c = text_starts_with(rest, TEXT("%22"))                                          ? "\""
		                : text_starts_with(rest, TEXT("%0D")) || text_starts_with(rest, TEXT("%0A")) ? " "
		                                                                                             : NULL;

		buffer_append(out, c ? c : rest.data, 1);
		i += c ? 2 : 0;
	}
}

static void append_plain(const struct parameter *p, struct arena *arena, struct buffer *out)
{
	char *raw = arena_alloc(arena, p->value.len + 1);

	buffer_append(out, raw, unquote(p, raw));
}

/* charset'language'value: takes both words off. */
static const char *take_charset(struct text *value, bool *out_latin)
{
	const char *first = value->len ? memchr(value->data, '\'', value->len) : NULL;
	const char *end = value->data + value->len;
	const char *second = first ? memchr(first + 1, '\'', (size_t)(end - first) - 1) : NULL;
	struct text charset;

	if (!second)
		return "the extended name of the file has no character set";
	charset = (struct text){ value->data, (size_t)(first - value->data) };
	*out_latin = text_equal_nocase(charset, TEXT("iso-8859-1"));
	if (!*out_latin && !text_equal_nocase(charset, TEXT("utf-8")))
		return "the name of the file is neither UTF-8 nor ISO-8859-1";
	*value = (struct text){ second + 1, (size_t)(end - second) - 1 };
	return NULL;
}

/* filename*0, filename*0*, filename*1 ...: the first without a star says that there is no character set. */
static const char *join_segments(const struct disposition *d, struct arena *arena, struct buffer *out, bool *out_latin)
{
	for (int i = 0; i < SEGMENTS_MOST; i++) {
		char name[32];
		const struct parameter *p;
		const char *why = NULL;
		struct text value;

		snprintf(name, sizeof name, "filename*%d", i);
		p = find(d, name);
		if (p) {
			append_plain(p, arena, out);
			continue;
		}
		snprintf(name, sizeof name, "filename*%d*", i);
		p = find(d, name);
		if (!p)
			return NULL;
		value = p->value;
		if (i == 0)
			why = take_charset(&value, out_latin);
		if (!why && !decode_percent(value, out))
			why = "the extended name of the file is malformed";
		if (why)
			return why;
	}
	return "the name of the file has too many pieces";
}

static struct text of_latin(struct arena *arena, struct text t)
{
	struct buffer out;

	buffer_init(&out, arena, 2 * t.len + 1);
	for (size_t i = 0; i < t.len; i++) {
		unsigned char c = (unsigned char)t.data[i];
		char two[2] = { (char)(0xc0 | c >> 6), (char)(0x80 | (c & 0x3f)) };

		if (c < 0x80)
			buffer_append(&out, &t.data[i], 1);
		else
			buffer_append(&out, two, 2);
	}
	return buffer_view(&out);
}

const char *disposition_file_name(const struct disposition *d, struct arena *arena, struct text *out)
{
	const struct parameter *extended = find(d, "filename*"), *plain = find(d, "filename");
	bool latin = false;
	const char *why = NULL;
	struct buffer name;
	struct text value;

	buffer_init(&name, arena, 256);
	*out = TEXT_NONE;
	if (extended) {
		value = extended->value;
		why = take_charset(&value, &latin);
		if (!why && !decode_percent(value, &name))
			why = "the extended name of the file is malformed";
	} else if (find(d, "filename*0") || find(d, "filename*0*")) {
		why = join_segments(d, arena, &name, &latin);
	} else if (plain) {
		struct buffer raw;

		buffer_init(&raw, arena, 256);
		append_plain(plain, arena, &raw);
		decode_form(buffer_view(&raw), &name);
	} else {
		return NULL;
	}
	if (why)
		return why;
	if (name.len > RAW_MOST)
		return "the name of the file is too long";
	value = latin ? of_latin(arena, buffer_view(&name)) : buffer_view(&name);
	for (size_t i = 0; i < value.len; i++)
		if (!value.data[i])
			return "the name of the file holds a NUL";
	if (value.len && !text_is_utf8(value, NULL))
		return "the name of the file is not UTF-8";
	*out = value.len ? value : TEXT("");
	return NULL;
}

/* Of a path the part behind the last slash, of whichever system. */
static struct text last_part(struct text t)
{
	for (size_t i = t.len; i; i--)
		if (t.data[i - 1] == '/' || t.data[i - 1] == '\\')
			return (struct text){ t.data + i, t.len - i };
	return t;
}

/* 200E, 200F and 061C mark a direction; FEFF is a byte order mark. */
static bool is_hostile(uint32_t c)
{
	return unicode_is_control(c) || unicode_ends_line(c) || unicode_turns_line(c) || c == 0x200e || c == 0x200f ||
	       c == 0x061c || c == 0xfeff;
}

static struct text without_hostile(struct arena *arena, struct text t)
{
	struct buffer out;
	const char *at = t.data;
	uint32_t c;

	buffer_init(&out, arena, t.len + 1);
	while (unicode_next(&t, &c)) {
		if (!is_hostile(c))
			buffer_append(&out, at, (size_t)(t.data - at));
		at = t.data;
	}
	return buffer_view(&out);
}

/* Blanks at both ends, and dots at the end, which some systems drop. */
static struct text trimmed(struct text t)
{
	for (;;) {
		t = text_trim(t);
		if (!t.len || t.data[t.len - 1] != '.')
			return t;
		t.len--;
	}
}

/* Cut in front of its extension, between two characters. */
static struct text shortened(struct arena *arena, struct text t)
{
	const char *dot = memrchr(t.data, '.', t.len);
	size_t tail = dot && t.data + t.len - dot <= 16 ? (size_t)(t.data + t.len - dot) : 0;
	size_t room = FILE_NAME_BYTES - tail;
	struct buffer out;

	while (room && ((unsigned char)t.data[room] & 0xc0) == 0x80)
		room--;
	buffer_init(&out, arena, FILE_NAME_BYTES + 1);
	buffer_append(&out, t.data, room);
	buffer_append(&out, t.data + t.len - tail, tail);
	return buffer_view(&out);
}

struct text disposition_clean_name(struct arena *arena, struct text name)
{
	struct text clean = trimmed(without_hostile(arena, last_part(name)));

	if (!clean.len)
		return TEXT("");
	clean = unicode_composed(arena, clean);
	return clean.len > FILE_NAME_BYTES ? shortened(arena, clean) : clean;
}

/* --- writing ------------------------------------------------------------------------- */
/* RFC 8187 section 3.2.1 */
static bool is_plain_in_extended(char c)
{
	return c && strchr("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ!#$&+-.^_`|~", c);
}

struct text disposition_write(struct arena *arena, bool shown, struct text name)
{
	struct buffer out;

	buffer_init(&out, arena, 4 * name.len + 64);
	buffer_string(&out, shown ? "inline; filename=\"" : "attachment; filename=\"");
	for (size_t i = 0; i < name.len; i++) {
		unsigned char c = (unsigned char)name.data[i];
		bool plain = c >= 0x20 && c < 0x7f && c != '"' && c != '\\' && c != '%';

		if ((c & 0xc0) != 0x80)
			buffer_append(&out, plain ? &name.data[i] : "_", 1);
	}
	buffer_string(&out, "\"; filename*=UTF-8''");
	for (size_t i = 0; i < name.len; i++)
		if (is_plain_in_extended(name.data[i]))
			buffer_append(&out, &name.data[i], 1);
		else
			buffer_printf(&out, "%%%02X", (unsigned char)name.data[i]);
	return buffer_view(&out);
}
