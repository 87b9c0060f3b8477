/* handlers.h - the table of a kind's handlers, made of a catalogue: one for each of its COMMAND rows.
 *
 *   #define HANDLED "queues/ticket.def"
 *   #include "workers/handlers.h"      declares and fills `handlers`
 *
 * The handlers are declared before, as `enum outcome ID(struct job *job, const struct ID *cmd)`. A thunk gives each the
 * one type that a table can hold.
 */
#define COMMAND(id, ...)                                                                                               \
	static enum outcome handle_##id(struct job *job, const void *fields)                                           \
	{                                                                                                              \
		return id(job, fields);                                                                                \
	}
#include HANDLED

#define COMMAND(id, ...) [COMMAND_##id] = handle_##id,
static handler_fn *const handlers[COMMAND_COUNT] = {
#include HANDLED
};
#undef HANDLED
