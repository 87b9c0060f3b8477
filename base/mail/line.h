/* line.h - a text as lines, and what can be told of a line by looking at it.
 *
 * Everything is linear in the text. Words are compared in lower case, so callers keep their lists in lower case, and
 * only lines short enough to be a heading of some kind are ever put into lower case.
 */
#ifndef BASE_MAIL_LINE_H
#define BASE_MAIL_LINE_H

#include <stdbool.h>
#include "base/arena.h"
#include "base/text.h"

enum {
	LINE_HEADING_BYTES_MOST = 600, /* what is longer is prose */
};

/* What the HTML around a line says of it (fold_html.c). */
enum line_note {
	LINE_PLAIN,
	LINE_INDENTED, /* quoted, if the line above says so; or just indented */
	LINE_QUOTED,
	LINE_SIGNATURE,
	LINE_CUT, /* here another mail begins */
};

struct line {
	struct text whole; /* as it stands, without its end */
	struct text said;  /* without the marks of quotation, and without blanks at both ends */
	struct text lower; /* of said, set by line_lower */
	int depth;         /* of quotation: the number of ">" it begins with */
	enum line_note note;
	int8_t label;    /* what origin_headers.c found it to be; -1: not asked yet */
	size_t from, to; /* where it stands in the HTML it comes from */
};

struct lines {
	struct line *items;
	int count;
	struct arena *arena;
	int *spent; /* how often a line that looked like the head of a quotation was none (origin.c bounds it) */
};

struct lines line_split(struct arena *arena, struct text text);
/* Takes the first line off the text, without its \n or \r\n. False at the end. */
bool line_next(struct text *rest, struct text *out_line);
/* Measures depth and said anew from whole. */
void line_read(struct line *line);
/* What the line says, in lower case; empty when it is too long to be a heading. */
struct text line_lower(const struct lines *lines, int at);
bool line_is_blank(const struct line *line);
/* The first line from `at` on that is not blank, or count. */
int line_after_blanks(const struct lines *lines, int at);
/* Made of nothing but the signs that draw a line, at least `least` of them. */
bool line_is_drawn(struct text said, int least);

/* White space and invisible characters, of any script, cut at both ends. */
struct text line_trim(struct text t);
/* Any case, any script; t itself is left as it is. */
struct text line_lowered(struct arena *arena, struct text t);
/* The same into out, which has room for t.len bytes. */
struct text line_lower_into(struct text t, char *out);
/* Where the needle begins in t, or -1. */
long line_find(struct text t, struct text needle);
bool line_has(struct text t, const char *needle);
/* The index of the first of the words that t holds, or -1; the list ends with NULL. */
int line_has_any(struct text t, const char *const *words);
bool line_begins(struct text t, const char *start);
bool line_ends(struct text t, const char *end);
/* The part of t from byte `from` on. */
struct text line_rest(struct text t, size_t from);

#endif
