/* migrate.c - migrate PASSWORD: brings the database of DATABASE_URL to this version's
 * schema and gives every program's role the password. For a database of the tests only.
 */
#include <stdio.h>
#include <stdlib.h>
#include "base/arena.h"
#include "queues/programs.h"
#include "sql/migrate.h"

int main(int argc, char **argv)
{
	struct arena *arena = arena_new(4096);
	struct buffer passwords;
	struct db *db;
	bool done;

	if (argc != 2 || !getenv("DATABASE_URL"))
		return 2;
	buffer_init(&passwords, arena, 1024);
	for (int i = 0; i < program_count; i++)
		buffer_printf(&passwords, "%s:%s\n", programs[i].name, argv[1]);
	db = db_open(getenv("DATABASE_URL"));
	done = migrate_roles(db, program_kinds(arena), buffer_view(&passwords), stdout) && migrate_run(db, stdout);
	db_close(&db);
	arena_free(&arena);
	return done ? 0 : 1;
}
