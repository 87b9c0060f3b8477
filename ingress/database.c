/* database.c - db_loop connections watched by the h2o loop.
 *
 * Reads go over four connections in turn: one that works on a slow one holds up a quarter, and while the
 * loop writes the answers of one batch the server works on another. A write has its own, so that it never
 * waits behind a list. A connection's socket is watched through a dup of its fd,
 * because h2o closes what it watches.
 */
#include "ingress/database.h"

#include <stdlib.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/probe.h"

#define READERS 4
#define CONNECTIONS (READERS + 1)

struct connection {
	struct db_loop *db;
	h2o_loop_t *loop;
	h2o_socket_t *sock;
	int watched_fd; /* db's own fd that sock is a dup of; -1: none */
	bool writing;
	int failures;
	int64_t connect_after_ms;
};

struct database {
	struct connection connections[CONNECTIONS];
	int next_reader;
	int64_t tick_after_ms;
	int64_t last_up_ms;
	bool misses; /* a connection */
};

static struct probe_check check = { .name = "database" };

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
	c->watched_fd = -1;
	c->writing = false;
}

/* Brings what h2o watches in line with what the connection wants. */
static void rewatch(struct connection *c)
{
	int fd = db_loop_fd(c->db);

	if (fd != c->watched_fd)
		unwatch(c);
	if (fd == -1)
		return;
	if (!c->sock) {
		c->sock = h2o_evloop_socket_create(c->loop, dup(fd), H2O_SOCKET_FLAG_DONT_READ);
		c->sock->data = c;
		c->watched_fd = fd;
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
	c->connect_after_ms = clock_mono_ms() + clock_backoff_ms(c->failures++, 100, 3000);
	rewatch(c);
}

static bool all_up(const struct database *database)
{
	for (int i = 0; i < CONNECTIONS; i++)
		if (db_loop_state(database->connections[i].db) != DB_LOOP_UP)
			return false;
	return true;
}

/* Ready when no loop misses a connection. */
static void tell_probe(struct database *database, bool misses)
{
	static _Atomic int missing;

	if (database->misses != misses)
		missing += misses ? 1 : -1;
	database->misses = misses;
	probe_set(&check, missing ? "no connection" : NULL);
}

struct database *database_new(h2o_loop_t *loop)
{
	struct database *database = calloc(1, sizeof *database);

	if (!database)
		abort();
	for (int i = 0; i < CONNECTIONS; i++)
		database->connections[i] =
		        (struct connection){ .db = db_loop_new(db_url(), i < READERS), .loop = loop, .watched_fd = -1 };
	database->last_up_ms = clock_mono_ms();
	tell_probe(database, true);
	return database;
}

static bool send_on(
        struct connection *c, enum query query, int count, const struct db_param *params, db_loop_fn *done, void *arg)
{
	return db_loop_state(c->db) == DB_LOOP_UP && db_loop_send(c->db, query, count, params, done, arg);
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

void database_turn(struct database *database)
{
	int64_t now = clock_mono_ms();
	bool tick = now >= database->tick_after_ms;

	for (int i = 0; i < CONNECTIONS; i++) {
		struct connection *c = &database->connections[i];

		db_loop_flush(c->db);
		if (tick)
			db_loop_tick(c->db);
		keep_connected(c);
		rewatch(c);
	}
	if (tick)
		database->tick_after_ms = now + 1000;
	if (all_up(database))
		database->last_up_ms = now;
	tell_probe(database, database->last_up_ms != now);
}

int64_t database_away_ms(const struct database *database)
{
	return all_up(database) ? 0 : clock_mono_ms() - database->last_up_ms;
}
