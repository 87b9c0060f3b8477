/* db_result.c - what came back: rows, or a verdict.
 *
 * Rows travel in text format. The verdict follows the SQLSTATE rules of db.h.
 * The log gets code, query, table and constraint. It gets the server's primary
 * message too, but not for class 22: those quote the value that was refused.
 */
#include "sql/db_private.h"

#include <stdio.h>
#include <string.h>
#include "base/arena.h"
#include "base/log.h"

static bool starts_with(const char *s, const char *prefix)
{
	return s && strncmp(s, prefix, strlen(prefix)) == 0;
}

/* Two of us wrote the same row, or drew the same number: what is loaded anew differs. */
static bool is_race(const char *sqlstate, const char *table, const char *constraint)
{
	if (strcmp(sqlstate, "23505") == 0)
		return starts_with(table, "inbox") || starts_with(table, "event_inbox") ||
		       (constraint && strcmp(constraint, "ticket_number_is_unique") == 0);
	return strcmp(sqlstate, "40001") == 0 || strcmp(sqlstate, "40P01") == 0 || strcmp(sqlstate, "GU001") == 0;
}

/* Only what names a value or a constraint can be a message's own. No partition for a row is 23514 without a
 * constraint, a column that an older program does not fill 23502; and of class 22, a sequence that has come to its
 * end, an unfit setting, or an encoding that cannot hold the text are the database's. */
static bool is_messages_own(const char *sqlstate, const char *constraint)
{
	static const char *const databases_own[] = { "2200H", "22023", "22P05" };

	for (size_t i = 0; i < sizeof databases_own / sizeof *databases_own; i++)
		if (strcmp(sqlstate, databases_own[i]) == 0)
			return false;
	if (starts_with(sqlstate, "23"))
		return constraint && *constraint;
	return starts_with(sqlstate, "22") || starts_with(sqlstate, "54");
}

static enum db_fault verdict(const char *sqlstate, const char *table, const char *constraint)
{
	if (is_race(sqlstate, table, constraint))
		return DB_RACE;
	if (is_messages_own(sqlstate, constraint))
		return DB_MESSAGE;
	if (starts_with(sqlstate, "42") || strcmp(sqlstate, "25006") == 0)
		return DB_BROKEN;
	return DB_WAIT;
}

static enum log_level level_of(enum db_fault fault)
{
	switch (fault) {
	case DB_BROKEN:
		return LOG_LEVEL_ERROR;
	case DB_RACE:
		return LOG_LEVEL_DEBUG;
	case DB_MESSAGE:
		return LOG_LEVEL_NOTICE;
	default:
		return LOG_LEVEL_WARNING;
	}
}

void db_failure_set(struct db_failure *out, enum db_fault fault, const char *sqlstate, const char *message)
{
	size_t len = strlen(message);

	if (len >= sizeof(out->message)) {
		len = sizeof(out->message) - 1;
		while (len > 0 && ((unsigned char)message[len] & 0xC0) == 0x80)
			len--;
	}
	while (len > 0 && message[len - 1] == '\n')
		len--;
	out->fault = fault;
	snprintf(out->sqlstate, sizeof(out->sqlstate), "%s", sqlstate);
	memcpy(out->message, message, len);
	out->message[len] = '\0';
}

void db_failure_read(struct db_failure *out, const PGresult *error, const char *query_name)
{
	const char *sqlstate = PQresultErrorField(error, PG_DIAG_SQLSTATE);
	const char *message = PQresultErrorField(error, PG_DIAG_MESSAGE_PRIMARY);
	const char *table = PQresultErrorField(error, PG_DIAG_TABLE_NAME);
	const char *constraint = PQresultErrorField(error, PG_DIAG_CONSTRAINT_NAME);

	if (!sqlstate)
		sqlstate = "";
	if (!message)
		message = PQresultErrorMessage(error);
	db_failure_set(out, verdict(sqlstate, table, constraint), sqlstate, message);
	LOG_AT(level_of(out->fault), "database refused a statement", LOG_TEXT("sqlstate", out->sqlstate),
	        LOG_TEXT("query", query_name), LOG_TEXT("table", table ? table : ""),
	        LOG_TEXT("constraint", constraint ? constraint : ""),
	        LOG_TEXT("reason", starts_with(sqlstate, "22") ? "" : out->message));
}

bool db_failure_is_stale_plan(const struct db_failure *failure)
{
	return strcmp(failure->sqlstate, "0A000") == 0;
}

static const char *value_of(struct arena *arena, const struct db_param *param)
{
	switch (param->kind) {
	case DB_PARAM_TEXT:
		return arena_copy(arena, param->text.data, param->text.len);
	case DB_PARAM_UUID:
		return uuid_text(arena, &param->uuid).data;
	case DB_PARAM_INT:
		return arena_printf(arena, "%lld", (long long)param->number);
	case DB_PARAM_NULL:
		break;
	}
	return NULL;
}

const char *const *db_values(
        struct arena *arena, enum query query, int count, const struct db_param *params, struct db_failure *out)
{
	const char **values = ARENA_ARRAY(arena, const char *, (size_t)count + 1);

	if (count != query_texts[query].params) {
		db_failure_set(out, DB_BROKEN, "", "the number of parameters is not the query's");
		log_error("query called with another number of parameters", LOG_TEXT("query", query_texts[query].name),
		        LOG_INT("given", count), LOG_INT("expected", query_texts[query].params));
		return NULL;
	}
	for (int i = 0; i < count; i++) {
		const struct db_param *param = &params[i];

		/* libpq would send what stands before the NUL and say nothing. */
		if (param->kind == DB_PARAM_TEXT && param->text.len > 0 &&
		        memchr(param->text.data, '\0', param->text.len)) {
			db_failure_set(out, DB_MESSAGE, "22021", "a NUL inside a text");
			return NULL;
		}
		values[i] = value_of(arena, param);
	}
	return values;
}

int db_rows(const struct db_result *r)
{
	return r && r->pg ? PQntuples(r->pg) : 0;
}

int db_columns(const struct db_result *r)
{
	return r && r->pg ? PQnfields(r->pg) : 0;
}

bool db_is_null(const struct db_result *r, int row, int column)
{
	return row < 0 || row >= db_rows(r) || column < 0 || column >= PQnfields(r->pg) ||
	       PQgetisnull(r->pg, row, column);
}

struct text db_text(const struct db_result *r, int row, int column)
{
	if (db_is_null(r, row, column))
		return TEXT_NONE;
	return (struct text){ .data = PQgetvalue(r->pg, row, column), .len = (size_t)PQgetlength(r->pg, row, column) };
}

int64_t db_int(const struct db_result *r, int row, int column)
{
	int64_t number = 0;

	text_to_int(db_text(r, row, column), &number);
	return number;
}

struct uuid db_uuid(const struct db_result *r, int row, int column)
{
	struct uuid id = { 0 };

	uuid_parse(db_text(r, row, column), &id);
	return id;
}

bool db_bool(const struct db_result *r, int row, int column)
{
	return text_equal(db_text(r, row, column), TEXT("t"));
}
