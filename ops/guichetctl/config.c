/* config.c - "config": what programs run with, as each says of itself: secrets are hidden before they leave it. */
#include <inttypes.h>
#include <string.h>
#include "ops/guichetctl/commands.h"
#include "sql/db.h"

static struct text member(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	return (struct text){ json_string_value(value), json_string_length(value) };
}

static void write_setting(const json_t *setting)
{
	struct text value = member(setting, "value");

	printf("  ");
	say_text(stdout, member(setting, "name"), 28);
	say_text(stdout, member(setting, "source"), 13);
	if (value.data)
		say_text(stdout, value, 0);
	else
		printf("%s", json_is_true(json_object_get(setting, "isSecret")) ? "(hidden)" : "(empty)");
	printf("\n");
}

static void write_program(const json_t *program, bool changed_only)
{
	const json_t *setting;
	size_t i;

	printf("%s %s on %s, process %" JSON_INTEGER_FORMAT ", since %s\n", member(program, "program").data,
	        member(program, "version").data, member(program, "host").data,
	        json_integer_value(json_object_get(program, "pid")), member(program, "startedAt").data);
	json_array_foreach(json_object_get(program, "settings"), i, setting)
	{
		if (!changed_only || !text_equal(member(setting, "source"), TEXT("default")))
			write_setting(setting);
	}
}

static enum ctl_exit tell(struct ctl *ctl, struct text told)
{
	json_t *list = json_loadb(told.data, told.len, 0, NULL), *program;
	size_t count = json_array_size(list), i;

	if (ctl->json) {
		say_json(list);
		return CTL_GOOD;
	}
	json_array_foreach(list, i, program)
	{
		write_program(program, option_flag(ctl, "changed"));
	}
	json_decref(list);
	return count ? CTL_GOOD
	             : say_failed(ctl, "no such program was heard of in the last minute: see guichetctl programs");
}

static enum ctl_exit config(struct ctl *ctl)
{
	struct db_result *found;
	enum ctl_exit code;
	struct db *db;

	if (ctl->operand_count > 1) {
		say("name one program, or none for all");
		return CTL_USAGE;
	}
	db = database_open(ctl);
	if (!db)
		return CTL_WRONG;
	found = db_send(db, QUERY_ctl_config, P_TEXT(text_of(ctl->operand_count ? ctl->operands[0] : NULL)));
	code = db_sync(db) ? tell(ctl, db_text(found, 0, 0)) : database_failed(ctl, db, "the settings cannot be read");
	db_close(&db);
	return code;
}

static const struct option_row options[] = {
	{ "changed", OPTION_FLAG, .help = "without those that are as they are by default" },
	{ 0 },
};

static struct setting *const settings[] = { db_settings, NULL };

const struct command_row config_commands[] = {
	{ "config", NULL, "[PROGRAM]", "tells the settings that running programs go by, and where each comes from",
	        "From the environment, from a file (NAME_FILE), or by default. Secrets are hidden; of an address with "
	        "a password the host is told.",
	        options, settings, config },
	{ 0 },
};
