/* dead_change.c - "dead edit": what a letter says, changed and held against the row of its type (queues/dead_edit.h).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ops/guichetctl/dead.h"
#include "queues/dead_edit.h"

/* A whole file, or standard input, of BODY_MAX at most; TEXT_NONE after having said why not. */
static struct text read_body(struct ctl *ctl, const char *name)
{
	FILE *file = strcmp(name, "-") == 0 ? stdin : fopen(name, "re");
	char *bytes = arena_alloc(ctl->arena, BODY_MAX + 1);
	size_t len;

	if (!file) {
		say_failed(ctl, "%s cannot be opened", name);
		return TEXT_NONE;
	}
	len = fread(bytes, 1, BODY_MAX + 1, file);
	if (file != stdin)
		fclose(file);
	if (len <= BODY_MAX)
		return (struct text){ bytes, len };
	say_failed(ctl, "%s is longer than a message may be", name);
	return TEXT_NONE;
}

/* FIELD=VALUE, one for each --set, as one object; NULL after having said what is wrong. */
static json_t *changes_of(const struct ctl *ctl)
{
	json_t *changes = json_object();

	for (int i = 0; i < ctl->many_count; i++) {
		const char *given = ctl->many[i], *equals = strchr(given, '=');
		json_t *value;

		if (!equals || equals == given) {
			say("--set %s: FIELD=VALUE is wanted", given);
			json_decref(changes);
			return NULL;
		}
		value = equals[1] ? json_loads(equals + 1, JSON_DECODE_ANY, NULL) : json_null();
		json_object_setn_new(changes, given, (size_t)(equals - given), value ? value : json_string(equals + 1));
	}
	return changes;
}

static struct text set_of(struct ctl *ctl)
{
	json_t *changes;
	struct text set;
	char *text;

	if (option_text(ctl, "file"))
		return read_body(ctl, option_text(ctl, "file"));
	changes = changes_of(ctl);
	if (!changes)
		return TEXT_NONE;
	text = json_dumps(changes, JSON_COMPACT);
	set = text_copy(ctl->arena, text_of(text));
	free(text);
	json_decref(changes);
	return set;
}

static enum ctl_exit write_edit(
        struct ctl *ctl, struct db *db, const struct uuid *id, struct text before, const struct dead_edit *edit)
{
	struct uuid told = uuid_new();
	struct db_result *r;

	db_begin(db);
	r = db_send(db, QUERY_dead_edit, P_NULL, P_UUID(&told), P_UUID(id), P_TEXT(before), P_TEXT(edit->body),
	        P_TEXT(text_of(edit->fp)), P_TEXT(edit->changed), P_NULL, P_NULL, P_NULL);
	if (!db_commit(db))
		return database_failed(ctl, db, "nothing was changed");
	if (!text_equal(db_text(r, 0, 0), TEXT("ok")))
		return say_failed(ctl, "%s was replayed, discarded or changed meanwhile", ctl->operands[0]);
	if (ctl->json)
		say_json(json_loadb(db_text(r, 0, 1).data, db_text(r, 0, 1).len, 0, NULL));
	else
		printf("changed: %.*s\n", (int)edit->changed.len, edit->changed.data);
	return CTL_GOOD;
}

static enum ctl_exit change(struct ctl *ctl, struct db *db, const struct uuid *id, struct text set)
{
	json_t *letter = dead_letter(ctl, db, id), *body = json_object_get(letter, "body"),
	       *type = json_object_get(letter, "type");
	struct problems problems = { 0 };
	struct dead_edit edit;
	enum ctl_exit code;
	struct text before;

	if (!letter)
		return CTL_WRONG;
	before = text_copy(ctl->arena, (struct text){ json_string_value(body), json_string_length(body) });
	if (dead_edit(ctl->arena, text_of(json_string_value(type)), before, set, option_text(ctl, "file") != NULL,
	            &edit, &problems)) {
		code = write_edit(ctl, db, id, before, &edit);
	} else {
		for (int i = 0; i < problems.count && i < PROBLEM_MAX; i++)
			say("%s %s", problems.items[i].pointer, problems.items[i].detail);
		code = say_failed(ctl, "nothing was changed");
	}
	json_decref(letter);
	return code;
}

enum ctl_exit dead_change(struct ctl *ctl)
{
	bool from_file = option_text(ctl, "file") != NULL;
	enum ctl_exit code;
	struct uuid id;
	struct text set;
	struct db *db;

	if (ctl->operand_count != 1 || !uuid_parse(text_of(ctl->operands[0]), &id) ||
	        from_file == (ctl->many_count > 0)) {
		say("dead edit needs the id of one dead letter, and --set FIELD=VALUE or --file FILE");
		return CTL_USAGE;
	}
	set = set_of(ctl);
	if (!set.data)
		return CTL_USAGE;
	db = database_open(ctl);
	if (!db)
		return CTL_WRONG;
	code = change(ctl, db, &id, set);
	db_close(&db);
	return code;
}
