/* log_line.c - see log_line.h. */
#include "ops/guichetctl/log_line.h"

#include <jansson.h>
#include <string.h>
#include <strings.h>
#include "ops/guichetctl/ctl.h"

/* The place of a level in LOG_LEVELS; -1: it is none. */
static int rank_of(const char *word)
{
	const char *at = LOG_LEVELS;

	for (int rank = 0; word && *at; rank++) {
		size_t len = strcspn(at, " ");

		if (strlen(word) == len && strncasecmp(at, word, len) == 0)
			return rank;
		at += len + strspn(at + len, " ");
	}
	return -1;
}

static bool holds(struct text line, const char *words)
{
	size_t len = strlen(words);

	for (size_t i = 0; i + len <= line.len; i++)
		if (strncasecmp(line.data + i, words, len) == 0)
			return true;
	return false;
}

static const char *member(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

bool log_line_counts(struct text line, const struct log_filter *filter)
{
	json_t *object;
	bool counts;

	if (!line.len || (filter->words && !holds(line, filter->words)))
		return false;
	if (!filter->least)
		return true;
	object = json_loadb(line.data, line.len, 0, NULL);
	counts = rank_of(member(object, "level")) >= rank_of(filter->least);
	json_decref(object);
	return counts;
}

struct text log_line_moment(struct text line)
{
	static const char name[] = "\"ts\":\"";
	const char *at = memmem(line.data, line.len, name, sizeof name - 1), *end;

	if (!at)
		return TEXT_NONE;
	at += sizeof name - 1;
	end = memchr(at, '"', (size_t)(line.data + line.len - at));
	return end ? (struct text){ at, (size_t)(end - at) } : TEXT_NONE;
}

static bool is_shown_first(const char *name)
{
	return !strcmp(name, "ts") || !strcmp(name, "level") || !strcmp(name, "program") || !strcmp(name, "msg") ||
	       !strcmp(name, "thread");
}

void log_line_write(struct text line, FILE *out)
{
	json_t *object = json_loadb(line.data, line.len, 0, NULL), *value;
	const char *program = member(object, "program"), *name;

	if (!json_is_object(object) || !member(object, "msg")) {
		say_text(out, line, 0);
		fputc('\n', out);
		json_decref(object);
		return;
	}
	say_text(out, text_of(member(object, "ts")), 25);
	say_text(out, text_of(member(object, "level")), 9);
	say_text(out, text_of(program && !strncmp(program, "guichet-", 8) ? program + 8 : program), 13);
	say_text(out, text_of(member(object, "msg")), 0);
	json_object_foreach(object, name, value)
	{
		if (is_shown_first(name))
			continue;
		fputc(' ', out);
		say_text(out, text_of(name), 0);
		fputc('=', out);
		say_value(out, value);
	}
	fputc('\n', out);
	json_decref(object);
}
