/* topology_wanted.c - queues/topology.def and queues/programs.def as definitions for the management API. */
#include "ops/guichetctl/topology.h"

#include <stdlib.h>
#include <string.h>
#include "ops/guichetctl/secrets.h"
#include "queues/envelope.h"
#include "queues/programs.h"

enum row_kind { ROW_EXCHANGE, ROW_LANES, ROW_QUEUE, ROW_BIND, ROW_POLICY };
enum exclusivity { SHARED, SINGLE };

struct row {
	enum row_kind kind;
	enum exclusivity exclusivity;
	const char *a, *b, *c;
};

#define EXCHANGE(name, type, alternate) { ROW_EXCHANGE, SHARED, name, type, alternate },
#define LANES(prefix, exchange) { ROW_LANES, SINGLE, prefix, exchange, NULL },
#define QUEUE(name, exclusivity) { ROW_QUEUE, exclusivity, name, NULL, NULL },
#define BIND(exchange, queue, key) { ROW_BIND, SHARED, exchange, queue, key },
#define POLICY(name, pattern, definition) { ROW_POLICY, SHARED, name, pattern, definition },
static const struct row rows[] = {
#include "queues/topology.def"
};

struct wanted {
	json_t *definitions;
	const char *vhost, *admin;
	struct text secrets;
};

static void add(struct wanted *w, const char *section, json_t *item)
{
	if (!item || json_array_append_new(json_object_get(w->definitions, section), item) != 0)
		abort(); /* out of memory, or a row that is no JSON */
}

static void add_exchange(struct wanted *w, const struct row *row)
{
	json_t *arguments = *row->c ? json_pack("{s:s}", "alternate-exchange", row->c) : json_object();

	add(w, "exchanges",
	        json_pack("{s:s, s:s, s:s, s:b, s:b, s:b, s:o}", "vhost", w->vhost, "name", row->a, "type", row->b,
	                "durable", 1, "auto_delete", 0, "internal", 0, "arguments", arguments));
}

static void add_queue(struct wanted *w, const char *name, enum exclusivity exclusivity)
{
	json_t *arguments = json_pack("{s:s}", "x-queue-type", "quorum");

	if (exclusivity == SINGLE)
		json_object_set_new(arguments, "x-single-active-consumer", json_true());
	add(w, "queues",
	        json_pack("{s:s, s:s, s:b, s:b, s:o}", "vhost", w->vhost, "name", name, "durable", 1, "auto_delete", 0,
	                "arguments", arguments));
}

static void add_binding(struct wanted *w, const char *exchange, const char *queue, const char *key)
{
	add(w, "bindings",
	        json_pack("{s:s, s:s, s:s, s:s, s:s, s:{}}", "vhost", w->vhost, "source", exchange, "destination",
	                queue, "destination_type", "queue", "routing_key", key, "arguments"));
}

static void add_lanes(struct wanted *w, const struct row *row)
{
	struct arena *arena = arena_new(2048);

	for (int lane = 0; lane < LANE_COUNT; lane++) {
		struct text queue = lane_queue(arena, row->a, lane);

		add_queue(w, queue.data, row->exclusivity);
		add_binding(w, row->b, queue.data, queue.data);
	}
	arena_free(&arena);
}

static void add_policy(struct wanted *w, const struct row *row)
{
	json_t *definition = json_loads(row->c, JSON_REJECT_DUPLICATES, NULL);

	add(w, "policies",
	        json_pack("{s:s, s:s, s:s, s:s, s:i, s:o}", "vhost", w->vhost, "name", row->a, "pattern", row->b,
	                "apply-to", "queues", "priority", 0, "definition", definition));
}

static void add_permission(
        struct wanted *w, const char *user, const char *configure, const char *write, const char *read)
{
	add(w, "permissions",
	        json_pack("{s:s, s:s, s:s, s:s, s:s}", "user", user, "vhost", w->vhost, "configure", configure, "write",
	                write, "read", read));
}

/* The one program that asks the management API how the queues are. */
static const char *tags_of(const struct program *program)
{
	return strcmp(program->name, "monitor") == 0 ? "monitoring" : NULL;
}

static void add_user(struct wanted *w, const struct program *program)
{
	struct text password = secrets_find(w->secrets, program->name);
	struct arena *arena = arena_new(512);
	char name[128];
	json_t *user;

	snprintf(name, sizeof name, "guichet_%s", program->name);
	user = json_pack("{s:s, s:[]}", "name", name, "tags");
	if (tags_of(program))
		json_array_append_new(json_object_get(user, "tags"), json_string(tags_of(program)));
	if (password.data)
		json_object_set_new(user, "password", json_stringn(password.data, password.len));
	add(w, "users", user);
	add_permission(w, name, "^$", program_pattern(arena, program->writes), program_pattern(arena, program->reads));
	arena_free(&arena);
}

static void add_row(struct wanted *w, const struct row *row)
{
	switch (row->kind) {
	case ROW_EXCHANGE:
		add_exchange(w, row);
		break;
	case ROW_LANES:
		add_lanes(w, row);
		break;
	case ROW_QUEUE:
		add_queue(w, row->a, row->exclusivity);
		break;
	case ROW_BIND:
		add_binding(w, row->a, row->b, row->c);
		break;
	case ROW_POLICY:
		add_policy(w, row);
		break;
	}
}

json_t *topology_wanted(const char *vhost, const char *admin, struct text secrets)
{
	struct wanted w = { .vhost = vhost, .admin = admin, .secrets = secrets };

	w.definitions = json_pack("{s:[], s:[], s:[], s:[], s:[], s:[], s:[]}", "vhosts", "users", "permissions",
	        "policies", "exchanges", "queues", "bindings");
	add(&w, "vhosts", json_pack("{s:s}", "name", vhost));
	if (*admin)
		add_permission(&w, admin, ".*", ".*", ".*");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		add_row(&w, &rows[i]);
	for (int i = 0; i < program_count; i++)
		add_user(&w, &programs[i]);
	return w.definitions;
}
