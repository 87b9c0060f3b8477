/* dead_known.c - see dead_known.h. */
#include "queues/dead_known.h"

#include "queues/catalogue.h"
#include "queues/topology.h"

static void write_item(struct buffer *out, struct text item)
{
	if (out->data[out->len - 1] != '[')
		buffer_string(out, ",");
	buffer_json_text(out, item);
}

static void write_route(const char *exchange, struct text key, void *out)
{
	struct buffer *buffer = out;

	write_item(buffer, text_of(arena_printf(buffer->arena, "%s %.*s", exchange, (int)key.len, key.data)));
}

struct text dead_known(struct arena *arena)
{
	struct buffer out;

	buffer_init(&out, arena, 8192);
	buffer_string(&out, "{\"commands\":[");
	for (int i = 0; i < COMMAND_COUNT; i++)
		write_item(&out, text_of(commands[i].record.type));
	buffer_string(&out, "],\"events\":[");
	for (int i = 0; i < EVENT_COUNT; i++)
		write_item(&out, text_of(events[i].type));
	buffer_string(&out, "],\"routes\":[");
	topology_walk(arena, write_route, &out);
	buffer_string(&out, "]}");
	return buffer_view(&out);
}
