/* multipart.c - see multipart.h. */
#include "ingress/file/multipart.h"

#include <string.h>
#include "ingress/file/disposition.h"

#define HEAD_MOST 4096
#define LINES_MOST 8

static enum multipart_step broken(const char *why, const char **out_why)
{
	*out_why = why;
	return MULTIPART_BROKEN;
}

static struct text behind(struct text t, size_t count)
{
	return (struct text){ t.data + count, t.len - count };
}

/* RFC 2046 section 5.1.1, without the blank, which it may not end with. */
static bool is_boundary(struct text t)
{
	if (!t.len || t.len > MULTIPART_BOUNDARY_MOST)
		return false;
	for (size_t i = 0; i < t.len; i++)
		if (!t.data[i] || !strchr("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'()+_,-./:=?",
		                          t.data[i]))
			return false;
	return true;
}

/* Where a delimiter stands in what is left, a line of its own; NULL: nowhere. */
static const char *find_delimiter(const struct multipart *m)
{
	return m->rest.len ? memmem(m->rest.data, m->rest.len, m->delimiter, m->delimiter_len) : NULL;
}

bool multipart_begin(struct multipart *m, struct text content_type, struct text body, const char **out_why)
{
	struct disposition parameters;
	char name[MULTIPART_BOUNDARY_MOST + 1];
	struct text boundary;

	if (!disposition_read(content_type, &parameters) ||
	        !disposition_plain(&parameters, "boundary", name, sizeof name, &boundary) || !is_boundary(boundary)) {
		*out_why = "the boundary of multipart/form-data is missing or malformed";
		return false;
	}
	memcpy(m->delimiter, "\r\n--", 4);
	memcpy(m->delimiter + 4, boundary.data, boundary.len);
	m->delimiter_len = boundary.len + 4;
	m->rest = body;
	/* The first one has no line before it. */
	if (body.len < m->delimiter_len - 2 || memcmp(body.data, m->delimiter + 2, m->delimiter_len - 2)) {
		*out_why = "the body does not begin with its boundary";
		return false;
	}
	m->rest = behind(body, m->delimiter_len - 2);
	return true;
}

static bool is_named(struct text line, struct text name, struct text *out_value)
{
	if (line.len <= name.len || line.data[name.len] != ':' ||
	        !text_equal_nocase((struct text){ line.data, name.len }, name))
		return false;
	*out_value = text_trim(behind(line, name.len + 1));
	return true;
}

static const char *read_line(struct part *part, struct text line)
{
	struct text value, *place = NULL;

	if (line.data[0] == ' ' || line.data[0] == '\t')
		return "a line in the head of a part is folded";
	if (!memchr(line.data, ':', line.len) || memchr(line.data, 0, line.len) || memchr(line.data, '\n', line.len) ||
	        memchr(line.data, '\r', line.len))
		return "a line in the head of a part is malformed";
	if (is_named(line, TEXT("content-transfer-encoding"), &value))
		return text_equal_nocase(value, TEXT("binary")) || text_equal_nocase(value, TEXT("8bit")) ||
		                       text_equal_nocase(value, TEXT("7bit"))
		               ? NULL
		               : "a part has a Content-Transfer-Encoding";
	if (is_named(line, TEXT("content-disposition"), &value))
		place = &part->disposition;
	else if (is_named(line, TEXT("content-type"), &value))
		place = &part->type;
	if (place && place->data)
		return "a part has a header twice";
	if (place)
		*place = value;
	return NULL;
}

/* Up to the empty line. */
static const char *read_head(struct multipart *m, struct part *part)
{
	size_t room = m->rest.len < HEAD_MOST ? m->rest.len : HEAD_MOST;
	struct text head = { m->rest.data, room };

	for (int i = 0; i <= LINES_MOST; i++) {
		const char *end = memmem(head.data, head.len, "\r\n", 2);
		struct text line = { head.data, end ? (size_t)(end - head.data) : 0 };
		const char *why;

		if (!end)
			return "the head of a part is too long or has no end";
		head = behind(head, line.len + 2);
		if (!line.len) {
			/* The delimiter of a part without content begins with the end of this line. */
			m->rest = behind(m->rest, (size_t)(head.data - m->rest.data) - 2);
			return NULL;
		}
		why = read_line(part, line);
		if (why)
			return why;
	}
	return "the head of a part has too many lines";
}

enum multipart_step multipart_next(struct multipart *m, struct part *out, const char **out_why)
{
	const char *end, *why;

	*out = (struct part){ 0 };
	if (text_starts_with(m->rest, TEXT("--"))) {
		struct text tail = behind(m->rest, 2);

		return !tail.len || text_equal(tail, TEXT("\r\n"))
		               ? MULTIPART_END
		               : broken("something stands behind the last boundary", out_why);
	}
	if (!text_starts_with(m->rest, TEXT("\r\n")))
		return broken("a boundary is not a line of its own", out_why);
	m->rest = behind(m->rest, 2);
	why = read_head(m, out);
	if (why)
		return broken(why, out_why);
	if (!out->disposition.data)
		return broken("a part has no Content-Disposition", out_why);
	end = find_delimiter(m);
	if (!end)
		return broken("the last boundary is missing", out_why);
	if (end > m->rest.data)
		out->content = (struct text){ m->rest.data + 2, (size_t)(end - m->rest.data) - 2 };
	else
		out->content = TEXT("");
	m->rest = behind(m->rest, (size_t)(end - m->rest.data) + m->delimiter_len);
	return MULTIPART_PART;
}
