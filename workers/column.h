/* column.h - a column of a subject: one row says how it is read, written, compared and told of.
 *
 * The tables are sql/columns/NAME.def; sql/columns/begin.def says what stands in a row.
 */
#ifndef WORKERS_COLUMN_H
#define WORKERS_COLUMN_H

#include "queues/catalogue.h"
#include "sql/db.h"
#include "workers/rows.h"

/* What a column is as a member of its subject's struct. */
typedef struct text column_TEXT;
typedef struct text column_LINE;
typedef struct text column_JSON;
typedef struct uuid column_UUID;
typedef struct text column_BYTES; /* \xabcd */
typedef bool column_FLAG;
typedef int64_t column_NUMBER;
typedef int64_t column_TIME; /* microseconds since 1970, 0 for NULL */
typedef struct text_list column_LIST;
typedef struct id_set column_IDS;

enum column_type {
	COLUMN_TEXT,
	COLUMN_LINE,
	COLUMN_JSON,
	COLUMN_UUID,
	COLUMN_BYTES,
	COLUMN_FLAG,
	COLUMN_NUMBER,
	COLUMN_TIME,
	COLUMN_SINCE,
	COLUMN_LIST,
	COLUMN_IDS,
	COLUMN_WORD,
};

enum column_written { WRITTEN_ONCE, WRITTEN_ALWAYS, WRITTEN_APART, WRITTEN_SEEN };
enum column_told { TOLD_NOBODY, TOLD_STAFF, TOLD_ALL };

struct column {
	const char *name;    /* in SQL, and in the JSON that feeds a statement */
	const char *told_as; /* in history and events */
	enum column_type type;
	enum column_written written;
	enum column_told told;
	size_t offset;            /* of the member */
	const char *const *words; /* COLUMN_WORD: the vocabulary */
	int word_count;
};

/* Reads the value at that place of a result into the member of thing, which was all zeroes. What is not of a fixed size
 * lives as long as the result or the arena. */
void column_read(const struct column *column, const struct db_result *rows, int row, int place, struct arena *arena,
        void *thing);

/* {uuid,uuid}, as PostgreSQL writes a uuid[], into a set; nothing when it is NULL. */
void column_read_ids(struct text stored, struct arena *arena, struct id_set *out);

/* Writes the member as a member of a JSON object. */
void column_write(const struct column *column, const void *thing, struct buffer *out);

/* What history says of the member; TEXT_NONE when there is nothing: cleared is as good as never set. */
struct text column_value(const struct column *column, const void *thing, struct arena *arena);

/* What the column says before (NULL: the thing is new) and after. False when that is the same. */
bool column_differs(const struct column *column, const void *before, const void *after, struct arena *arena,
        struct text *out_was, struct text *out_now);

#endif
