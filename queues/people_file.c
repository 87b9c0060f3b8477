/* people_file.c - see people_file.h. */
#include "queues/people_file.h"

#include <stdlib.h>
#include <string.h>
#include "queues/contract.h"

enum cell_use {
	CELL_TOLD,  /* what an export tells besides */
	CELL_EMAIL, /* who it is about */
	CELL_STATUS,
	CELL_WORD,     /* of account.update; empty: it stays */
	CELL_CLEARABLE /* the same; empty: it goes */
};

struct person_column {
	const char *name;
	enum cell_use use;
};

static const struct person_column known[] = {
	{ "id", CELL_TOLD },
	{ "email", CELL_EMAIL },
	{ "firstName", CELL_CLEARABLE },
	{ "lastName", CELL_CLEARABLE },
	{ "role", CELL_WORD },
	{ "status", CELL_STATUS },
	{ "department", CELL_CLEARABLE },
	{ "jobTitle", CELL_CLEARABLE },
	{ "phone", CELL_CLEARABLE },
	{ "language", CELL_WORD },
	{ "createdAt", CELL_TOLD },
	{ "lastLogin", CELL_TOLD },
};

/* Of one line; large, and so there once. */
struct cells {
	struct text email, status;
	struct buffer fields; /* those of account.update, as a client would send them */
	struct problems problems;
};

static bool fail(struct people_file *file, const char *why)
{
	file->wrong = why;
	return false;
}

/* --- the header ------------------------------------------------------------------------- */
static const struct person_column *column_find(struct text header)
{
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (text_equal_nocase(header, text_of(known[i].name)))
			return &known[i];
	return NULL;
}

static bool is_given(const struct people_file *file, const struct person_column *column)
{
	for (int i = 0; i < file->column_count; i++)
		if (file->columns[i] == column)
			return true;
	return false;
}

static bool take_header(struct people_file *file, const struct text *headers, int count)
{
	struct buffer unknown;

	buffer_init(&unknown, file->arena, 64);
	buffer_string(&unknown, "[");
	for (int i = 0; i < count; i++) {
		struct text header = text_trim(headers[i]);
		const struct person_column *column = column_find(header);

		if (column && is_given(file, column))
			return fail(file, "a column is there twice");
		file->columns[file->column_count++] = column;
		if (column)
			continue;
		buffer_string(&unknown, unknown.len > 1 ? "," : "");
		buffer_json_text(&unknown, header);
	}
	buffer_string(&unknown, "]");
	file->unknown = buffer_view(&unknown);
	return is_given(file, column_find(TEXT("email"))) || fail(file, "there is no column email");
}

bool people_file_open(struct people_file *file, struct arena *arena, struct text bytes)
{
	struct text headers[PEOPLE_FILE_COLUMNS];
	int count;

	*file = (struct people_file){ .arena = arena, .csv = csv_open(bytes), .unknown = TEXT("[]"), .room = 256 };
	file->lines = ARENA_ARRAY(arena, struct person_line, (size_t)file->room);
	file->cells = ARENA_NEW(arena, struct cells);
	if (bytes.len > PEOPLE_FILE_BYTES)
		return fail(file, "the file has more than 2 MB");
	if (!text_is_utf8(bytes, NULL))
		return fail(file, "the file is not UTF-8");
	if (!csv_next(&file->csv, arena, headers, PEOPLE_FILE_COLUMNS, &count))
		return fail(file, file->csv.wrong ? file->csv.wrong : "the file is empty");
	return take_header(file, headers, count);
}

/* --- a line ------------------------------------------------------------------------------- */
static struct text without_apostrophe(struct text cell)
{
	bool written = cell.len > 1 && cell.data[0] == '\'' && memchr("=+@-\t\r", cell.data[1], 6);

	return written ? (struct text){ cell.data + 1, cell.len - 1 } : cell;
}

static void take_cell(struct cells *cells, const struct person_column *column, struct text cell)
{
	bool empty = text_trim(cell).len == 0;

	if (column->use == CELL_EMAIL)
		cells->email = text_trim(cell);
	else if (column->use == CELL_STATUS && !empty)
		cells->status = text_trim(cell);
	else if (column->use == CELL_CLEARABLE || (column->use == CELL_WORD && !empty))
		buffer_json_member(&cells->fields, column->name, text_trim(cell));
}

static struct text read_email(struct people_file *file, struct cells *cells)
{
	const struct record *form = &actions[ACTION_person_create].record;
	struct person_create out = { 0 };

	if (!cells->email.len)
		problem_add(&cells->problems, "email", "required", "is required");
	else if (contract_set(form, field_find(form, TEXT("email")), cells->email, file->arena, &out, &cells->problems))
		return out.email;
	return cells->email;
}

static void write_status(struct people_file *file, struct cells *cells, struct buffer *out)
{
	const struct record *form = &commands[COMMAND_person_set_status].record;
	struct person_set_status said = { 0 };

	if (!cells->status.len)
		return;
	contract_set(form, field_find(form, TEXT("status")), cells->status, file->arena, &said, &cells->problems);
	if (said.status == ACCOUNT_UNLOCKED)
		problem_add(&cells->problems, "status", "value", "must be active or inactive");
	else if (said.status)
		buffer_json_member(out, "status", text_of(account_status_word(said.status)));
}

static void write_fields(struct people_file *file, struct cells *cells, struct buffer *out)
{
	const struct record *form = &commands[COMMAND_person_update].record;
	struct person_update *said = ARENA_NEW(file->arena, struct person_update);

	buffer_string(&cells->fields, "}");
	if (!contract_read(form, buffer_view(&cells->fields), FROM_CLIENT, file->arena, said, &cells->problems))
		return;
	buffer_json_name(out, "fields");
	contract_write(form, said, out);
}

static void write_problems(const struct problems *problems, struct buffer *out)
{
	buffer_json_name(out, "problems");
	buffer_string(out, "[");
	for (int i = 0; i < problems->count && i < PROBLEM_MAX; i++) {
		const struct problem *problem = &problems->items[i];

		buffer_string(out, i ? ",{" : "{");
		buffer_json_member(out, "column", text_of(problem->pointer + (problem->pointer[0] == '/')));
		buffer_json_member(out, "detail", text_of(problem->detail));
		buffer_string(out, "}");
	}
	buffer_string(out, "]");
}

static struct person_line *add_line(struct people_file *file)
{
	if (file->count == file->room) {
		struct person_line *more = ARENA_ARRAY(file->arena, struct person_line, 2 * (size_t)file->room);

		memcpy(more, file->lines, (size_t)file->count * sizeof *more);
		file->lines = more;
		file->room *= 2;
	}
	return &file->lines[file->count++];
}

static void write_line(struct people_file *file, struct cells *cells)
{
	struct person_line *line = add_line(file);
	struct buffer out;

	buffer_init(&out, file->arena, 256);
	buffer_string(&out, "{");
	buffer_json_member_int(&out, "line", file->csv.line);
	line->line = file->csv.line;
	line->email = text_copy(file->arena, read_email(file, cells));
	for (size_t i = 0; i < line->email.len; i++)
		if (line->email.data[i] >= 'A' && line->email.data[i] <= 'Z')
			((char *)line->email.data)[i] |= 0x20;
	buffer_json_member(&out, "email", line->email);
	write_status(file, cells, &out);
	write_fields(file, cells, &out);
	if (cells->problems.count)
		write_problems(&cells->problems, &out);
	buffer_string(&out, "}");
	line->json = buffer_view(&out);
}

bool people_file_next(struct people_file *file)
{
	struct text record[PEOPLE_FILE_COLUMNS];
	struct cells *cells = file->cells;
	int count;

	if (!csv_next(&file->csv, file->arena, record, PEOPLE_FILE_COLUMNS, &count))
		return file->csv.wrong ? fail(file, file->csv.wrong) : false;
	if (count == 1 && !text_trim(record[0]).len)
		return true;
	if (file->count == PEOPLE_FILE_LINES)
		return fail(file, "there are more than 10000 lines");
	*cells = (struct cells){ 0 };
	buffer_init(&cells->fields, file->arena, 128);
	buffer_string(&cells->fields, "{");
	if (count != file->column_count)
		problem_add(
		        &cells->problems, "", "length", "has %d cells, and the header %d", count, file->column_count);
	for (int i = 0; i < count && i < file->column_count; i++)
		if (file->columns[i])
			take_cell(cells, file->columns[i], without_apostrophe(record[i]));
	write_line(file, cells);
	return true;
}

/* --- all lines -------------------------------------------------------------------------- */
static int by_address(const void *a, const void *b)
{
	const struct person_line *one = *(struct person_line *const *)a, *other = *(struct person_line *const *)b;
	size_t len = one->email.len < other->email.len ? one->email.len : other->email.len;
	int order = len ? memcmp(one->email.data, other->email.data, len) : 0;

	if (!order)
		order = (one->email.len > other->email.len) - (one->email.len < other->email.len);
	return order ? order : (one->line > other->line) - (one->line < other->line);
}

static void write_twice(struct people_file *file, struct person_line *line, int first)
{
	struct problems problems = { 0 };
	struct buffer out;

	buffer_init(&out, file->arena, 128);
	buffer_string(&out, "{");
	buffer_json_member_int(&out, "line", line->line);
	buffer_json_member(&out, "email", line->email);
	problem_add(&problems, "email", "duplicate", "is that of line %d already", first);
	write_problems(&problems, &out);
	buffer_string(&out, "}");
	line->json = buffer_view(&out);
}

void people_file_close(struct people_file *file)
{
	struct person_line **sorted = ARENA_ARRAY(file->arena, struct person_line *, (size_t)file->count + 1);
	int first = 0;

	for (int i = 0; i < file->count; i++)
		sorted[i] = &file->lines[i];
	qsort(sorted, (size_t)file->count, sizeof *sorted, by_address);
	for (int i = 1; i < file->count; i++)
		if (!text_equal(sorted[i]->email, sorted[first]->email))
			first = i;
		else if (sorted[i]->email.len)
			write_twice(file, sorted[i], sorted[first]->line);
}

void people_file_add_gone(struct people_file *file, struct text email)
{
	struct person_line *line = add_line(file);
	struct buffer out;

	*line = (struct person_line){ .email = text_copy(file->arena, email) };
	buffer_init(&out, file->arena, 96);
	buffer_string(&out, "{\"line\":0");
	buffer_json_member(&out, "email", line->email);
	buffer_json_member(&out, "status", TEXT("inactive"));
	buffer_string(&out, "}");
	line->json = buffer_view(&out);
}

struct text people_file_slice(const struct people_file *file, struct arena *arena, int from, int most)
{
	struct buffer out;

	buffer_init(&out, arena, 4096);
	buffer_string(&out, "[");
	for (int i = from; i < file->count && i < from + most; i++) {
		buffer_string(&out, i > from ? "," : "");
		buffer_text(&out, file->lines[i].json);
	}
	buffer_string(&out, "]");
	return buffer_view(&out);
}

struct text people_file_addresses(const struct people_file *file, struct arena *arena)
{
	struct buffer out;

	buffer_init(&out, arena, 4096);
	buffer_string(&out, "[");
	for (int i = 0; i < file->count; i++) {
		buffer_string(&out, i ? "," : "");
		buffer_json_text(&out, file->lines[i].email);
	}
	buffer_string(&out, "]");
	return buffer_view(&out);
}
