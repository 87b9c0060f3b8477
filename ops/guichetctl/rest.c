/* rest.c - "pause", "resume", "pauses", "log-level": what programs are wanted to do while they run.
 *
 * The changes are those of the API (sql/functions/operator_pause.sql, operator_log_level.sql), and the trail is told.
 */
#include <inttypes.h>
#include <string.h>
#include "base/clock.h"
#include "ops/guichetctl/commands.h"
#include "ops/guichetctl/list.h"
#include "queues/pause.h"
#include "queues/programs.h"
#include "sql/db.h"

#define MINUTE_US 60000000LL
#define LEVEL_MINUTES 60
#define MINUTES_MOST 5270400 /* ten years, as by the API */
#define LEVELS "debug info notice warning error critical default"

static struct text moment_in(struct ctl *ctl, int64_t minutes)
{
	char *moment = arena_alloc(ctl->arena, CLOCK_TEXT_BYTES);

	if (!minutes)
		return TEXT_NONE;
	clock_format(clock_unix_us() + minutes * MINUTE_US, moment);
	return text_of(moment);
}

/* For how long; false after having said that it is none. 0 minutes are no pause, and not one without an end. */
static bool take_minutes(const struct ctl *ctl, int64_t fallback, int64_t *out)
{
	int64_t minutes = option_number(ctl, "minutes", fallback);

	*out = minutes;
	if (!option_text(ctl, "minutes") || (minutes >= 1 && minutes <= MINUTES_MOST))
		return true;
	say("--minutes: 1 to %d", MINUTES_MOST);
	return false;
}

static bool one_operand(const struct ctl *ctl)
{
	if (ctl->operand_count == 1)
		return true;
	say("name one: see %s --help", ctl->command->group);
	return false;
}

/* --- pauses ------------------------------------------------------------------------------ */
/* why: TEXT_NONE ends the pause. */
static enum ctl_exit write_pause(struct ctl *ctl, const char *target, struct text why, struct text until)
{
	struct db *db = database_open(ctl);
	struct uuid told = uuid_new();
	enum ctl_exit code = CTL_GOOD;
	struct db_result *r;

	if (!db)
		return CTL_WRONG;
	db_begin(db);
	r = db_send(db, QUERY_operator_pause, P_NULL, P_UUID(&told), P_TEXT(text_of(target)), P_TEXT(why),
	        P_TEXT(until), P_NULL, P_NULL, P_NULL);
	if (!db_commit(db))
		code = database_failed(ctl, db, "nothing was changed");
	else if (!text_equal(db_text(r, 0, 0), TEXT("ok")))
		code = say_failed(ctl, "%s does not rest", target);
	else if (ctl->json)
		say_json(json_pack(
		        "{s:s, s:b, s:o}", "target", target, "isPaused", why.data != NULL, "until", say_member(until)));
	else if (why.data)
		printf("%s rests%s%s\n", target, until.data ? " until " : " until guichetctl resume",
		        until.data ? until.data : "");
	else
		printf("%s works again\n", target);
	db_close(&db);
	return code;
}

static enum ctl_exit pause_one(struct ctl *ctl)
{
	const char *refused;
	int64_t minutes;

	if (!one_operand(ctl) || !take_minutes(ctl, 0, &minutes))
		return CTL_USAGE;
	refused = pause_refused(ctl->arena, text_of(ctl->operands[0]));
	if (refused)
		return say_failed(ctl, "%s: %s", ctl->operands[0], refused);
	return write_pause(ctl, ctl->operands[0], text_of(option_text(ctl, "why")), moment_in(ctl, minutes));
}

/* Every pause, each with an event of its own. */
static enum ctl_exit resume_all(struct ctl *ctl)
{
	struct db *db = database_open(ctl);
	struct uuid told = uuid_new();
	enum ctl_exit code = CTL_GOOD;
	struct db_result *r;

	if (!db)
		return CTL_WRONG;
	db_begin(db);
	r = db_send(db, QUERY_ctl_resume_all, P_UUID(&told));
	if (!db_commit(db))
		code = database_failed(ctl, db, "nothing was changed");
	else if (ctl->json)
		say_json(json_pack("{s:I}", "resumed", (json_int_t)db_int(r, 0, 0)));
	else
		printf("%" PRId64 " work again\n", db_int(r, 0, 0));
	db_close(&db);
	return code;
}

static enum ctl_exit resume_one(struct ctl *ctl)
{
	if (ctl->operand_count == 1 && strcmp(ctl->operands[0], "all") == 0)
		return resume_all(ctl);
	return one_operand(ctl) ? write_pause(ctl, ctl->operands[0], TEXT_NONE, TEXT_NONE) : CTL_USAGE;
}

static const struct shown columns[] = {
	{ "target", SHOWN_TEXT, 18 },
	{ "why", SHOWN_TEXT, 40 },
	{ "since", SHOWN_TEXT, 21 },
	{ "until", SHOWN_TEXT, 21 },
	{ "by", SHOWN_TEXT, 30 },
	{ NULL },
};

static enum ctl_exit list_pauses(struct ctl *ctl)
{
	return list_show(ctl, "pauses", QUERY_ctl_pauses, columns);
}

/* --- the log's level ----------------------------------------------------------------------- */
/* The programs that are meant, as an array of SQL; empty: there is none of that name. */
static struct text meant(struct ctl *ctl, const char *name)
{
	struct buffer out;

	buffer_init(&out, ctl->arena, 256);
	for (int i = 0; i < program_count; i++)
		if (programs[i].kind != PROGRAM_TOOL && (!name || strcmp(name, programs[i].name) == 0))
			buffer_printf(&out, "%s%s", out.len ? "," : "{", programs[i].name);
	buffer_string(&out, out.len ? "}" : "");
	return buffer_view(&out);
}

static enum ctl_exit write_level(
        struct ctl *ctl, struct db *db, const char *program, struct text level, struct text until)
{
	struct uuid told = uuid_new();

	db_begin(db);
	db_send(db, QUERY_operator_log_level, P_NULL, P_UUID(&told), P_TEXT(text_of(program)), P_TEXT(level),
	        P_TEXT(until), P_TEXT(meant(ctl, program)), P_NULL, P_NULL, P_NULL);
	if (!db_commit(db))
		return database_failed(ctl, db, "nothing was changed");
	if (ctl->json)
		say_json(json_pack("{s:o, s:o, s:o}", "program", say_member(text_of(program)), "level",
		        say_member(level), "until", say_member(until)));
	else if (level.data)
		printf("%s: %s until %s\n", program ? program : "all programs", level.data, until.data);
	else
		printf("%s: as LOG_LEVEL says\n", program ? program : "all programs");
	return CTL_GOOD;
}

static enum ctl_exit log_level_set(struct ctl *ctl)
{
	const char *program = option_text(ctl, "program"), *level = option_text(ctl, "to");
	bool back = strcmp(level, "default") == 0;
	enum ctl_exit code;
	int64_t minutes;
	struct db *db;

	if (!take_minutes(ctl, LEVEL_MINUTES, &minutes))
		return CTL_USAGE;
	if (!meant(ctl, program).len)
		return say_failed(ctl, "%s is no program: see guichetctl programs", program);
	db = database_open(ctl);
	if (!db)
		return CTL_WRONG;
	code = write_level(
	        ctl, db, program, back ? TEXT_NONE : text_of(level), back ? TEXT_NONE : moment_in(ctl, minutes));
	db_close(&db);
	return code;
}

static const struct option_row pause_options[] = {
	{ "why", OPTION_TEXT, .shown = "TEXT", .required = true, .help = "the reason, which everybody is shown" },
	{ "minutes", OPTION_NUMBER, .shown = "N", .help = "it works again by itself after so long" },
	{ 0 },
};

static const struct option_row level_options[] = {
	{ "program", OPTION_TEXT, .shown = "NAME", .help = "this one alone" },
	{ "to", OPTION_WORD, .shown = "LEVEL", .words = LEVELS, .required = true,
	        .help = "default: as LOG_LEVEL says" },
	{ "minutes", OPTION_NUMBER, .shown = "N", .help = "for so long, 60 unless given" },
	{ 0 },
};

static struct setting *const settings[] = { db_settings, NULL };

const struct command_row rest_commands[] = {
	{ "pause", NULL, "QUEUE|PROGRAM", "lets a queue or a program rest: what comes waits",
	        "It outlives restarts. What is in hand is finished or given back; a program hears of it within two "
	        "seconds.\n"
	        "Queues: cmd.ticket.0 to f, cmd.account, cmd.desk, events.audit, ...; programs: see guichetctl "
	        "programs.",
	        pause_options, settings, pause_one },
	{ "resume", NULL, "QUEUE|PROGRAM|all", "lets it work again, or all that rest", NULL, NULL, settings,
	        resume_one },
	{ "pauses", NULL, NULL, "lists what rests, why, and since when", NULL, NULL, settings, list_pauses },
	{ "log-level", NULL, NULL, "has a program, or all, log more or less for a while",
	        "Without a restart; each hears of it within two seconds.", level_options, settings, log_level_set },
	{ 0 },
};
