/* template_pattern_test.c - the syntax of templates: what it says, and what is refused where. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "base/arena.h"
#include "templates/pattern.h"

#define FIELDS "title link flag items items.name items.parts parts.name person person.name"

static struct arena *arena;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new(4096);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

/* What the source says with the values; "?" when it cannot be filled in. */
static struct text say(enum pattern_form form, const char *source, const char *json)
{
	struct pattern_fault fault = { 0 };
	const struct pattern *pattern = pattern_read(arena, form, FIELDS, text_of(source), &fault);
	json_t *values = json_loads(json, JSON_ALLOW_NUL, NULL);
	struct pattern_use use = { values, TEXT("en"), 1000, 5000 };
	struct buffer out;
	bool good;

	if (!pattern)
		fail_msg("%d:%d: %s", fault.line, fault.column, fault.why);
	assert_non_null(values);
	buffer_init(&out, arena, 16);
	good = pattern_fill(pattern, &use, &out);
	json_decref(values);
	return good ? text_of(buffer_cstr(&out)) : TEXT("?");
}

#define SAYS(form, source, json, wanted) assert_string_equal(say(PATTERN_##form, source, json).data, wanted)

static void values_are_put_in(void **state)
{
	(void)state;
	SAYS(LINE, "a {title} b", "{\"title\":\"x\\r\\ny\\u0000z\\u009b\"}", "a x  y z  b");
	SAYS(LINE, "{title}{title}", "{\"title\":7}", "77");
	SAYS(LINE, "{{title}} {title}", "{\"title\":\"{title}\"}", "{title} {title}");
	SAYS(LINE, "{title}", "{}", "");
	SAYS(TEXT, "{title}", "{\"title\":\"a\\r\\nb\\u0000\"}", "a\nb\n");
}

static void sections_are_conditions_and_loops(void **state)
{
	(void)state;
	SAYS(LINE, "{#title}yes{/title}{^title}no{/title}", "{\"title\":\"x\"}", "yes");
	SAYS(LINE, "{#title}yes{/title}{^title}no{/title}", "{\"title\":\"\"}", "no");
	SAYS(LINE, "{#flag}yes{/flag}{^flag}no{/flag}", "{\"flag\":false}", "no");
	SAYS(LINE, "{#items}{name}, {title};{/items}",
	        "{\"title\":\"t\",\"items\":[{\"name\":\"a\"},{\"name\":\"b\"}]}", "a, t;b, t;");
	SAYS(LINE, "{#person}{name}{/person}", "{\"person\":{\"name\":\"Ana\"}}", "Ana");
	SAYS(LINE, "{#items}{#parts}{name}{/parts}{/items}", "{\"items\":[{\"parts\":[{\"name\":\"a\"}]}]}", "a");
	SAYS(LINE, "{^items}none{/items}", "{\"items\":[]}", "none");
}

static void a_line_of_marks_is_no_line(void **state)
{
	(void)state;
	SAYS(TEXT, "List:\n{#items}\n- {name}\n{/items}\n\nEnd", "{\"items\":[{\"name\":\"a\"},{\"name\":\"b\"}]}",
	        "List:\n- a\n- b\n\nEnd\n");
	SAYS(TEXT, "List:\n- {title}\n\nEnd", "{}", "End\n");
}

static void values_in_html_are_never_html(void **state)
{
	(void)state;
	SAYS(HTML, "<p>{title}</p>", "{\"title\":\"<script>&\\\"'\\n\"}",
	        "<p>&lt;script&gt;&amp;&quot;&#39;<br>\n</p>");
	SAYS(HTML, "<p title=\"{title}\">x</p>", "{\"title\":\"\\\" onload='x\"}",
	        "<p title=\"&quot; onload=&#39;x\">x</p>");
	SAYS(HTML, "<a href=\"{link}\">x</a>", "{\"link\":\"javascript:alert(1)\"}", "<a href=\"#\">x</a>");
	SAYS(HTML, "<a href=\"{link}\">x</a>", "{\"link\":\"https://x/?a=1&b=\\\"<\"}",
	        "<a href=\"https://x/?a=1&amp;b=%22%3C\">x</a>");
	SAYS(HTML, "<a href=\"https://x/?q={title}\">x</a>", "{\"title\":\"a&b c/é\"}",
	        "<a href=\"https://x/?q=a%26b%20c%2F%C3%A9\">x</a>");
}

static void what_is_too_much_is_not_said(void **state)
{
	struct buffer json;

	(void)state;
	buffer_init(&json, arena, 1 << 16);
	buffer_string(&json, "{\"items\":[0");
	for (int i = 0; i < 200; i++)
		buffer_string(&json, ",{\"name\":\"a\"}");
	buffer_string(&json, "]}");
	assert_int_equal(say(PATTERN_LINE, "{#items}{name}{/items}", buffer_cstr(&json)).len, PATTERN_ITEMS - 1);
	assert_string_equal(
	        say(PATTERN_LINE,
	                "{#items}{#items}{#items}{#items}{#items}{#flag}x{/flag}{/items}{/items}{/items}{/items}"
	                "{/items}",
	                buffer_cstr(&json))
	                .data,
	        "?");
	buffer_init(&json, arena, 1 << 16);
	buffer_printf(&json, "{\"title\":\"%0999d\xC3\xA9\"}", 0);
	assert_int_equal(say(PATTERN_LINE, "{title}", buffer_cstr(&json)).len, 999 + 3);
	assert_string_equal(
	        say(PATTERN_LINE, "{title}{title}{title}{title}{title}{title}", buffer_cstr(&json)).data, "?");
}

/* --- what is refused, and where ------------------------------------------------------- */
static const struct {
	enum pattern_form form;
	const char *source, *where, *why;
} refused[] = {
	{ PATTERN_LINE, "Caf\xC3\xA9 {titel}", "1:6", "{titel} is no field of this template" },
	{ PATTERN_TEXT, "one\ntwo {nam", "2:5", "expected a field's name and }; write {{ for {" },
	{ PATTERN_TEXT, "one\n {#title} x", "2:2", "this section does not end" },
	{ PATTERN_TEXT, "{#title}{/link}", "1:9", "the section that ends here is not {#link}" },
	{ PATTERN_TEXT, "{/title}", "1:1", "the section that ends here is not {#title}" },
	{ PATTERN_TEXT, "a } b", "1:3", "a brace that is none of a field's: write }} for }" },
	{ PATTERN_TEXT, "{name}", "1:1", "{name} is no field of this template" },
	{ PATTERN_TEXT, "{title", "1:1", "expected a field's name and }; write {{ for {" },
	{ PATTERN_TEXT, "a\x01", "1:2", "a control character" },
	{ PATTERN_TEXT, "a\xff", "1:2", "this is no UTF-8" },
	{ PATTERN_LINE, "a\nb", "1:2", "a control character" },
	{ PATTERN_TEXT, "{#title}{#title}{#title}{#title}{#title}{#title}{#title}{#title}{#title}", "1:65",
	        "too many sections in each other" },
	{ PATTERN_HTML, "<p>one", "1:7", "an element is not closed" },
	{ PATTERN_HTML, "<p>one</div>", "1:12", "this element is not the one that is open here" },
	{ PATTERN_HTML, "<p>\n<script>", "2:8", "this element is not allowed" },
	{ PATTERN_HTML, "<img src=\"x\">", "1:5", "this element is not allowed" },
	{ PATTERN_HTML, "<p onclick=\"x\">", "1:11", "this attribute is not allowed" },
	{ PATTERN_HTML, "<p href=\"x\">", "1:8", "this attribute is not allowed" },
	{ PATTERN_HTML, "<p title=x>", "1:10", "expected a value in quotes" },
	{ PATTERN_HTML, "<a href=\"javascript:x\">", "1:22", "an address must begin with https:, http: or mailto:" },
	{ PATTERN_HTML, "<a href=\"java{title}\">", "1:14", "a value cannot stand here" },
	{ PATTERN_HTML, "<p style=\"color:{title}\">", "1:17", "a value cannot stand here" },
	{ PATTERN_HTML, "<p style=\"background:url(x)\">", "1:28", "a style cannot call anything" },
	{ PATTERN_HTML, "<p {title}=\"x\">", "1:4", "a value cannot stand here" },
	{ PATTERN_HTML, "<{title}>", "1:2", "a value cannot stand here" },
	{ PATTERN_HTML, "<p>{#title}</p>{/title}", "1:15", "this element is not the one that is open here" },
	{ PATTERN_HTML, "{#title}<p>{/title}</p>", "1:12",
	        "an element that begins in this section does not end in it" },
	{ PATTERN_HTML, "<p {#title}>", "1:4", "a section cannot begin in a tag" },
	{ PATTERN_HTML, "<p><div></div></p>", "1:8", "a block cannot stand in a paragraph: close <p> first" },
	{ PATTERN_HTML, "<td></td>", "1:4", "this element cannot stand here" },
	{ PATTERN_HTML, "1 < 2", "1:4", "write &lt; for <; elements are in lower case" },
	{ PATTERN_HTML, "<html>", "1:6", "this element belongs to the layout" },
	{ PATTERN_HTML, "<!-- x -->", "1:2", "write &lt; for <; elements are in lower case" },
};

static void what_is_wrong_is_told_with_its_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		struct pattern_fault fault = { 0, 0, "nothing" };
		char where[32];

		if (pattern_read(arena, refused[i].form, FIELDS, text_of(refused[i].source), &fault))
			fail_msg("taken: %s", refused[i].source);
		snprintf(where, sizeof where, "%d:%d", fault.line, fault.column);
		if (strcmp(where, refused[i].where) != 0 || strcmp(fault.why, refused[i].why) != 0)
			fail_msg("%s: %s: %s", refused[i].source, where, fault.why);
	}
}

static void a_source_is_64_kibibytes_at_most(void **state)
{
	struct pattern_fault fault;
	struct buffer source;

	(void)state;
	buffer_init(&source, arena, 1 << 17);
	while (source.len <= PATTERN_BYTES)
		buffer_string(&source, "0123456789abcdef");
	assert_null(pattern_read(arena, PATTERN_TEXT, FIELDS, buffer_view(&source), &fault));
	assert_string_equal(fault.why, "it is too long: 64 KiB at most");
	source.len = PATTERN_BYTES;
	assert_non_null(pattern_read(arena, PATTERN_TEXT, FIELDS, buffer_view(&source), &fault));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(values_are_put_in, set_up, tear_down),
		cmocka_unit_test_setup_teardown(sections_are_conditions_and_loops, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_line_of_marks_is_no_line, set_up, tear_down),
		cmocka_unit_test_setup_teardown(values_in_html_are_never_html, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_too_much_is_not_said, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_wrong_is_told_with_its_place, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_source_is_64_kibibytes_at_most, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
