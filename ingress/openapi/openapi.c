/* openapi.c - the document around the operations, and its serving. See openapi.h. */
#include "ingress/openapi/openapi.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "base/process.h"
#include "ingress/http/action.h"
#include "ingress/http/gzip.h"
#include "ingress/http/etag.h"
#include "ingress/http/respond.h"
#include "ingress/openapi/private.h"

#define OPERATIONS_MAX 512

static struct arena *kept; /* for good: so is the document */
static struct text document, packed_document, document_tag;

/* --- the operations ------------------------------------------------------------------ */
struct operations {
	struct arena *arena;
	int count;
	struct operation items[OPERATIONS_MAX];
};

static struct operation *add(struct operations *all)
{
	if (all->count == OPERATIONS_MAX)
		abort();
	return &all->items[all->count++];
}

/* "ticket.set_status" is about a ticket. */
static const char *tag_of(struct arena *arena, const char *type)
{
	return text_dup(arena, (struct text){ type, strcspn(type, "._") });
}

/* "Set status of ticket": what the type asks for. */
static const char *request_of(struct arena *arena, const char *type)
{
	const char *verb = strchr(type, '.') + 1;
	char *out =
	        arena_printf(arena, "%s%s %.*s", verb, strchr(verb, '_') ? " of" : "", (int)(verb - type - 1), type);

	out[0] = (char)toupper((unsigned char)out[0]);
	for (char *c = out; *c; c++)
		if (*c == '_')
			*c = ' ';
	return out;
}

static bool makes_something(const struct record *record)
{
	for (int i = 0; i < record->count; i++)
		if (record->fields[i].need == MINTED)
			return true;
	return false;
}

/* The first route of a command has its name; the others say their verb, too. */
static const char *route_id(struct arena *arena, const struct route *route)
{
	static const char *const verbs[VERB_COUNT] = { "_get", "_post", "_put", "_patch", "_delete" };
	const struct route *first = routes;

	while (first->command != route->command)
		first++;
	return openapi_name(arena,
	        arena_printf(
	                arena, "%s%s", commands[route->command].record.type, first == route ? "" : verbs[route->verb]),
	        false);
}

static void add_route(struct operations *all, const struct route *route)
{
	const struct command *command = &commands[route->command];
	const struct record *record = &command->record;
	const struct shown *shown = command->answer >= 0 ? &reads[command->answer].shown : NULL;
	const char *said = command->said[LANGUAGE_EN];

	*add(all) = (struct operation){ .verb = route->verb,
		.path = route->path,
		.id = route_id(all->arena, route),
		.tag = tag_of(all->arena, record->type),
		.summary = request_of(all->arena, record->type),
		.record = record,
		.access = command->access,
		.command = command,
		.sends = true,
		.lenient = route->strictness == LENIENT,
		.body = record_has_body(record) ? openapi_name(all->arena, record->type, true) : NULL,
		.status = makes_something(record) ? 201 : 200,
		.said = said ? said : "Done",
		.data = shown ? shown->data : "Done",
		.pagination = shown ? shown->pagination : NULL };
}

static void add_read(struct operations *all, const struct read *read)
{
	*add(all) = (struct operation){ .verb = GET,
		.path = read->path,
		.id = openapi_name(all->arena, read->record.type, false),
		.tag = tag_of(all->arena, read->record.type),
		.summary = read->shown.summary,
		.record = &read->record,
		.access = read->access,
		.read = read,
		.status = 200,
		.said = read->shown.summary,
		.data = read->shown.data,
		.pagination = read->shown.pagination };
}

static void add_action(struct operations *all, const struct action *action)
{
	bool form = record_has_body(&action->record);

	*add(all) = (struct operation){ .verb = action->verb,
		.path = action->path,
		.id = action->does.name,
		.tag = action->does.tag,
		.summary = action->does.summary,
		.record = &action->record,
		.access = action->access,
		.action = action,
		.sends = action->does.flags & COMMANDS,
		.body = form ? openapi_name(all->arena, action->record.type, true) : action->sends,
		.body_example = action->sends_example,
		.status = action->does.status,
		.said = action->does.summary,
		.data = action->does.data };
}

/* "verify" is "verifyOld" at its first old path, "verifyOld2" at the second. */
static const char *old_id(struct arena *arena, const char *id, int old_path)
{
	int nth = 1;

	for (int i = 0; i < old_path; i++)
		nth += !strcmp(old_paths[i].path, old_paths[old_path].path);
	return nth == 1 ? arena_printf(arena, "%sOld", id) : arena_printf(arena, "%sOld%d", id, nth);
}

/* What is at a path is at its old ones, too. */
static void add_old_paths(struct operations *all)
{
	int count = all->count;

	for (int i = 0; i < old_path_count; i++) {
		for (int o = 0; o < count; o++) {
			struct operation *old;

			if (strcmp(all->items[o].path, old_paths[i].path) != 0)
				continue;
			old = add(all);
			*old = all->items[o];
			old->path = old_paths[i].old_path;
			old->id = old_id(all->arena, all->items[o].id, i);
			old->deprecated = true;
		}
	}
}

/* --- the document ---------------------------------------------------------------------- */
/* {ticket_id} is {ticketId} to clients. */
static const char *path_of(struct arena *arena, const char *path)
{
	struct buffer out;

	buffer_init(&out, arena, 128);
	buffer_string(&out, "/api/v1");
	for (; *path; path++) {
		bool hump = *path == '_';

		path += hump;
		buffer_append(&out, &(char){ hump ? (char)toupper((unsigned char)*path) : *path }, 1);
	}
	return buffer_cstr(&out);
}

/* All verbs of a path stand together, where its first one is. */
static void write_path(struct buffer *out, const struct operations *all, int first)
{
	const char *path = all->items[first].path;

	for (int i = 0; i < first; i++)
		if (!strcmp(all->items[i].path, path))
			return;
	buffer_json_name(out, path_of(all->arena, path));
	buffer_string(out, "{");
	for (int i = first; i < all->count; i++)
		if (!strcmp(all->items[i].path, path))
			openapi_operation(out, &all->items[i]);
	buffer_string(out, "}");
}

static void write_info(struct buffer *out)
{
	buffer_string(out, "{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"Guichet\"");
	buffer_json_member(out, "version", text_of(process_version()));
	buffer_json_name(out, "description");
	buffer_string(out,
	        "\"A helpdesk that never loses a request. 200, 201 and 202 for a command mean that the broker has it "
	        "on disk; 503 NOT_ACCEPTED that certainly nothing happened; 503 OUTCOME_UNKNOWN tells where to "
	        "ask. Members are camelCase; snake_case is understood in requests. What is no request of these "
	        "is answered ");
	openapi_problems_elsewhere(out);
	buffer_string(out, ".\"");
	buffer_string(out, ",\"license\":{\"name\":\"MIT\",\"identifier\":\"MIT\"}},\"servers\":[{\"url\":\"/\"}]");
}

static void write_shared(struct buffer *out)
{
	static const struct {
		const char *key, *name, *says, *example;
	} parameters[] = {
		{ "IfMatch", "If-Match",
		        "The ETag that the client last saw, or its version number; 412 when the ticket has changed "
		        "since",
		        NULL },
		{ "IfNoneMatch", "If-None-Match", "The ETag that the client has; 304 when it still holds", NULL },
		{ "IdempotencyKey", "Idempotency-Key",
		        "1 to 255 visible characters: the same request with the same key is applied once", NULL },
		{ "Prefer", "Prefer",
		        "respond-async: 202 at once; wait=N: 202 after N seconds at the latest (RFC 7240); "
		        "handling=strict: "
		        "refuse what the role may not set",
		        NULL },
		{ "RequestId", "X-Request-Id", "Up to 64 letters, digits and -_. that logs and events will carry",
		        NULL },
		{ "AcceptLanguage", "Accept-Language", "fr or en: the language of messages", "en" },
	};
	static const char *const headers[][2] = {
		{ "ETag", "The version of what is shown, and a digest of it; strong" },
		{ "Location", "Where the thing made is, or what became of the command" },
		{ "RetryAfter", "Seconds" },
		{ "WWWAuthenticate", "Bearer" },
	};

	buffer_string(out,
	        ",\"securitySchemes\":{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\",\"bearerFormat\":\"JWT\"}}");
	buffer_string(out, ",\"parameters\":{");
	for (size_t i = 0; i < sizeof parameters / sizeof *parameters; i++) {
		buffer_json_name(out, parameters[i].key);
		buffer_string(out, "{\"in\":\"header\",\"schema\":{\"type\":\"string\"}");
		buffer_json_member(out, "name", text_of(parameters[i].name));
		buffer_json_member(out, "description", text_of(parameters[i].says));
		if (parameters[i].example)
			buffer_json_member(out, "example", text_of(parameters[i].example));
		buffer_string(out, "}");
	}
	buffer_string(out, "},\"headers\":{");
	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
		buffer_json_name(out, headers[i][0]);
		buffer_string(out, "{\"schema\":{\"type\":\"string\"}");
		buffer_json_member(out, "description", text_of(headers[i][1]));
		buffer_string(out, "}");
	}
	buffer_string(out, "}");
}

static void write_document(void)
{
	struct arena *arena = kept = arena_new(256 * 1024);
	struct operations *all = ARENA_NEW(arena, struct operations);
	struct buffer out;

	all->arena = arena;
	for (int i = 0; i < ACTION_COUNT; i++)
		add_action(all, &actions[i]);
	for (int i = 0; i < READ_COUNT; i++)
		add_read(all, &reads[i]);
	for (int i = 0; i < route_count; i++)
		add_route(all, &routes[i]);
	add_old_paths(all);
	buffer_init(&out, arena, 128 * 1024);
	write_info(&out);
	buffer_json_name(&out, "paths");
	buffer_string(&out, "{");
	for (int i = 0; i < all->count; i++)
		write_path(&out, all, i);
	buffer_string(&out, "},\"components\":{");
	openapi_schemas(&out, arena);
	write_shared(&out);
	buffer_string(&out, "}}");
	document = buffer_view(&out);
	packed_document = gzip_pack(arena, document);
	document_tag = etag_of_bytes(arena, document);
}

struct text openapi_document(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, write_document);
	return document;
}

void api_description(struct call *call)
{
	struct text bytes = openapi_document();

	respond_tagged(call, "application/json; charset=utf-8", bytes, packed_document, document_tag);
}
