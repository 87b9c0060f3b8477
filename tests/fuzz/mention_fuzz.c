/* mention_fuzz.c - the reader of mentions: whatever a comment says, a mention is a piece of it behind an @ that no
 * address has before it, has the form of a name or an address, and is told once.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "workers/notify/notify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
	if (!good)
		abort();
}

static size_t count_of(struct text word, char c)
{
	size_t count = 0;

	for (size_t i = 0; i < word.len; i++)
		count += word.data[i] == c;
	return count;
}

static void check_word(struct text content, struct text word)
{
	const char *before = word.data - 2;

	check(word.data > content.data && word.data + word.len <= content.data + content.len);
	check(word.len > 0 && word.len <= 254);
	check(word.data[-1] == '@');
	check(before < content.data || (*before != '@' && *before != '.' && (unsigned char)*before < 0x80));
	check(count_of(word, '@') <= 1 && !count_of(word, ' ') && !count_of(word, '\n') && !count_of(word, '\0'));
	check(!strchr("._+-@", word.data[word.len - 1]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text content = { (const char *)data, size }, words[MENTIONS_MOST];
	int count = mention_find(content, words);

	check(count >= 0 && count <= MENTIONS_MOST);
	for (int i = 0; i < count; i++) {
		check_word(content, words[i]);
		for (int j = 0; j < i; j++)
			check(!text_equal_nocase(words[i], words[j]));
	}
	return 0;
}
