/* zone.c - reads TZif (RFC 8536): the second block, whose times have 64 bits, and the rule behind it.
 *
 * A file is taken with nothing believed: every count is held against the file's length before anything is read.
 */
#include "base/zone.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/arena.h"
#include "base/day.h"
#include "base/zone_rule.h"

enum { FILE_MOST = 256 * 1024, HEAD_BYTES = 44, NAME_MOST = 64, YEAR_LAST = 2199 };

/* What a block's head counts, in the order of RFC 8536 section 3.1. */
struct counts {
	uint32_t ut, standard, leaps, times, types, chars;
};

/* --- bytes ----------------------------------------------------------------------- */
static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t be64(const uint8_t *p)
{
	return (int64_t)((uint64_t)be32(p) << 32 | be32(p + 4));
}

static bool read_counts(const uint8_t *p, size_t left, struct counts *out)
{
	uint32_t *counts = &out->ut;

	if (left < HEAD_BYTES || memcmp(p, "TZif", 4) != 0 || p[4] < '2')
		return false;
	for (int i = 0; i < 6; i++) {
		counts[i] = be32(p + 20 + 4 * i);
		if (counts[i] > FILE_MOST)
			return false;
	}
	return out->types > 0;
}

static size_t block_bytes(const struct counts *c, size_t time_bytes)
{
	return c->times * (time_bytes + 1) + c->types * 6 + c->chars + c->leaps * (time_bytes + 4) + c->standard +
	       c->ut;
}

/* --- changes --------------------------------------------------------------------- */
struct changes {
	struct zone_change *items;
	int count;
};

/* What is before the first instant that counts is where the list begins; what changes nothing is left out. */
static void add(struct changes *c, int64_t at, int32_t offset)
{
	if (at > ZONE_LAST)
		return;
	if (at <= ZONE_FIRST || !c->count) {
		c->items[0] = (struct zone_change){ ZONE_FIRST, offset };
		c->count = 1;
		if (at <= ZONE_FIRST)
			return;
	}
	if (c->items[c->count - 1].offset != offset)
		c->items[c->count++] = (struct zone_change){ at, offset };
}

static void add_rule(struct changes *c, const struct zone_rule *rule, int64_t after)
{
	struct zone_change of_year[2];
	int year, month, day;

	if (!rule->changes) {
		if (after < ZONE_FIRST)
			add(c, ZONE_FIRST, rule->standard);
		return;
	}
	day_to_date(after < ZONE_FIRST ? ZONE_FIRST / 86400 : after / 86400, &year, &month, &day);
	for (; year <= YEAR_LAST; year++) {
		zone_rule_year(rule, year, of_year);
		for (int i = 0; i < 2; i++)
			if (of_year[i].at > after)
				add(c, of_year[i].at, of_year[i].offset);
	}
}

static int32_t offset_of(const uint8_t *types, int index)
{
	return (int32_t)be32(types + 6 * index);
}

/* RFC 8536 section 3.2: from -24:59:59 to 25:59:59. */
static bool is_offset(int32_t seconds)
{
	return seconds > -25 * 3600 && seconds < 26 * 3600;
}

/* The block at p; false: it contradicts itself. */
static bool add_block(struct changes *c, const uint8_t *p, const struct counts *n, int64_t *out_last)
{
	const uint8_t *types = p + n->times * 9, *indexes = p + n->times * 8;

	if (!is_offset(offset_of(types, 0)))
		return false;
	add(c, INT64_MIN, offset_of(types, 0));
	*out_last = INT64_MIN;
	for (uint32_t i = 0; i < n->times; i++) {
		int64_t at = be64(p + 8 * i);

		if (indexes[i] >= n->types || (i && at <= *out_last) || !is_offset(offset_of(types, indexes[i])))
			return false;
		add(c, at, offset_of(types, indexes[i]));
		*out_last = at;
	}
	return true;
}

/* "\n" rule "\n" */
static bool read_footer(const uint8_t *p, size_t left, struct zone_rule *out, bool *out_given)
{
	const uint8_t *end;

	if (left < 2 || *p != '\n' || !(end = memchr(p + 1, '\n', left - 1)))
		return false;
	*out_given = end > p + 1;
	return !*out_given || zone_rule_read((struct text){ (const char *)p + 1, (size_t)(end - p - 1) }, out);
}

static bool parse(struct arena *arena, const uint8_t *p, size_t len, struct zone *zone)
{
	const uint8_t *end = p + len;
	struct zone_rule rule = { 0 };
	struct counts first, second;
	struct changes changes;
	bool has_rule;
	int64_t last;

	if (!read_counts(p, len, &first) || block_bytes(&first, 4) > len - HEAD_BYTES)
		return false;
	p += HEAD_BYTES + block_bytes(&first, 4);
	if (!read_counts(p, (size_t)(end - p), &second) || second.leaps ||
	        block_bytes(&second, 8) > (size_t)(end - p) - HEAD_BYTES)
		return false;
	p += HEAD_BYTES;
	changes.items = ARENA_ARRAY(arena, struct zone_change, second.times + 2 * (YEAR_LAST - 1900 + 1) + 2);
	changes.count = 0;
	if (!add_block(&changes, p, &second, &last))
		return false;
	p += block_bytes(&second, 8);
	if (!read_footer(p, (size_t)(end - p), &rule, &has_rule))
		return false;
	if (has_rule)
		add_rule(&changes, &rule, last);
	zone->changes = changes.items;
	zone->count = changes.count;
	return true;
}

/* --- files ----------------------------------------------------------------------- */
static bool is_name(struct text name)
{
	if (!name.len || name.len > NAME_MOST || name.data[0] == '/' || name.data[0] == '.')
		return false;
	for (size_t i = 0; i < name.len; i++) {
		char c = name.data[i];
		bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

		if (!is_letter && c != '/' && c != '_' && c != '-' && c != '+')
			return false;
	}
	return true;
}

static uint8_t *read_all(struct arena *arena, int fd, struct zone *zone, size_t *out_len)
{
	struct stat st;
	uint8_t *bytes;
	ssize_t n;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size < HEAD_BYTES || st.st_size > FILE_MOST)
		return NULL;
	bytes = arena_alloc(arena, (size_t)st.st_size);
	for (*out_len = 0; *out_len < (size_t)st.st_size; *out_len += (size_t)n) {
		n = read(fd, bytes + *out_len, (size_t)st.st_size - *out_len);
		if (n <= 0)
			return NULL;
	}
	zone->file_mtime_ns = st.st_mtim.tv_sec * 1000000000LL + st.st_mtim.tv_nsec;
	zone->file_inode = (int64_t)st.st_ino;
	return bytes;
}

const struct zone *zone_read(struct arena *arena, struct text name, const char **out_why)
{
	const char *folder = getenv("TZDIR");
	struct zone *zone = ARENA_NEW(arena, struct zone);
	uint8_t *bytes;
	size_t len;
	int fd;

	*out_why = "is not the name of a time zone, like Europe/Paris";
	if (!is_name(name))
		return NULL;
	zone->name = text_dup(arena, name);
	zone->path = arena_printf(arena, "%s/%s", folder && *folder ? folder : "/usr/share/zoneinfo", zone->name);
	fd = open(zone->path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	bytes = read_all(arena, fd, zone, &len);
	close(fd);
	if (!bytes)
		return NULL;
	*out_why = "is a time zone whose file cannot be read";
	return parse(arena, bytes, len, zone) ? zone : NULL;
}

bool zone_is_fresh(const struct zone *zone)
{
	struct stat st;

	return !stat(zone->path, &st) && zone->file_inode == (int64_t)st.st_ino &&
	       zone->file_mtime_ns == st.st_mtim.tv_sec * 1000000000LL + st.st_mtim.tv_nsec;
}

int zone_change_at(const struct zone *zone, int64_t unix_s)
{
	int low = 0, high = zone->count;

	while (high - low > 1) {
		int middle = (low + high) / 2;

		if (zone->changes[middle].at <= unix_s)
			low = middle;
		else
			high = middle;
	}
	return low;
}
