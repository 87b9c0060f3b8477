/* problems.c - what can go wrong with which operation.
 *
 * A problem row says when it can happen; an operation meets those of its conditions,
 * and an action those that its row names. Some belong to no operation: they
 * answer what is not described, or no HTTP.
 */
#include "ingress/openapi/private.h"

#include <stdio.h>
#include <string.h>

enum condition {
	SIGNED_IN = 1,
	HAS_INPUT = 2, /* parameters or a body that can be wrong */
	A_COMMAND = 4,
	ON_TICKET = 8, /* names a ticket in its path */
	ON_OTHER = 16, /* names something else there, or nothing */
	A_READ = 32,
	HAS_PAGES = 64,
	HAS_PLACE = 128, /* goes on from a place in the feed */
	IF_MATCH = 256,
	HAS_VERSION = 512,
	CHANGES = 1024, /* a command on a ticket */
	ELSEWHERE = 2048,
	HAS_BODY = 4096,
	BY_ROW = 8192,   /* actions name it */
	BY_NAME = 32768, /* of the commands in the list below */
	NO_PROBE = 16384,
	ON_PERSON = 524288, /* names a person in its path */
	ON_FILE = 65536,    /* names a file in its path */
	UPLOADING = 131072,
	GIVING_BYTES = 262144,
};

static const unsigned conditions[PROBLEM_COUNT] = {
	[PROBLEM_VALIDATION_ERROR] = HAS_INPUT | UPLOADING | GIVING_BYTES,
	[PROBLEM_MALFORMED_REQUEST] = ELSEWHERE,
	[PROBLEM_REQUEST_TIMEOUT] = ELSEWHERE,
	[PROBLEM_HEADERS_TOO_LARGE] = ELSEWHERE,
	[PROBLEM_PAGE_TOO_FAR] = HAS_PAGES,
	[PROBLEM_CURSOR_EXPIRED] = HAS_PLACE,
	[PROBLEM_AUTH_TOKEN_MISSING] = SIGNED_IN | GIVING_BYTES,
	[PROBLEM_AUTH_TOKEN_INVALID] = SIGNED_IN | GIVING_BYTES,
	[PROBLEM_AUTH_TOKEN_EXPIRED] = SIGNED_IN | GIVING_BYTES,
	[PROBLEM_AUTH_TOKEN_REVOKED] = SIGNED_IN | GIVING_BYTES,
	[PROBLEM_MFA_REQUIRED] = SIGNED_IN,
	[PROBLEM_AUTH_INVALID_CREDENTIALS] = BY_ROW,
	[PROBLEM_AUTH_ACCOUNT_DISABLED] = A_COMMAND | A_READ | UPLOADING | GIVING_BYTES,
	[PROBLEM_INSUFFICIENT_PERMISSIONS] = A_COMMAND | ON_OTHER | UPLOADING | GIVING_BYTES,
	[PROBLEM_TICKET_ACCESS_DENIED] = ON_TICKET | UPLOADING,
	[PROBLEM_NOT_FOUND] = ON_OTHER,
	[PROBLEM_USER_NOT_FOUND] = ON_PERSON,
	[PROBLEM_OWN_ROLE] = BY_NAME,
	[PROBLEM_OWN_STATUS] = BY_NAME,
	[PROBLEM_OWN_ACCOUNT] = BY_NAME,
	[PROBLEM_LAST_ADMINISTRATOR] = BY_NAME,
	[PROBLEM_FILE_NOT_FOUND] = ON_FILE | GIVING_BYTES,
	[PROBLEM_FILE_TYPE_NOT_ALLOWED] = UPLOADING,
	[PROBLEM_TOO_MANY_FILES] = BY_NAME | UPLOADING,
	[PROBLEM_TICKET_QUOTA_EXCEEDED] = BY_NAME | UPLOADING,
	[PROBLEM_FILE_INFECTED] = BY_NAME | UPLOADING,
	[PROBLEM_FILE_IN_QUARANTINE] = GIVING_BYTES,
	[PROBLEM_FILE_PENDING] = GIVING_BYTES,
	[PROBLEM_FILE_TOO_LARGE] = UPLOADING,
	[PROBLEM_ENDPOINT_NOT_FOUND] = ELSEWHERE,
	[PROBLEM_TICKET_NOT_FOUND] = ON_TICKET | UPLOADING,
	[PROBLEM_METHOD_NOT_ALLOWED] = ELSEWHERE,
	[PROBLEM_USER_ALREADY_EXISTS] = BY_ROW,
	[PROBLEM_INVALID_TRANSITION] = CHANGES,
	[PROBLEM_REOPEN_WINDOW_EXPIRED] = CHANGES,
	[PROBLEM_VERSION_CONFLICT] = HAS_VERSION,
	[PROBLEM_PRECONDITION_FAILED] = IF_MATCH,
	[PROBLEM_MERGED] = CHANGES,
	[PROBLEM_OWNERS_DIFFER] = BY_NAME,
	[PROBLEM_ALREADY_SPLIT] = BY_NAME,
	[PROBLEM_ALREADY_ASSIGNED] = BY_NAME,
	[PROBLEM_NAME_TAKEN] = BY_NAME,
	[PROBLEM_CALENDAR_IN_USE] = BY_NAME,
	[PROBLEM_DEFAULT_POLICY] = BY_NAME,
	[PROBLEM_LIMIT_REACHED] = BY_NAME,
	[PROBLEM_BODY_TOO_LARGE] = A_COMMAND | HAS_BODY | UPLOADING,
	[PROBLEM_UNSUPPORTED_MEDIA_TYPE] = A_COMMAND | HAS_BODY | UPLOADING,
	[PROBLEM_IDEMPOTENCY_KEY_REUSED] = A_COMMAND | UPLOADING,
	[PROBLEM_DEAD_LETTER] = A_COMMAND | UPLOADING,
	[PROBLEM_INTERNAL_ERROR] = A_COMMAND | UPLOADING,
	[PROBLEM_NOT_ACCEPTED] = A_COMMAND | UPLOADING,
	[PROBLEM_OUTCOME_UNKNOWN] = A_COMMAND | UPLOADING,
	[PROBLEM_FILE_UNSCANNABLE] = UPLOADING,
	[PROBLEM_FILE_NEVER_SCANNED] = GIVING_BYTES,
	[PROBLEM_RANGE_NOT_SATISFIABLE] = GIVING_BYTES,
	[PROBLEM_SERVICE_UNAVAILABLE] = NO_PROBE, /* too much at a time */
};

static const struct {
	enum command_id command;
	enum problem_code code;
} by_name[] = {
	{ COMMAND_ticket_merge, PROBLEM_OWNERS_DIFFER },
	{ COMMAND_ticket_split, PROBLEM_ALREADY_SPLIT },
	{ COMMAND_ticket_assign, PROBLEM_ALREADY_ASSIGNED },
	{ COMMAND_ticket_create, PROBLEM_TOO_MANY_FILES },
	{ COMMAND_ticket_create, PROBLEM_TICKET_QUOTA_EXCEEDED },
	{ COMMAND_ticket_comment, PROBLEM_TOO_MANY_FILES },
	{ COMMAND_ticket_comment, PROBLEM_TICKET_QUOTA_EXCEEDED },
	{ COMMAND_file_restore, PROBLEM_TOO_MANY_FILES },
	{ COMMAND_file_restore, PROBLEM_TICKET_QUOTA_EXCEEDED },
	{ COMMAND_file_restore, PROBLEM_FILE_INFECTED },
	{ COMMAND_calendar_create, PROBLEM_NAME_TAKEN },
	{ COMMAND_calendar_create, PROBLEM_LIMIT_REACHED },
	{ COMMAND_calendar_update, PROBLEM_NAME_TAKEN },
	{ COMMAND_calendar_delete, PROBLEM_CALENDAR_IN_USE },
	{ COMMAND_policy_create, PROBLEM_NAME_TAKEN },
	{ COMMAND_policy_create, PROBLEM_LIMIT_REACHED },
	{ COMMAND_policy_update, PROBLEM_NAME_TAKEN },
	{ COMMAND_policy_update, PROBLEM_DEFAULT_POLICY },
	{ COMMAND_policy_delete, PROBLEM_DEFAULT_POLICY },
	{ COMMAND_schedule_create, PROBLEM_NAME_TAKEN },
	{ COMMAND_schedule_create, PROBLEM_LIMIT_REACHED },
	{ COMMAND_schedule_update, PROBLEM_NAME_TAKEN },
	{ COMMAND_template_put, PROBLEM_LIMIT_REACHED },
	{ COMMAND_template_revert, PROBLEM_LIMIT_REACHED },
	{ COMMAND_template_brand, PROBLEM_LIMIT_REACHED },
	{ COMMAND_webhook_create, PROBLEM_LIMIT_REACHED },
	{ COMMAND_person_update, PROBLEM_OWN_ROLE },
	{ COMMAND_person_update, PROBLEM_LAST_ADMINISTRATOR },
	{ COMMAND_person_set_role, PROBLEM_OWN_ROLE },
	{ COMMAND_person_set_role, PROBLEM_LAST_ADMINISTRATOR },
	{ COMMAND_person_set_status, PROBLEM_OWN_STATUS },
	{ COMMAND_person_set_status, PROBLEM_LAST_ADMINISTRATOR },
	{ COMMAND_person_delete, PROBLEM_OWN_ACCOUNT },
	{ COMMAND_person_erase, PROBLEM_OWN_ACCOUNT },
	{ COMMAND_person_erase, PROBLEM_LAST_ADMINISTRATOR },
	{ COMMAND_person_delete, PROBLEM_LAST_ADMINISTRATOR },
};

static unsigned conditions_of(const struct operation *o)
{
	const struct record *record = o->record;
	bool on_ticket = !strncmp(o->path, "/tickets/", 9) || strstr(o->path, "{ticket_id}");
	unsigned met = (o->access == PUBLIC ? 0 : SIGNED_IN) | (o->body ? HAS_BODY : 0);

	if (o->action)
		return met | (o->action->does.flags & UPLOADS ? UPLOADING : 0) |
		       (o->action->does.flags & BYTES ? GIVING_BYTES : 0) |
		       (o->action->does.flags & PROBE ? 0 : NO_PROBE) | (o->body ? HAS_INPUT : 0);
	met |= HAS_INPUT | NO_PROBE | (on_ticket ? ON_TICKET : ON_OTHER) |
	       (field_of_kind(record, LOAD_FILE, FROM_PATH) ? ON_FILE : 0) |
	       (field_of_kind(record, LOAD_ACCOUNT, FROM_PATH) ? ON_PERSON : 0) | (o->command ? A_COMMAND : A_READ);
	if (o->command && on_ticket)
		met |= CHANGES;
	if (o->command && field_of_kind(record, LOAD_COMMENT, FROM_PATH))
		met |= ON_OTHER;
	if (o->read && field_find(record, TEXT("page")) && field_find(record, TEXT("cursor")))
		met |= HAS_PAGES;
	if (o->read && field_find(record, TEXT("after")))
		met |= HAS_PLACE;
	if (o->command && field_find(record, TEXT("if_match")))
		met |= IF_MATCH;
	if (o->command && field_find(record, TEXT("version")))
		met |= HAS_VERSION;
	return met;
}

static bool can_happen(const struct operation *o, enum problem_code code)
{
	if (conditions[code] & conditions_of(o))
		return true;
	for (size_t i = 0; o->command && i < sizeof by_name / sizeof *by_name; i++)
		if (by_name[i].command == o->command->id && by_name[i].code == code)
			return true;
	for (int i = 0; o->action && o->action->does.problems[i]; i++)
		if (o->action->does.problems[i] == code)
			return true;
	return false;
}

void openapi_problems_elsewhere(struct buffer *out)
{
	const char *between = "";

	for (int code = 1; code < PROBLEM_COUNT; code++) {
		if (conditions[code] != ELSEWHERE)
			continue;
		buffer_printf(out, "%s%d `%s`", between, problem_texts[code].status, problem_texts[code].word);
		between = ", ";
	}
}

/* The codes of a status, in one response: `A`, `B`. */
static void write_status(struct buffer *out, const struct operation *o, int status)
{
	const char *between = "";
	char name[16];

	snprintf(name, sizeof name, "%d", status);
	buffer_json_name(out, name);
	buffer_string(out, "{\"description\":\"");
	for (int code = 1; code < PROBLEM_COUNT; code++) {
		if (problem_texts[code].status != status || !can_happen(o, (enum problem_code)code))
			continue;
		buffer_printf(out, "%s`%s`", between, problem_texts[code].word);
		between = ", ";
	}
	buffer_string(out, "\"");
	if (status == 401)
		buffer_string(
		        out, ",\"headers\":{\"WWW-Authenticate\":{\"$ref\":\"#/components/headers/WWWAuthenticate\"}}");
	if (status == 503)
		buffer_string(out, ",\"headers\":{\"Retry-After\":{\"$ref\":\"#/components/headers/RetryAfter\"}}");
	buffer_string(out, ",\"content\":{\"application/problem+json\":{\"schema\":"
	                   "{\"$ref\":\"#/components/schemas/Problem\"}}}}");
}

void openapi_problems(struct buffer *out, const struct operation *operation)
{
	for (int status = 400; status < 600; status++)
		for (int code = 1; code < PROBLEM_COUNT; code++)
			if (problem_texts[code].status == status && can_happen(operation, (enum problem_code)code)) {
				write_status(out, operation, status);
				break;
			}
}
