/* head.c - see head.h. */
#include "ingress/head.h"

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
			why = line.len && memchr(line.data, '#', line.len) ? "the target has a fragment" : NULL;
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
