/* csv.c - see csv.h. */
#include "base/csv.h"

#include <string.h>

struct csv csv_open(struct text bytes)
{
	struct csv csv = { .rest = bytes, .separator = ',', .next_line = 1 };
	const char *end;
	size_t first;

	if (text_starts_with(bytes, TEXT("\xef\xbb\xbf")))
		csv.rest = (struct text){ bytes.data + 3, bytes.len - 3 };
	end = csv.rest.len ? memchr(csv.rest.data, '\n', csv.rest.len) : NULL;
	first = end ? (size_t)(end - csv.rest.data) : csv.rest.len;
	if (first && memchr(csv.rest.data, ';', first) && !memchr(csv.rest.data, ',', first))
		csv.separator = ';';
	return csv;
}

static void skip(struct csv *csv, size_t bytes)
{
	csv->rest.data += bytes;
	csv->rest.len -= bytes;
}

/* Behind the opening quote. */
static bool take_quoted(struct csv *csv, struct arena *arena, struct text *out)
{
	struct buffer cell;

	buffer_init(&cell, arena, 32);
	for (;;) {
		const char *quote = csv->rest.len ? memchr(csv->rest.data, '"', csv->rest.len) : NULL;
		size_t len = quote ? (size_t)(quote - csv->rest.data) : 0;

		if (!quote) {
			csv->wrong = "a quote is opened and not closed";
			return false;
		}
		for (size_t i = 0; i < len; i++)
			csv->next_line += csv->rest.data[i] == '\n';
		buffer_append(&cell, csv->rest.data, len);
		skip(csv, len + 1);
		if (!csv->rest.len || csv->rest.data[0] != '"')
			break;
		buffer_string(&cell, "\"");
		skip(csv, 1);
	}
	*out = buffer_view(&cell);
	return true;
}

static struct text take_plain(struct csv *csv)
{
	struct text cell = { csv->rest.data, 0 };

	while (cell.len < csv->rest.len && !memchr("\r\n", csv->rest.data[cell.len], 2) &&
	        csv->rest.data[cell.len] != csv->separator)
		cell.len++;
	skip(csv, cell.len);
	return cell;
}

/* Takes what ends a cell; *out_last: it ends the record, too. */
static bool take_end(struct csv *csv, bool *out_last)
{
	*out_last = true;
	if (!csv->rest.len)
		return true;
	if (csv->rest.data[0] == csv->separator) {
		*out_last = false;
		skip(csv, 1);
		return true;
	}
	if (text_starts_with(csv->rest, TEXT("\r\n")))
		skip(csv, 1);
	if (csv->rest.data[0] != '\n') {
		csv->wrong = "behind the closing quote, or a carriage return, stands something else";
		return false;
	}
	csv->next_line++;
	skip(csv, 1);
	return true;
}

bool csv_next(struct csv *csv, struct arena *arena, struct text *out_cells, int most, int *out_count)
{
	bool last = false;

	csv->line = csv->next_line;
	*out_count = 0;
	if (!csv->rest.len || csv->wrong)
		return false;
	while (!last) {
		struct text cell;

		if (csv->rest.len && csv->rest.data[0] == '"') {
			skip(csv, 1);
			if (!take_quoted(csv, arena, &cell))
				return false;
		} else {
			cell = take_plain(csv);
		}
		if (*out_count == most) {
			csv->wrong = "there are more cells than columns can be";
			return false;
		}
		out_cells[(*out_count)++] = cell;
		if (!take_end(csv, &last))
			return false;
	}
	return true;
}
