/* ctl_topology_test.c - what the broker shall hold, and what is told of where it differs. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>
#include "ops/guichetctl/topology.h"
#include "queues/vhost.h"
#include "queues/programs.h"

static const char secrets[] = "relay:one\nticket:two\n";

struct broker {
	struct arena *arena;
	json_t *wanted, *actual, *missing;
};

/* A broker that holds what is wanted: users carry the hash that was made for them. */
static int set_up(void **state)
{
	struct broker *b = calloc(1, sizeof *b);

	b->arena = arena_new(4096);
	b->wanted = topology_wanted("desk", "root", text_of(secrets));
	b->actual = json_object();
	assert_non_null(topology_compare(b->arena, b->wanted, b->actual, &b->missing));
	json_decref(b->actual);
	b->actual = b->missing;
	b->missing = NULL;
	*state = b;
	return 0;
}

static int tear_down(void **state)
{
	struct broker *b = *state;

	json_decref(b->wanted);
	json_decref(b->actual);
	json_decref(b->missing);
	arena_free(&b->arena);
	free(b);
	return 0;
}

static struct topology_difference *compare(struct broker *b)
{
	json_decref(b->missing);
	return topology_compare(b->arena, b->wanted, b->actual, &b->missing);
}

/* The only difference but for users without a password. */
static const struct topology_difference *only(struct broker *b)
{
	const struct topology_difference *found = NULL;

	for (struct topology_difference *d = compare(b); d; d = d->next) {
		if (d->kind == TOPOLOGY_UNKNOWN)
			continue;
		assert_null(found);
		found = d;
	}
	return found;
}

static json_t *named(const json_t *definitions, const char *section, const char *member, const char *name)
{
	size_t index;
	json_t *item;

	json_array_foreach(json_object_get(definitions, section), index,
	        item) if (strcmp(json_string_value(json_object_get(item, member)), name) == 0) return item;
	return NULL;
}

static void an_empty_broker_lacks_everything(void **state)
{
	struct broker *b = *state;

	assert_int_equal(json_array_size(json_object_get(b->actual, "vhosts")), 1);
	assert_non_null(named(b->actual, "queues", "name", "cmd.ticket.0"));
	assert_non_null(named(b->actual, "queues", "name", "cmd.ticket.f"));
	assert_non_null(named(b->actual, "bindings", "destination", "cmd.ticket.a"));
	assert_non_null(named(b->actual, "exchanges", "name", "guichet.events"));
	assert_non_null(named(b->actual, "policies", "name", "guichet-commands"));
	assert_non_null(named(b->actual, "permissions", "user", "guichet_relay"));
}

static void a_lane_has_one_active_consumer(void **state)
{
	struct broker *b = *state;
	json_t *lane = json_object_get(named(b->wanted, "queues", "name", "cmd.ticket.7"), "arguments");
	json_t *shared = json_object_get(named(b->wanted, "queues", "name", "work.mail.low"), "arguments");

	assert_true(json_is_true(json_object_get(lane, "x-single-active-consumer")));
	assert_null(json_object_get(shared, "x-single-active-consumer"));
	assert_string_equal(json_string_value(json_object_get(shared, "x-queue-type")), "quorum");
}

static void what_is_as_wanted_is_left_alone(void **state)
{
	assert_null(only(*state));
}

static void a_user_without_a_password_is_named_and_not_made(void **state)
{
	struct broker *b = *state;

	assert_null(named(b->actual, "users", "name", "guichet_mail"));
	assert_null(named(b->actual, "permissions", "user", "guichet_mail"));
	assert_int_equal(compare(b)->kind, TOPOLOGY_UNKNOWN);
}

static void no_password_travels_in_the_clear(void **state)
{
	struct broker *b = *state;
	json_t *user = named(b->actual, "users", "name", "guichet_relay");

	assert_null(json_object_get(user, "password"));
	assert_int_equal(json_string_length(json_object_get(user, "password_hash")), 48);
}

static void another_password_is_set(void **state)
{
	struct broker *b = *state;
	const struct topology_difference *d;

	json_decref(b->wanted);
	b->wanted = topology_wanted("desk", "root", TEXT("relay:three\nticket:two\n"));
	d = only(b);
	assert_non_null(d);
	assert_int_equal(d->kind, TOPOLOGY_DIFFERENT);
	assert_string_equal(d->name, "guichet_relay");
	assert_string_equal(d->member, "password");
}

static void an_administrator_among_the_programs_is_none_any_more(void **state)
{
	struct broker *b = *state;
	json_t *user = named(b->actual, "users", "name", "guichet_ticket");

	json_object_set_new(user, "tags", json_pack("[s]", "administrator"));
	assert_string_equal(only(b)->member, "tags");
	json_object_set_new(user, "tags", json_string(""));
	assert_null(only(b));
}

static void a_queue_of_another_kind_is_a_conflict_and_is_not_posted(void **state)
{
	struct broker *b = *state;
	const struct topology_difference *d;

	json_object_set_new(named(b->actual, "queues", "name", "dead"), "arguments", json_object());
	d = only(b);
	assert_int_equal(d->kind, TOPOLOGY_CONFLICT);
	assert_string_equal(d->name, "dead");
	assert_int_equal(json_array_size(json_object_get(b->missing, "queues")), 0);
}

static void a_changed_policy_is_put_right(void **state)
{
	struct broker *b = *state;

	json_object_set_new(named(b->actual, "policies", "name", "guichet-work"), "pattern", json_string("^x"));
	assert_int_equal(only(b)->kind, TOPOLOGY_DIFFERENT);
	assert_int_equal(json_array_size(json_object_get(b->missing, "policies")), 1);
}

static void things_of_others_do_not_matter(void **state)
{
	struct broker *b = *state;

	json_array_append_new(
	        json_object_get(b->actual, "queues"), json_pack("{s:s, s:s}", "vhost", "other", "name", "dead"));
	json_array_insert_new(
	        json_object_get(b->actual, "users"), 0, json_pack("{s:s, s:[]}", "name", "somebody", "tags"));
	assert_null(only(b));
}

static void the_vhost_is_the_path_of_the_url(void **state)
{
	struct arena *arena = ((struct broker *)*state)->arena;

	assert_string_equal(vhost_of_url(arena, ""), "guichet");
	assert_string_equal(vhost_of_url(arena, "amqp://u:p@host"), "guichet");
	assert_string_equal(vhost_of_url(arena, "amqp://host:5672/"), "guichet");
	assert_string_equal(vhost_of_url(arena, "amqp://host/desk"), "desk");
	assert_string_equal(vhost_of_url(arena, "amqp://a/desk,amqp://b/desk"), "desk");
	assert_string_equal(vhost_of_url(arena, "amqp://host/desk?heartbeat=5"), "desk");
	assert_string_equal(vhost_of_url(arena, "amqp://host/%2F"), "/");
	assert_string_equal(vhost_of_url(arena, "amqp://host/a%2fb%C3%A9"), "a/b\xC3\xA9");
	assert_null(vhost_of_url(arena, "amqp://host/a%2"));
	assert_null(vhost_of_url(arena, "amqp://host/a%zz"));
	assert_null(vhost_of_url(arena, "amqp://host/a%00"));
	assert_null(vhost_of_url(arena, "amqp://host/%FF"));
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

static void a_list_of_names_becomes_the_broker_s_pattern(void **state)
{
	struct arena *arena = ((struct broker *)*state)->arena;

	assert_string_equal(program_pattern(arena, ""), "^$");
	assert_string_equal(program_pattern(arena, "cmd.account"), "^cmd\\.account$");
	assert_string_equal(program_pattern(arena, "cmd.ticket."), "^cmd\\.ticket\\.");
	assert_string_equal(program_pattern(arena, "dead unrouted"), "^(dead$|unrouted$)");
}

/* The port of a probe is its program's for good. */
static void each_program_has_its_own_name_and_port(void **state)
{
	(void)state;
	for (int a = 0; a < program_count; a++) {
		assert_true(programs[a].kind == PROGRAM_TOOL ? !programs[a].port
		                                             : programs[a].port > 0 && programs[a].memory_mib);
		for (int b = 0; b < a; b++) {
			assert_string_not_equal(programs[a].name, programs[b].name);
			assert_true(!programs[a].port || programs[a].port != programs[b].port);
		}
	}
}

/* Results are believed by whoever waits for them, so who may write them counts. */
static void only_who_applies_commands_may_publish_results(void **state)
{
	struct broker *b = *state;
	struct buffer out, passwords;
	int users = 0, wanted = 1;

	buffer_init(&passwords, b->arena, 1024);
	for (int i = 0; i < program_count; i++) {
		buffer_printf(&passwords, "%s:%d\n", programs[i].name, i);
		wanted += *programs[i].subscribes || *programs[i].publishes;
	}
	buffer_init(&out, b->arena, 4096);
	assert_string_equal(topology_redis(TEXT("ticket:one\n"), &out), "ingress");
	buffer_init(&out, b->arena, 4096);
	assert_null(topology_redis(buffer_view(&passwords), &out));
	for (char *line = strtok(buffer_cstr(&out), "\n"); line; line = strtok(NULL, "\n")) {
		const char *publish = strstr(line, "(+publish");
		bool applies = strstr(line, "user guichet_ticket ") || strstr(line, "user guichet_account ") ||
		               strstr(line, "user guichet_desk ");

		if (users++ == 0) {
			assert_string_equal(line, "user default off");
			continue;
		}
		assert_non_null(strstr(line, " on #"));
		assert_non_null(strstr(line, " resetchannels -@all "));
		assert_null(strstr(line, "nopass"));
		assert_null(strchr(line, '>'));
		assert_true(applies == (publish && strstr(publish, "guichet.results")));
	}
	assert_int_equal(users, wanted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_empty_broker_lacks_everything),
		T(a_lane_has_one_active_consumer),
		T(what_is_as_wanted_is_left_alone),
		T(a_user_without_a_password_is_named_and_not_made),
		T(no_password_travels_in_the_clear),
		T(another_password_is_set),
		T(an_administrator_among_the_programs_is_none_any_more),
		T(a_queue_of_another_kind_is_a_conflict_and_is_not_posted),
		T(a_changed_policy_is_put_right),
		T(things_of_others_do_not_matter),
		T(the_vhost_is_the_path_of_the_url),
		T(a_list_of_names_becomes_the_broker_s_pattern),
		T(each_program_has_its_own_name_and_port),
		T(only_who_applies_commands_may_publish_results),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
