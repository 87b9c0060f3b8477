/* list.c - see list.h. */
#include "ops/guichetctl/list.h"

static json_t *member_of(const struct shown *shown, const struct db_result *rows, int row, int column)
{
	struct text text = db_text(rows, row, column);

	if (shown->kind == SHOWN_NUMBER)
		return json_integer(db_int(rows, row, column));
	return shown->kind == SHOWN_JSON ? json_loadb(text.data, text.len, 0, NULL) : say_member(text);
}

static json_t *list_json(const struct shown *columns, const struct db_result *rows)
{
	json_t *list = json_array();

	for (int i = 0; i < db_rows(rows); i++) {
		json_t *item = json_object();

		for (int c = 0; columns[c].name; c++)
			json_object_set_new(item, columns[c].name, member_of(&columns[c], rows, i, c));
		json_array_append_new(list, item);
	}
	return list;
}

static void write_text(const struct shown *columns, const struct db_result *rows)
{
	for (int c = 0; columns[c].name; c++)
		if (columns[c].width)
			printf("%-*s", columns[c].width, columns[c].name);
	printf("\n");
	for (int i = 0; i < db_rows(rows); i++) {
		for (int c = 0; columns[c].name; c++)
			if (columns[c].width)
				say_text(stdout, db_is_null(rows, i, c) ? TEXT("-") : db_text(rows, i, c),
				        columns[c].width);
		printf("\n");
	}
}

/* False after having said why. Adds to the document with --json, else it is written at once. */
static bool show(struct ctl *ctl, struct db *db, const struct list_part *part, json_t *document)
{
	struct db_result *rows;

	db_reset(db);
	rows = db_send_params(db, part->query, 0, NULL);
	if (!db_sync(db)) {
		database_failed(ctl, db, "they cannot be read");
		return false;
	}
	if (ctl->json)
		json_object_set_new(document, part->name, list_json(part->columns, rows));
	else
		write_text(part->columns, rows);
	return true;
}

enum ctl_exit list_show_parts(struct ctl *ctl, const struct list_part *parts)
{
	struct db *db = database_open(ctl);
	json_t *document = json_object();
	bool is_fine = db != NULL;

	for (int i = 0; is_fine && parts[i].name; i++) {
		if (!ctl->json && parts[1].name)
			printf("%s--- %s\n", i ? "\n" : "", parts[i].name);
		is_fine = show(ctl, db, &parts[i], document);
	}
	if (is_fine && ctl->json)
		say_json(json_incref(document));
	json_decref(document);
	if (db)
		db_close(&db);
	return is_fine ? CTL_GOOD : CTL_WRONG;
}

enum ctl_exit list_show(struct ctl *ctl, const char *name, enum query query, const struct shown *columns)
{
	return list_show_parts(ctl, (struct list_part[]){ { name, query, columns }, { NULL } });
}
