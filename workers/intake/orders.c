/* orders.c - what staff commands by mail: lines before the text, each a command.
 *
 *   #close                    #status waiting_user      #priority high
 *   #assign me                #assign zoe@example.org   #internal
 *
 * The first line that is none ends them. A line that begins with # and is no command stays in the text.
 */
#include "workers/intake/intake.h"

#include <string.h>

static struct text take_line(struct text *rest)
{
	const char *stop = rest->len ? memchr(rest->data, '\n', rest->len) : NULL;
	struct text line = { rest->data, stop ? (size_t)(stop - rest->data) : rest->len };

	rest->data += line.len + (stop != NULL);
	rest->len -= line.len + (stop != NULL);
	return text_trim(line);
}

static void split(struct text line, struct text *word, struct text *rest)
{
	const char *blank = memchr(line.data, ' ', line.len);

	*word = (struct text){ line.data, blank ? (size_t)(blank - line.data) : line.len };
	*rest = text_trim((struct text){ line.data + word->len, line.len - word->len });
}

static bool read_order(struct text line, struct orders *out)
{
	struct text word, rest;

	split(line, &word, &rest);
	if (text_equal_nocase(word, TEXT("#close")) && !rest.len)
		return out->close = true;
	if (text_equal_nocase(word, TEXT("#internal")) && !rest.len)
		return out->internal = true;
	if (text_equal_nocase(word, TEXT("#assign")) && rest.len) {
		out->assignee = rest;
		return true;
	}
	if (text_equal_nocase(word, TEXT("#status")))
		return (out->status = word_find(rest, ticket_status_words, ticket_status_count)) !=
		       ticket_status_absent;
	if (text_equal_nocase(word, TEXT("#priority")))
		return (out->priority = word_find(rest, ticket_priority_words, ticket_priority_count)) !=
		       ticket_priority_absent;
	return false;
}

void orders_read(struct text text, struct orders *out)
{
	struct text rest = text;

	*out = (struct orders){ .rest = text };
	while (rest.len) {
		struct text line = take_line(&rest);

		if (line.len && (line.data[0] != '#' || !read_order(line, out)))
			return;
		out->rest = rest;
	}
}
