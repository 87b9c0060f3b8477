/* programs.c - see programs.h. */
#include "queues/programs.h"

#include <string.h>
#include "base/arena.h"

#define PROGRAM(name, kind, port, memory, reads, writes, subscribes, publishes, counts)                                \
	{ #name, PROGRAM_##kind, port, memory, reads, writes, subscribes, publishes, counts },
const struct program programs[] = {
#include "queues/programs.def"
};
const int program_count = sizeof programs / sizeof *programs;

struct text program_kinds(struct arena *arena)
{
	static const char *const words[] = { "ingress", "door", "lane", "consumer", "ticker", "tool" };
	struct buffer out;

	buffer_init(&out, arena, 256);
	for (int i = 0; i < program_count; i++)
		buffer_printf(&out, "%s%s:%s", i ? " " : "", programs[i].name, words[programs[i].kind]);
	return buffer_view(&out);
}

/* A name that ends with a dot is the beginning of others; every other one is whole. */
static void write_name(struct buffer *out, const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (name[i] == '.')
			buffer_string(out, "\\");
		buffer_append(out, &name[i], 1);
	}
	if (name[len - 1] != '.')
		buffer_string(out, "$");
}

const char *program_pattern(struct arena *arena, const char *names)
{
	bool several = strchr(names, ' ') != NULL;
	struct buffer out;

	if (!*names)
		return "^$";
	buffer_init(&out, arena, 128);
	buffer_string(&out, several ? "^(" : "^");
	for (const char *rest = names; *rest;) {
		size_t len = strcspn(rest, " ");

		buffer_string(&out, rest > names ? "|" : "");
		write_name(&out, rest, len);
		rest += len + strspn(rest + len, " ");
	}
	buffer_string(&out, several ? ")" : "");
	return buffer_cstr(&out);
}

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

const struct program *program_reading(struct text queue)
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
