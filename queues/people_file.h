/* people_file.h - a file of people (CSV, as GET /users/export writes it), line by line as what is to be looked at and
 * done by sql/functions/person_import_look.sql and person_import.sql.
 *
 * Columns are known by their header, in any order, in any case. Who a line is about says its address alone; id,
 * createdAt and lastLogin are what an export tells besides, and are passed over. An empty cell of a name, a phone, a
 * department or a job title takes away what is there; an empty cell of another column leaves it. The apostrophe that an
 * export writes before what a spreadsheet would take for a formula is taken away again. What a value may be is what the
 * commands say (account.update, account.set_status).
 */
#ifndef QUEUES_PEOPLE_FILE_H
#define QUEUES_PEOPLE_FILE_H

#include "base/csv.h"

#define PEOPLE_FILE_LINES 10000
#define PEOPLE_FILE_BYTES (2 * 1024 * 1024)
#define PEOPLE_FILE_COLUMNS 64

struct person_line {
	int line;          /* of the file, where it begins; 0: it is about somebody whom the file has not */
	struct text email; /* in lower case */
	struct text json;
};

struct people_file {
	struct arena *arena;
	struct csv csv;
	const struct person_column *columns[PEOPLE_FILE_COLUMNS]; /* NULL: it is passed over */
	int column_count;
	struct cells *cells; /* of the line that is read */
	struct text unknown; /* the headers that nobody knows, as a JSON list */
	struct person_line *lines;
	int count, room;
	const char *wrong; /* why the file as a whole cannot be read, at line csv.line; NULL: it can */
};

/* Reads the header. False: see wrong. bytes and the arena must outlive the file. */
bool people_file_open(struct people_file *file, struct arena *arena, struct text bytes);
/* Takes one line more. False: that was all, or see wrong. */
bool people_file_next(struct people_file *file);
/* When all lines are read: an address that stands there twice is wrong in the second line. */
void people_file_close(struct people_file *file);
/* Somebody whom the file has not, and who is to be deactivated. */
void people_file_add_gone(struct people_file *file, struct text email);
/* Lines as a JSON list. */
struct text people_file_slice(const struct people_file *file, struct arena *arena, int from, int most);
/* All addresses as a JSON list. */
struct text people_file_addresses(const struct people_file *file, struct arena *arena);

#endif
