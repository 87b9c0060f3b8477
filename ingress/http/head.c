/* head.c - see head.h. */
#include "ingress/http/head.h"

#include <string.h>

struct head {
	bool old; /* HTTP/1.0 */
	int hosts, lengths, encodings;
};

static bool is_named(struct text line, struct text name)
{
	return line.len > name.len && line.data[name.len] == ':' &&
	       text_equal_nocase((struct text){ line.data, name.len }, name);
}

static void count(struct head *head, struct text line)
{
	head->hosts += is_named(line, TEXT("host"));
	head->lengths += is_named(line, TEXT("content-length"));
	head->encodings += is_named(line, TEXT("transfer-encoding"));
}

/* --- the path ------------------------------------------------------------------------ */
static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Takes the next character off the path, an encoded one too. */
static char next_character(struct text *path, bool *out_encoded)
{
	size_t len = 1;
	char c = path->data[0];

	*out_encoded = c == '%' && path->len > 2 && hex_value(path->data[1]) >= 0 && hex_value(path->data[2]) >= 0;
	if (*out_encoded) {
		c = (char)(hex_value(path->data[1]) << 4 | hex_value(path->data[2]));
		len = 3;
	}
	*path = (struct text){ path->data + len, path->len - len };
	return c;
}

/* The path of a request line: of "GET http://desk/live?x HTTP/1.1" it is "/live". */
static struct text path_of(struct text line)
{
	const char *start = line.len ? memchr(line.data, ' ', line.len) : NULL;
	const char *end = line.data + line.len, *authority;
	size_t len = 0;

	if (!start)
		return TEXT("");
	start++;
	authority = *start == '/' ? NULL : memmem(start, (size_t)(end - start), "://", 3);
	if (authority)
		for (start = authority + 3; start < end && *start != '/' && *start != '?' && *start != ' ';)
			start++;
	while (start + len < end && start[len] != '?' && start[len] != ' ')
		len++;
	return (struct text){ start, len };
}

/* An empty segment, . and .. are merged or resolved by one parser before and by another behind what else it does;
 * an encoded slash is a slash to one of them, a backslash to another. At its end a path may have one slash. */
static const char *fault_of_path(struct text path)
{
	int chars = 0, dots = 0;
	bool encoded;

	if (!path.len || path.data[0] != '/')
		return NULL;
	path = (struct text){ path.data + 1, path.len - 1 };
	while (path.len) {
		char c = next_character(&path, &encoded);

		if (c == '\\' || (c == '/' && encoded))
			return "the path has an encoded slash or a backslash";
		if (c == '/' && (!chars || (chars == dots && dots <= 2)))
			return "the path has an empty segment, or . or ..";
		chars = c == '/' ? 0 : chars + 1;
		dots = c == '/' ? 0 : dots + (c == '.');
	}
	return chars && chars == dots && dots <= 2 ? "the path has an empty segment, or . or .." : NULL;
}

/* --- the whole ----------------------------------------------------------------------- */
static bool ends_with(struct text line, struct text end)
{
	return line.len >= end.len && !memcmp(line.data + line.len - end.len, end.data, end.len);
}

static const char *fault_of(const struct head *head)
{
	if (head->lengths > 1)
		return "Content-Length is there twice";
	if (head->encodings > 1)
		return "Transfer-Encoding is there twice";
	if (head->lengths && head->encodings)
		return "Content-Length stands beside Transfer-Encoding";
	if (head->encodings && head->old)
		return "HTTP/1.0 knows no Transfer-Encoding";
	if (head->hosts > 1)
		return "Host is there twice";
	if (!head->hosts && !head->old)
		return "Host is missing";
	return NULL;
}

/* The next line without its end; false: it has none, or a bare LF. */
static bool next_line(struct text *rest, struct text *out_line)
{
	const char *end = rest->len ? memchr(rest->data, '\n', rest->len) : NULL;
	size_t len = end ? (size_t)(end - rest->data) : 0;

	if (!len || end[-1] != '\r')
		return false;
	*out_line = (struct text){ rest->data, len - 1 };
	*rest = (struct text){ end + 1, rest->len - len - 1 };
	return true;
}

enum head_verdict head_check(struct text input, const char **out_why)
{
	struct text rest = input, line;
	struct head head = { 0 };
	const char *why = NULL;

	if (text_starts_with(rest, TEXT("\r\n")))
		rest = (struct text){ rest.data + 2, rest.len - 2 };
	for (int i = 0; !why; i++) {
		if (!next_line(&rest, &line)) {
			why = "a line ends without CR LF";
		} else if (i && !line.len) {
			break;
		} else if (line.len && (line.data[0] == ' ' || line.data[0] == '\t')) {
			why = "a line is folded";
		} else if (!i) {
			head.old = ends_with(line, TEXT(" HTTP/1.0"));
			why = line.len && memchr(line.data, '#', line.len) ? "the target has a fragment"
			                                                   : fault_of_path(path_of(line));
		} else {
			count(&head, line);
		}
	}
	if (!why)
		why = fault_of(&head);
	if (!why && (size_t)(rest.data - input.data) <= HEAD_MOST)
		return head.encodings ? HEAD_LAST : HEAD_FINE;
	*out_why = why ? why : "the head is larger than 32 KiB";
	return why ? HEAD_MALFORMED : HEAD_TOO_LARGE;
}
