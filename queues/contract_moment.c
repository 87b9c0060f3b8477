/* contract_moment.c - a MOMENT: a day, or a time as RFC 3339 has it, less strictly: the zone may be missing. */
#include "queues/contract_private.h"

#include <ctype.h>
#include <string.h>
#include "base/day.h"

static bool has_digits(const char *from, const char *pattern, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (pattern[i] == '0' ? !isdigit((unsigned char)from[i]) : from[i] != pattern[i])
			return false;
	return true;
}

static int number_at(const char *from, int digits)
{
	int n = 0;

	for (int i = 0; i < digits; i++)
		n = 10 * n + from[i] - '0';
	return n;
}

/* A zone at the end of a time: nothing, Z, or +hh:mm, whose plus a query makes a blank. PostgreSQL knows none that is
 * 16 hours away. */
static bool is_zone(struct text t)
{
	if (!t.len || text_equal_nocase(t, TEXT("z")))
		return true;
	return t.len == 6 && strchr("+- ", t.data[0]) && has_digits(t.data + 1, "00:00", 5) &&
	       number_at(t.data + 1, 2) <= 15 && number_at(t.data + 4, 2) <= 59;
}

/* Is there such a day, and such a time if one follows? A second 60 is a leap second. */
static bool is_date(struct text t)
{
	int year = number_at(t.data, 4), month = number_at(t.data + 5, 2), day = number_at(t.data + 8, 2);

	return year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= days_of_month(year, month) &&
	       (t.len < 16 || (number_at(t.data + 11, 2) <= 23 && number_at(t.data + 14, 2) <= 59)) &&
	       (t.len < 19 || t.data[16] != ':' || number_at(t.data + 17, 2) <= 60);
}

bool reading_take_moment(struct reading *r)
{
	struct text t = text_copy(r->arena, text_trim(r->value)), rest;
	bool good = t.len >= 10 && t.len <= 40 && has_digits(t.data, "0000-00-00", 10);

	if (good && t.len > 10) {
		good = t.len >= 16 && strchr("Tt ", t.data[10]) && has_digits(t.data + 11, "00:00", 5);
		rest = good ? (struct text){ t.data + 16, t.len - 16 } : TEXT_NONE;
		if (good && rest.len >= 3 && has_digits(rest.data, ":00", 3))
			rest = (struct text){ rest.data + 3, rest.len - 3 };
		if (good && rest.len && rest.data[0] == '.')
			do
				rest = (struct text){ rest.data + 1, rest.len - 1 };
			while (rest.len && isdigit((unsigned char)rest.data[0]));
		good = good && is_zone(rest);
	}
	if (!good || !is_date(t))
		return reading_refuse(r, "format", "must be a day (2026-11-21) or a time (2026-11-21T08:00:00Z)");
	if (t.len > 10)
		t = text_of(arena_printf(r->arena, "%.10sT%.*s", t.data, (int)t.len - 11, t.data + 11));
	if (t.len > 16 && t.data[t.len - 6] == ' ')
		t = text_of(arena_printf(r->arena, "%.*s+%.5s", (int)t.len - 6, t.data, t.data + t.len - 5));
	*(struct text *)r->place = t;
	return true;
}
