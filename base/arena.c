/* arena.c - memory that is given back all at once.
 *
 *   arena -> [ first block ][ block ] ... [ current: used | free ]
 *
 * Small things are cut from the current block. What is larger than a quarter
 * of a block gets one of its own, so that the rest of the current block is not
 * wasted. arena_reset() frees all but the first block: an arena that serves
 * one message after another stops calling malloc once it is warm.
 *
 * Under AddressSanitizer the unused bytes are poisoned, and a gap is left
 * behind each allocation; without that an overrun inside a block is invisible.
 */
#include <stdalign.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/arena.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#define GAP_BYTES alignof(max_align_t)
#define HIDE(p, n) ASAN_POISON_MEMORY_REGION((p), (n))
#define SHOW(p, n) ASAN_UNPOISON_MEMORY_REGION((p), (n))
#else
#define GAP_BYTES 0
#define HIDE(p, n) ((void)0)
#define SHOW(p, n) ((void)0)
#endif

#define BLOCK_BYTES_LEAST 256
#define ALLOC_BYTES_MOST ((size_t)PTRDIFF_MAX / 2)

struct block {
	struct block *older;
	size_t capacity;
	size_t used;
	alignas(max_align_t) char data[];
};

struct arena {
	struct block *first;   /* the oldest: survives a reset */
	struct block *current; /* the newest that small things are cut from */
	struct block *own;     /* blocks of one large thing each */
	size_t block_bytes;
	size_t used;
};

/* For who looks at a process that has grown; each block is counted once, when it is made or freed. */
static _Atomic int64_t arenas_now, blocks_now, bytes_now;

static void count(_Atomic int64_t *what, int64_t more)
{
	atomic_fetch_add_explicit(what, more, memory_order_relaxed);
}

struct arena_figures arena_figures(void)
{
	return (struct arena_figures){ arenas_now, blocks_now, bytes_now };
}

static _Noreturn void out_of_memory(void)
{
	static const char message[] = "out of memory\n";

	if (write(STDERR_FILENO, message, sizeof(message) - 1) < 0)
		abort();
	abort();
}

static struct block *block_new(size_t capacity, struct block *older)
{
	struct block *block = malloc(sizeof(*block) + capacity);

	if (!block)
		out_of_memory();
	block->older = older;
	block->capacity = capacity;
	block->used = 0;
	count(&blocks_now, 1);
	count(&bytes_now, (int64_t)capacity);
	HIDE(block->data, capacity);
	return block;
}

/* Frees from the newest on, down to but without keep. */
static void blocks_free(struct block *block, const struct block *keep)
{
	while (block && block != keep) {
		struct block *older = block->older;

		SHOW(block->data, block->capacity);
		count(&blocks_now, -1);
		count(&bytes_now, -(int64_t)block->capacity);
		free(block);
		block = older;
	}
}

struct arena *arena_new(size_t block_bytes)
{
	struct arena *arena = calloc(1, sizeof(*arena));

	if (!arena || block_bytes > ALLOC_BYTES_MOST)
		out_of_memory();
	count(&arenas_now, 1);
	arena->block_bytes = block_bytes < BLOCK_BYTES_LEAST ? BLOCK_BYTES_LEAST : block_bytes;
	arena->first = arena->current = block_new(arena->block_bytes, NULL);
	return arena;
}

void arena_free(struct arena **arena)
{
	if (!*arena)
		return;
	blocks_free((*arena)->own, NULL);
	blocks_free((*arena)->current, NULL);
	count(&arenas_now, -1);
	free(*arena);
	*arena = NULL;
}

void arena_reset(struct arena *arena)
{
	blocks_free(arena->own, NULL);
	blocks_free(arena->current, arena->first);
	arena->own = NULL;
	arena->current = arena->first;
	arena->first->used = 0;
	arena->used = 0;
	HIDE(arena->first->data, arena->first->capacity);
}

static struct block *block_with_room(struct arena *arena, size_t need)
{
	if (need <= arena->current->capacity - arena->current->used)
		return arena->current;
	if (need > arena->block_bytes / 4)
		return arena->own = block_new(need, arena->own);
	return arena->current = block_new(arena->block_bytes, arena->current);
}

void *arena_alloc(struct arena *arena, size_t size)
{
	const size_t align = alignof(max_align_t);
	struct block *block;
	size_t need;
	char *at;

	if (size > ALLOC_BYTES_MOST)
		out_of_memory();
	need = ((size ? size : 1) + align - 1) / align * align + GAP_BYTES;

	block = block_with_room(arena, need);
	at = block->data + block->used;
	block->used += need;
	arena->used += size;
	SHOW(at, size);
	return memset(at, 0, size);
}

char *arena_copy(struct arena *arena, const void *data, size_t len)
{
	char *copy;

	if (len >= ALLOC_BYTES_MOST)
		out_of_memory();
	copy = arena_alloc(arena, len + 1);
	if (len)
		memcpy(copy, data, len);
	return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args;
	char *out;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0)
		return arena_copy(arena, "", 0);

	out = arena_alloc(arena, (size_t)len + 1);
	va_start(args, format);
	vsnprintf(out, (size_t)len + 1, format, args);
	va_end(args);
	return out;
}

size_t arena_used(const struct arena *arena)
{
	return arena->used;
}
