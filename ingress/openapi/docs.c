/* docs.c - GET /api-docs: the API's description as a page for people, made from the document once.
 *
 *   by subject: verb, path, summary ─► who may, parameters, an example of the body, what can come back
 *   at the end: what bodies and answers are made of
 *
 * Who says that it wants JSON and no HTML gets the document itself, as older clients ask for it here.
 */
#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "ingress/http/action.h"
#include "ingress/http/etag.h"
#include "ingress/http/gzip.h"
#include "ingress/http/headers.h"
#include "ingress/http/page.h"
#include "ingress/http/respond.h"
#include "ingress/openapi/openapi.h"
#include "ingress/openapi/private.h"

static struct text page, packed_page, page_tag;

static void write_string(struct buffer *out, const json_t *object, const char *name)
{
	page_text(out, text_of(json_string_value(json_object_get(object, name))));
}

static void write_json(struct buffer *out, const json_t *value)
{
	char *text = json_dumps(value, JSON_INDENT(2) | JSON_ENCODE_ANY);

	if (!text)
		abort(); /* out of memory */
	buffer_string(out, "<pre>");
	page_text(out, text_of(text));
	buffer_string(out, "</pre>");
	free(text);
}

/* "#/components/parameters/Prefer" leads there. */
static const json_t *resolve(const json_t *document, const json_t *value)
{
	const char *reference = json_string_value(json_object_get(value, "$ref"));
	char *path, *rest, *word;

	if (!reference)
		return value;
	path = rest = strdup(reference);
	if (!path)
		abort();
	while ((word = strsep(&rest, "/")))
		if (*word != '#')
			document = json_object_get(document, word);
	free(path);
	return document;
}

static void write_parameters(struct buffer *out, const json_t *document, const json_t *operation)
{
	const json_t *parameters = json_object_get(operation, "parameters");
	size_t i;
	json_t *item;

	if (!json_array_size(parameters))
		return;
	buffer_string(out, "<table><tr><th>parameter</th><th>in</th><th></th></tr>");
	json_array_foreach(parameters, i, item)
	{
		const json_t *parameter = resolve(document, item);

		buffer_string(out, "<tr><td><code>");
		write_string(out, parameter, "name");
		buffer_string(out, "</code></td><td>");
		write_string(out, parameter, "in");
		buffer_string(out, "</td><td>");
		if (json_is_true(json_object_get(parameter, "required")))
			buffer_string(out, "required. ");
		write_string(out, parameter, "description");
		buffer_string(out, "</td></tr>");
	}
	buffer_string(out, "</table>");
}

static void write_responses(struct buffer *out, const json_t *operation)
{
	const char *status;
	json_t *response;

	buffer_string(out, "<table><tr><th>answer</th><th></th></tr>");
	json_object_foreach(json_object_get(operation, "responses"), status, response)
	{
		buffer_string(out, "<tr><td>");
		page_text(out, text_of(status));
		buffer_string(out, "</td><td>");
		write_string(out, response, "description");
		buffer_string(out, "</td></tr>");
	}
	buffer_string(out, "</table>");
}

static void write_operation(
        struct buffer *out, const json_t *document, const char *verb, const char *path, const json_t *operation)
{
	const json_t *body = json_object_get(operation, "requestBody");
	const json_t *media = json_object_get(json_object_get(body, "content"), "application/json");
	bool old = json_is_true(json_object_get(operation, "deprecated"));

	buffer_string(out, "<details><summary><code><span class=\"verb\">");
	page_text(out, text_of(verb));
	buffer_string(out, old ? "</span> <span class=\"old\">" : "</span> <span>");
	page_text(out, text_of(path));
	buffer_string(out, "</span></code> ");
	write_string(out, operation, "summary");
	buffer_string(out, "</summary><p>");
	write_string(out, operation, "description");
	buffer_string(out, json_array_size(json_object_get(operation, "security")) ? "" : " Without a token.");
	buffer_string(out, "</p>");
	write_parameters(out, document, operation);
	if (json_object_get(media, "example"))
		write_json(out, json_object_get(media, "example"));
	write_responses(out, operation);
	buffer_string(out, "</details>\n");
}

static bool has_tag(const json_t *operation, const char *tag)
{
	const char *own = json_string_value(json_array_get(json_object_get(operation, "tags"), 0));

	return own && strcmp(own, tag) == 0;
}

static void write_subject(struct buffer *out, const json_t *document, const char *tag)
{
	const char *path, *verb;
	json_t *verbs, *operation;

	buffer_string(out, "<h2>");
	page_text(out, text_of(tag));
	buffer_string(out, "</h2>\n");
	json_object_foreach(json_object_get(document, "paths"), path, verbs)
	{
		json_object_foreach(verbs, verb, operation)
		{
			if (has_tag(operation, tag))
				write_operation(out, document, verb, path, operation);
		}
	}
}

/* Each subject once, in the order in which it is first met. */
static json_t *subjects_of(const json_t *document)
{
	json_t *subjects = json_object(), *verbs, *operation;
	const char *path, *verb;

	json_object_foreach(json_object_get(document, "paths"), path, verbs)
	{
		json_object_foreach(verbs, verb, operation)
		{
			json_object_set_new(subjects,
			        json_string_value(json_array_get(json_object_get(operation, "tags"), 0)), json_true());
		}
	}
	return subjects;
}

static void write_things(struct buffer *out, const json_t *document)
{
	const char *name;
	json_t *schema;

	buffer_string(out, "<h2>What bodies and answers are made of</h2>\n");
	json_object_foreach(json_object_get(json_object_get(document, "components"), "schemas"), name, schema)
	{
		buffer_string(out, "<details><summary><code>");
		page_text(out, text_of(name));
		buffer_string(out, "</code> ");
		write_string(out, schema, "description");
		buffer_string(out, "</summary>");
		write_json(out, schema);
		buffer_string(out, "</details>\n");
	}
}

static void write_page(void)
{
	struct text bytes = openapi_document();
	json_t *document = json_loadb(bytes.data, bytes.len, 0, NULL), *subjects, *unused;
	struct arena *kept = arena_new(256 * 1024);
	struct buffer out;
	const char *tag;

	if (!document)
		abort();
	buffer_init(&out, kept, 256 * 1024);
	page_begin(&out, "The API of Guichet", LANGUAGE_EN);
	buffer_string(&out, "<p>");
	write_string(&out, json_object_get(document, "info"), "description");
	buffer_string(&out, "</p>\n<p>The same for programs: <a href=\"/api/v1/openapi.json\">OpenAPI 3.1</a>.</p>\n");
	subjects = subjects_of(document);
	json_object_foreach(subjects, tag, unused) write_subject(&out, document, tag);
	write_things(&out, document);
	page_end(&out);
	json_decref(subjects);
	json_decref(document);
	page = buffer_view(&out);
	packed_page = gzip_pack(kept, page);
	page_tag = etag_of_bytes(kept, page);
}

static bool wants_json(const struct call *call)
{
	struct text rest = call_headers(call, "accept"), item;

	while (headers_next(&rest, ',', &item))
		if (text_starts_with(item, TEXT("application/json")))
			return !page_is_wanted(call);
	return false;
}

void api_docs(struct call *call)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	respond_header(call, "vary", TEXT("accept"));
	if (wants_json(call)) {
		api_description(call);
		return;
	}
	pthread_once(&once, write_page);
	respond_tagged(call, PAGE_TYPE, page, packed_page, page_tag);
}
