/* news.c - see news.h. */
#include "ingress/stream/news.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "ingress/http/seen.h"

struct chunk *chunk_new(size_t len)
{
	struct chunk *chunk = malloc(sizeof *chunk + len);

	if (!chunk)
		abort();
	chunk->holds = 1;
	chunk->len = len;
	return chunk;
}

struct chunk *chunk_hold(struct chunk *chunk)
{
	chunk->holds++;
	return chunk;
}

void chunk_release(struct chunk *chunk)
{
	if (chunk && --chunk->holds == 0)
		free(chunk);
}

static struct chunk *chunk_of(const struct buffer *buffer)
{
	struct chunk *chunk = chunk_new(buffer->len);

	memcpy(chunk->bytes, buffer->data, buffer->len);
	return chunk;
}

static void write_sse(const struct news *news, const char *place, struct buffer *out)
{
	buffer_printf(out, "id: %s\nevent: ", place);
	buffer_text(out, news->type);
	buffer_string(out, "\ndata: ");
	buffer_text(out, news->data);
	buffer_string(out, "\n\n");
}

static void write_message(const struct news *news, const char *place, struct buffer *out)
{
	buffer_string(out, "{\"type\":");
	buffer_json_text(out, news->type);
	buffer_json_member(out, "id", text_of(place));
	buffer_json_member_raw(out, "data", news->data);
	buffer_string(out, "}");
}

struct chunk *news_in(struct news *news, enum form form)
{
	struct arena *arena;
	struct buffer out;
	char place[PLACE_BYTES];

	if (news->forms[form])
		return news->forms[form];
	arena = arena_new(news->data.len + 1024);
	buffer_init(&out, arena, news->data.len + 256);
	place_write(&news->place, place);
	(form == FORM_SSE ? write_sse : write_message)(news, place, &out);
	news->forms[form] = chunk_of(&out);
	arena_free(&arena);
	return news->forms[form];
}

void news_end(struct news *news)
{
	for (int i = 0; i < FORMS; i++)
		chunk_release(news->forms[i]);
}

struct chunk *news_word(const char *event)
{
	char said[200];
	struct chunk *chunk;
	int len = snprintf(said, sizeof said, "event: %s\ndata: {}\n\n", event);

	chunk = chunk_new((size_t)len);
	memcpy(chunk->bytes, said, (size_t)len);
	return chunk;
}

struct chunk *news_place(const struct place *place)
{
	char at[PLACE_BYTES], said[PLACE_BYTES + 16];
	struct chunk *chunk;
	int len;

	place_write(place, at);
	len = snprintf(said, sizeof said, ":\nid: %s\n\n", at);
	chunk = chunk_new((size_t)len);
	memcpy(chunk->bytes, said, (size_t)len);
	return chunk;
}

struct chunk *news_seen(uint64_t *number)
{
	struct arena *arena;
	struct chunk *chunk;
	struct buffer out;

	if (seen_number() == *number)
		return NULL;
	arena = arena_new(64 * 1024);
	buffer_init(&out, arena, 32 * 1024);
	buffer_string(&out, "event: seen\ndata: ");
	seen_newer(number, &out);
	buffer_string(&out, "\n\n");
	chunk = chunk_of(&out);
	arena_free(&arena);
	return chunk;
}
