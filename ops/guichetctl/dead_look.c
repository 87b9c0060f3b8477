/* dead_look.c - "dead list" and "dead show". */
#include <inttypes.h>
#include <string.h>
#include "ops/guichetctl/dead.h"

#define LIST_MAX 100

static json_t *json_of(struct text text)
{
	return text.data ? json_loadb(text.data, text.len, 0, NULL) : NULL;
}

static struct text member(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	return (struct text){ json_string_value(value), json_string_length(value) };
}

/* A moment to the second. */
static void write_moment(const json_t *object, const char *name)
{
	struct text moment = member(object, name);

	say_text(stdout, (struct text){ moment.data, moment.len < 19 ? moment.len : 19 }, 21);
}

/* --- list ----------------------------------------------------------------------- */
static void write_letter(const json_t *letter)
{
	json_int_t replays = json_integer_value(json_object_get(letter, "replays"));

	say_text(stdout, member(letter, "id"), 38);
	write_moment(letter, "diedAt");
	say_text(stdout, member(letter, "state"), 11);
	say_text(stdout, member(letter, "queue"), 18);
	say_text(stdout, member(letter, "type"), 18);
	say_text(stdout, member(letter, "reason"), 0);
	if (replays)
		printf(" (replayed %" JSON_INTEGER_FORMAT " times)", replays);
	if (member(letter, "editedAt").data)
		printf(" (changed)");
	fputc('\n', stdout);
}

static void write_group(const json_t *group)
{
	printf("%7" JSON_INTEGER_FORMAT "  ", json_integer_value(json_object_get(group, "count")));
	say_text(stdout, member(group, "type"), 20);
	write_moment(group, "firstAt");
	write_moment(group, "lastAt");
	say_text(stdout, member(group, "example"), 38);
	say_text(stdout, member(group, "error"), 0);
	fputc('\n', stdout);
}

static void write_list(const json_t *list, void (*write)(const json_t *))
{
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		write(item);
	}
	if (!json_array_size(list))
		printf("none\n");
}

static enum ctl_exit tell(struct ctl *ctl, const struct db_result *found, bool groups, int64_t limit)
{
	json_t *list = json_of(db_text(found, 0, 0));

	if (ctl->json) {
		say_json(list);
		return CTL_GOOD;
	}
	write_list(list, groups ? write_group : write_letter);
	if (!groups && (int64_t)json_array_size(list) == limit)
		say("there may be more: --limit shows as many as you say, --group tells how many there are");
	json_decref(list);
	return CTL_GOOD;
}

enum ctl_exit dead_list(struct ctl *ctl)
{
	int64_t limit = option_number(ctl, "limit", LIST_MAX);
	bool groups = option_flag(ctl, "group"), narrow;
	struct text choice, page;
	struct db_result *found;
	enum ctl_exit code;
	struct db *db;

	if (!dead_choice(ctl, option_flag(ctl, "all") ? "any" : "open", &choice, &narrow))
		return CTL_USAGE;
	page = text_of(
	        arena_printf(ctl->arena, "%.*s,\"limit\":%" PRId64 "}", (int)choice.len - 1, choice.data, limit));
	db = database_open(ctl);
	if (!db)
		return CTL_WRONG;
	found = db_send(db, groups ? QUERY_ctl_dead_groups : QUERY_ctl_dead_page, P_TEXT(page));
	code = db_sync(db) ? tell(ctl, found, groups, limit)
	                   : database_failed(ctl, db, "the dead letters cannot be read");
	db_close(&db);
	return code;
}

/* --- show ----------------------------------------------------------------------- */
json_t *dead_letter(struct ctl *ctl, struct db *db, const struct uuid *id)
{
	struct db_result *found = db_send(db, QUERY_ctl_dead_whole, P_UUID(id));
	json_t *letter = db_sync(db) ? json_of(db_text(found, 0, 0)) : NULL;

	if (db_fault(db) != DB_FINE)
		database_failed(ctl, db, "the dead letter cannot be read");
	else if (!letter)
		say_failed(ctl, "there is no dead letter %s", ctl->operands[0]);
	return letter;
}

static const struct {
	const char *name, *member;
} shown[] = {
	{ "id", "id" },
	{ "state", "state" },
	{ "died at", "diedAt" },
	{ "accepted at", "acceptedAt" },
	{ "reason", "reason" },
	{ "type", "type" },
	{ "queue", "queue" },
	{ "exchange", "exchange" },
	{ "routing key", "routingKey" },
	{ "command", "commandId" },
	{ "replayed at", "replayedAt" },
	{ "discarded", "discardedAt" },
	{ "why", "discardedWhy" },
	{ "edited at", "editedAt" },
	{ "headers", "headers" },
	{ "body", "body" },
	{ "first body", "firstBody" },
};

static void write_whole(const json_t *letter)
{
	for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
		const json_t *value = json_object_get(letter, shown[i].member);

		if (!value || json_is_null(value))
			continue;
		printf("%-12s ", shown[i].name);
		say_value(stdout, value);
		fputc('\n', stdout);
	}
}

enum ctl_exit dead_show(struct ctl *ctl)
{
	struct uuid id;
	struct db *db;
	json_t *letter;

	if (ctl->operand_count != 1 || !uuid_parse(text_of(ctl->operands[0]), &id)) {
		say("dead show needs the id of one dead letter");
		return CTL_USAGE;
	}
	db = database_open(ctl);
	if (!db)
		return CTL_WRONG;
	letter = dead_letter(ctl, db, &id);
	db_close(&db);
	if (!letter)
		return CTL_WRONG;
	if (ctl->json) {
		say_json(letter);
		return CTL_GOOD;
	}
	write_whole(letter);
	json_decref(letter);
	return CTL_GOOD;
}
