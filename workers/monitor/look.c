/* look.c - the monitor's turn: see, judge, write down, publish. See monitor.h. */
#include "workers/monitor/monitor.h"

#include <stdlib.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/process.h"
#include "queues/broker.h"
#include "queues/topology.h"
#include "queues/vhost.h"

#define LOOK_MS 2000
#define SELDOM_MS 30000
#define CALL_MS 1500 /* the management API may take so long */
#define CALL_BYTES (4 * 1024 * 1024)
#define REST_MS 500
#define PARTITIONS_DAYS 7 /* fewer to come are too few */

/* --- what is seen ----------------------------------------------------------------------- */
/* Of what must answer: from the first look on that it does not. */
static int64_t down_s(int64_t *since_ms, bool is_down, int64_t now_ms)
{
	return monitor_since_s(since_ms, is_down, now_ms) + is_down;
}

static void add_database(struct monitor *m, json_t *seen, const char *says, int64_t now_ms)
{
	json_t *database = json_object_get(seen, "database");
	int64_t most;

	if (!database) {
		database = json_object();
		json_object_set_new(seen, "database", database);
	}
	json_object_set_new(database, "isUp", json_boolean(!says));
	json_object_set_new(database, "says", says ? json_string(says) : json_null());
	json_object_set_new(database, "downSeconds", json_integer(down_s(&m->database_down_ms, says != NULL, now_ms)));
	most = json_integer_value(json_object_get(database, "connectionsMost"));
	if (most)
		json_object_set_new(database, "connectionsPercent",
		        json_integer(100 * json_integer_value(json_object_get(database, "connections")) / most));
	if (json_object_get(database, "partitionsAheadDays")) {
		int64_t short_of =
		        PARTITIONS_DAYS - json_integer_value(json_object_get(database, "partitionsAheadDays"));

		json_object_set_new(database, "partitionsMissingDays", json_integer(short_of > 0 ? short_of : 0));
	}
}

static bool any_node(const json_t *nodes, const char *member)
{
	size_t index;
	json_t *node;

	json_array_foreach(nodes, index, node) if (json_is_true(json_object_get(node, member))) return true;
	return false;
}

static void add_broker(struct monitor *m, json_t *seen, struct arena *arena, int64_t now_ms)
{
	json_t *nodes = NULL, *queues = NULL, *broker = json_object();
	const char *path = arena_printf(arena,
	        "/queues/%s?columns=name,messages_ready,messages_unacknowledged,consumers,message_stats.publish,"
	        "message_stats.ack",
	        m->vhost);
	bool up = management_get(m->api, path, &queues) == MANAGEMENT_FINE &&
	          management_get(m->api,
	                  "/nodes?columns=name,running,mem_alarm,disk_free_alarm,disk_free,mem_used,mem_limit",
	                  &nodes) == MANAGEMENT_FINE;

	json_object_set_new(broker, "isUp", json_boolean(up));
	json_object_set_new(broker, "says", up ? json_null() : json_string(management_error(m->api)));
	json_object_set_new(broker, "downSeconds", json_integer(down_s(&m->broker_down_ms, !up, now_ms)));
	if (nodes) {
		json_object_set_new(broker, "memoryAlarm", json_boolean(any_node(nodes, "mem_alarm")));
		json_object_set_new(broker, "diskAlarm", json_boolean(any_node(nodes, "disk_free_alarm")));
	}
	json_object_set_new(broker, "nodes", nodes ? nodes : json_array());
	json_object_set_new(seen, "broker", broker);
	json_object_set_new(seen, "queues", queues ? queues : json_null());
}

json_t *monitor_see(struct monitor *m, json_t *from_database, const char *says, struct arena *arena)
{
	json_t *seen = from_database ? from_database : json_object();
	int64_t now_ms = clock_mono_ms();
	char at[CLOCK_TEXT_BYTES];

	if (from_database && m->seldom)
		json_object_update_recursive(seen, m->seldom);
	if (!from_database) {
		clock_format(clock_unix_us(), at);
		json_object_set_new(seen, "at", json_string(at));
	}
	add_database(m, seen, says, now_ms);
	add_broker(m, seen, arena, now_ms);
	monitor_see_queues(m, seen, now_ms);
	if (from_database)
		monitor_see_programs(m, seen, now_ms);
	monitor_see_surroundings(seen, arena);
	alerts_look(&m->alerts, seen, now_ms, clock_unix_us());
	json_object_set_new(seen, "alerts", alerts_json(&m->alerts, arena));
	monitor_figures(m, seen);
	return seen;
}

/* --- the turn --------------------------------------------------------------------------------- */
static json_t *parse(struct text text)
{
	return text.data ? json_loadb(text.data, text.len, 0, NULL) : NULL;
}

/* NULL: the database failed. */
static json_t *ask_database(struct ticker *t)
{
	struct monitor *m = t->own;
	struct db_result *often, *seldom = NULL;
	int64_t now_ms = clock_mono_ms();

	db_reset(t->trunk.db);
	often = db_send_params(t->trunk.db, QUERY_monitor_look, 0, NULL);
	if (now_ms >= m->seldom_after_ms)
		seldom = db_send_params(t->trunk.db, QUERY_monitor_look_seldom, 0, NULL);
	if (!db_sync(t->trunk.db))
		return NULL;
	if (seldom) {
		json_decref(m->seldom);
		m->seldom = parse(db_text(seldom, 0, 0));
		m->seldom_after_ms = now_ms + SELDOM_MS;
	}
	return parse(db_text(often, 0, 0));
}

static void publish(struct ticker *t, struct text seen)
{
	cache_publish(t->trunk.cache, TEXT("guichet.monitor"), seen);
	cache_flush(t->trunk.cache);
}

bool monitor_work(struct ticker *t)
{
	struct monitor *m = t->own;
	json_t *seen;
	struct text text;
	bool fine;

	if (clock_mono_ms() < m->look_after_ms)
		return false;
	m->look_after_ms = clock_mono_ms() + LOOK_MS;
	arena_reset(t->trunk.arena);
	seen = ask_database(t);
	if (!seen)
		return ticker_database_failed(t);
	seen = monitor_see(m, seen, NULL, t->trunk.arena);
	text = monitor_dump(seen, t->trunk.arena);
	publish(t, text);
	fine = monitor_record(t, seen, text);
	json_decref(seen);
	if (!fine)
		return ticker_database_failed(t);
	ticker_database_answered(t);
	return false;
}

/* While the database is away, somebody must still say so. */
static void look_without_database(struct ticker *t)
{
	struct monitor *m = t->own;
	json_t *seen;

	m->look_after_ms = clock_mono_ms() + LOOK_MS;
	arena_reset(t->trunk.arena);
	seen = monitor_see(m, NULL, db_message(t->trunk.db), t->trunk.arena);
	publish(t, monitor_dump(seen, t->trunk.arena));
	json_decref(seen);
}

void monitor_rest(struct ticker *t)
{
	struct monitor *m = t->own;

	if (db_fault(t->trunk.db) == DB_LOST && clock_mono_ms() >= m->look_after_ms)
		look_without_database(t);
	process_nap_ms(REST_MS);
}

/* --- beginning and end ----------------------------------------------------------------------------- */
bool monitor_open(struct ticker *t)
{
	struct monitor *m = calloc(1, sizeof *m);
	const char *vhost;

	if (!m)
		abort();
	m->lasting = arena_new(4096);
	vhost = vhost_of_url(m->lasting, broker_url());
	if (!vhost) {
		log_error("AMQP_URL: the vhost in its path cannot be read");
		arena_free(&m->lasting);
		free(m);
		return false;
	}
	m->vhost = management_encode(m->lasting, vhost);
	m->api = management_open_as(m->lasting, broker_url(), monitor_management_url());
	management_limit(m->api, CALL_MS, CALL_BYTES);
	for (int i = 0; topology_queue(i) && i < MONITOR_QUEUES_MOST; i++)
		m->queues[m->queue_count++].name = topology_queue(i);
	t->own = m;
	return true;
}

void monitor_close(struct ticker *t)
{
	struct monitor *m = t->own;

	alerts_clear(&m->alerts);
	json_decref(m->seldom);
	management_close(&m->api);
	arena_free(&m->lasting);
	free(m);
}

/* Whoever begins to look knows nothing of what another one saw, but for the alerts. */
bool monitor_hold(struct ticker *t)
{
	return ticker_lock_number(t, QUERY_monitor_lock, 0) && monitor_remember(t);
}
