/* legacy.c - see legacy.h. */
#include "ingress/http/legacy.h"

#include <string.h>

/* What clients put before the same paths. */
static const struct {
	const char *prefix;
	bool lifts;
} surfaces[] = { { "/api/v1", false }, { "/api", true }, { "", true } };

/* Old names of whole paths, below every prefix. */
static const struct {
	const char *old_name, *path;
} aliases[] = {
	{ "/profile/me", "/users/profile" },
};

static struct text without_prefix(struct text path, bool *out_lifts)
{
	*out_lifts = true;
	for (size_t i = 0; i < sizeof surfaces / sizeof *surfaces; i++) {
		size_t len = strlen(surfaces[i].prefix);

		if (!text_starts_with(path, text_of(surfaces[i].prefix)) || (path.len > len && path.data[len] != '/'))
			continue;
		*out_lifts = surfaces[i].lifts;
		return (struct text){ path.data + len, path.len - len };
	}
	return path;
}

const char *legacy_prefix(int n)
{
	return n < (int)(sizeof surfaces / sizeof *surfaces) ? surfaces[n].prefix : NULL;
}

struct text legacy_path(struct text path, bool *out_lifts)
{
	path = without_prefix(path, out_lifts);
	while (path.len > 1 && path.data[path.len - 1] == '/')
		path.len--;
	for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
		if (text_equal(path, text_of(aliases[i].old_name)))
			return text_of(aliases[i].path);
	return path.len ? path : TEXT("/");
}
