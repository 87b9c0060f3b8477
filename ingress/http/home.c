/* home.c - GET /: what this is, for who finds the address; a page for a browser, a card for everybody else. */
#include "base/clock.h"
#include "base/process.h"
#include "ingress/http/action.h"
#include "ingress/http/page.h"
#include "ingress/http/respond.h"

static const struct {
	const char *name, *path, *says;
} places[] = {
	{ "auth", "/api/v1/auth", "signing in and out, accounts" },
	{ "users", "/api/v1/users", "profiles" },
	{ "tickets", "/api/v1/tickets", "tickets, comments, history" },
	{ "events", "/api/v1/events", "what has happened since, in commit order" },
	{ "audit", "/api/v1/audit", "the audit trail" },
};

#define PLACES (sizeof places / sizeof *places)

static void write_card(struct buffer *out, int port)
{
	buffer_string(out, "{");
	buffer_json_member_bool(out, "success", true);
	buffer_json_member(out, "service", TEXT("guichet"));
	buffer_json_member(out, "version", text_of(process_version()));
	buffer_json_member(out, "status", TEXT("running"));
	buffer_json_member_int(out, "port", port);
	buffer_json_name(out, "services");
	buffer_string(out, "{");
	for (size_t i = 0; i < PLACES; i++)
		buffer_json_member(out, places[i].name, text_of(places[i].path));
	buffer_string(out, "}");
	buffer_json_member(out, "documentation", TEXT("/api-docs"));
	buffer_json_member(out, "description", TEXT("/api/v1/openapi.json"));
	buffer_string(out, "}");
}

static void write_page(struct buffer *out)
{
	page_begin(out, "Guichet", LANGUAGE_EN);
	buffer_string(out,
	        "<p>A helpdesk: people open tickets, agents solve them. This is the address of its programs, "
	        "version ");
	page_text(out, text_of(process_version()));
	buffer_string(out, "; screens for people are made by others, with its API.</p>\n"
	                   "<ul><li><a href=\"/api-docs\">What the API can be asked</a></li>"
	                   "<li><a href=\"/api/v1/openapi.json\">The same for programs (OpenAPI 3.1)</a></li>"
	                   "<li><a href=\"/api/v1/health\">Whether all is well</a></li></ul>\n<table>");
	for (size_t i = 0; i < PLACES; i++)
		buffer_printf(out, "<tr><td><code>%s</code></td><td>%s</td></tr>", places[i].path, places[i].says);
	buffer_string(out, "</table>\n");
	page_end(out);
}

void service_card(struct call *call)
{
	bool page = page_is_wanted(call);
	struct buffer out;

	buffer_init(&out, call->arena, 4096);
	if (page)
		write_page(&out);
	else
		write_card(&out, call_port(call));
	respond_header(call, "vary", TEXT("accept"));
	respond_plain(call, 200, page ? PAGE_TYPE : "application/json; charset=utf-8", buffer_view(&out));
}
