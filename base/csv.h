/* csv.h - the records of a text of comma-separated values (RFC 4180).
 *
 * A record ends with CRLF or LF, a cell may stand in quotes and then hold separators, line ends and doubled quotes. A
 * byte order mark before the first record is passed over. The separator is the comma, or the semicolon when the first
 * line has semicolons and no comma: so spreadsheets write where the comma is in numbers.
 */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include "base/arena.h"
#include "base/text.h"

struct csv {
	struct text rest;
	char separator;
	int line;          /* where the record that was read begins, from 1 */
	int next_line;     /* where the next one does */
	const char *wrong; /* why reading has ended before the end; a literal, NULL: it has not */
};

/* bytes must outlive what is read. */
struct csv csv_open(struct text bytes);
/* The cells of the next record, borrowed from the bytes or in the arena. False at the end, or when csv->wrong says why;
 * more cells than most are wrong. */
bool csv_next(struct csv *csv, struct arena *arena, struct text *out_cells, int most, int *out_count);

#endif
