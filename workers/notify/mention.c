/* mention.c - who is meant by an @ in a comment. See notify.h.
 *
 *   @zoe   @zoe.martin   @zoe@example.org   @agents
 *
 * An @ counts at the beginning, or behind what could not be part of an address: so an address in a sentence mentions
 * nobody. A word is letters, digits and . _ + - and may hold one more @; what is no ASCII is a letter. What ends a
 * sentence is no part of it. One look at each byte, whatever the text is.
 */
#include <string.h>
#include "workers/notify/notify.h"

#define WORD_BYTES 254 /* of an address, RFC 5321 section 4.5.3.1 */

static bool is_of_word(char c)
{
	return (unsigned char)c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("._+-", c));
}

/* The word that begins there, and may be empty. */
static struct text word_at(const char *at, const char *end)
{
	struct text word = { at, 0 };
	bool has_at = false;

	while (at < end && (is_of_word(*at) || (*at == '@' && !has_at && word.len))) {
		has_at |= *at == '@';
		at++;
		word.len++;
	}
	while (word.len && strchr("._+-@", word.data[word.len - 1]))
		word.len--;
	return word;
}

static bool is_there(const struct text *words, int count, struct text word)
{
	for (int i = 0; i < count; i++)
		if (text_equal_nocase(words[i], word))
			return true;
	return false;
}

int mention_find(struct text content, struct text out[MENTIONS_MOST])
{
	const char *end = content.data + content.len, *at = content.data;
	int count = 0;

	while (content.len && count < MENTIONS_MOST && (at = memchr(at, '@', (size_t)(end - at)))) {
		struct text word = word_at(at + 1, end);

		if ((at == content.data || (!is_of_word(at[-1]) && at[-1] != '@')) && word.len &&
		        word.len <= WORD_BYTES && !is_there(out, count, word))
			out[count++] = word;
		at += 1 + word.len;
	}
	return count;
}
