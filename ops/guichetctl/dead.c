/* dead.c - the commands on dead letters, messages that nobody could apply, and which of them are meant. */
#include "ops/guichetctl/dead.h"

#include <string.h>
#include "base/clock.h"
#include "ops/guichetctl/commands.h"

#define MINUTE_US 60000000LL

static bool write_ids(struct ctl *ctl, struct buffer *out)
{
	struct uuid id;

	buffer_json_name(out, "ids");
	for (int i = 0; i < ctl->operand_count; i++) {
		if (!uuid_parse(text_of(ctl->operands[i]), &id)) {
			say("'%s' is no id of a dead letter", ctl->operands[i]);
			return false;
		}
		buffer_printf(out, "%s\"%s\"", i ? "," : "[", uuid_text(ctl->arena, &id).data);
	}
	buffer_string(out, "]");
	return true;
}

static void write_age(struct ctl *ctl, struct buffer *out, const char *option, const char *member)
{
	char moment[CLOCK_TEXT_BYTES];

	if (!option_text(ctl, option))
		return;
	clock_format(clock_unix_us() - option_number(ctl, option, 0) * MINUTE_US, moment);
	buffer_json_member(out, member, text_copy(ctl->arena, text_of(moment)));
}

bool dead_choice(struct ctl *ctl, const char *state, struct text *out, bool *out_narrow)
{
	static const char *const filters[] = { "type", "error", "queue", "text" };
	struct buffer choice;

	buffer_init(&choice, ctl->arena, 512);
	buffer_string(&choice, "{");
	for (size_t i = 0; i < sizeof filters / sizeof *filters; i++)
		if (option_text(ctl, filters[i]))
			buffer_json_member(&choice, filters[i], text_of(option_text(ctl, filters[i])));
	write_age(ctl, &choice, "older-than", "until");
	write_age(ctl, &choice, "newer-than", "from");
	*out_narrow = choice.len > 1 || ctl->operand_count;
	if (choice.len > 1 && ctl->operand_count) {
		say("name ids, or say by options which ones, and not both");
		return false;
	}
	if (ctl->operand_count && !write_ids(ctl, &choice))
		return false;
	if (state)
		buffer_json_member(&choice, "state", text_of(state));
	buffer_string(&choice, "}");
	*out = buffer_view(&choice);
	return true;
}

/* --- rows ------------------------------------------------------------------------ */
static const struct option_row list_options[] = {
	{ "all", OPTION_FLAG, .help = "also those that have been replayed or discarded" },
	DEAD_FILTERS,
	{ "group", OPTION_FLAG, .help = "by type and error: how many, since when, and an example" },
	{ "limit", OPTION_NUMBER, "N", .help = "at most so many, the latest first; 100 unless given" },
	{ 0 },
};
static const struct option_row replay_options[] = {
	{ "all", OPTION_FLAG, .help = "every open one, instead of ids" },
	DEAD_FILTERS,
	{ "rate", OPTION_NUMBER, "N", .help = "not more than so many a second" },
	{ "dry-run", OPTION_FLAG, .help = "tells what would go, and changes nothing" },
	{ "again", OPTION_FLAG, .help = "with ids: also those that have been replayed before" },
	{ 0 },
};
static const struct option_row discard_options[] = {
	DEAD_FILTERS,
	{ "why", OPTION_TEXT, "TEXT", .required = true, .help = "the reason, for the trail" },
	{ "dry-run", OPTION_FLAG, .help = "tells how many it would be, and changes nothing" },
	{ "yes", OPTION_FLAG, .help = "does not ask; without a terminal nobody can be asked" },
	{ 0 },
};
static const struct option_row edit_options[] = {
	{ "set", OPTION_TEXTS, "FIELD=VALUE",
	        .help = "a member and its new value: JSON, or else a text; FIELD= takes it away. May be repeated" },
	{ "file", OPTION_TEXT, "FILE", .help = "the whole body, from a file; - is standard input" },
	{ 0 },
};

static struct setting *const settings[] = { db_settings, NULL };

const struct command_row dead_commands[] = {
	{ "dead", "list", NULL, "lists dead letters, messages that nobody could apply", NULL, list_options, settings,
	        dead_list },
	{ "dead", "show", "ID", "shows one, with its headers and body", NULL, NULL, settings, dead_show },
	{ "dead", "edit", "ID", "changes what one says, before it is sent again",
	        "The new body is held against the row of its type, as a request is. What it said first is kept, and "
	        "the\n"
	        "ticket it is about stays. Only commands and work can be changed: an event tells what was.",
	        edit_options, settings, dead_change },
	{ "dead", "replay", "ID...", "sends dead letters again, with their own message ids",
	        "Through the outbox, in one transaction with the mark on the letter and the event dead.replayed, in "
	        "the\n"
	        "order in which they were accepted. With ids all of them are replayed or none; with --all or filters "
	        "those\n"
	        "that cannot be are named and left, and the exit code is 1. One that was replayed before is passed "
	        "over.\n"
	        "What was applied before is recognised by its id and not applied twice.",
	        replay_options, settings, dead_replay },
	{ "dead", "discard", "ID...", "sets dead letters aside for good, by id or by filter; they are kept for 90 days",
	        NULL, discard_options, settings, dead_discard },
	{ 0 },
};
