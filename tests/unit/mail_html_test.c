/* mail_html_test.c - what of HTML is kept, and HTML as text. */
#include "tests/unit/mail_sample.h"
#include "base/mail/html.h"
#include "base/mail/html_tree.h"

#define clean(html) html_sanitise(*state, TEXT(html))
#define read_aloud(html) html_text(*state, TEXT(html))

static void programs_and_pages_go(void **state)
{
	assert_text(clean("<p>a<script>alert(1)</script>b</p>"), "<p>ab</p>");
	assert_text(clean("<svg><script>alert(1)</script><p>x</p></svg><math><mi>y</mi></math>ok"), "<p>x</p>ok");
	assert_text(clean("<iframe src=x></iframe><object data=x>y</object><style>p{}</style><base href=x>ok"), "ok");
	assert_text(clean("<form action=x><input name=y><button>send</button></form>"), "send");
	assert_null(strstr(
	        text_dup(*state, clean("<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">")), "<img"));
}

static void events_and_unknown_attributes_go(void **state)
{
	assert_text(clean("<b onclick=\"x()\" id=a class=b data-x=1>hi</b>"), "<b>hi</b>");
	assert_text(clean("<td width=\"5\" onload=x>1</td>"), "1");
	assert_text(clean("<p title='a\"b<'>x</p>"), "<p title=\"a&quot;b&lt;\">x</p>");
}

static void links_lead_to_the_web_and_to_mail(void **state)
{
	assert_text(clean("<a href=\"https://example.com/?a=1&amp;b=2\">x</a>"),
	        "<a href=\"https://example.com/?a=1&amp;b=2\" rel=\"noopener noreferrer\" target=\"_blank\">x</a>");
	assert_text(clean("<a href=\" java\nscript:alert(1)\">x</a>"), "<a>x</a>");
	assert_text(clean("<a href=\"data:text/html,x\">x</a><a href=\"/local\">y</a>"), "<a>x</a><a>y</a>");
	assert_non_null(strstr(text_dup(*state, clean("<a href=mailto:a@example.com>x</a>")), "mailto:a@example.com"));
}

static void nothing_is_fetched(void **state)
{
	assert_text(clean("<img src=\"http://example.com/p.gif\" alt=\"p\">"),
	        "<img data-src=\"http://example.com/p.gif\" alt=\"p\">");
	assert_text(clean("<img src=\"cid:a@b\" srcset=\"http://example.com/x 2x\">"), "<img src=\"cid:a@b\">");
	assert_text(clean("<table background=\"http://example.com/x\"></table>"), "<table></table>");
	assert_text(clean("<p style=\"color:red;background:url(http://example.com/x);position:fixed\">x</p>"),
	        "<p style=\"color:red;\">x</p>");
	assert_text(clean("<p style=\"width:expression(alert(1));color:r\\65 d\">x</p>"), "<p>x</p>");
}

static void reads_as_somebody_would(void **state)
{
	assert_text(read_aloud("<div>one</div><div>two<br>three</div>"), "one\ntwo\nthree\n");
	assert_text(read_aloud("<p>a   b\n c</p><p>d</p>"), "a b c\n\nd\n");
	assert_text(read_aloud("<ul><li>x<li>y</ul>"), "* x\n* y\n");
	assert_text(read_aloud("<table><tr><td>1<td>2<tr><td>3</table>"), "1 2\n3\n");
	assert_text(read_aloud("<p>new</p><blockquote>old<br>older</blockquote>"), "new\n\n> old\n> older\n");
	assert_text(read_aloud("<pre>a\n  b</pre>"), "a\n  b\n");
	assert_text(read_aloud("<head><title>t</title><style>s</style></head>a&nbsp;b&lt;"), "a b<\n");
}

static void deep_and_endless_pages_end(void **state)
{
	struct buffer html;

	buffer_init(&html, *state, 1 << 20);
	buffer_string(&html, "<p>seen</p>");
	for (int i = 0; i < 100000; i++)
		buffer_string(&html, "<div><b>");
	assert_non_null(strstr(text_dup(*state, html_sanitise(*state, buffer_view(&html))), "seen"));
	assert_non_null(strstr(text_dup(*state, html_text(*state, buffer_view(&html))), "seen"));
	assert_true(html_tree_cuts(buffer_view(&html)));
	assert_false(html_tree_cuts(TEXT("<p>seen<br><div>all</div>")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(programs_and_pages_go, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(events_and_unknown_attributes_go, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(links_lead_to_the_web_and_to_mail, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(nothing_is_fetched, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(reads_as_somebody_would, sample_begin, sample_end),
		cmocka_unit_test_setup_teardown(deep_and_endless_pages_end, sample_begin, sample_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
