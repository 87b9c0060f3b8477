/* dead.c - "dead list" and "dead show": messages that nobody could apply. */
#include "ops/guichetctl/dead.h"

#include <inttypes.h>
#include "ops/guichetctl/commands.h"
#include "sql/db.h"

#define LIST_MAX 100

bool dead_ids(struct ctl *ctl, struct text *out)
{
	struct buffer list;
	struct uuid id;

	buffer_init(&list, ctl->arena, 256);
	for (int i = 0; i < ctl->operand_count; i++) {
		if (!uuid_parse(text_of(ctl->operands[i]), &id)) {
			say("'%s' is no id of a dead letter", ctl->operands[i]);
			return false;
		}
		buffer_printf(&list, "%c%s", i ? ',' : '{', ctl->operands[i]);
	}
	buffer_string(&list, ctl->operand_count ? "}" : "{}");
	*out = buffer_view(&list);
	return true;
}

/* --- list ----------------------------------------------------------------------- */
static json_t *letter_json(const struct db_result *r, int row)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I}", "id",
	        say_member(db_text(r, row, 0)), "state", say_member(db_text(r, row, 1)), "queue",
	        say_member(db_text(r, row, 2)), "type", say_member(db_text(r, row, 3)), "reason",
	        say_member(db_text(r, row, 4)), "diedAt", say_member(db_text(r, row, 5)), "commandId",
	        say_member(db_text(r, row, 6)), "exchange", say_member(db_text(r, row, 7)), "routingKey",
	        say_member(db_text(r, row, 8)), "replayedAt", say_member(db_text(r, row, 9)), "replays",
	        (json_int_t)db_int(r, row, 10));
}

static void write_letter(const struct db_result *r, int row)
{
	struct text died = db_text(r, row, 5);

	say_text(stdout, db_text(r, row, 0), 38);
	say_text(stdout, (struct text){ died.data, died.len < 19 ? died.len : 19 }, 21);
	say_text(stdout, db_text(r, row, 1), 10);
	say_text(stdout, db_text(r, row, 2), 18);
	say_text(stdout, db_text(r, row, 3), 18);
	say_text(stdout, db_text(r, row, 4), 0);
	if (db_int(r, row, 10))
		printf(" (replayed %" PRId64 " times)", db_int(r, row, 10));
	fputc('\n', stdout);
}

static void write_letters(const struct ctl *ctl, const struct db_result *r, int64_t limit)
{
	json_t *list = ctl->json ? json_array() : NULL;

	for (int row = 0; row < db_rows(r); row++) {
		if (list)
			json_array_append_new(list, letter_json(r, row));
		else
			write_letter(r, row);
	}
	if (list)
		say_json(list);
	else if (db_rows(r) == 0)
		printf("none\n");
	else if (db_rows(r) == limit)
		say("there may be more: --limit shows as many as you say");
}

static enum ctl_exit list(struct ctl *ctl)
{
	int64_t limit = option_number(ctl, "limit", LIST_MAX);
	struct db *db = database_open(ctl);
	enum ctl_exit code = CTL_GOOD;
	struct db_result *letters;

	if (!db)
		return CTL_WRONG;
	letters = db_send(db, QUERY_ctl_dead_list, P_TEXT(option_flag(ctl, "all") ? TEXT("t") : TEXT("f")),
	        P_TEXT(text_of(option_text(ctl, "type"))), P_INT(limit));
	if (!db_sync(db))
		code = database_failed(ctl, db, "the dead letters cannot be read");
	else
		write_letters(ctl, letters, limit);
	db_close(&db);
	return code;
}

/* --- show ----------------------------------------------------------------------- */
static const struct {
	const char *name, *member;
	int column; /* of ctl_dead_find */
} shown[] = {
	{ "id", "id", 0 },
	{ "state", "state", 1 },
	{ "died at", "diedAt", 10 },
	{ "reason", "reason", 9 },
	{ "type", "type", 3 },
	{ "queue", "queue", 2 },
	{ "exchange", "exchange", 4 },
	{ "routing key", "routingKey", 5 },
	{ "command", "commandId", 11 },
	{ "replays", "replays", 13 },
	{ "replayed at", "replayedAt", 12 },
	{ "headers", "headers", 7 },
	{ "body", "body", 8 },
};

static json_t *whole_json(const struct db_result *r)
{
	json_t *letter = json_object();

	for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
		json_object_set_new(letter, shown[i].member, say_member(db_text(r, 0, shown[i].column)));
	json_object_set_new(letter, "replays", json_integer(db_int(r, 0, 13)));
	json_object_set_new(letter, "headers", json_loadb(db_text(r, 0, 7).data, db_text(r, 0, 7).len, 0, NULL));
	return letter;
}

static void write_whole(const struct ctl *ctl, const struct db_result *r)
{
	if (ctl->json) {
		say_json(whole_json(r));
		return;
	}
	for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
		printf("%-12s ", shown[i].name);
		say_text(stdout, db_text(r, 0, shown[i].column), 0);
		fputc('\n', stdout);
	}
}

static enum ctl_exit show(struct ctl *ctl)
{
	enum ctl_exit code = CTL_GOOD;
	struct db_result *letter;
	struct text ids;
	struct db *db;

	if (ctl->operand_count != 1) {
		say("dead show needs one id");
		return CTL_USAGE;
	}
	if (!dead_ids(ctl, &ids))
		return CTL_USAGE;
	db = database_open(ctl);
	if (!db)
		return CTL_WRONG;
	letter = db_send(db, QUERY_ctl_dead_find, P_TEXT(ids));
	if (!db_sync(db))
		code = database_failed(ctl, db, "the dead letter cannot be read");
	else if (db_rows(letter) == 0)
		code = say_failed(ctl, "there is no dead letter %s", ctl->operands[0]);
	else
		write_whole(ctl, letter);
	db_close(&db);
	return code;
}

/* --- rows ------------------------------------------------------------------------ */
static const struct option_row list_options[] = {
	{ "all", OPTION_FLAG, .help = "also those that have been replayed" },
	{ "type", OPTION_TEXT, "T", .help = "only of that type, ticket.create for example" },
	{ "limit", OPTION_NUMBER, "N", .help = "at most so many, the latest first; 100 unless given" },
	{ 0 },
};
static const struct option_row replay_options[] = {
	{ "all", OPTION_FLAG, .help = "every open one, the oldest first, instead of ids" },
	{ "type", OPTION_TEXT, "T", .help = "with --all: only of that type" },
	{ "again", OPTION_FLAG, .help = "with ids: also those that have been replayed before" },
	{ 0 },
};

static struct setting *const settings[] = { db_settings, NULL };

const struct command_row dead_commands[] = {
	{ "dead", "list", NULL, "lists dead letters, messages that nobody could apply", NULL, list_options, settings,
	        list },
	{ "dead", "show", "ID", "shows one, with its headers and body", NULL, NULL, settings, show },
	{ "dead", "replay", "ID...", "sends dead letters again, as they were and with their own message ids",
	        "Through the outbox, in one transaction with the mark on the letter and the event dead.replayed.\n"
	        "With ids all of them are replayed or none; with --all those that cannot be are named and left,\n"
	        "and the exit code is 1. What was applied before is recognised by its id and not applied twice.",
	        replay_options, settings, dead_replay },
	{ 0 },
};
