/* answers.c - expands answers.def, and gives vocabularies by name. See answers.h. */
#include "queues/answers.h"

#include <stddef.h>
#include "queues/catalogue.h"

#define PART(member, type) { #member, type, false, false },
#define MAYBE(member, type) { #member, type, true, false },
#define STAFF_PART(member, type) { #member, type, true, true },
#define THING(name, says, ...) static const struct part parts_of_##name[] = { __VA_ARGS__{ NULL, NULL, false, false } };
#include "queues/answers.def"

#define THING(name, says, ...) { #name, says, parts_of_##name },
const struct thing things[] = {
#include "queues/answers.def"
};
const int thing_count = sizeof things / sizeof *things;

#define VOCABULARY(name, ...) { #name, name##_words, name##_count },
static const struct {
	const char *name;
	const char *const *words;
	int count;
} vocabularies[] = {
#include "queues/vocabulary.def"
};

const struct thing *thing_find(struct text name)
{
	for (int i = 0; i < thing_count; i++)
		if (text_equal(name, text_of(things[i].name)))
			return &things[i];
	return NULL;
}

const char *const *vocabulary_find(struct text name, int *out_count)
{
	for (size_t i = 0; i < sizeof vocabularies / sizeof *vocabularies; i++) {
		if (!text_equal(name, text_of(vocabularies[i].name)))
			continue;
		*out_count = vocabularies[i].count;
		return vocabularies[i].words;
	}
	return NULL;
}
