/* words.c - see words.h. A word more is a row more. */
#include "workers/mail/words.h"

static const struct {
	const char *field, *word;
	const char *fr, *en;
} words[] = {
	{ "priority", "low", "basse", "low" },
	{ "priority", "medium", "moyenne", "medium" },
	{ "priority", "high", "haute", "high" },
	{ "priority", "urgent", "urgente", "urgent" },
};

struct text words_translate(struct text field, struct text value, struct text language)
{
	bool english = text_equal(language, TEXT("en"));

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (text_equal(field, text_of(words[i].field)) && text_equal(value, text_of(words[i].word)))
			return text_of(english ? words[i].en : words[i].fr);
	return value;
}
