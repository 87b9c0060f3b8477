/* database.c - db_loop connections watched by the h2o loop.
 *
 * Reads go over four connections in turn: one that works on a slow one holds up a quarter, and while the
 * loop writes the answers of one batch the server works on another. A write has its own, so that it never
 * waits behind a list. A connection's socket is watched through a dup of its fd,
 * because h2o closes what it watches.
 *
 * A reader that is missing is no reason to send clients elsewhere: the others read. Where the server grants too few
 * connections, the writer has the first of them.
 */
#include "ingress/http/database.h"

#include <stdlib.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/probe.h"

#define READERS 4
#define CONNECTIONS (READERS + 1)
#define LEAVE_MS 3000
#define NEED_MS 3000 /* who has its connection back sooner was never without */

struct connection {
	struct db_loop *db;
	h2o_loop_t *loop;
	h2o_socket_t *sock;
	unsigned watched; /* the db_loop_socket() that sock is a dup of */
	bool writing;
	bool was_up; /* as the metrics know it */
	int was_waiting;
	bool tries; /* to connect, and nobody has looked at how that ended */
	int failures;
	int64_t connect_after_ms;
};

struct database {
	struct connection connections[CONNECTIONS];
	int next_reader;
	int64_t tick_after_ms;
	int64_t served_ms; /* when it could last read and write; 0: not yet */
	bool in_need;      /* as the probe knows it */
};

static struct probe_check check = { .name = "database" };
static struct metric wanted = { .name = "guichet_db_pool_connections_wanted",
	.labels = "",
	.kind = METRIC_GAUGE,
	.help = "Connections to PostgreSQL that this program wants to have" };
static struct metric have = { .name = "guichet_db_pool_connections",
	.labels = "",
	.kind = METRIC_GAUGE,
	.help = "Connections to PostgreSQL that it has" };
static struct metric waiting = { .name = "guichet_db_pool_waiting",
	.labels = "",
	.kind = METRIC_GAUGE,
	.help = "Statements that wait for PostgreSQL's answer" };

static void rewatch(struct connection *c);

static void on_readable(h2o_socket_t *sock, const char *err)
{
	struct connection *c = sock->data;

	(void)err;
	db_loop_ready(c->db);
	rewatch(c);
}

static void on_writable(h2o_socket_t *sock, const char *err)
{
	struct connection *c = sock->data;

	(void)err;
	c->writing = false;
	db_loop_ready(c->db);
	rewatch(c);
}

static void unwatch(struct connection *c)
{
	if (!c->sock)
		return;
	h2o_socket_read_stop(c->sock);
	h2o_socket_close(c->sock);
	c->sock = NULL;
	c->writing = false;
}

/* Brings what h2o watches in line with what the connection wants. */
static void rewatch(struct connection *c)
{
	int fd = db_loop_fd(c->db);

	if (fd == -1 || c->watched != db_loop_socket(c->db))
		unwatch(c);
	if (fd == -1)
		return;
	if (!c->sock) {
		c->sock = h2o_evloop_socket_create(c->loop, dup(fd), H2O_SOCKET_FLAG_DONT_READ);
		c->sock->data = c;
		c->watched = db_loop_socket(c->db);
		h2o_socket_read_start(c->sock, on_readable);
	}
	if (db_loop_wants_write(c->db) && !c->writing) {
		c->writing = true;
		h2o_socket_notify_write(c->sock, on_writable);
	}
}

static void keep_connected(struct connection *c)
{
	enum db_loop_state state = db_loop_state(c->db);

	if (state == DB_LOOP_UP)
		c->failures = 0;
	if (state != DB_LOOP_DOWN || clock_mono_ms() < c->connect_after_ms)
		return;
	unwatch(c);
	db_loop_connect(c->db);
	c->tries = true;
	c->connect_after_ms = clock_mono_ms() + clock_backoff_ms(c->failures++, 100, 3000);
	rewatch(c);
}

static bool is_up(const struct connection *c)
{
	return db_loop_state(c->db) == DB_LOOP_UP;
}

static int readers_up(const struct database *database)
{
	int up = 0;

	for (int i = 0; i < READERS; i++)
		up += is_up(&database->connections[i]);
	return up;
}

/* Ready when every loop can read, and can write. */
static void tell_probe(struct database *database, bool in_need)
{
	probe_share(&check, &database->in_need, in_need ? "no connection" : NULL);
}

struct database *database_new(h2o_loop_t *loop)
{
	struct database *database = calloc(1, sizeof *database);

	if (!database)
		abort();
	for (int i = 0; i < CONNECTIONS; i++)
		database->connections[i] =
		        (struct connection){ .db = db_loop_new(db_url(), i < READERS), .loop = loop };
	metric_add(&wanted, CONNECTIONS);
	tell_probe(database, true);
	return database;
}

static bool send_on(
        struct connection *c, enum query query, int count, const struct db_param *params, db_loop_fn *done, void *arg)
{
	return is_up(c) && db_loop_send(c->db, query, count, params, done, arg);
}

bool database_read(struct database *database, enum query query, int count, const struct db_param *params,
        db_loop_fn *done, void *arg)
{
	for (int i = 0; i < READERS; i++) {
		database->next_reader = (database->next_reader + 1) % READERS;
		if (send_on(&database->connections[database->next_reader], query, count, params, done, arg))
			return true;
	}
	return false;
}

bool database_write(struct database *database, enum query query, int count, const struct db_param *params,
        db_loop_fn *done, void *arg)
{
	return send_on(&database->connections[READERS], query, count, params, done, arg);
}

static void turn(struct connection *c, bool tick, bool may_connect)
{
	db_loop_flush(c->db);
	if (tick)
		db_loop_tick(c->db);
	if (may_connect)
		keep_connected(c);
	rewatch(c);
	metric_add(&have, is_up(c) - c->was_up);
	c->was_up = is_up(c);
	metric_add(&waiting, db_loop_waiting(c->db) - c->was_waiting);
	c->was_waiting = db_loop_waiting(c->db);
}

/* The server has refused the writer: a reader that has nothing to do leaves it its place, if others still read. */
static void make_room(struct database *database)
{
	int readers = readers_up(database);

	for (int i = 0; i < READERS && readers > 1; i++) {
		struct connection *c = &database->connections[i];

		if (!is_up(c) || db_loop_waiting(c->db))
			continue;
		unwatch(c);
		db_loop_leave(c->db);
		c->connect_after_ms = clock_mono_ms() + LEAVE_MS;
		return;
	}
}

void database_turn(struct database *database)
{
	struct connection *writer = &database->connections[READERS];
	int64_t now = clock_mono_ms();
	bool tick = now >= database->tick_after_ms;

	turn(writer, tick, true);
	if (writer->tries && db_loop_state(writer->db) == DB_LOOP_DOWN)
		make_room(database);
	writer->tries = writer->tries && db_loop_state(writer->db) == DB_LOOP_CONNECTING;
	for (int i = 0; i < READERS; i++)
		turn(&database->connections[i], tick, db_loop_state(writer->db) != DB_LOOP_CONNECTING);
	if (tick)
		database->tick_after_ms = now + 1000;
	if (is_up(writer) && readers_up(database))
		database->served_ms = now;
	tell_probe(database, !database->served_ms || now - database->served_ms > NEED_MS);
}
