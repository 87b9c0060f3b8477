/* pattern.c - reads a pattern. See pattern.h; fill.c puts the values in. */
#include "templates/pattern.h"

#include <string.h>
#include "base/arena.h"

/* A section that is open. */
struct section {
	struct node *node;
	const char *from;
	struct node **tail; /* where what follows it goes */
	int depth, floor;   /* of the HTML before it */
};

struct reader {
	struct arena *arena;
	enum pattern_form form;
	const char *fields;
	const char *at, *start, *end;
	struct html_scan scan;
	struct node **tail;
	struct section sections[PATTERN_DEPTH];
	int depth;
	struct pattern_fault *fault;
};

static bool refuse(const struct reader *r, const char *at, const char *why)
{
	int line = 1, column = 1;

	for (const char *c = r->start; c < at; c++) {
		if (*c == '\n') {
			line++;
			column = 1;
		} else if (((unsigned char)*c & 0xc0) != 0x80) {
			column++;
		}
	}
	*r->fault = (struct pattern_fault){ line, column, why };
	return false;
}

static bool is_html(const struct reader *r)
{
	return r->form == PATTERN_HTML || r->form == PATTERN_LAYOUT;
}

static struct node *add(struct reader *r, enum node_kind kind, struct text text)
{
	struct node *node = ARENA_NEW(r->arena, struct node);

	node->kind = kind;
	node->text = text;
	*r->tail = node;
	r->tail = &node->next;
	return node;
}

/* --- names ------------------------------------------------------------------------ */
static bool is_listed(const char *fields, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = fields; (at = strstr(at, name)); at += len)
		if ((at == fields || at[-1] == ' ') && (at[len] == ' ' || !at[len]))
			return true;
	return false;
}

/* A member of a section that is open, or one of the fields themselves. */
static bool is_known(const struct reader *r, struct text name)
{
	for (int i = r->depth - 1; i >= 0; i--) {
		struct text section = r->sections[i].node->text;

		if (is_listed(r->fields, arena_printf(r->arena, "%.*s.%.*s", (int)section.len, section.data,
		                                 (int)name.len, name.data)))
			return true;
	}
	return is_listed(r->fields, text_dup(r->arena, name));
}

static bool refuse_unknown(const struct reader *r, const char *at, struct text name)
{
	return refuse(r, at,
	        arena_printf(r->arena, "{%.*s} is no field of this template", (int)(name.len > 60 ? 60 : name.len),
	                name.data));
}

/* --- literals ------------------------------------------------------------------------ */
/* Up to the next brace; {{ and }} are braces. */
static bool read_literal(struct reader *r)
{
	const char *from = r->at;

	while (r->at < r->end && *r->at != '{' && *r->at != '}')
		r->at++;
	if (r->at < r->end && r->at + 1 < r->end && r->at[1] == *r->at) {
		add(r, NODE_LITERAL, (struct text){ from, (size_t)(r->at + 1 - from) });
		r->at += 2;
	} else if (r->at > from) {
		add(r, NODE_LITERAL, (struct text){ from, (size_t)(r->at - from) });
	} else {
		return refuse(r, r->at, "a brace that is none of a field's: write }} for }");
	}
	for (const char *c = from; is_html(r) && c < r->at; c++) {
		const char *why;

		c += c + 1 < r->at && (*c == '{' || *c == '}');
		why = html_next(&r->scan, c);
		if (why)
			return refuse(r, c, why);
	}
	return true;
}

/* --- what stands in braces ---------------------------------------------------------------- */
static bool read_value(struct reader *r, const char *open, struct text name)
{
	enum html_place place = is_html(r) ? html_place(&r->scan, open) : HTML_NOWHERE;

	if (!is_known(r, name))
		return refuse_unknown(r, open, name);
	if (is_html(r) && place == HTML_NOWHERE)
		return refuse(r, open, "a value cannot stand here");
	if (r->form == PATTERN_LAYOUT && place == HTML_TEXT && text_equal(name, TEXT("body")))
		place = HTML_BODY;
	add(r, NODE_VALUE, name)->place = place;
	return true;
}

static bool open_section(struct reader *r, const char *open, enum node_kind kind, struct text name)
{
	struct section *section = &r->sections[r->depth];
	struct node *node;

	if (!is_known(r, name))
		return refuse_unknown(r, open, name);
	if (r->depth == PATTERN_DEPTH)
		return refuse(r, open, "too many sections in each other");
	if (is_html(r) && !html_can_part(&r->scan))
		return refuse(r, open, "a section cannot begin in a tag");
	node = add(r, kind, name);
	*section = (struct section){ node, open, r->tail, r->scan.depth, r->scan.floor };
	r->scan.floor = r->scan.depth;
	r->tail = &node->inside;
	r->depth++;
	return true;
}

static bool close_section(struct reader *r, const char *open, struct text name)
{
	const struct section *section = r->depth ? &r->sections[r->depth - 1] : NULL;

	if (!section || !text_equal(section->node->text, name))
		return refuse(r, open,
		        arena_printf(r->arena, "the section that ends here is not {#%.*s}",
		                (int)(name.len > 60 ? 60 : name.len), name.data));
	if (is_html(r) && (!html_can_part(&r->scan) || r->scan.depth != section->depth))
		return refuse(r, open, "an element that begins in this section does not end in it");
	r->scan.floor = section->floor;
	r->tail = section->tail;
	r->depth--;
	return true;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static struct text name_at(const char *at, const char *end)
{
	const char *from = at;

	while (at < end && (is_letter(*at) || (at > from && *at >= '0' && *at <= '9')))
		at++;
	return (struct text){ from, (size_t)(at - from) };
}

static bool read_braces(struct reader *r)
{
	const char *open = r->at;
	char mark = open + 1 < r->end ? open[1] : '\0';
	bool marked = mark == '#' || mark == '^' || mark == '/';
	struct text name = name_at(open + 1 + marked, r->end);

	r->at = name.data + name.len;
	if (!name.len || r->at >= r->end || *r->at != '}')
		return refuse(r, open, "expected a field's name and }; write {{ for {");
	r->at++;
	switch (mark) {
	case '#':
		return open_section(r, open, NODE_WITH, name);
	case '^':
		return open_section(r, open, NODE_WITHOUT, name);
	case '/':
		return close_section(r, open, name);
	default:
		return read_value(r, open, name);
	}
}

static bool read_all(struct reader *r)
{
	while (r->at < r->end) {
		bool braces = *r->at == '{' && !(r->at + 1 < r->end && r->at[1] == '{');

		if (!(braces ? read_braces(r) : read_literal(r)))
			return false;
	}
	if (r->depth)
		return refuse(r, r->sections[r->depth - 1].from, "this section does not end");
	if (is_html(r) && html_end(&r->scan))
		return refuse(r, r->end, html_end(&r->scan));
	return true;
}

/* Controls would reach the mail as they are. */
static bool refuse_controls(const struct reader *r)
{
	for (const char *at = r->start; at < r->end;) {
		struct text step = { at, (size_t)(r->end - at) };

		step.len = text_utf8_step(step);
		if (!step.len)
			return refuse(r, at, "this is no UTF-8");
		if (html_refuses(step) || (r->form == PATTERN_LINE && *at == '\n'))
			return refuse(r, at, "a control character");
		at += step.len;
	}
	return true;
}

const struct pattern *pattern_read(struct arena *arena, enum pattern_form form, const char *fields, struct text source,
        struct pattern_fault *out_fault)
{
	struct pattern *pattern = ARENA_NEW(arena, struct pattern);
	struct reader r = { .arena = arena,
		.form = form,
		.fields = fields,
		.at = source.data,
		.start = source.data,
		.end = source.data + source.len,
		.scan = { .layout = form == PATTERN_LAYOUT },
		.tail = &pattern->first,
		.fault = out_fault };

	pattern->form = form;
	if (source.len > PATTERN_BYTES) {
		refuse(&r, r.start, "it is too long: 64 KiB at most");
		return NULL;
	}
	return refuse_controls(&r) && read_all(&r) ? pattern : NULL;
}
