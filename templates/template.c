/* template.c - finds templates, reads them once, fills them in and frames them. See template.h. */
#include "templates/template.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "templates/brand.h"
#include "templates/words.h"

#define LANGUAGE_DEFAULT TEXT("fr")
#define BODY_BYTES (TEMPLATE_BYTES * 65 / 100) /* the frame has the rest */
#define LAYOUT_FIELDS                                                                                                  \
	"language subject brief body link openLabel brandName brandColor footer mailboxSignature replyLine "           \
	"conversation "                                                                                                \
	"comments comments.author comments.at comments.content "                                                       \
	"filesLabel attachments attachments.name attachments.size attachments.url"

const char *const template_part_words[TEMPLATE_PARTS] = { "subject", "brief", "text", "html" };

static const enum pattern_form forms[TEMPLATE_PARTS] = { PATTERN_LINE, PATTERN_LINE, PATTERN_TEXT, PATTERN_HTML };

/* --- the built-in ones, read once in a process ---------------------------------------- */
static struct {
	struct template_edit *all; /* as templates[] */
	const struct pattern *layout_text, *layout_html;
} built_in;

/* The build holds what make check has seen: what cannot be read here is no template of ours. */
static void broken(const char *name, const char *part, const struct pattern_fault *fault)
{
	fprintf(stderr, "the template %s cannot be read: %s, line %d, column %d: %s\n", name, part, fault->line,
	        fault->column, fault->why);
	abort();
}

static const struct pattern *read_layout(struct arena *arena, enum pattern_form form, const char *source)
{
	struct pattern_fault fault;
	const struct pattern *pattern = pattern_read(arena, form, LAYOUT_FIELDS, text_of(source), &fault);

	if (!pattern)
		broken("layout", form == PATTERN_TEXT ? "text" : "html", &fault);
	return pattern;
}

static void read_built_in(void)
{
	static struct arena *arena; /* as long as the process */

	arena = arena_new(1 << 16);
	built_in.all = ARENA_ARRAY(arena, struct template_edit, (size_t)template_count + 1);
	for (int i = 0; i < template_count; i++) {
		const struct template *t = &templates[i];
		struct text sources[TEMPLATE_PARTS];
		struct template_fault fault;

		for (int part = 0; part < TEMPLATE_PARTS; part++)
			sources[part] = *t->parts[part] ? text_of(t->parts[part]) : TEXT_NONE;
		if (!template_parse(arena, t, sources, &built_in.all[i], &fault))
			broken(t->name, template_part_words[fault.part], &fault.at);
	}
	built_in.layout_text = read_layout(arena, PATTERN_TEXT, template_layout_text);
	built_in.layout_html = read_layout(arena, PATTERN_LAYOUT, template_layout_html);
}

static void open_built_in(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, read_built_in);
}

/* --- finding and reading ----------------------------------------------------------------- */
const struct template *template_find_exactly(struct text name, struct text language)
{
	for (int i = 0; i < template_count; i++)
		if (text_equal(name, text_of(templates[i].name)) &&
		        text_equal(language, text_of(templates[i].language)))
			return &templates[i];
	return NULL;
}

const struct template *template_find(struct text name, struct text language)
{
	const struct template *found = template_find_exactly(name, language);

	return found ? found : template_find_exactly(name, LANGUAGE_DEFAULT);
}

struct text template_source(struct arena *arena, struct text given)
{
	struct buffer out;

	if (!given.data)
		return given;
	buffer_init(&out, arena, given.len + 1);
	for (size_t i = 0; i < given.len; i++)
		if (given.data[i] != '\r' || i + 1 == given.len || given.data[i + 1] != '\n')
			buffer_append(&out, given.data + i, 1);
	return text_of(buffer_cstr(&out));
}

bool template_parse(struct arena *arena, const struct template *template, const struct text sources[TEMPLATE_PARTS],
        struct template_edit *out, struct template_fault *out_fault)
{
	struct template_edit edit = { { NULL } };

	for (int part = 0; part < TEMPLATE_PARTS; part++) {
		if (!sources[part].data)
			continue;
		edit.parts[part] = pattern_read(arena, forms[part], template->fields, sources[part], &out_fault->at);
		out_fault->part = part;
		if (!edit.parts[part])
			return false;
	}
	*out = edit;
	return true;
}

/* --- filling in ----------------------------------------------------------------------------- */
struct filling_in {
	const struct template *template;
	const struct template_edit *edit;
	struct text language;
	struct arena *arena;
};

static const struct pattern *part_of(const struct filling_in *f, enum template_part part)
{
	const struct pattern *edited = f->edit ? f->edit->parts[part] : NULL;

	return edited ? edited : built_in.all[f->template - templates].parts[part];
}

/* Values that are too long together are cut shorter and shorter. */
static bool fill_within(
        const struct filling_in *f, const struct pattern *pattern, const json_t *values, size_t limit, struct text *out)
{
	for (size_t most = limit; most >= 32; most /= 5) {
		struct pattern_use use = { values, f->language, most, limit };
		struct buffer buffer;

		buffer_init(&buffer, f->arena, 1024);
		if (pattern_fill(pattern, &use, &buffer)) {
			*out = text_of(buffer_cstr(&buffer));
			return true;
		}
	}
	return false;
}

/* An empty line begins a paragraph. */
static struct text paragraphs(struct arena *arena, struct text text)
{
	struct buffer out;

	buffer_init(&out, arena, 2 * text.len + 64);
	while (text.len) {
		const char *end = memmem(text.data, text.len, "\n\n", 2);
		struct text paragraph = { text.data, end ? (size_t)(end - text.data) : text.len };
		size_t step = paragraph.len + (end ? 2 : 0);

		buffer_string(&out, "<p dir=\"auto\">");
		html_append(&out, HTML_TEXT, text_trim(paragraph));
		buffer_string(&out, "</p>\n");
		text = (struct text){ text.data + step, text.len - step };
	}
	return buffer_view(&out);
}

static bool fill_body(const struct filling_in *f, const json_t *values, struct text *out)
{
	const struct pattern *html = part_of(f, PART_HTML);
	/* Who has edited the text and not the HTML wants the text to be seen. */
	bool follows_text = f->edit && f->edit->parts[PART_TEXT] && !f->edit->parts[PART_HTML];
	struct text plain;

	if (html && !follows_text)
		return fill_within(f, html, values, BODY_BYTES, out);
	if (!fill_within(f, part_of(f, PART_TEXT), values, TEMPLATE_BYTES / 10, &plain))
		return false;
	*out = paragraphs(f->arena, plain); /* escaped, a byte becomes six at most */
	return true;
}

static void set_text(json_t *object, const char *name, struct text value)
{
	json_object_set_new(object, name, json_stringn(value.data, value.len));
}

/* What the layouts know beside the template's fields. */
static json_t *frame_values(const struct filling_in *f, const json_t *values, const json_t *brand)
{
	json_t *frame = json_object(), *comments = json_object_get(values, "comments"),
	       *attachments = json_object_get(values, "attachments");

	brand_fill(brand, f->language, frame);
	json_object_set(frame, "link", json_object_get(values, "link"));
	json_object_set(frame, "comments", comments);
	json_object_set(frame, "mailboxSignature", json_object_get(values, "mailboxSignature"));
	set_text(frame, "language", f->language);
	set_text(frame, "openLabel", words_translate(TEXT("layout"), TEXT("open"), f->language));
	json_object_set(frame, "attachments", attachments);
	if (json_array_size(attachments))
		set_text(frame, "filesLabel", words_translate(TEXT("layout"), TEXT("files"), f->language));
	if (json_array_size(comments))
		set_text(frame, "conversation", words_translate(TEXT("layout"), TEXT("conversation"), f->language));
	return frame;
}

static bool fill_frames(const struct filling_in *f, json_t *frame, struct text body, struct rendered *out)
{
	bool good;

	set_text(frame, "subject", out->subject);
	set_text(frame, "brief", out->brief);
	set_text(frame, "body", text_trim(out->text));
	good = fill_within(f, built_in.layout_text, frame, TEMPLATE_BYTES, &out->text);
	set_text(frame, "body", body);
	return good && fill_within(f, built_in.layout_html, frame, TEMPLATE_BYTES, &out->html);
}

static bool fill_parts(const struct filling_in *f, const json_t *values, const json_t *brand, struct rendered *out)
{
	const struct pattern *brief = part_of(f, PART_BRIEF);
	const char *number = json_string_value(json_object_get(values, "ticketNumber"));
	struct text body;
	json_t *frame;
	bool good;

	if (!fill_within(f, part_of(f, PART_SUBJECT), values, 2000, &out->subject) ||
	        !fill_within(f, part_of(f, PART_TEXT), values, BODY_BYTES, &out->text) || !fill_body(f, values, &body))
		return false;
	out->brief = out->subject;
	if (brief && !fill_within(f, brief, values, 2000, &out->brief))
		return false;
	out->number = text_copy(f->arena, text_of(number ? number : ""));
	frame = frame_values(f, values, brand);
	good = fill_frames(f, frame, body, out);
	json_decref(frame);
	return good;
}

bool template_fill(const struct template *template, const struct template_edit *edit, const json_t *values,
        const json_t *brand, struct arena *arena, struct rendered *out)
{
	struct filling_in f = { template, edit, text_of(template->language), arena };
	struct rendered said = { 0 };

	open_built_in();
	if (!fill_parts(&f, values, brand, &said))
		return false;
	*out = said;
	return true;
}

bool template_render(
        struct text name, struct text language, const json_t *values, struct arena *arena, struct rendered *out)
{
	const struct template *template = template_find(name, language);

	return template && template_fill(template, NULL, values, NULL, arena, out);
}
