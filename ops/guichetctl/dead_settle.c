/* dead_replay.c - "dead replay": the same message again, by way of the outbox.
 *
 * Tells dead.replayed for each. The message id stays, so a command that was applied
 * after all is recognised by its inbox row and nothing happens twice.
 */
#include <inttypes.h>
#include "ops/guichetctl/dead.h"
#include "ops/guichetctl/dead_route.h"
#include "sql/db.h"

struct replay {
	struct ctl *ctl;
	struct db *db;
	struct buffer rows; /* what goes into one transaction */
	int64_t count;
	int64_t replayed, refused;
	const char *again; /* "t": also what was replayed before */
};

static void rows_begin(struct replay *r)
{
	buffer_init(&r->rows, r->ctl->arena, 16 * 1024);
	buffer_string(&r->rows, "[");
	r->count = 0;
}

static void refuse(struct replay *r, struct text id, const char *why)
{
	say("%.*s cannot be replayed: %s", (int)id.len, id.data, why);
	r->refused++;
}

static void add_row(struct replay *r, struct text id, const struct dead_route *route)
{
	struct uuid event = uuid_new();

	buffer_string(&r->rows, r->count++ ? ",{" : "{");
	buffer_json_member(&r->rows, "id", id);
	buffer_json_member(&r->rows, "exchange", route->exchange);
	buffer_json_member(&r->rows, "routing_key", route->routing_key);
	buffer_json_member(&r->rows, "event_id", uuid_text(r->ctl->arena, &event));
	buffer_string(&r->rows, "}");
}

/* Columns: id, state, queue, type, exchange, routing_key, message_id. */
static void consider(struct replay *r, const struct db_result *letters, int row)
{
	struct text id = db_text(letters, row, 0);
	struct dead_route route;
	struct uuid message;
	const char *why = NULL;

	if (!text_equal(db_text(letters, row, 1), TEXT("open")) && *r->again != 't')
		why = "it has been replayed already (--again replays it once more)";
	else if (!uuid_parse(db_text(letters, row, 6), &message))
		why = "it has no message id, and nobody takes a message without one";
	else
		why = dead_route_find(db_text(letters, row, 4), db_text(letters, row, 5), db_text(letters, row, 2),
		        db_text(letters, row, 3), &route);
	if (why)
		refuse(r, id, why);
	else
		add_row(r, id, &route);
}

/* One transaction. */
static bool send_rows(struct replay *r)
{
	if (r->count == 0)
		return true;
	buffer_string(&r->rows, "]");
	db_begin(r->db);
	db_send(r->db, QUERY_ctl_dead_replay, P_TEXT(buffer_view(&r->rows)), P_INT(r->count),
	        P_TEXT(text_of(r->again)));
	if (!db_commit(r->db))
		return false;
	r->replayed += r->count;
	return true;
}

/* --- by id: all of them or none ------------------------------------------------------ */
static void name_absent(struct replay *r, const struct db_result *letters)
{
	for (int i = 0; i < r->ctl->operand_count; i++) {
		struct uuid id, found;
		bool is_there = false;

		uuid_parse(text_of(r->ctl->operands[i]), &id);
		for (int row = 0; row < db_rows(letters) && !is_there; row++) {
			found = db_uuid(letters, row, 0);
			is_there = uuid_equal(&found, &id);
		}
		if (!is_there)
			refuse(r, text_of(r->ctl->operands[i]), "there is no such dead letter");
	}
}

static bool replay_ids(struct replay *r, struct text ids)
{
	struct db_result *letters = db_send(r->db, QUERY_ctl_dead_find, P_TEXT(ids));

	if (!db_sync(r->db))
		return false;
	rows_begin(r);
	name_absent(r, letters);
	for (int row = 0; row < db_rows(letters); row++)
		consider(r, letters, row);
	return r->refused ? true : send_rows(r);
}

/* --- all that are open now, a stretch at a time --------------------------------------- */
static bool replay_all(struct replay *r)
{
	struct text type = text_of(option_text(r->ctl, "type")), now, died = TEXT("-infinity");
	struct uuid last = { 0 };
	struct db_result *rows = db_send_params(r->db, QUERY_ctl_now, 0, NULL);
	int count;

	if (!db_sync(r->db))
		return false;
	now = text_copy(r->ctl->arena, db_text(rows, 0, 0));
	do {
		char after[UUID_TEXT_BYTES];

		uuid_format(&last, after);
		db_reset(r->db);
		rows = db_send(
		        r->db, QUERY_ctl_dead_open, P_TEXT(now), P_TEXT(died), P_TEXT(text_of(after)), P_TEXT(type));
		if (!db_sync(r->db))
			return false;
		count = db_rows(rows);
		rows_begin(r);
		for (int row = 0; row < count; row++)
			consider(r, rows, row);
		if (count > 0) {
			died = text_copy(r->ctl->arena, db_text(rows, count - 1, 7));
			last = db_uuid(rows, count - 1, 0);
		}
		if (!send_rows(r))
			return false;
	} while (count > 0);
	return true;
}

static enum ctl_exit tell(const struct replay *r)
{
	if (r->ctl->json)
		say_json(json_pack(
		        "{s:I, s:I}", "replayed", (json_int_t)r->replayed, "refused", (json_int_t)r->refused));
	else
		printf("%" PRId64 " replayed, %" PRId64 " refused\n", r->replayed, r->refused);
	return r->refused ? CTL_WRONG : CTL_GOOD;
}

enum ctl_exit dead_replay(struct ctl *ctl)
{
	struct replay r = { .ctl = ctl, .again = option_flag(ctl, "again") ? "t" : "f" };
	bool all = option_flag(ctl, "all");
	enum ctl_exit code;
	struct text ids;

	if (all == (ctl->operand_count > 0) || (!all && option_text(ctl, "type")) ||
	        (all && option_flag(ctl, "again"))) {
		say("dead replay takes ids (with --again if need be), or --all (with --type if need be)");
		return CTL_USAGE;
	}
	if (!dead_ids(ctl, &ids))
		return CTL_USAGE;
	r.db = database_open(ctl);
	if (!r.db)
		return CTL_WRONG;
	if (all ? replay_all(&r) : replay_ids(&r, ids))
		code = tell(&r);
	else if (db_fault(r.db) == DB_RACE)
		code = say_failed(ctl,
		        "another replay was faster with some of them: %" PRId64 " are replayed, look at the rest",
		        r.replayed);
	else
		code = database_failed(
		        ctl, r.db, arena_printf(ctl->arena, "only %" PRId64 " are replayed", r.replayed));
	db_close(&r.db);
	return code;
}
