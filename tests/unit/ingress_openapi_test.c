/* ingress_openapi_test.c - the API's description: well-formed, whole, and of nothing that is not served. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>
#include "base/arena.h"
#include "ingress/openapi/openapi.h"
#include "queues/answers.h"
#include "queues/catalogue.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, NULL, NULL, NULL                                                                      \
	}

static const char *const verbs[VERB_COUNT] = { "get", "post", "put", "patch", "delete" };
static json_t *document;

static int load(void **state)
{
	json_error_t error;
	struct text bytes = openapi_document();

	(void)state;
	document = json_loadb(bytes.data, bytes.len, JSON_REJECT_DUPLICATES, &error);
	if (!document)
		print_error("%s at %d: %.80s\n", error.text, error.position, bytes.data + error.position - 40);
	return document ? 0 : 1;
}

static int unload(void **state)
{
	(void)state;
	json_decref(document);
	return 0;
}

/* {ticket_id} to {ticketId}, below the prefix that clients are told to use. */
static json_t *operation_at(enum verb verb, const char *path)
{
	char name[256] = "/api/v1";
	size_t n = strlen(name);

	for (; *path; path++) {
		bool hump = *path == '_';

		path += hump;
		name[n++] = hump ? (char)toupper((unsigned char)*path) : *path;
	}
	name[n] = 0;
	return json_object_get(json_object_get(json_object_get(document, "paths"), name), verbs[verb]);
}

static void assert_described(enum verb verb, const char *path)
{
	json_t *operation = operation_at(verb, path);

	if (!operation)
		fail_msg("%s %s is served and not described", verbs[verb], path);
	assert_true(json_string_length(json_object_get(operation, "operationId")) > 0);
	assert_true(json_string_length(json_object_get(operation, "summary")) > 0);
	assert_true(json_object_size(json_object_get(operation, "responses")) > 0);
}

/* How many operations the old paths have; each is described, as deprecated. */
static int at_old_paths(void)
{
	int count = 0;

	for (int i = 0; i < old_path_count; i++) {
		for (int verb = 0; verb < VERB_COUNT; verb++) {
			json_t *operation = operation_at((enum verb)verb, old_paths[i].old_path);

			if (!operation_at((enum verb)verb, old_paths[i].path))
				continue;
			assert_described((enum verb)verb, old_paths[i].old_path);
			assert_true(json_is_true(json_object_get(operation, "deprecated")));
			count++;
		}
	}
	return count;
}

static void what_is_served_is_described_and_nothing_else(void **state)
{
	const char *path, *verb;
	json_t *item, *operation;
	int described = 0;

	(void)state;
	for (int i = 0; i < ACTION_COUNT; i++)
		assert_described(actions[i].verb, actions[i].path);
	for (int i = 0; i < route_count; i++)
		assert_described(routes[i].verb, routes[i].path);
	for (int i = 0; i < READ_COUNT; i++)
		assert_described(GET, reads[i].path);
	json_object_foreach(json_object_get(document, "paths"), path, item) json_object_foreach(item, verb, operation)
	        described++;
	assert_int_equal(described, ACTION_COUNT + route_count + READ_COUNT + at_old_paths());
}

static void no_two_operations_have_one_name(void **state)
{
	json_t *names = json_object(), *item, *operation;
	const char *path, *verb;

	(void)state;
	json_object_foreach(json_object_get(document, "paths"), path, item)
	{
		json_object_foreach(item, verb, operation)
		{
			const char *name = json_string_value(json_object_get(operation, "operationId"));

			if (json_object_get(names, name))
				fail_msg("%s is there twice", name);
			json_object_set(names, name, json_true());
		}
	}
	json_decref(names);
}

/* "#/components/schemas/Ticket" */
static bool resolves(const char *reference)
{
	char copy[256], *rest = copy, *word;
	json_t *at = document;

	if (strncmp(reference, "#/", 2) != 0)
		return false;
	snprintf(copy, sizeof copy, "%s", reference + 2);
	while ((word = strsep(&rest, "/")))
		at = json_object_get(at, word);
	return at != NULL;
}

static int count_references(json_t *value)
{
	const char *name;
	json_t *member;
	size_t i;
	int n = 0;

	json_object_foreach(value, name, member)
	{
		if (!strcmp(name, "$ref") && ++n && !resolves(json_string_value(member)))
			fail_msg("%s is not there", json_string_value(member));
		n += count_references(member);
	}
	json_array_foreach(value, i, member) n += count_references(member);
	return n;
}

static void every_reference_leads_somewhere(void **state)
{
	(void)state;
	assert_true(count_references(document) > 100);
}

static void every_problem_is_described(void **state)
{
	char *text = json_dumps(document, JSON_COMPACT), word[80];

	(void)state;
	for (int code = 1; code < PROBLEM_COUNT; code++) {
		snprintf(word, sizeof word, "`%s`", problem_texts[code].word);
		if (!strstr(text, word))
			fail_msg("nothing says where %s comes from", word);
	}
	free(text);
}

static void every_thing_is_used(void **state)
{
	char *text = json_dumps(document, JSON_COMPACT), reference[96];

	(void)state;
	for (int i = 0; i < thing_count; i++) {
		snprintf(reference, sizeof reference, "\"#/components/schemas/%s\"", things[i].name);
		if (!strstr(text, reference))
			fail_msg("nothing is answered with %s", things[i].name);
	}
	free(text);
}

static void limits_of_a_kind_are_limits_of_the_schema(void **state)
{
	json_t *schemas = json_object_get(json_object_get(document, "components"), "schemas");
	json_t *create = json_object_get(json_object_get(schemas, "TicketCreate"), "properties");
	json_t *title = json_object_get(create, "title"), *comment = json_object_get(schemas, "TicketComment");

	(void)state;
	assert_int_equal(json_integer_value(json_object_get(title, "minLength")), kind_of_title.least);
	assert_int_equal(json_integer_value(json_object_get(title, "maxLength")), kind_of_title.most);
	assert_int_equal(json_array_size(json_object_get(json_object_get(create, "priority"), "enum")),
	        ticket_priority_count - 1);
	assert_null(json_object_get(create, "ticketId"));
	assert_true(json_is_true(
	        json_object_get(json_object_get(json_object_get(comment, "properties"), "body"), "deprecated")));
	assert_true(json_is_false(json_object_get(comment, "additionalProperties")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("what is served is described, and nothing else is",
		        what_is_served_is_described_and_nothing_else),
		SENTENCE("no two operations have one name", no_two_operations_have_one_name),
		SENTENCE("every reference leads somewhere", every_reference_leads_somewhere),
		SENTENCE("every problem is that of an operation, or said to be of none", every_problem_is_described),
		SENTENCE("everything that is described is answered somewhere", every_thing_is_used),
		SENTENCE("the limits of a field are those of its schema", limits_of_a_kind_are_limits_of_the_schema),
	};

	return cmocka_run_group_tests_name("openapi", tests, load, unload);
}
