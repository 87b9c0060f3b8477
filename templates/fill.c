/* fill.c - puts values into a pattern. See pattern.h. */
#include <stdio.h>
#include <string.h>
#include "base/arena.h"
#include "templates/pattern.h"
#include "templates/words.h"

/* The objects that a name is looked up in: the innermost last. */
struct scope {
	const json_t *object;
	const struct scope *outer;
};

/* The line and the paragraph of a TEXT that are being written. */
struct page {
	size_t line, paragraph; /* where they begin in out */
	bool in_paragraph;
	int optional, kept; /* lines of the paragraph with names, and those that stayed */
	int names, given;   /* of the line */
	bool marks;         /* of sections, in the line */
};

struct filling {
	const struct pattern_use *use;
	enum pattern_form form;
	struct buffer *out;
	struct page page;
	int steps;
};

/* --- values ----------------------------------------------------------------------- */
static json_t *value_in(const struct scope *scope, struct text name)
{
	char key[128];

	if (name.len >= sizeof key)
		return NULL;
	snprintf(key, sizeof key, "%.*s", (int)name.len, name.data);
	for (; scope; scope = scope->outer) {
		json_t *value = json_object_get(scope->object, key);

		if (value)
			return value;
	}
	return NULL;
}

static bool says_something(const json_t *value)
{
	switch (value ? json_typeof(value) : JSON_NULL) {
	case JSON_STRING:
		return json_string_length(value) > 0;
	case JSON_ARRAY:
		return json_array_size(value) > 0;
	case JSON_OBJECT:
		return json_object_size(value) > 0;
	case JSON_NULL:
	case JSON_FALSE:
		return false;
	default:
		return true;
	}
}

static struct text number_text(const json_t *value, char *room, size_t bytes)
{
	if (json_is_integer(value))
		snprintf(room, bytes, "%lld", (long long)json_integer_value(value));
	else
		snprintf(room, bytes, "%g", json_number_value(value));
	return text_of(room);
}

/* What is longer than most ends with an ellipsis; no character is cut. */
static struct text cut(const struct filling *f, struct text value, bool *out_cut)
{
	size_t len = 0;

	*out_cut = value.len > f->use->most;
	if (!*out_cut)
		return value;
	for (;;) {
		size_t step = text_utf8_step((struct text){ value.data + len, value.len - len });

		step = step ? step : 1;
		if (len + step > f->use->most)
			return (struct text){ value.data, len };
		len += step;
	}
}

static void append_plain(struct filling *f, struct text value)
{
	for (size_t at = 0, len; at < value.len; at += len) {
		struct text step = { value.data + at, value.len - at };

		len = text_utf8_step(step);
		step.len = len = len ? len : 1;
		if (f->form == PATTERN_LINE && (html_refuses(step) || *step.data == '\n' || *step.data == '\t'))
			buffer_string(f->out, " ");
		else if (!html_refuses(step))
			buffer_text(f->out, step);
	}
}

static void append(struct filling *f, enum html_place place, struct text value)
{
	if (f->form == PATTERN_HTML || f->form == PATTERN_LAYOUT)
		html_append(f->out, place, value);
	else
		append_plain(f, value);
}

static void fill_value(struct filling *f, const struct node *node, const struct scope *scope)
{
	const json_t *value = value_in(scope, node->text);
	bool was_cut = false;
	struct text said = TEXT("");
	char room[32];

	if (json_is_string(value))
		said = words_translate(node->text, (struct text){ json_string_value(value), json_string_length(value) },
		        f->use->language);
	else if (json_is_number(value))
		said = number_text(value, room, sizeof room);
	f->page.names++;
	f->page.given += said.len > 0;
	if (node->place != HTML_BODY)
		said = cut(f, said, &was_cut);
	/* The beginning of an address leads elsewhere. */
	append(f, node->place, was_cut && node->place == HTML_ADDRESS ? TEXT("") : said);
	if (was_cut && node->place != HTML_ADDRESS)
		append(f, node->place, TEXT("…"));
}

/* --- lines -------------------------------------------------------------------------- */
static bool is_blank_from(const struct buffer *out, size_t from)
{
	return !text_trim((struct text){ out->data + from, out->len - from }).len;
}

static void end_paragraph(struct filling *f)
{
	struct page *page = &f->page;

	if (page->in_paragraph && page->optional && !page->kept)
		f->out->len = page->paragraph;
	page->in_paragraph = false;
	page->optional = page->kept = 0;
	page->line = page->paragraph = f->out->len;
}

/* A paragraph that is not the first has a blank line before it. */
static void begin_paragraph(struct filling *f)
{
	struct page *page = &f->page;
	struct text line = { arena_copy(f->out->arena, f->out->data + page->line, f->out->len - page->line),
		f->out->len - page->line };

	page->in_paragraph = true;
	if (!page->paragraph)
		return;
	f->out->len = page->line;
	buffer_string(f->out, "\n");
	page->line = f->out->len;
	buffer_text(f->out, line);
}

static void end_line(struct filling *f)
{
	struct page *page = &f->page;
	bool blank = is_blank_from(f->out, page->line), silent = page->names && !page->given;

	if (blank && !page->names) {
		f->out->len = page->line;
		if (!page->marks)
			end_paragraph(f);
	} else {
		page->optional += page->names > 0;
		page->kept += page->given > 0;
		if (!page->in_paragraph)
			begin_paragraph(f);
		if (silent)
			f->out->len = page->line;
		else
			buffer_string(f->out, "\n");
	}
	page->line = f->out->len;
	page->names = page->given = 0;
	page->marks = false;
}

static void fill_literal(struct filling *f, struct text literal)
{
	const char *end;

	while (f->form == PATTERN_TEXT && literal.len && (end = memchr(literal.data, '\n', literal.len))) {
		size_t len = (size_t)(end - literal.data);

		buffer_append(f->out, literal.data, len);
		end_line(f);
		literal = (struct text){ end + 1, literal.len - len - 1 };
	}
	buffer_text(f->out, literal);
}

/* --- nodes --------------------------------------------------------------------------- */
static bool fill_nodes(struct filling *f, const struct node *node, const struct scope *scope);

static bool fill_with(struct filling *f, const struct node *node, const json_t *value, const struct scope *scope)
{
	size_t count = json_is_array(value) ? json_array_size(value) : 1;
	bool good = true;

	f->page.marks = true;
	for (size_t i = 0; good && i < count && i < PATTERN_ITEMS; i++) {
		const json_t *item = json_is_array(value) ? json_array_get(value, i) : value;
		struct scope inner = { item, scope };

		good = fill_nodes(f, node->inside, json_is_object(item) ? &inner : scope);
		f->page.marks = true;
	}
	return good;
}

static bool fill_node(struct filling *f, const struct node *node, const struct scope *scope)
{
	const json_t *value;

	switch (node->kind) {
	case NODE_LITERAL:
		fill_literal(f, node->text);
		return true;
	case NODE_VALUE:
		fill_value(f, node, scope);
		return true;
	default:
		break;
	}
	value = value_in(scope, node->text);
	f->page.marks = true;
	if (says_something(value) != (node->kind == NODE_WITH))
		return true;
	return fill_with(f, node, node->kind == NODE_WITH ? value : NULL, scope);
}

static bool fill_nodes(struct filling *f, const struct node *node, const struct scope *scope)
{
	for (; node; node = node->next)
		if (++f->steps > PATTERN_STEPS || f->out->len > f->use->limit || !fill_node(f, node, scope))
			return false;
	return true;
}

bool pattern_fill(const struct pattern *pattern, const struct pattern_use *use, struct buffer *out)
{
	struct filling f = { .use = use, .form = pattern->form, .out = out };
	struct scope root = { use->values, NULL };

	f.page.line = f.page.paragraph = out->len;
	if (!fill_nodes(&f, pattern->first, &root))
		return false;
	if (f.form == PATTERN_TEXT) {
		if (out->len > f.page.line || f.page.names)
			end_line(&f);
		end_paragraph(&f);
	}
	return out->len <= use->limit;
}
