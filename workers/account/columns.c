/* columns.c - the one table of a profile's mutable columns, and the diff that makes versions.
 *
 * A new column is a row here and a name in account.sql. All of them are texts.
 */
#include "workers/account/model.h"

#include <stddef.h>

#define COLUMN(name)                                                                                                   \
	{                                                                                                              \
#name, offsetof(struct profile, name)                                                                  \
	}
static const struct {
	const char *name;
	size_t offset;
} profile_columns[] = {
	COLUMN(first_name),
	COLUMN(last_name),
	COLUMN(phone),
	COLUMN(department),
	COLUMN(job_title),
	COLUMN(bio),
	COLUMN(language),
	COLUMN(timezone),
	COLUMN(theme),
};
const int profile_column_count = sizeof profile_columns / sizeof *profile_columns;

const char *profile_column_name(int column)
{
	return profile_columns[column].name;
}

struct text *profile_column(struct profile *profile, int column)
{
	return (struct text *)((char *)profile + profile_columns[column].offset);
}

int profile_diff(const struct profile *before, const struct profile *after, struct text *out_names)
{
	int differing = 0;

	for (int i = 0; i < profile_column_count; i++) {
		const struct text *was = (const void *)((const char *)before + profile_columns[i].offset);
		const struct text *now = (const void *)((const char *)after + profile_columns[i].offset);

		if (text_equal(*was, *now))
			continue;
		if (out_names)
			out_names[differing] = text_of(profile_columns[i].name);
		differing++;
	}
	return differing;
}

void profile_tell_update(struct job *job, const struct profile *before, const struct profile *after)
{
	struct text_list changed = { ARENA_ARRAY(job_arena(job), struct text, (size_t)profile_column_count), 0 };

	changed.count = profile_diff(before, after, changed.items);
	if (changed.count)
		EMIT(job, account_updated, .changed = changed);
}
