/* people.c - see people.h. */
#include "base/mail/people.h"

#include <string.h>
#include "base/mail/line.h"

enum { PEOPLE_MOST = 100 };

bool people_is_local(char c)
{
	return (unsigned char)c >= 0x80 || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') ||
	       (c && strchr("!#$%&'*+-/=?^_`{|}~.", c));
}

bool people_is_domain(char c)
{
	return (unsigned char)c >= 0x80 || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '-' ||
	       c == '.';
}

/* The first address at or behind byte `from`. False: none. */
static bool next_address(struct text t, size_t from, size_t *out_start, size_t *out_end)
{
	for (size_t at = from; at < t.len; at++) {
		size_t start = at, end = at + 1;

		if (t.data[at] != '@')
			continue;
		while (start > from && people_is_local(t.data[start - 1]))
			start--;
		while (end < t.len && people_is_domain(t.data[end]))
			end++;
		while (end > at + 1 && (t.data[end - 1] == '.' || t.data[end - 1] == '-'))
			end--;
		while (start < at && (t.data[start] == '\'' || t.data[start] == '.'))
			start++;
		if (start == at || end == at + 1)
			continue;
		*out_start = start;
		*out_end = end;
		return true;
	}
	return false;
}

/* Quotes, brackets and what divides a list, at both ends. */
static struct text bare_name(struct text t)
{
	static const char *const quotes[] = { "“", "”", "„", "«", "»", "‘", "’", "\xC2\xA0", NULL };
	bool more = true;

	while (more) {
		size_t before;

		t = line_trim(t);
		before = t.len;
		while (t.len && strchr("\"'<>()[],;:*", t.data[0]))
			t = line_rest(t, 1);
		while (t.len && strchr("\"'<>()[],;:*", t.data[t.len - 1]))
			t.len--;
		more = t.len != before;
		for (int i = 0; quotes[i]; i++) {
			if (line_begins(t, quotes[i])) {
				t = line_rest(t, strlen(quotes[i]));
				more = true;
			}
			if (t.len && line_ends(t, quotes[i])) {
				t.len -= strlen(quotes[i]);
				more = true;
			}
		}
	}
	return line_trim(t);
}

/* Who writes his address as his name tells no name. */
static struct text name_of(struct text t, struct text address)
{
	static const char *const links[] = { "[mailto:", "<mailto:", "mailto:", "&lt;" };

	for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
		t = line_trim(t);
		if (t.len && line_ends(t, links[i]))
			t.len -= strlen(links[i]);
	}
	t = bare_name(t);
	return text_equal_nocase(t, address) ? TEXT("") : t;
}

static struct text domain_lowered(struct arena *arena, struct text address)
{
	char *copy = arena_copy(arena, address.data, address.len);

	for (char *c = strchr(copy, '@'); c && *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + ('a' - 'A'));
	return (struct text){ copy, address.len };
}

/* The same address again right behind itself: "<a@b<mailto:a@b>>", "a@b <a@b>". */
static bool is_same_again(const struct mail_address *last, struct text address, struct text between)
{
	return text_equal_nocase(last->address, address) && bare_name(name_of(between, address)).len == 0 &&
	       !line_has(between, ",") && !line_has(between, ";");
}

static size_t addresses_at_most(struct text t)
{
	size_t count = 1;

	for (size_t i = 0; i < t.len && count < PEOPLE_MOST; i++)
		count += t.data[i] == '@';
	return count;
}

struct mail_addresses people_read(struct arena *arena, struct text t)
{
	struct mail_address *items = ARENA_ARRAY(arena, struct mail_address, addresses_at_most(t));
	struct mail_addresses people = { .items = items };
	size_t from = 0, start, end;

	for (; people.count < PEOPLE_MOST && next_address(t, from, &start, &end); from = end) {
		struct text between = { t.data + from, start - from };
		struct text address = { t.data + start, end - start };

		if (people.count && is_same_again(&items[people.count - 1], address, between))
			continue;
		items[people.count].name = name_of(between, address);
		items[people.count++].address = domain_lowered(arena, address);
	}
	if (!people.count && bare_name(t).len)
		items[people.count++] = (struct mail_address){ .name = bare_name(t), .address = TEXT("") };
	return people;
}

struct mail_address people_first(struct arena *arena, struct text t)
{
	struct mail_addresses people = people_read(arena, t);

	return people.count ? people.items[0] : (struct mail_address){ .name = TEXT(""), .address = TEXT("") };
}

/* "heeft John Doe": a long word that begins small before one that begins with a capital. */
static struct text without_verb(struct text t)
{
	const char *blank = t.len ? memchr(t.data, ' ', t.len) : NULL;
	size_t len = blank ? (size_t)(blank - t.data) : 0;

	if (len < 4 || t.data[0] < 'a' || t.data[0] > 'z' || blank[1] < 'A' || blank[1] > 'Z')
		return t;
	return line_rest(t, len + 1);
}

/* What stands in quotes at the end, or behind the last number or comma. */
static struct text behind_date(struct text t)
{
	static const char *const opening[] = { "„", "“", "«", NULL };
	size_t from = 0;

	t = line_trim(t);
	for (int i = 0; opening[i]; i++) {
		long at = line_find(t, text_of(opening[i]));

		if (at >= 0)
			return line_rest(t, (size_t)at);
	}
	if (t.len > 1 && t.data[t.len - 1] == '"') {
		const char *open = memrchr(t.data, '"', t.len - 1);

		if (open)
			return line_rest(t, (size_t)(open - t.data));
	}
	for (size_t i = 0; i < t.len; i++)
		if ((t.data[i] >= '0' && t.data[i] <= '9') || t.data[i] == ',')
			from = i + 1;
	return without_verb(line_trim(line_rest(t, from)));
}

struct mail_address people_attributed(struct arena *arena, struct text t)
{
	struct mail_address person = people_first(arena, t);

	if (!person.address.len)
		return (struct mail_address){ .name = TEXT(""), .address = TEXT("") };
	person.name = bare_name(behind_date(person.name));
	return person;
}
