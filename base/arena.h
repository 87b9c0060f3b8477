/* arena.h - memory that is given back all at once.
 *
 * A request, a batch or a message owns one arena; what is allocated from it
 * lives until arena_reset() or arena_free(). Nothing is freed singly.
 * Allocation never returns NULL: a process without memory ends with a message.
 * An arena belongs to one thread.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct arena;

/* A new arena whose first block holds block_bytes. The caller owns it. */
struct arena *arena_new(size_t block_bytes);

/* Gives everything back and leaves *arena NULL; NULL is fine. */
void arena_free(struct arena **arena);

/* Forgets everything allocated so far; keeps the first block for reuse. */
void arena_reset(struct arena *arena);

/* size zeroed bytes, aligned for any type. */
void *arena_alloc(struct arena *arena, size_t size);

/* A copy of len bytes with a NUL behind it. */
char *arena_copy(struct arena *arena, const void *data, size_t len);

/* printf into the arena. */
char *arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Bytes handed out since the last reset. */
size_t arena_used(const struct arena *arena);

#define ARENA_NEW(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, type, n) ((type *)arena_alloc((arena), sizeof(type) * (n)))

/* How many arenas there are in this process, and what their blocks hold. */
struct arena_figures {
	int64_t arenas, blocks, bytes;
};
struct arena_figures arena_figures(void);

#endif
