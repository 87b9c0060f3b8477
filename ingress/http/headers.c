/* headers.c - see headers.h. */
#include "ingress/http/headers.h"

#include <limits.h>
#include <string.h>

#define WEIGHT_FULL 1000 /* q=1, in thousandths */

/* --- items --------------------------------------------------------------------------- */
static size_t item_length(struct text t, char separator)
{
	bool quoted = false;
	size_t n = 0;

	for (; n < t.len && (quoted || t.data[n] != separator); n++)
		if (t.data[n] == '"')
			quoted = !quoted;
		else if (quoted && t.data[n] == '\\' && n + 1 < t.len)
			n++;
	return n;
}

bool headers_next(struct text *rest, char separator, struct text *out_item)
{
	while (rest->len) {
		size_t len = item_length(*rest, separator), taken = len < rest->len ? len + 1 : len;
		struct text item = text_trim((struct text){ rest->data, len });

		*rest = (struct text){ rest->data + taken, rest->len - taken };
		if (!item.len)
			continue;
		*out_item = item;
		return true;
	}
	return false;
}

static struct text unquoted(struct text t)
{
	bool quoted = t.len >= 2 && t.data[0] == '"' && t.data[t.len - 1] == '"';

	return quoted ? (struct text){ t.data + 1, t.len - 2 } : t;
}

/* name = value, with blanks or without; value is empty when there is none. */
static void split(struct text part, struct text *out_name, struct text *out_value)
{
	const char *equals = part.len ? memchr(part.data, '=', part.len) : NULL;
	size_t len = equals ? (size_t)(equals - part.data) : part.len;

	*out_name = text_trim((struct text){ part.data, len });
	*out_value = equals ? unquoted(text_trim((struct text){ equals + 1, part.len - len - 1 })) : TEXT("");
}

bool headers_number(struct text digits, int64_t most, int64_t *out)
{
	int64_t value = 0;

	for (size_t i = 0; i < digits.len; i++) {
		if (digits.data[i] < '0' || digits.data[i] > '9')
			return false;
		if (value <= most && (__builtin_mul_overflow(value, 10, &value) ||
		                             __builtin_add_overflow(value, digits.data[i] - '0', &value)))
			value = INT64_MAX;
	}
	if (!digits.len)
		return false;
	*out = value < most ? value : most;
	return true;
}

/* --- preferences ---------------------------------------------------------------------- */
bool headers_preference(struct text prefer, struct text name, struct text *out_value)
{
	struct text item, part, found, value;

	while (headers_next(&prefer, ',', &item)) {
		if (!headers_next(&item, ';', &part))
			continue;
		split(part, &found, &value);
		if (!text_equal_nocase(found, name))
			continue;
		*out_value = value;
		return true;
	}
	return false;
}

/* --- weights -------------------------------------------------------------------------- */
/* RFC 9110 section 12.4.2: "0", "0.25", "1.000"; what is none of these weighs nothing. */
static int weight_of(struct text value)
{
	int weight = 0, unit = WEIGHT_FULL;

	if (!value.len || value.len > 5 || (value.len > 1 && value.data[1] != '.'))
		return 0;
	for (size_t i = 0; i < value.len; i += i ? 1 : 2) {
		if (value.data[i] < '0' || value.data[i] > '9')
			return 0;
		weight += (value.data[i] - '0') * unit;
		unit /= 10;
	}
	return weight <= WEIGHT_FULL ? weight : 0;
}

/* What an item of a weighted list is about, and its weight. */
static struct text weighted(struct text item, int *out_weight)
{
	struct text about = TEXT(""), part, name, value;

	*out_weight = WEIGHT_FULL;
	headers_next(&item, ';', &about);
	while (headers_next(&item, ';', &part)) {
		split(part, &name, &value);
		if (text_equal_nocase(name, TEXT("q")))
			*out_weight = weight_of(value);
	}
	return about;
}

/* Is the range the language itself or a kind of it, as fr-CH is (RFC 4647 section 3.4)? */
static bool is_range_of(struct text range, const char *language)
{
	size_t len = strlen(language);

	return range.len >= len && text_equal_nocase((struct text){ range.data, len }, text_of(language)) &&
	       (range.len == len || range.data[len] == '-');
}

/* How much a language is wanted, and which item of the list said so. */
struct liking {
	int weight, place; /* weight -1: it is not named */
};

static bool is_more(struct liking a, struct liking b)
{
	return a.weight > b.weight || (a.weight == b.weight && a.place < b.place);
}

enum language headers_language(struct text accept)
{
	struct liking likings[language_count], others = { 0, INT_MAX }, best = { 0, INT_MAX };
	enum language found = LANGUAGE_FR;
	struct text item;

	for (int l = 1; l < language_count; l++)
		likings[l] = (struct liking){ -1, 0 };
	for (int place = 0; headers_next(&accept, ',', &item); place++) {
		struct liking this = { .place = place };
		struct text range = weighted(item, &this.weight);

		if (text_equal(range, TEXT("*")))
			others.weight = this.weight;
		for (int l = 1; l < language_count; l++)
			if (is_range_of(range, language_words[l]) && is_more(this, likings[l]))
				likings[l] = this;
	}
	for (int l = 1; l < language_count; l++) {
		struct liking liking = likings[l].weight < 0 ? others : likings[l];

		if (!liking.weight || !is_more(liking, best))
			continue;
		best = liking;
		found = (enum language)l;
	}
	return found;
}

bool headers_accept_gzip(struct text accept)
{
	struct text item;
	int weight;

	while (headers_next(&accept, ',', &item))
		if (text_equal_nocase(weighted(item, &weight), TEXT("gzip")))
			return weight > 0;
	return false;
}

/* --- cookies -------------------------------------------------------------------------- */
struct text headers_cookie(struct text cookies, struct text name)
{
	struct text pair, found, value;

	while (headers_next(&cookies, ';', &pair)) {
		split(pair, &found, &value);
		if (text_equal(found, name) && memchr(pair.data, '=', pair.len))
			return value;
	}
	return TEXT_NONE;
}

/* --- versions ------------------------------------------------------------------------- */
static bool is_tag_end(struct text t)
{
	for (size_t i = 0; i < t.len; i++)
		if (!strchr("-0123456789abcdefghijklmnopqrstuvwxyz", t.data[i]) || !t.data[i])
			return false;
	return !t.len || t.data[0] == '-';
}

/* The digits of "v7-agent", v7, "7" or 7; TEXT_NONE: it is none of these. */
static struct text version_of(struct text tag)
{
	size_t digits = 0;

	tag = unquoted(tag);
	if (tag.len && tag.data[0] == 'v')
		tag = (struct text){ tag.data + 1, tag.len - 1 };
	while (digits < tag.len && tag.data[digits] >= '0' && tag.data[digits] <= '9')
		digits++;
	if (!digits || !is_tag_end((struct text){ tag.data + digits, tag.len - digits }))
		return TEXT_NONE;
	return (struct text){ tag.data, digits };
}

bool headers_version(struct text if_match, struct text *out_version, const char **out_why)
{
	struct text item, version, seen = TEXT_NONE;

	*out_version = TEXT_NONE;
	if (if_match.data && !text_trim(if_match).len) {
		*out_why = "If-Match is empty";
		return false;
	}
	if (text_equal(text_trim(if_match), TEXT("*")))
		return true;
	while (headers_next(&if_match, ',', &item)) {
		version = version_of(item);
		if (text_starts_with(item, TEXT("W/")))
			*out_why = "If-Match compares strongly: a weak tag is never met";
		else if (!version.len)
			*out_why = "If-Match must be an ETag of this resource";
		else if (seen.data && !text_equal(seen, version))
			*out_why = "If-Match must name one version";
		else {
			seen = version;
			continue;
		}
		return false;
	}
	*out_version = seen;
	return true;
}
