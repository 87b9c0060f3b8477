/* operation.c - one operation of the document: parameters, body, responses. */
#include "ingress/openapi/private.h"

#include <stdio.h>
#include <string.h>

/* --- parameters ---------------------------------------------------------------------- */
static void write_shared_parameter(struct buffer *out, const char *name)
{
	openapi_next(out);
	buffer_printf(out, "{\"$ref\":\"#/components/parameters/%s\"}", name);
}

static void begin_parameter(struct buffer *out, const char *name, const char *place, bool required)
{
	char member[FIELD_JSON_BYTES];

	field_json_name(name, member);
	openapi_next(out);
	buffer_string(out, "{");
	buffer_json_member(out, "name", text_of(member));
	buffer_json_member(out, "in", text_of(place));
	if (required)
		buffer_json_member_bool(out, "required", true);
	buffer_json_name(out, "schema");
}

/* What can be said in the body has its example there: nothing is said twice. */
static void write_parameter(
        struct buffer *out, const struct record *record, const struct field *field, const char *place)
{
	begin_parameter(out, field->name, place, field->need == FROM_PATH || field->need == REQUIRED);
	openapi_field(out, field);
	if (field_example(record, field) && field->need != BODY_OR_QUERY) {
		buffer_json_name(out, "example");
		openapi_example(out, record, field);
	}
	buffer_string(out, "}");
}

static bool has_flag(const struct operation *o, enum action_flags flag)
{
	return o->action && o->action->does.flags & flag;
}

static bool is_tagged(const struct operation *o)
{
	return (o->read && o->read->shown.tagged) || has_flag(o, HAS_ETAG);
}

static void write_parameters(struct buffer *out, const struct operation *o)
{
	buffer_json_name(out, "parameters");
	buffer_string(out, "[");
	for (int i = 0; i < o->record->count; i++) {
		const struct field *field = &o->record->fields[i];

		if (field->need == FROM_PATH)
			write_parameter(out, o->record, field, "path");
		else if (field->need == FROM_HEADER)
			write_shared_parameter(out, "IfMatch");
		else if (o->read || field->need == FROM_QUERY || field->need == BODY_OR_QUERY)
			write_parameter(out, o->record, field, "query");
	}
	if (has_flag(o, UPLOADS)) {
		begin_parameter(out, "Content-Disposition", "header", false);
		buffer_string(out, "{\"type\":\"string\"},\"example\":\"attachment; filename=\\\"tray.txt\\\"\"}");
	}
	if (has_flag(o, TAKES_MAIL)) {
		begin_parameter(out, "Guichet-Signature", "header", true);
		buffer_string(out, "{\"type\":\"string\"},\"example\":\"t=1700000000,v1=5257a869\"}");
		begin_parameter(out, "recipient", "query", false);
		buffer_string(out, "{\"type\":\"string\"},\"example\":\"support@example.org\"}");
		begin_parameter(out, "sender", "query", false);
		buffer_string(out, "{\"type\":\"string\"},\"example\":\"ada@example.org\"}");
		write_shared_parameter(out, "IdempotencyKey");
	}
	if (has_flag(o, BYTES)) {
		begin_parameter(out, "Range", "header", false);
		buffer_string(out, "{\"type\":\"string\"}}");
	}
	if (has_flag(o, ENDLESS)) {
		begin_parameter(out, "Last-Event-ID", "header", false);
		buffer_string(out, "{\"type\":\"string\"}}");
		begin_parameter(out, "lastEventId", "query", false);
		buffer_string(out, "{\"type\":\"string\"}}");
		begin_parameter(out, "token", "query", false);
		buffer_string(out, "{\"type\":\"string\"}}");
	}
	if (o->action && o->action->id == ACTION_events_stream) {
		begin_parameter(out, "ticketId", "query", false);
		buffer_string(out, "{\"type\":\"string\",\"format\":\"uuid\"}}");
		begin_parameter(out, "types", "query", false);
		buffer_string(out, "{\"type\":\"string\"},\"example\":\"ticket.created,ticket.sla_*\"}");
	}
	if (is_tagged(o))
		write_shared_parameter(out, "IfNoneMatch");
	if (o->sends) {
		write_shared_parameter(out, "IdempotencyKey");
		write_shared_parameter(out, "Prefer");
	}
	write_shared_parameter(out, "RequestId");
	if (!has_flag(o, BARE))
		write_shared_parameter(out, "AcceptLanguage");
	buffer_string(out, "]");
}

/* --- body ---------------------------------------------------------------------------- */
static bool requires_body(const struct operation *o)
{
	for (int i = 0; i < o->record->count; i++)
		if (o->record->fields[i].need == REQUIRED)
			return true;
	return o->body_example != NULL;
}

/* A form with files in it, or one file with its name beside it. */
static void write_upload(struct buffer *out)
{
	buffer_json_name(out, "requestBody");
	buffer_string(out,
	        "{\"required\":true,\"content\":{\"multipart/"
	        "form-data\":{\"schema\":{\"type\":\"object\",\"required\":[\"file\"],"
	        "\"properties\":{\"file\":{\"type\":\"string\",\"contentMediaType\":\"application/octet-stream\"},"
	        "\"ticketId\":{\"type\":\"string\"},\"description\":{\"type\":\"string\",\"maxLength\":2000},"
	        "\"isPublic\":{\"type\":\"string\",\"enum\":[\"true\",\"false\"]}}}},"
	        "\"text/plain\":{\"schema\":{\"type\":\"string\"},\"example\":\"The tray is stuck.\"}}}");
}

static void write_message(struct buffer *out)
{
	buffer_json_name(out, "requestBody");
	buffer_string(out,
	        "{\"required\":true,\"content\":{\"message/rfc822\":{\"schema\":{\"type\":\"string\"},"
	        "\"example\":\"From: ada@example.org\\r\\nSubject: The tray is stuck\\r\\n\\r\\nHelp!\\r\\n\"}}}");
}

static void write_csv(struct buffer *out)
{
	buffer_json_name(out, "requestBody");
	buffer_string(out, "{\"required\":true,\"content\":{\"text/csv\":{\"schema\":{\"type\":\"string\"},"
	                   "\"example\":\"email,firstName,lastName,role\\r\\nzoe@example.org,Zoé,Ruiz,user\\r\\n\"}}}");
}

static void write_body(struct buffer *out, const struct operation *o)
{
	if (has_flag(o, UPLOADS))
		write_upload(out);
	if (has_flag(o, TAKES_MAIL))
		write_message(out);
	if (has_flag(o, TAKES_CSV))
		write_csv(out);
	if (!o->body)
		return;
	buffer_json_name(out, "requestBody");
	buffer_string(out, "{");
	buffer_json_member_bool(out, "required", requires_body(o));
	buffer_json_name(out, "content");
	buffer_string(out, "{\"application/json\":{\"schema\":");
	openapi_type(out, o->body);
	buffer_json_name(out, "example");
	if (o->body_example) {
		buffer_string(out, o->body_example);
	} else {
		buffer_string(out, "{");
		for (int i = 0; i < o->record->count; i++) {
			const struct field *field = &o->record->fields[i];
			char name[FIELD_JSON_BYTES];

			if (!field_is_in_body(field) || !field_example(o->record, field))
				continue;
			field_json_name(field->name, name);
			buffer_json_name(out, name);
			openapi_example(out, o->record, field);
		}
		buffer_string(out, "}");
	}
	buffer_string(out, "}}}");
}

/* --- responses ----------------------------------------------------------------------- */
static void write_envelope(struct buffer *out, const char *data, const char *pagination, bool lenient, bool lifts)
{
	if (lifts)
		buffer_string(out, "{\"allOf\":[");
	buffer_string(out, "{\"type\":\"object\",\"required\":[\"success\",\"message\",\"data\"");
	buffer_string(out, pagination ? ",\"pagination\"]" : "]");
	buffer_string(out, ",\"properties\":{\"success\":{\"const\":true},\"message\":{\"type\":\"string\"}");
	buffer_json_name(out, "data");
	openapi_type(out, data);
	if (pagination) {
		buffer_json_name(out, "pagination");
		openapi_type(out, pagination);
	}
	if (lenient) {
		buffer_json_name(out, "meta");
		openapi_type(out, "Meta");
	}
	buffer_string(out, "}}");
	if (lifts) {
		openapi_next(out);
		openapi_type(out, data);
		buffer_string(out, "]}");
	}
}

static void write_schema_of(struct buffer *out, const struct operation *o)
{
	if (has_flag(o, BARE))
		openapi_type(out, o->data);
	else
		write_envelope(out, o->data, o->pagination, o->lenient, has_flag(o, LIFTS));
}

static void begin_response(struct buffer *out, int status, const char *description)
{
	char name[16];

	snprintf(name, sizeof name, "%d", status);
	buffer_json_name(out, name);
	buffer_string(out, "{");
	buffer_json_member(out, "description", text_of(description));
}

static void write_headers(struct buffer *out, bool located, bool tagged)
{
	if (!located && !tagged)
		return;
	buffer_json_name(out, "headers");
	buffer_string(out, "{");
	if (located)
		buffer_json_member_raw(out, "Location", TEXT("{\"$ref\":\"#/components/headers/Location\"}"));
	if (tagged)
		buffer_json_member_raw(out, "ETag", TEXT("{\"$ref\":\"#/components/headers/ETag\"}"));
	buffer_string(out, "}");
}

/* As CSV or JSON lines, too. */
static bool is_exported(const struct operation *o)
{
	const struct field *field = o->read ? field_find(o->record, TEXT("format")) : NULL;

	return field && field->kind == &kind_of_format;
}

/* As JSON lines alone. */
static bool is_lines(const struct operation *o)
{
	return o->read && o->read->id == READ_person_takeaway;
}

static void write_success(struct buffer *out, const struct operation *o)
{
	const struct read *shown = o->read;
	bool uploads_one = has_flag(o, UPLOADS) && !strcmp(o->data, "File");

	if (o->command && o->command->answer >= 0)
		shown = &reads[o->command->answer];
	begin_response(out, o->status, o->said);
	write_headers(out, uploads_one || has_flag(o, REDIRECTS) || (o->status == 201 && o->command && shown),
	        uploads_one || (shown && shown->shown.tagged) || has_flag(o, HAS_ETAG));
	if (has_flag(o, REDIRECTS)) {
		buffer_string(out, "}");
		return;
	}
	buffer_json_name(out, "content");
	buffer_string(out, "{");
	if (has_flag(o, PAGE))
		buffer_string(out, "\"text/html\":{\"schema\":{\"type\":\"string\"}}");
	if (has_flag(o, BYTES)) {
		buffer_string(out, "\"*/*\":{\"schema\":{\"type\":\"string\",\"contentMediaType\":\"application/"
		                   "octet-stream\"}}}}");
		return;
	}
	if (has_flag(o, ENDLESS)) {
		buffer_string(out, "\"text/event-stream\":{\"schema\":{\"type\":\"string\"}}}}");
		return;
	}
	if (is_lines(o)) {
		buffer_string(out, "\"application/jsonl\":{\"schema\":");
		openapi_type(out, o->read->shown.data);
		buffer_string(out, "}}}");
		return;
	}
	if (is_exported(o))
		buffer_string(out, "\"text/csv\":{\"schema\":{\"type\":\"string\"}},\"application/jsonl\":{\"schema\":"
		                   "{\"type\":\"string\"}}");
	buffer_json_name(out, "application/json");
	buffer_string(out, "{\"schema\":");
	write_schema_of(out, o);
	buffer_string(out, "}}}");
}

static void write_accepted(struct buffer *out)
{
	begin_response(out, 202, "The broker has the command on disk; it has not been applied yet");
	write_headers(out, true, false);
	buffer_string(out, ",\"content\":{\"application/json\":{\"schema\":");
	write_envelope(out, "Accepted", NULL, false, false);
	buffer_string(out, "}}}");
}

static void write_responses(struct buffer *out, const struct operation *o)
{
	buffer_json_name(out, "responses");
	buffer_string(out, "{");
	write_success(out, o);
	if (has_flag(o, BYTES))
		buffer_string(out, ",\"206\":{\"description\":\"The part that Range asks for\"}");
	if (o->command || has_flag(o, UPLOADS))
		write_accepted(out);
	if (is_tagged(o)) {
		begin_response(out, 304, "Nothing has changed since the ETag of If-None-Match");
		write_headers(out, false, true);
		buffer_string(out, "}");
	}
	openapi_problems(out, o);
	if (has_flag(o, UNREADY)) {
		begin_response(out, 503, "Not ready");
		buffer_string(out, ",\"content\":{\"application/json\":{\"schema\":");
		write_schema_of(out, o);
		buffer_string(out, "}}}");
	}
	buffer_string(out, "}");
}

void openapi_operation(struct buffer *out, const struct operation *o)
{
	static const char *const verbs[VERB_COUNT] = { "get", "post", "put", "patch", "delete" };

	buffer_json_name(out, verbs[o->verb]);
	buffer_string(out, "{");
	buffer_json_member(out, "operationId", text_of(o->id));
	buffer_json_name(out, "tags");
	buffer_string(out, "[");
	buffer_json_text(out, text_of(o->tag));
	buffer_string(out, "]");
	buffer_json_member(out, "summary", text_of(o->summary));
	if (!o->action) {
		buffer_json_name(out, "description");
		buffer_string(out, "\"For ");
		openapi_who(out, o->access);
		buffer_string(out,
		        o->lenient ? ". What the role may not set is left out, and listed in meta.ignored.\"" : ".\"");
	}
	if (o->deprecated)
		buffer_json_member_bool(out, "deprecated", true);
	buffer_json_name(out, "security");
	buffer_string(out, has_flag(o, TOKEN_OR_NONE) ? "[{\"bearer\":[]},{}]"
	                   : o->access == PUBLIC      ? "[]"
	                                              : "[{\"bearer\":[]}]");
	write_parameters(out, o);
	write_body(out, o);
	write_responses(out, o);
	buffer_string(out, "}");
}
