/* list.c - see list.h. */
#include "ops/guichetctl/list.h"

static json_t *member_of(const struct shown *shown, const struct db_result *rows, int row, int column)
{
	struct text text = db_text(rows, row, column);

	if (shown->kind == SHOWN_NUMBER)
		return json_integer(db_int(rows, row, column));
	return shown->kind == SHOWN_JSON ? json_loadb(text.data, text.len, 0, NULL) : say_member(text);
}

static void write_json(const char *name, const struct shown *columns, const struct db_result *rows)
{
	json_t *list = json_array();

	for (int i = 0; i < db_rows(rows); i++) {
		json_t *item = json_object();

		for (int c = 0; columns[c].name; c++)
			json_object_set_new(item, columns[c].name, member_of(&columns[c], rows, i, c));
		json_array_append_new(list, item);
	}
	say_json(json_pack("{s:o}", name, list));
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

enum ctl_exit list_show(struct ctl *ctl, const char *name, enum query query, const struct shown *columns)
{
	struct db *db = database_open(ctl);
	enum ctl_exit code = CTL_GOOD;
	struct db_result *rows;

	if (!db)
		return CTL_WRONG;
	rows = db_send_params(db, query, 0, NULL);
	if (!db_sync(db))
		code = database_failed(ctl, db, "they cannot be read");
	else if (ctl->json)
		write_json(name, columns, rows);
	else
		write_text(columns, rows);
	db_close(&db);
	return code;
}
