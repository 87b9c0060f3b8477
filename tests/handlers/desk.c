/* desk.c - see desk.h. */
#include "tests/handlers/desk.h"

#include <libpq-fe.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/log.h"
#include "workers/ticket/model.h"

struct db *desk_db, *desk_ingress;
struct arena *desk_arena;
struct attempt desk_attempt;
struct uuid desk_owner, desk_agent;
void (*desk_before_store)(void);

struct questioner {
	PGconn *conn;
};

static struct questioner *eye;
static struct arena *attempt_arena;

/* --- questions --------------------------------------------------------------------- */
struct questioner *questioner_open(void)
{
	struct questioner *q = calloc(1, sizeof *q);

	q->conn = PQconnectdb(getenv("DATABASE_URL"));
	if (PQstatus(q->conn) != CONNECTION_OK) {
		fprintf(stderr, "desk: %s", PQerrorMessage(q->conn));
		abort();
	}
	PQclear(PQexec(q->conn, "set client_min_messages = warning"));
	return q;
}

void questioner_close(struct questioner **q)
{
	if (*q)
		PQfinish((*q)->conn);
	free(*q);
	*q = NULL;
}

static const char *asked(struct questioner *q, const char *format, va_list args)
{
	char sql[16384];
	const char *answer = NULL;
	PGresult *result;

	vsnprintf(sql, sizeof sql, format, args);
	result = PQexec(q->conn, sql);
	if (PQresultStatus(result) != PGRES_TUPLES_OK && PQresultStatus(result) != PGRES_COMMAND_OK) {
		fprintf(stderr, "desk: %s%s\n", PQerrorMessage(q->conn), sql);
		abort();
	}
	if (PQntuples(result))
		answer = arena_printf(desk_arena, "%s", PQgetvalue(result, 0, 0));
	PQclear(result);
	return answer;
}

const char *questioner_ask(struct questioner *q, const char *format, ...)
{
	va_list args;
	const char *answer;

	va_start(args, format);
	answer = asked(q, format, args);
	va_end(args);
	return answer;
}

const char *ask(const char *format, ...)
{
	va_list args;
	const char *answer;

	va_start(args, format);
	answer = asked(eye, format, args);
	va_end(args);
	return answer;
}

int64_t ask_number(const char *format, ...)
{
	va_list args;
	const char *answer;

	va_start(args, format);
	answer = asked(eye, format, args);
	va_end(args);
	return answer ? atoll(answer) : -1;
}

/* --- the database ------------------------------------------------------------------ */
/* The URL is postgresql://postgres:PASSWORD@...; all roles have that password. */
struct db *desk_as(const char *program, const char *options)
{
	const char *url = getenv("DATABASE_URL"), *rest = strstr(url, "://postgres:");

	return db_open(arena_printf(desk_arena, "postgresql://guichet_%s%s%s%s", program, rest + strlen("://postgres"),
	        *options ? "?options=" : "", options));
}

int desk_open(void **state)
{
	(void)state;
	if (!getenv("DATABASE_URL") || !strstr(getenv("DATABASE_URL"), "://postgres:")) {
		fprintf(stderr, "desk: run me by tests/handlers/with_postgresql\n");
		return -1;
	}
	log_init("test", LOG_LEVEL_CRITICAL);
	desk_arena = arena_new(65536);
	attempt_arena = arena_new(1024 * 1024);
	if (!settings_load((struct setting *const[]){ files_settings, NULL }, stderr))
		return -1;
	eye = questioner_open();
	desk_db = desk_as("ticket", "");
	return db_fault(desk_db) == DB_FINE ? 0 : -1;
}

int desk_close(void **state)
{
	(void)state;
	db_close(&desk_db);
	questioner_close(&eye);
	arena_free(&attempt_arena);
	arena_free(&desk_arena);
	return 0;
}

int desk_empty(void **state)
{
	(void)state;
	arena_reset(desk_arena);
	desk_before_store = NULL;
	desk_owner = desk_agent = (struct uuid){ { 0 } };
	db_revive(desk_db);
	db_rollback(desk_db);
	ask("truncate push_deliveries, notifications, notices, mail_domains, mail_counts, "
	    "mail_suppressions, accounts, identities, spent_states, account_tokens, email_changes, sign_in_failures, "
	    "totp_factors, "
	    "recovery_codes, api_tokens, credentials, sessions, "
	    "tickets, ticket_comments, "
	    "ticket_comment_edits, ticket_history, ticket_counters, schedules, webhook_circuits, "
	    "webhook_deliveries, webhooks, ticket_search, ticket_links, ticket_attachments, files, "
	    "file_access_logs, file_link_uses, ticket_spans, timers, ticket_categories, spent_tokens, "
	    "inbox_keyed, suspects, dead_letters, audit_log, mails");
	ask("delete from inbox; delete from outbox; delete from event_inbox"); /* a hundred tables take longer to
	                                                                          truncate */
	ask("alter sequence ticket_number_seq restart");
	ask("update relay_cursor set xid = '0', id = 0, cluster = this_cluster()");
	return 0;
}

/* --- things ------------------------------------------------------------------------ */
const char *id_text(struct uuid id)
{
	return uuid_text(desk_arena, &id).data;
}

struct uuid desk_account(const char *role, bool active)
{
	struct uuid id = uuid_new();

	ask("insert into accounts (id, email, role, active) values ('%s', '%s@example.org', '%s', %s)", id_text(id),
	        id_text(id), role, active ? "true" : "false");
	return id;
}

struct message desk_message(enum command_id command, struct uuid id, struct uuid actor, const void *fields)
{
	const struct record *record = &commands[command].record;
	const struct uuid *ticket = (const struct uuid *)((const char *)fields + record->fields[0].offset);
	struct envelope envelope = { .id = id,
		.type = text_of(record->type),
		.actor = actor,
		.accepted_at = clock_unix_us() - 1000,
		.correlation_id = TEXT("request-1") };
	struct message m = { .exchange = TEXT("guichet.commands") };
	struct buffer body;

	buffer_init(&body, desk_arena, 256);
	contract_write(record, fields, &body);
	envelope.body = buffer_view(&body);
	envelope_fingerprint(envelope.type, envelope.body, envelope.fp);
	envelope_write(&envelope, desk_arena, &m);
	m.queue = m.routing_key = lane_queue(desk_arena, "cmd.ticket.", uuid_last_digit(ticket));
	return m;
}

struct message desk_create(struct uuid id, struct uuid actor, struct uuid ticket)
{
	return desk_message(COMMAND_ticket_create, id, actor,
	        &(struct ticket_create){ .ticket_id = ticket,
	                .title = TEXT("the printer burns"),
	                .description = TEXT("flames and smoke"),
	                .category = TEXT("hardware") });
}

struct message desk_comment(struct uuid id, struct uuid actor, struct uuid ticket, const char *content)
{
	return desk_message(COMMAND_ticket_comment, id, actor,
	        &(struct ticket_comment){ .ticket_id = ticket, .comment_id = uuid_new(), .content = text_of(content) });
}

struct uuid desk_id_in_lane(int lane)
{
	struct uuid id = uuid_new();

	id.bytes[15] = (uint8_t)((id.bytes[15] & 0xf0) | lane);
	return id;
}

/* --- the worker -------------------------------------------------------------------- */
/* Nothing is sent before the commit, so what is done here comes before the store. */
static void call_hook(struct batch *batch, void *world)
{
	void (*hook)(void) = desk_before_store;

	(void)batch;
	(void)world;
	desk_before_store = NULL;
	if (hook)
		hook();
}

static handler_fn *const no_handlers[COMMAND_COUNT];

const struct subject_kind desk_hook_kind = { .name = "hook",
	.bytes = sizeof(struct subject),
	.handlers = no_handlers,
	.load = QUERY_account_load,
	.store = call_hook };

const struct lane_worker desk_worker = { .name = "guichet-ticket",
	.queue_prefix = "cmd.ticket.",
	.kinds = (const struct subject_kind *const[]){ &ticket_kind, &file_kind, &desk_hook_kind, NULL } };

enum db_fault desk_try(struct attempt *attempt, const struct message *messages, int count)
{
	static void *kept[LANE_KINDS];

	*attempt = (struct attempt){ .worker = &desk_worker,
		.db = desk_db,
		.arena = attempt_arena,
		.messages = messages,
		.count = count,
		.kept = kept };
	return attempt_try(attempt);
}

struct job *desk_apply(struct message m)
{
	static struct message applied; /* the attempt points to it */

	applied = m;
	if (desk_try(&desk_attempt, &applied, 1) != DB_FINE) {
		fprintf(stderr, "desk: %s %s\n", db_sqlstate(desk_db), db_message(desk_db));
		abort();
	}
	return &desk_attempt.batch.jobs[0];
}

const struct result *desk_result(int job)
{
	return &desk_attempt.batch.jobs[job].result;
}

void desk_people(void)
{
	if (!uuid_is_none(&desk_owner))
		return;
	desk_owner = desk_account("user", true);
	desk_agent = desk_account("agent", true);
}

struct uuid desk_ticket(void)
{
	struct uuid ticket = uuid_new();

	desk_people();
	if (desk_apply(desk_create(uuid_new(), desk_owner, ticket))->outcome != JOB_DONE)
		abort();
	return ticket;
}

struct message desk_upload(struct uuid id, struct uuid actor, struct uuid file, struct uuid ticket, int64_t size)
{
	return desk_message(COMMAND_file_upload, id, actor,
	        &(struct file_upload){ .file_id = file,
	                .ticket_id = ticket,
	                .name = TEXT("tray.png"),
	                .size = size,
	                .mime_type = TEXT("image/png"),
	                .sha256 = TEXT("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff") });
}

struct uuid desk_file(struct uuid actor, struct uuid ticket)
{
	struct uuid file = uuid_new();

	if (desk_apply(desk_upload(uuid_new(), actor, file, ticket, 1000))->outcome != JOB_DONE)
		abort();
	return file;
}

int64_t desk_rows_stored(void)
{
	return ask_number(
	        "select (select count(*) + coalesce(sum(version), 0) from tickets) + (select count(*) from "
	        "ticket_comments) + (select count(*) from ticket_history) + (select count(*) from outbox) + "
	        "(select count(*) from inbox) + (select count(*) from inbox_keyed) + (select coalesce(sum(n), 0) "
	        "from ticket_counters) + (select count(*) + coalesce(sum(version), 0) from files)");
}

/* --- the relay ----------------------------------------------------------------------- */
static void sync_or_abort(struct db *db)
{
	if (db_sync(db))
		return;
	fprintf(stderr, "desk: %s %s\n", db_sqlstate(db), db_message(db));
	abort();
}

const char *desk_carry(struct db *relay, bool move)
{
	struct db_result *cursor, *rows;
	struct buffer keys;
	struct text xid;

	db_reset(relay);
	cursor = db_send_params(relay, QUERY_relay_cursor, 0, NULL);
	sync_or_abort(relay);
	if (db_bool(cursor, 0, 2))
		return "a cursor of another cluster";
	xid = text_copy(desk_arena, db_text(cursor, 0, 0));
	rows = db_send(relay, QUERY_relay_fetch, P_TEXT(xid), P_INT(db_int(cursor, 0, 1)));
	sync_or_abort(relay);
	buffer_init(&keys, desk_arena, 256);
	for (int i = 0; i < db_rows(rows); i++) {
		buffer_printf(&keys, "%s%.*s", i ? " " : "", (int)db_text(rows, i, 3).len, db_text(rows, i, 3).data);
		xid = text_copy(desk_arena, db_text(rows, i, 0));
	}
	if (move && db_rows(rows)) {
		db_send(relay, QUERY_relay_move, P_TEXT(xid), P_INT(db_int(rows, db_rows(rows) - 1, 1)));
		sync_or_abort(relay);
	}
	return buffer_cstr(&keys);
}

/* --- reads -------------------------------------------------------------------------- */
int desk_open_ingress(void **state)
{
	if (desk_open(state))
		return -1;
	desk_ingress = desk_as("ingress", "");
	return db_fault(desk_ingress) == DB_FINE ? 0 : -1;
}

int desk_close_ingress(void **state)
{
	db_close(&desk_ingress);
	return desk_close(state);
}

static const enum query queries[READ_COUNT] = {
#define READ(id, ...) [READ_##id] = QUERY_##id,
#include "queues/all.def"
};

const char *desk_read_fields(enum read_id read, struct uuid actor, int64_t open, const void *fields, int column)
{
	struct db_param params[3] = { P_UUID(&actor), P_INT(reads[read].access | open) };
	struct db_result *rows;
	struct buffer wanted;

	buffer_init(&wanted, desk_arena, 128);
	contract_write(&reads[read].record, fields, &wanted);
	params[2] = P_TEXT(buffer_view(&wanted));
	db_reset(desk_ingress);
	rows = db_send_params(desk_ingress, queries[read], reads[read].record.count ? 3 : 2, params);
	if (!db_sync(desk_ingress) || db_rows(rows) > 1) {
		fprintf(stderr, "desk: %s: %s %s\n", reads[read].path, db_sqlstate(desk_ingress),
		        db_message(desk_ingress));
		abort();
	}
	if (!db_rows(rows))
		return "nobody";
	return text_dup(desk_arena, db_text(rows, 0, column).data ? db_text(rows, 0, column) : TEXT(""));
}

const char *desk_read(
        enum read_id read, struct uuid actor, int64_t open, struct uuid ticket, struct uuid comment, int column)
{
	const struct record *record = &reads[read].record;
	void *fields = arena_alloc(desk_arena, record->bytes + 1);

	for (int i = 0; i < record->count; i++) {
		if (!strcmp(record->fields[i].name, "ticket_id"))
			*(struct uuid *)field_of(&record->fields[i], fields) = ticket;
		if (!strcmp(record->fields[i].name, "comment_id"))
			*(struct uuid *)field_of(&record->fields[i], fields) = comment;
	}
	return desk_read_fields(read, actor, open, fields, column);
}
