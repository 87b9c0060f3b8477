/* pause.c - see pause.h. */
#include "queues/pause.h"

#include "queues/programs.h"

static bool works_by_itself(const struct program *program)
{
	return program->kind == PROGRAM_LANE || program->kind == PROGRAM_CONSUMER || program->kind == PROGRAM_TICKER;
}

const char *pause_refused(struct arena *arena, struct text target)
{
	const struct program *reader = program_reading(target);

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
