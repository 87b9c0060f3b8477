/* drain.c - "drain": lets a program, or all, rest and waits until nothing is in hand, as before an upgrade. */
#include <inttypes.h>
#include <string.h>
#include "base/clock.h"
#include "base/process.h"
#include "ops/guichetctl/commands.h"
#include "queues/pause.h"
#include "queues/programs.h"
#include "sql/db.h"

#define TIMEOUT_S 60
#define LOOK_MS 500
#define WHY "drained by guichetctl"

/* The programs that are meant, as an array of SQL; empty after having said what is wrong. */
static struct text meant(struct ctl *ctl, const char *name)
{
	bool all = strcmp(name, "all") == 0;
	const char *refused = all ? NULL : pause_refused(ctl->arena, text_of(name));
	struct buffer out;

	buffer_init(&out, ctl->arena, 256);
	for (int i = 0; i < program_count && !refused; i++)
		if (all ? !pause_refused(ctl->arena, text_of(programs[i].name)) : strcmp(name, programs[i].name) == 0)
			buffer_printf(&out, "%s%s", out.len ? "," : "{", programs[i].name);
	if (!out.len)
		say_failed(ctl, "%s: %s", name, refused ? refused : "only a program can be drained");
	buffer_string(&out, out.len ? "}" : "");
	return buffer_view(&out);
}

/* An event for each; a pause that is there stays as it is. */
static bool pause_all(struct db *db, struct text names)
{
	struct uuid told = uuid_new();

	db_begin(db);
	db_send(db, QUERY_ctl_drain, P_TEXT(names), P_UUID(&told), P_TEXT(TEXT(WHY)));
	return db_commit(db);
}

struct drained {
	int64_t in_hand;
	int busy; /* processes that hold something, or have not heard of it */
	char who[512];
};

/* False: the database cannot be asked. */
static bool look(struct db *db, struct text names, struct drained *out)
{
	struct db_result *r;

	*out = (struct drained){ 0 };
	db_reset(db);
	r = db_send(db, QUERY_ctl_drained, P_TEXT(names));
	if (!db_sync(db))
		return false;
	for (int i = 0; i < db_rows(r); i++) {
		size_t used = strlen(out->who);

		if (db_bool(r, i, 3) && db_int(r, i, 4) == 0)
			continue;
		out->busy++;
		out->in_hand += db_int(r, i, 4);
		snprintf(out->who + used, sizeof out->who - used, "%s%s on %s holds %" PRId64 "%s", used ? "; " : "",
		        db_text(r, i, 0).data, db_text(r, i, 1).data, db_int(r, i, 4),
		        db_bool(r, i, 3) ? "" : " and has not said that it rests");
	}
	return true;
}

static enum ctl_exit tell(struct ctl *ctl, const char *name, const struct drained *d)
{
	if (ctl->json)
		say_json(json_pack(
		        "{s:b, s:I, s:s}", "isDrained", !d->busy, "inHand", (json_int_t)d->in_hand, "busy", d->who));
	else if (!d->busy)
		printf("drained: nothing is in hand, and what comes waits until guichetctl resume %s\n", name);
	if (!d->busy)
		return CTL_GOOD;
	say("not drained in time: %s. It still rests, until guichetctl resume %s", d->who, name);
	return CTL_WRONG;
}

static enum ctl_exit wait_for(struct ctl *ctl, struct db *db, const char *name, struct text names)
{
	int64_t end = clock_mono_ms() + option_number(ctl, "timeout", TIMEOUT_S) * 1000;
	struct drained drained;

	do {
		if (!look(db, names, &drained))
			return database_failed(ctl, db, "they rest, and whether they are drained cannot be seen");
		if (drained.busy)
			process_nap_ms(LOOK_MS);
	} while (drained.busy && clock_mono_ms() < end);
	return tell(ctl, name, &drained);
}

static enum ctl_exit drain(struct ctl *ctl)
{
	enum ctl_exit code;
	struct text names;
	struct db *db;

	if (ctl->operand_count != 1 || option_number(ctl, "timeout", TIMEOUT_S) > 86400) {
		say("drain needs one program, or all; --timeout is a day at most");
		return CTL_USAGE;
	}
	names = meant(ctl, ctl->operands[0]);
	if (!names.len)
		return CTL_WRONG;
	db = database_open(ctl);
	if (!db)
		return CTL_WRONG;
	if (pause_all(db, names))
		code = wait_for(ctl, db, ctl->operands[0], names);
	else
		code = database_failed(ctl, db, "not all of them rest");
	db_close(&db);
	return code;
}

static const struct option_row options[] = {
	{ "timeout", OPTION_NUMBER, "SECONDS", .help = "how long it may take, 60 unless given" },
	{ 0 },
};

static struct setting *const settings[] = { db_settings, NULL };

const struct command_row drain_commands[] = {
	{ "drain", NULL, "PROGRAM|all", "lets a program rest, and waits until it has nothing in hand, for an upgrade",
	        "What comes is accepted and waits. guichetctl resume lets it work again; resume all ends every pause.",
	        options, settings, drain },
	{ 0 },
};
