/* template_html_test.c - every template in every language, with values nobody would wish for, as an HTML5 parser reads
 * it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <gumbo.h>
#include "base/arena.h"
#include "templates/template.h"

static const char *const hostile[] = {
	"",
	"plain",
	"<script>alert(1)</script><img src=x onerror=alert(1)>",
	"\" onmouseover=\"alert(1)\" x='\"'><b>",
	"</title></style></p></div></body><iframe>",
	"javascript:alert(1)",
	"{title} {{title}} {#title} {/title} }",
	"one\r\ntwo\rthree\n\nfour\tfive\r\nBcc: all@example.org",
	"\xD9\x85\xD8\xB1\xD8\xAD\xD8\xA8\xD8\xA7 \xE2\x80\xAE reversed \xE2\x80\x8F",
	"\xF0\x9F\x94\xA5\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x92\xBB",
	"\x01\x02\x1b[31m\x7f\xC2\x85\xEF\xBF\xBE\xEF\xB7\x90",
	"&amp; &#x3c;script&#x3e; &nosuch; &copy",
};
#define HOSTILE (int)(sizeof hostile / sizeof *hostile)

static struct arena *arena;

/* --- values ---------------------------------------------------------------------------- */
/* A NUL in the middle, too: JSON can hold one. */
static json_t *value_with_nul(const char *value)
{
	char room[256];
	size_t len = strlen(value);

	memcpy(room, value, len);
	memcpy(room + len, "\0nul", 4);
	return json_stringn(room, len + 4);
}

static json_t *list_of(const char *fields, const char *name, json_t *value)
{
	json_t *item = json_object(), *list = json_array();
	size_t prefix = strlen(name);

	for (const char *at = fields; *at; at += strcspn(at, " "), at += *at == ' ')
		if (!strncmp(at, name, prefix) && at[prefix] == '.')
			json_object_set(item,
			        text_dup(arena, (struct text){ at + prefix + 1, strcspn(at, " ") - prefix - 1 }),
			        value);
	for (int i = 0; i < 150; i++)
		json_array_append(list, item);
	json_decref(item);
	return list;
}

/* Every field of the template has the value; those with members are lists. The caller owns it. */
static json_t *values_of(const struct template *template, json_t *value)
{
	json_t *values = json_object(), *comment = json_object(), *comments = json_array();

	for (const char *at = template->fields; *at; at += strcspn(at, " "), at += *at == ' ') {
		const char *name = text_dup(arena, (struct text){ at, strcspn(at, " ") });

		if (strchr(name, '.'))
			continue;
		if (strstr(template->fields, arena_printf(arena, "%s.", name)))
			json_object_set_new(values, name, list_of(template->fields, name, value));
		else
			json_object_set(values, name, value);
	}
	json_object_set(comment, "author", value);
	json_object_set(comment, "at", value);
	json_object_set(comment, "content", value);
	for (int i = 0; i < TEMPLATE_COMMENTS; i++)
		json_array_append(comments, comment);
	json_object_set_new(values, "comments", comments);
	json_object_set(values, "link", value);
	json_decref(comment);
	return values;
}

static json_t *brand_of(json_t *value)
{
	json_t *brand = json_object();

	json_object_set(brand, "name", value);
	json_object_set(brand, "color", value);
	json_object_set(brand, "footer", value);
	return brand;
}

/* --- what the parser sees ----------------------------------------------------------------- */
static void assert_tame_attribute(const GumboAttribute *attribute)
{
	static const char *const allowed[] = { "lang", "charset", "name", "content", "class", "style", "href", "dir" };
	bool known = false;

	for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
		known = known || !strcmp(attribute->name, allowed[i]);
	if (!known)
		fail_msg("attribute %s", attribute->name);
	if (!strcmp(attribute->name, "href"))
		assert_true(!strcmp(attribute->value, "#") || !strncmp(attribute->value, "https://desk.example/", 21));
	assert_null(strstr(attribute->value, "url("));
}

static void assert_tame(const GumboNode *node)
{
	const GumboVector *inside = &node->v.element.children;

	if (node->type != GUMBO_NODE_ELEMENT)
		return;
	switch (node->v.element.tag) {
	case GUMBO_TAG_SCRIPT:
	case GUMBO_TAG_IMG:
	case GUMBO_TAG_IFRAME:
	case GUMBO_TAG_LINK:
	case GUMBO_TAG_FORM:
	case GUMBO_TAG_UNKNOWN:
		fail_msg("element %s", gumbo_normalized_tagname(node->v.element.tag));
	default:
		break;
	}
	for (unsigned i = 0; i < node->v.element.attributes.length; i++)
		assert_tame_attribute(node->v.element.attributes.data[i]);
	for (unsigned i = 0; i < inside->length; i++)
		assert_tame(inside->data[i]);
}

static void assert_good_html(const struct template *template, struct text html)
{
	GumboOutput *read = gumbo_parse_with_options(&kGumboDefaultOptions, html.data, html.len);

	if (read->errors.length)
		fail_msg("%s/%s is no HTML5: %.*s", template->language, template->name, (int)html.len, html.data);
	assert_tame(read->root);
	gumbo_destroy_output(&kGumboDefaultOptions, read);
}

static void assert_one_line(struct text line)
{
	for (size_t i = 0; i < line.len; i++)
		assert_true((unsigned char)line.data[i] >= 0x20 && line.data[i] != 0x7f);
}

static void assert_plain(struct text text)
{
	assert_true(text_is_utf8(text, NULL));
	assert_null(memchr(text.data, '\r', text.len));
	assert_null(memchr(text.data, 0x1b, text.len));
}

static void assert_good(const struct template *template, json_t *value)
{
	json_t *values = values_of(template, value), *brand = brand_of(value);
	struct rendered said;

	assert_true(template_fill(template, NULL, values, brand, arena, &said));
	json_decref(values);
	json_decref(brand);
	assert_one_line(said.subject);
	assert_one_line(said.brief);
	assert_true(said.subject.len && said.text.len);
	assert_plain(said.text);
	assert_true(said.text.len <= TEMPLATE_BYTES && said.html.len <= TEMPLATE_BYTES);
	assert_good_html(template, said.html);
	arena_reset(arena);
}

static void every_template_is_good_html_whatever_its_values_are(void **state)
{
	(void)state;
	arena = arena_new(1 << 20);
	for (int t = 0; t < template_count; t++)
		for (int i = 0; i < HOSTILE; i++) {
			json_t *value = json_string(hostile[i]), *with_nul = value_with_nul(hostile[i]);

			assert_good(&templates[t], value);
			assert_good(&templates[t], with_nul);
			json_decref(value);
			json_decref(with_nul);
		}
	arena_free(&arena);
}

/* Each of them would be too long alone, escaped all the more. */
static void every_template_stays_below_100_kilobytes(void **state)
{
	char *quotes = malloc(200001), *words = malloc(200001);
	json_t *value;

	(void)state;
	assert_true(quotes && words);
	memset(quotes, '"', 200000);
	for (int i = 0; i < 200000; i++)
		words[i] = i % 100 == 99 ? '\n' : 'w';
	quotes[200000] = words[200000] = '\0';
	arena = arena_new(1 << 20);
	for (int t = 0; t < template_count; t++) {
		if (strcmp(templates[t].language, "fr") != 0)
			continue; /* the values decide, not the words */
		value = json_string(quotes);
		assert_good(&templates[t], value);
		json_decref(value);
		value = json_string(words);
		assert_good(&templates[t], value);
		json_decref(value);
	}
	arena_free(&arena);
	free(quotes);
	free(words);
}

static void a_link_to_the_ticket_stays_one(void **state)
{
	json_t *values = json_pack("{s:s}", "link", "https://desk.example/tickets/7");
	struct rendered said;

	(void)state;
	arena = arena_new(1 << 16);
	for (int t = 0; t < template_count; t++) {
		assert_true(template_fill(&templates[t], NULL, values, NULL, arena, &said));
		assert_non_null(strstr(said.html.data, "<a href=\"https://desk.example/tickets/7\""));
		assert_non_null(
		        strstr(said.html.data, arena_printf(arena, "<html lang=\"%s\">", templates[t].language)));
		assert_good_html(&templates[t], said.html);
	}
	json_decref(values);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_template_is_good_html_whatever_its_values_are),
		cmocka_unit_test(every_template_stays_below_100_kilobytes),
		cmocka_unit_test(a_link_to_the_ticket_stays_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
