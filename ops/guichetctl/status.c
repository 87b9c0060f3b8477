/* status.c - "status": one screen that says whether somebody has to get up.
 *
 * Each part adds lines, each with a word: ok; warn, which can wait for the morning;
 * fail, which cannot. A part that cannot be asked is a line too, and the others are
 * still asked.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include "base/trust.h"
#include "ops/guichetctl/commands.h"
#include "queues/management.h"
#include "ops/guichetctl/outbox.h"
#include "ops/guichetctl/topology.h"
#include "queues/vhost.h"
#include "queues/broker.h"
#include "queues/programs.h"
#include "sql/db.h"
#include "sql/migrate.h"

#define LINES_MAX 64
#define READY_WARN 10000
#define OUTBOX_WARN_S 10
#define OUTBOX_FAIL_S 60
#define PARTITIONS_WARN_DAYS 7

enum verdict { VERDICT_OK, VERDICT_WARN, VERDICT_FAIL };
static const char *const verdict_words[] = { "ok", "warn", "fail" };

struct line {
	enum verdict verdict;
	const char *what;
	char *says;
};

struct screen {
	struct ctl *ctl;
	struct line lines[LINES_MAX];
	int count;
	enum verdict worst;
};

static void __attribute__((format(printf, 4, 5)))
add(struct screen *s, enum verdict verdict, const char *what, const char *format, ...)
{
	char says[512];
	va_list args;

	if (s->count == LINES_MAX)
		return;
	va_start(args, format);
	vsnprintf(says, sizeof says, format, args);
	va_end(args);
	s->lines[s->count++] = (struct line){ verdict, what, arena_printf(s->ctl->arena, "%s", says) };
	if (verdict > s->worst)
		s->worst = verdict;
}

/* --- PostgreSQL ------------------------------------------------------------------- */
static void add_schema(struct screen *s, struct db *db)
{
	struct db_result *r = db_send_params(db, QUERY_schema_version, 0, NULL);
	int64_t version;

	if (!db_sync(db)) {
		add(s, VERDICT_FAIL, "database", "no schema (guichetctl migrate makes it): %s", db_message(db));
		return;
	}
	version = db_int(r, 0, 0);
	if (version < migrate_expected())
		add(s, VERDICT_FAIL, "database",
		        "schema %" PRId64 ", but these programs want %" PRId64 ": guichetctl migrate", version,
		        migrate_expected());
	else if (version > migrate_expected())
		add(s, VERDICT_WARN, "database", "schema %" PRId64 ", newer than this program's %" PRId64, version,
		        migrate_expected());
	else
		add(s, VERDICT_OK, "database", "reachable, schema %" PRId64, version);
}

static void add_outbox(struct screen *s, struct db *db)
{
	struct outbox_state o;
	enum verdict verdict = VERDICT_OK;

	if (!outbox_read(db, &o)) {
		add(s, VERDICT_FAIL, "outbox", "cannot be read: %s", db_message(db));
		return;
	}
	if (o.is_foreign) {
		add(s, VERDICT_FAIL, "outbox", "the cursor is of another cluster: guichetctl outbox rebase --help");
		return;
	}
	/* Rows wait, and the cursor does not move: nobody relays. */
	if (o.waiting && o.moved_s > OUTBOX_WARN_S && (o.oldest_s < 0 || o.oldest_s > OUTBOX_WARN_S))
		verdict = o.moved_s > OUTBOX_FAIL_S ? VERDICT_FAIL : VERDICT_WARN;
	else if (o.waiting == OUTBOX_COUNT_MAX)
		verdict = VERDICT_WARN;
	add(s, verdict, "outbox", "%" PRId64 " rows wait%s, cursor moved %" PRId64 " s ago", o.waiting,
	        o.oldest_s >= 0 ? arena_printf(s->ctl->arena, " (the oldest %" PRId64 " s)", o.oldest_s) : "",
	        o.moved_s);
}

/* Without them rows still find a place, but the day is then never dropped as a whole. */
static void add_partitions(struct screen *s, struct db *db)
{
	struct db_result *r;

	db_reset(db);
	r = db_send_params(db, QUERY_ctl_partitions, 0, NULL);
	if (!db_sync(db))
		add(s, VERDICT_FAIL, "partitions", "cannot be read: %s", db_message(db));
	else
		add(s, db_int(r, 0, 1) < PARTITIONS_WARN_DAYS ? VERDICT_WARN : VERDICT_OK, "partitions",
		        "of the days until %.*s%s", (int)db_text(r, 0, 0).len, db_text(r, 0, 0).data,
		        db_bool(r, 0, 2) ? "; there are rows in a default partition" : "");
}

static void add_dead(struct screen *s, struct db *db)
{
	struct db_result *r;

	db_reset(db);
	r = db_send_params(db, QUERY_ctl_dead_count, 0, NULL);
	if (!db_sync(db))
		add(s, VERDICT_FAIL, "dead letters", "cannot be read: %s", db_message(db));
	else
		add(s, db_int(r, 0, 0) ? VERDICT_WARN : VERDICT_OK, "dead letters", "%" PRId64 " open%s",
		        db_int(r, 0, 0), db_int(r, 0, 0) ? ": guichetctl dead list" : "");
}

static void add_mail(struct screen *s, struct db *db)
{
	struct db_result *r;

	db_reset(db);
	r = db_send_params(db, QUERY_ctl_mail_count, 0, NULL);
	if (!db_sync(db))
		add(s, VERDICT_WARN, "mail", "could not be counted: %s", db_message(db));
	else
		add(s, db_int(r, 0, 0) || db_int(r, 0, 2) ? VERDICT_WARN : VERDICT_OK, "mail",
		        "%" PRId64 " to be sent, %" PRId64 " of them overdue; %" PRId64 " given up since yesterday",
		        db_int(r, 0, 1), db_int(r, 0, 0), db_int(r, 0, 2));
}

static void add_audit(struct screen *s, struct db *db)
{
	struct db_result *r;

	db_reset(db);
	r = db_send_params(db, QUERY_audit_head, 0, NULL);
	if (!db_sync(db))
		add(s, VERDICT_FAIL, "audit", "cannot be read: %s", db_message(db));
	else if (db_rows(r) == 0)
		add(s, VERDICT_OK, "audit", "nothing logged yet");
	else
		add(s, VERDICT_OK, "audit", "head %" PRId64 ":%.16s...", db_int(r, 0, 0), db_text(r, 0, 1).data);
}

static bool is_among(const char *name, const struct db_result *rows)
{
	for (int i = 0; i < db_rows(rows); i++)
		if (text_equal(text_of(name), db_text(rows, i, 0)))
			return true;
	return false;
}

/* Every program keeps a connection as long as it runs, wherever that is. */
static void add_programs(struct screen *s, struct db *db)
{
	struct db_result *r;
	struct buffer away;

	buffer_init(&away, s->ctl->arena, 128);
	db_reset(db);
	r = db_send_params(db, QUERY_ctl_connected, 0, NULL);
	if (!db_sync(db)) {
		add(s, VERDICT_WARN, "programs", "cannot be seen: %s", db_message(db));
		return;
	}
	for (int i = 0; i < program_count; i++)
		if (programs[i].kind != PROGRAM_TOOL && !is_among(programs[i].name, r))
			buffer_printf(&away, " %s", programs[i].name);
	if (away.len)
		add(s, VERDICT_WARN, "programs", "without a connection to the database:%s", buffer_cstr(&away));
	else
		add(s, VERDICT_OK, "programs", "each has a connection to the database");
}

static void add_database(struct screen *s)
{
	static void (*const parts[])(struct screen *, struct db *) = { add_schema, add_programs, add_outbox,
		add_partitions, add_dead, add_mail, add_audit };
	struct db *db = db_open(db_url());

	if (db_fault(db) != DB_FINE)
		add(s, VERDICT_FAIL, "database", "no connection");
	else
		for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
			parts[i](s, db);
	db_close(&db);
}

/* --- RabbitMQ ---------------------------------------------------------------------- */
static const json_t *queue_find(const json_t *queues, const char *name)
{
	size_t index;
	json_t *queue;

	json_array_foreach(queues, index, queue)
	{
		const char *other = json_string_value(json_object_get(queue, "name"));

		if (other && text_equal(text_of(other), text_of(name)))
			return queue;
	}
	return NULL;
}

/* What the plugin gathered lags some seconds behind: where it knows of no consumer the queue itself is asked. */
static void look_again(struct broker *broker, const char *name, int64_t *ready, int64_t *consumers)
{
	if (broker && *consumers == 0)
		broker_look(broker, name, ready, consumers);
}

static void add_queue(struct screen *s, const char *name, const json_t *queue, struct broker *broker)
{
	int64_t ready = json_integer_value(json_object_get(queue, "messages_ready"));
	int64_t consumers = json_integer_value(json_object_get(queue, "consumers"));
	json_int_t unacked = json_integer_value(json_object_get(queue, "messages_unacknowledged"));
	char *what = arena_printf(s->ctl->arena, "queue %s", name);

	if (queue)
		look_again(broker, name, &ready, &consumers);
	if (!queue)
		add(s, VERDICT_FAIL, what, "is missing: guichetctl topology apply");
	else
		add(s,
		        consumers == 0 && ready ? VERDICT_FAIL
		                                : (consumers == 0 || ready > READY_WARN ? VERDICT_WARN : VERDICT_OK),
		        what, "%" PRId64 " ready, %" JSON_INTEGER_FORMAT " unacked, %" PRId64 " consumers", ready,
		        unacked, consumers);
}

static void add_queues(struct screen *s, const json_t *queues, const char *vhost)
{
	json_t *wanted = topology_wanted(vhost, "", TEXT(""));
	struct broker *broker = strchr(vhost_amqp_url(), '@') ? broker_connect_to(vhost_amqp_url(), false) : NULL;
	size_t index;
	json_t *queue;

	json_array_foreach(json_object_get(wanted, "queues"), index, queue)
	{
		const char *name = json_string_value(json_object_get(queue, "name"));

		add_queue(s, arena_printf(s->ctl->arena, "%s", name), queue_find(queues, name), broker);
	}
	json_decref(wanted);
	broker_close(&broker);
}

static void add_broker(struct screen *s)
{
	struct management *api = management_open(s->ctl->arena);
	const char *vhost = vhost_name(s->ctl->arena);
	json_t *queues = NULL;

	if (!vhost)
		add(s, VERDICT_FAIL, "broker", "AMQP_URL: the vhost in its path cannot be read");
	else if (management_get(api,
	                 arena_printf(s->ctl->arena,
	                         "/queues/%s?columns=name,messages_ready,messages_unacknowledged,consumers",
	                         management_encode(s->ctl->arena, vhost)),
	                 &queues) != MANAGEMENT_FINE)
		add(s, VERDICT_FAIL, "broker", "%s", management_error(api));
	else {
		add(s, VERDICT_OK, "broker", "reachable, vhost %s", vhost);
		add_queues(s, queues, vhost);
	}
	json_decref(queues);
	management_close(&api);
}

/* --- the screen ---------------------------------------------------------------------- */
static void write_json(const struct screen *s)
{
	json_t *lines = json_array();

	for (int i = 0; i < s->count; i++)
		json_array_append_new(lines, json_pack("{s:s, s:s, s:s}", "what", s->lines[i].what, "verdict",
		                                     verdict_words[s->lines[i].verdict], "says", s->lines[i].says));
	say_json(json_pack("{s:s, s:o}", "verdict", verdict_words[s->worst], "lines", lines));
}

static enum ctl_exit status(struct ctl *ctl)
{
	struct screen *s = ARENA_NEW(ctl->arena, struct screen);

	s->ctl = ctl;
	add_database(s);
	add_broker(s);
	if (ctl->json)
		write_json(s);
	else
		for (int i = 0; i < s->count; i++) {
			printf("%-5s %-24s ", verdict_words[s->lines[i].verdict], s->lines[i].what);
			say_text(stdout, text_of(s->lines[i].says), 0);
			printf("\n");
		}
	return s->worst == VERDICT_FAIL ? CTL_WRONG : CTL_GOOD;
}

static struct setting *const settings[] = { db_settings, management_settings, trust_settings, vhost_settings, NULL };

const struct command_row status_commands[] = {
	{ "status", NULL, NULL, "shows on one screen how everything is; exit code 1 when something fails",
	        "Each line begins with ok, warn (it can wait) or fail (it cannot). Figures of queues are those of\n"
	        "the management API, which are up to 5 s old; where it knows of no consumer the queue itself is\n"
	        "asked, if AMQP_URL names a user.",
	        NULL, settings, status },
	{ 0 },
};
