/* seen.c - what several parts ask of what was seen. See monitor.h. */
#include <stdlib.h>
#include <string.h>
#include "workers/monitor/monitor.h"

struct text monitor_dump(const json_t *seen, struct arena *arena)
{
	char *text = json_dumps(seen, JSON_COMPACT);
	struct text copy;

	if (!text)
		abort();
	copy = text_copy(arena, text_of(text));
	free(text);
	return copy;
}

const json_t *monitor_find(const json_t *list, const char *member, const char *name)
{
	size_t index;
	json_t *item;

	json_array_foreach(list, index, item)
	{
		const char *named = json_string_value(json_object_get(item, member));

		if (named && strcmp(named, name) == 0)
			return item;
	}
	return NULL;
}

int64_t monitor_since_s(int64_t *since_ms, bool is_so, int64_t now_ms)
{
	if (!is_so)
		*since_ms = 0;
	else if (!*since_ms)
		*since_ms = now_ms;
	return is_so ? (now_ms - *since_ms) / 1000 : 0;
}
