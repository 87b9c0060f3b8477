/* pause.c - see pause.h. */
#include "queues/pause.h"

#include <string.h>
#include "queues/programs.h"

static bool lane_digit(struct text rest)
{
	return rest.len == 1 && memchr("0123456789abcdef", rest.data[0], 16);
}

/* name: of a queue, or with a dot at its end the beginning of sixteen lanes or of some queues. */
static bool is_read_by(struct text queue, const char *name, size_t len)
{
	if (name[len - 1] != '.')
		return queue.len == len && memcmp(queue.data, name, len) == 0;
	return queue.len > len && memcmp(queue.data, name, len) == 0 &&
	       (memcmp(name, "cmd.", 4) != 0 || lane_digit((struct text){ queue.data + len, queue.len - len }));
}

static const struct program *reader_of(struct text queue)
{
	for (int i = 0; i < program_count; i++) {
		for (const char *rest = programs[i].reads; *rest;) {
			size_t len = strcspn(rest, " ");

			if (is_read_by(queue, rest, len))
				return &programs[i];
			rest += len + strspn(rest + len, " ");
		}
	}
	return NULL;
}

static bool works_by_itself(const struct program *program)
{
	return program->kind == PROGRAM_LANE || program->kind == PROGRAM_CONSUMER || program->kind == PROGRAM_TICKER;
}

const char *pause_refused(struct arena *arena, struct text target)
{
	const struct program *reader = reader_of(target);

	for (int i = 0; i < program_count; i++) {
		if (!text_equal(target, text_of(programs[i].name)))
			continue;
		return works_by_itself(&programs[i])
		               ? NULL
		               : arena_printf(arena, "%s answers people: it cannot rest", programs[i].name);
	}
	if (!reader)
		return "no queue and no program has this name";
	if (reader->kind == PROGRAM_TICKER)
		return arena_printf(arena, "this queue only wakes %s, whose work are rows: let %s rest", reader->name,
		        reader->name);
	return NULL;
}
