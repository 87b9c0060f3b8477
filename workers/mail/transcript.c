/* transcript.c - see transcript.h. */
#include "workers/mail/transcript.h"

#include <stdio.h>
#include <string.h>
#include "base/arena.h"

static void append(struct transcript *t, const char *mark, const char *words, size_t len)
{
	char *part = t->in_part ? t->part : t->head;
	size_t *used = t->in_part ? &t->part_len : &t->head_len;
	size_t room = TRANSCRIPT_PART - *used;

	if (room <= strlen(mark) + 1)
		return;
	if (len > room - strlen(mark) - 1)
		len = room - strlen(mark) - 1;
	memcpy(part + *used, mark, strlen(mark));
	memcpy(part + *used + strlen(mark), words, len);
	*used += strlen(mark) + len;
	part[(*used)++] = '\n';
}

static bool begins(const char *line, size_t len, const char *word)
{
	return len >= strlen(word) && strncasecmp(line, word, strlen(word)) == 0;
}

/* What we say: a mail begins, or a login. */
static void add_ours(struct transcript *t, const char *line, size_t len)
{
	if (begins(line, len, "MAIL FROM")) {
		t->in_part = true;
		t->part_len = 0;
	}
	if (t->in_login) {
		append(t, "> ", "[login]", 7);
	} else if (begins(line, len, "AUTH ")) {
		const char *stop = memchr(line + 5, ' ', len - 5);

		t->in_login = true;
		append(t, "> ", line, stop ? (size_t)(stop - line) : len);
	} else {
		append(t, "> ", line, len);
	}
}

static void add_theirs(struct transcript *t, const char *line, size_t len)
{
	if (t->in_login && len && line[0] != '3')
		t->in_login = false;
	if (*t->secret && memmem(line, len, t->secret, strlen(t->secret)))
		append(t, "< ", "[an answer that repeats our password]", 37);
	else
		append(t, "< ", line, len);
}

void transcript_add(struct transcript *t, bool ours, const char *bytes, size_t len)
{
	while (len) {
		const char *stop = memchr(bytes, '\n', len);
		size_t line = stop ? (size_t)(stop - bytes) : len, skip = stop ? line + 1 : len;

		if (line && bytes[line - 1] == '\r')
			line--;
		if (line && ours)
			add_ours(t, bytes, line);
		else if (line)
			add_theirs(t, bytes, line);
		bytes += skip;
		len -= skip;
	}
}

struct text transcript_head(const struct transcript *t, struct arena *arena)
{
	return text_mend(arena, text_copy(arena, (struct text){ t->head, t->head_len }));
}

struct text transcript_of(const struct transcript *t, struct arena *arena)
{
	char *both = arena_alloc(arena, t->head_len + t->part_len + 1);

	memcpy(both, t->head, t->head_len);
	memcpy(both + t->head_len, t->part, t->part_len);
	return text_mend(arena, (struct text){ both, t->head_len + t->part_len });
}
