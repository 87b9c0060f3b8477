/* broker.c - RabbitMQ: is it there, does it take messages, has it all of queues/topology.def, does somebody take what
 * waits.
 *
 * The management API is asked first. What it gathered lags some seconds behind: where it knows of no consumer the queue
 * itself is asked, when AMQP_URL names a user.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "ops/doctor/examiner.h"
#include "queues/management.h"
#include "ops/guichetctl/topology.h"
#include "queues/vhost.h"
#include "queues/broker.h"
#include "queues/programs.h"

#define CALL_MS 4000
#define ANSWER_BYTES (16 * 1024 * 1024)
#define VERSION_LEAST_MAJOR 3
#define VERSION_LEAST_MINOR 10
#define READY_WARN 10000
#define FILES_WARN_PERCENT 80
#define DIFFERENCES_MAX 30
#define MIB (1024 * 1024)

static const char away_todo[] = "Start RabbitMQ (systemctl start rabbitmq-server) and look at its log; nothing that "
                                "was accepted gets lost, and clients are "
                                "told 503 meanwhile";

/* --- the server -------------------------------------------------------------------------- */
static void judge_node(struct examiner *e, const json_t *node)
{
	const char *name = json_string_value(json_object_get(node, "name"));
	json_int_t files = json_integer_value(json_object_get(node, "fd_used"));
	json_int_t files_most = json_integer_value(json_object_get(node, "fd_total"));

	if (!json_is_true(json_object_get(node, "running"))) {
		examiner_find(e, DOCTOR_WARN, "broker.node", "broker",
		        "Start RabbitMQ on that machine, and look at its log",
		        "the node %s of RabbitMQ's cluster does not run", name);
		return;
	}
	if (json_is_true(json_object_get(node, "mem_alarm")))
		examiner_find(e, DOCTOR_FAIL, "broker.memory_alarm", "broker",
		        "See what fills it (a queue that nobody takes from), give it memory, or raise "
		        "vm_memory_high_watermark: rabbitmqctl "
		        "set_vm_memory_high_watermark 0.6",
		        "RabbitMQ has a memory alarm and takes no messages: %s uses %" JSON_INTEGER_FORMAT
		        " MiB, and %" JSON_INTEGER_FORMAT " MiB are allowed",
		        name, json_integer_value(json_object_get(node, "mem_used")) / MIB,
		        json_integer_value(json_object_get(node, "mem_limit")) / MIB)
		        ->subject = "broker";
	if (json_is_true(json_object_get(node, "disk_free_alarm")))
		examiner_find(e, DOCTOR_FAIL, "broker.disk_alarm", "broker",
		        "Make room on the disk of RabbitMQ's data, or give it a larger one",
		        "RabbitMQ has a disk alarm and takes no messages: %" JSON_INTEGER_FORMAT
		        " MiB are free on the disk of %s, and %" JSON_INTEGER_FORMAT " MiB are needed",
		        json_integer_value(json_object_get(node, "disk_free")) / MIB, name,
		        json_integer_value(json_object_get(node, "disk_free_limit")) / MIB)
		        ->subject = "broker";
	if (files_most && files * 100 >= files_most * FILES_WARN_PERCENT)
		examiner_find(e, DOCTOR_WARN, "broker.files", "broker",
		        "Raise LimitNOFILE of rabbitmq-server, and restart it",
		        "RabbitMQ has %" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT " files open on %s", files,
		        files_most, name);
}

/* RabbitMQ's version, or NULL after having said why there is no answer. */
static char *ask_version(struct examiner *e, struct management *api)
{
	json_t *overview = NULL;
	enum management_verdict verdict = management_get(api, "/overview", &overview);
	char *version = NULL;
	int major = 0, minor = 0;

	if (verdict != MANAGEMENT_FINE) {
		examiner_find(e, DOCTOR_FAIL, verdict == MANAGEMENT_AWAY ? "broker.away" : "broker.refused", "broker",
		        verdict == MANAGEMENT_AWAY ? away_todo
		                                   : "Set RABBITMQ_MANAGEMENT_URL to an administrator of RabbitMQ "
		                                     "(rabbitmqctl list_users)",
		        verdict == MANAGEMENT_AWAY ? "RabbitMQ cannot be reached: %s" : "RabbitMQ refuses us: %s",
		        management_error(api))
		        ->subject = "broker";
		e->findings[e->count - 1].because[0] = "certificate management";
		return NULL;
	}
	if (json_is_string(json_object_get(overview, "rabbitmq_version")))
		version =
		        arena_printf(e->arena, "%s", json_string_value(json_object_get(overview, "rabbitmq_version")));
	json_decref(overview);
	if (!version || sscanf(version, "%d.%d", &major, &minor) != 2)
		return version ? version : arena_printf(e->arena, "of unknown version");
	if (major < VERSION_LEAST_MAJOR || (major == VERSION_LEAST_MAJOR && minor < VERSION_LEAST_MINOR))
		examiner_find(e, DOCTOR_FAIL, "broker.version", "broker", "Bring RabbitMQ to version 3.10 or newer",
		        "RabbitMQ is of version %s, and 3.10 is needed", version);
	return version;
}

static void judge_nodes(struct examiner *e, struct management *api)
{
	json_t *nodes = NULL, *node;
	size_t index;

	if (management_get(api, "/nodes", &nodes) != MANAGEMENT_FINE)
		return;
	json_array_foreach(nodes, index, node)
	{
		judge_node(e, node);
	}
	json_decref(nodes);
}

/* --- what it shall hold -------------------------------------------------------------------- */
static const struct topology_difference *missing_queue(const struct topology_difference *d)
{
	while (d && (d->kind != TOPOLOGY_MISSING || strcmp(d->what, "queue") != 0))
		d = d->next;
	return d;
}

/* Of a queue that is missing its bindings are, too: that is one thing. */
static bool is_of_missing_queue(
        struct examiner *e, const struct topology_difference *all, const struct topology_difference *binding)
{
	if (strcmp(binding->what, "binding") != 0)
		return false;
	for (const struct topology_difference *q = missing_queue(all); q; q = missing_queue(q->next))
		if (strstr(binding->name, arena_printf(e->arena, "-> %s (", q->name)))
			return true;
	return false;
}

static void judge_topology(struct examiner *e, struct management *api, const char *vhost)
{
	json_t *wanted = topology_wanted(vhost, management_user(api), TEXT("")), *actual = NULL, *missing = NULL;
	struct topology_difference *all, *d;
	int others = 0;

	if (management_get(api, "/definitions", &actual) != MANAGEMENT_FINE) {
		json_decref(wanted);
		return;
	}
	all = topology_compare(e->arena, wanted, actual, &missing);
	for (d = all; d; d = d->next) {
		bool is_queue = strcmp(d->what, "queue") == 0 && d->kind == TOPOLOGY_MISSING;

		if (is_of_missing_queue(e, all, d) || ++others > DIFFERENCES_MAX)
			continue;
		examiner_find(e, DOCTOR_FAIL, is_queue ? "broker.queue_missing" : "broker.topology", "broker",
		        d->kind == TOPOLOGY_CONFLICT
		                ? "Empty it, delete it (rabbitmqctl delete_queue), then: guichetctl topology apply"
		                : "Make it again: guichetctl topology apply",
		        d->kind == TOPOLOGY_MISSING || d->kind == TOPOLOGY_UNKNOWN
		                ? "the %s %s is missing in RabbitMQ's vhost %s"
		                : "the %s %s of RabbitMQ's vhost %s is otherwise than it must be",
		        d->what, d->name, vhost)
		        ->subject = "broker";
	}
	json_decref(wanted);
	json_decref(actual);
	json_decref(missing);
}

/* --- the queues ------------------------------------------------------------------------------ */
/* The program that takes from a queue. */
static const char *reader_of(struct examiner *e, const char *queue)
{
	for (int i = 0; i < program_count; i++)
		for (const char *at = programs[i].reads; *at; at += strspn(at, " ")) {
			size_t len = strcspn(at, " ");
			bool is_prefix = len && at[len - 1] == '.';

			if (strncmp(queue, at, len) == 0 && (is_prefix || !queue[len]))
				return arena_printf(e->arena, "program %s", programs[i].name);
			at += len;
		}
	return NULL;
}

static void judge_copies(struct examiner *e, const char *name, const json_t *queue)
{
	size_t online = json_array_size(json_object_get(queue, "online")),
	       members = json_array_size(json_object_get(queue, "members"));

	if (online < members)
		examiner_find(e, online * 2 > members ? DOCTOR_WARN : DOCTOR_FAIL, "broker.quorum", "broker",
		        "Start RabbitMQ on the machines where it does not run",
		        "the queue %s has %zu of its %zu copies", name, online, members);
}

static void judge_queue(struct examiner *e, const json_t *queue, struct broker *broker)
{
	const char *name = json_string_value(json_object_get(queue, "name"));
	int64_t ready = json_integer_value(json_object_get(queue, "messages_ready"));
	int64_t consumers = json_integer_value(json_object_get(queue, "consumers"));
	const char *reader = name ? reader_of(e, name) : NULL;
	struct doctor_finding *f;

	if (!reader)
		return; /* none of ours */
	judge_copies(e, name, queue);
	if (consumers == 0 && broker)
		broker_look(broker, name, &ready, &consumers);
	if (consumers == 0)
		f = examiner_find(e, ready ? DOCTOR_FAIL : DOCTOR_WARN, "queue.no_consumer", "queues",
		        arena_printf(e->arena, "Look whether the %s runs and is well: guichetctl programs", reader),
		        "nobody takes from the queue %s, in which %" PRId64 " messages wait", name, ready);
	else if (ready > READY_WARN)
		f = examiner_find(e, DOCTOR_WARN, "queue.long", "queues",
		        arena_printf(e->arena,
		                "See whether it gets shorter; otherwise look at the log of the %s, or start more of it",
		                reader),
		        "%" PRId64 " messages wait in the queue %s", ready, name);
	else
		return;
	f->because[0] = arena_printf(e->arena, "queue %s", name);
	f->because[1] = reader;
}

static void judge_queues(struct examiner *e, struct management *api, const char *vhost, struct broker *broker)
{
	json_t *queues = NULL, *queue;
	size_t index;

	if (management_get(api,
	            arena_printf(e->arena, "/queues/%s?columns=name,messages_ready,consumers,online,members",
	                    management_encode(e->arena, vhost)),
	            &queues) == MANAGEMENT_FINE)
		json_array_foreach(queues, index, queue)
		{
			judge_queue(e, queue, broker);
		}
	json_decref(queues);
}

/* As the programs come to it; NULL: AMQP_URL names no user, or it was said that nobody is let in. */
static struct broker *log_in(struct examiner *e)
{
	struct broker *broker = strchr(servers.amqp, '@') ? broker_connect_to(servers.amqp, false) : NULL;
	struct doctor_finding *f;

	if (broker || !strchr(servers.amqp, '@'))
		return broker;
	f = examiner_find(e, DOCTOR_FAIL, "broker.login", "broker",
	        "Look whether host, port, user, password and vhost of AMQP_URL are those of RabbitMQ (rabbitmqctl "
	        "status, list_users, "
	        "list_vhosts), and at its log",
	        "nobody is let into RabbitMQ by AMQP_URL");
	f->subject = "broker";
	f->because[0] = "certificate amqp";
	return NULL;
}

void examine_broker(struct examiner *e)
{
	const char *vhost = vhost_of_url(e->arena, servers.amqp);
	struct management *api;
	struct broker *broker;
	char *version;

	if (!vhost) {
		examiner_find(e, DOCTOR_FAIL, "broker.url", "broker", "Correct AMQP_URL",
		        "the vhost in the path of AMQP_URL cannot be read");
		return;
	}
	if (!examiner_has(e, "broker", "RABBITMQ_MANAGEMENT_URL", servers.management)) {
		broker = log_in(e);
		broker_close(&broker);
		return;
	}
	api = management_open_at(e->arena, servers.management);
	management_limit(api, CALL_MS, ANSWER_BYTES);
	version = ask_version(e, api);
	if (version) {
		int before = e->count;

		broker = log_in(e);
		judge_nodes(e, api);
		judge_topology(e, api, vhost);
		judge_queues(e, api, vhost, broker);
		if (e->count == before)
			examiner_fine(e, "broker", "broker", "reachable, RabbitMQ %s, vhost %s with all its queues",
			        version, vhost);
		broker_close(&broker);
	}
	management_close(&api);
}
