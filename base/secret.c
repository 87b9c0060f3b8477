/* secret.c - see secret.h. */
#include "base/secret.h"

#include <string.h>

#define DIFFERENT_LEAST 8

static int different_characters(const char *text)
{
	bool seen[256] = { false };
	int count = 0;

	for (; *text; text++) {
		count += !seen[(unsigned char)*text];
		seen[(unsigned char)*text] = true;
	}
	return count;
}

bool secret_is_example(const char *secret)
{
	static const char *const words[] = { "change", "secret", "example", "password", "your-", "default", "test" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcasestr(secret, words[i]))
			return true;
	return false;
}

bool secret_is_weak(const char *secret)
{
	return secret_is_example(secret) || different_characters(secret) < DIFFERENT_LEAST;
}
