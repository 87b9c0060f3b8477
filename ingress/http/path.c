/* path.c - see path.h. */
#include "ingress/http/path.h"

#include <string.h>
#include "base/uuid.h"
#include "queues/catalogue.h"

/* What clients put before the same paths. */
static const struct {
	const char *prefix;
	bool lifts;
} surfaces[] = { { "/api/v1", false }, { "/api", true }, { "", true } };

const char *path_prefix(int n)
{
	return n < (int)(sizeof surfaces / sizeof *surfaces) ? surfaces[n].prefix : NULL;
}

/* --- patterns ---------------------------------------------------------------------- */
static struct text next_segment(struct text *rest)
{
	const char *slash;
	struct text segment;

	if (rest->len && rest->data[0] == '/')
		*rest = (struct text){ rest->data + 1, rest->len - 1 };
	slash = rest->len ? memchr(rest->data, '/', rest->len) : NULL;
	segment = (struct text){ rest->data, slash ? (size_t)(slash - rest->data) : rest->len };
	*rest = (struct text){ rest->data + segment.len, rest->len - segment.len };
	return segment;
}

static bool is_capture(struct text segment)
{
	return segment.len > 2 && segment.data[0] == '{';
}

static struct text name_of(struct text capture)
{
	return (struct text){ capture.data + 1, capture.len - 2 };
}

bool path_fits(const char *pattern, struct text path, struct captures *out)
{
	struct text wanted = text_of(pattern);

	out->count = 0;
	while (wanted.len && path.len) {
		struct text want = next_segment(&wanted), have = next_segment(&path);

		if (is_capture(want)) {
			if (!have.len || out->count == CAPTURES_MAX)
				return false;
			out->items[out->count].name = name_of(want);
			out->items[out->count++].value = have;
		} else if (!text_equal(want, have)) {
			return false;
		}
	}
	return !wanted.len && !path.len;
}

static struct text captured(const struct captures *captures, struct text name)
{
	for (int i = 0; i < captures->count; i++)
		if (text_equal(captures->items[i].name, name))
			return captures->items[i].value;
	return TEXT("");
}

struct text path_fill(struct arena *arena, const char *pattern, const struct captures *captures)
{
	struct text rest = text_of(pattern);
	struct buffer out;

	buffer_init(&out, arena, 128);
	while (rest.len) {
		struct text segment = next_segment(&rest);
		struct uuid id;

		if (is_capture(segment)) {
			segment = captured(captures, name_of(segment));
			if (uuid_parse(segment, &id))
				segment = uuid_text(arena, &id);
		}
		buffer_string(&out, "/");
		buffer_text(&out, segment);
	}
	return buffer_view(&out);
}

/* --- the one form ------------------------------------------------------------------ */
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

struct text path_canonical(struct arena *arena, struct text path, bool *out_lifts)
{
	struct captures captures;

	path = without_prefix(path, out_lifts);
	while (path.len > 1 && path.data[path.len - 1] == '/')
		path.len--;
	for (int i = 0; i < old_path_count; i++)
		if (path_fits(old_paths[i].old_path, path, &captures))
			return path_fill(arena, old_paths[i].path, &captures);
	return path.len ? path : TEXT("/");
}
