/* types.c - see types.h. */
#include "ingress/file/types.h"

#include <magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "base/unicode.h"

#define LOOKED_AT 4096 /* by libmagic, whose rules for text take a millisecond for 64 KiB */
#define ROWS (sizeof rows / sizeof *rows)

enum container { NO_CONTAINER, OLE, ZIP };

static const char *allowed_types, *inline_types;

struct setting types_settings[] = {
	{ "ALLOWED_MIME_TYPES", SETTING_TEXT, &allowed_types,
	        "image/jpeg,image/png,image/gif,application/pdf,application/msword,"
	        "application/vnd.openxmlformats-officedocument.wordprocessingml.document,application/vnd.ms-excel,"
	        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet,text/plain",
	        .help = "types of files that are taken, commas between; image/webp and text/csv can be added" },
	{ "INLINE_MIME_TYPES", SETTING_TEXT, &inline_types, "image/png,image/jpeg,image/gif,image/webp",
	        .help = "types that a browser may show; all others it saves" },
	{ 0 },
};

static struct row {
	const char *type;
	const char *extensions; /* with a blank behind each */
	const char *synonyms;   /* other words for the type, and what libmagic says of it */
	enum container container;
	const char *inside; /* what a container of this type holds: OLE in UTF-16LE */
	size_t inside_len;
	bool picture, allowed, shown;
} rows[] = {
	{ "image/jpeg", ".jpg .jpeg ", "image/jpg image/pjpeg ", .picture = true },
	{ "image/png", ".png ", "image/x-png ", .picture = true },
	{ "image/gif", ".gif ", "", .picture = true },
	{ "image/webp", ".webp ", "", .picture = true },
	{ "application/pdf", ".pdf ", "application/x-pdf ", .container = NO_CONTAINER },
	{ "application/msword", ".doc ", "application/vnd.ms-word ", .container = OLE,
	        .inside = "W\0o\0r\0d\0D\0o\0c\0u\0m\0e\0n\0t", .inside_len = 23 },
	{ "application/vnd.ms-excel", ".xls ", "application/excel application/msexcel ", .container = OLE,
	        .inside = "W\0o\0r\0k\0b\0o\0o\0k", .inside_len = 15 },
	{ "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".docx ", "", .container = ZIP,
	        .inside = "word/", .inside_len = 5 },
	{ "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx ", "", .container = ZIP,
	        .inside = "xl/", .inside_len = 3 },
	{ "text/plain", ".txt ", "", .container = NO_CONTAINER },
	{ "text/csv", ".csv ", "application/csv ", .container = NO_CONTAINER },
};

static bool is_word_of(struct text word, const char *list)
{
	for (size_t len = 0; *list; list += len + 1) {
		len = strcspn(list, " ");
		if (text_equal_nocase(word, (struct text){ list, len }))
			return true;
	}
	return false;
}

static struct row *of_type(struct text type)
{
	for (size_t i = 0; i < ROWS; i++)
		if (text_equal_nocase(type, text_of(rows[i].type)) || is_word_of(type, rows[i].synonyms))
			return &rows[i];
	return NULL;
}

static struct row *of_extension(struct text name)
{
	const char *dot = memrchr(name.data, '.', name.len);
	struct text extension = dot ? (struct text){ dot, (size_t)(name.data + name.len - dot) } : TEXT("-");

	for (size_t i = 0; i < ROWS; i++)
		if (is_word_of(extension, rows[i].extensions))
			return &rows[i];
	return NULL;
}

static void choose(const char *setting, const char *list, size_t offset)
{
	while (*list) {
		size_t len = strcspn(list, ",");
		struct text type = text_trim((struct text){ list, len });
		struct row *row = of_type(type);

		if (!row && type.len) {
			fprintf(stderr, "%s: %.*s is no type that can be recognised\n", setting, (int)type.len,
			        type.data);
			exit(78); /* EX_CONFIG */
		}
		if (row)
			*(bool *)((char *)row + offset) = true;
		list += len + (list[len] == ',');
	}
}

void types_start(void)
{
	choose("ALLOWED_MIME_TYPES", allowed_types, offsetof(struct row, allowed));
	choose("INLINE_MIME_TYPES", inline_types, offsetof(struct row, shown));
}

/* --- content ----------------------------------------------------------------------- */
/* Each thread has its own; its rules are one mapping that all share. Archives are not unpacked for it, OLE's folders
 * not walked: both have hurt libmagic before. */
static magic_t magic_of_thread(void)
{
	static _Thread_local magic_t cookie;

	if (cookie)
		return cookie;
	cookie = magic_open(MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS | MAGIC_NO_CHECK_TAR | MAGIC_NO_CHECK_ELF |
	                    MAGIC_NO_CHECK_CDF);
	if (!cookie || magic_load(cookie, NULL) != 0) {
		fprintf(stderr, "libmagic: %s\n", cookie ? magic_error(cookie) : "out of memory");
		abort();
	}
	return cookie;
}

static bool begins_with(struct text content, const char *bytes, size_t len)
{
	return content.len >= len && !memcmp(content.data, bytes, len);
}

static enum container container_of(struct text content)
{
	if (begins_with(content, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8))
		return OLE;
	return begins_with(content, "PK\3\4", 4) ? ZIP : NO_CONTAINER;
}

/* The document that a container holds; NULL: another thing. */
static struct row *of_container(enum container container, struct text content)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].container == container &&
		        memmem(content.data, content.len, rows[i].inside, rows[i].inside_len))
			return &rows[i];
	return NULL;
}

/* libmagic says nothing of what is very short. */
static bool is_printable(struct text t)
{
	uint32_t c;

	while (t.len) {
		if (!unicode_next(&t, &c) || (unicode_is_control(c) && !(c >= '\t' && c <= '\r')))
			return false;
	}
	return true;
}

/* What a program could take for a page or a picture with a script is no plain text. */
static bool is_plain_text(const char *seen)
{
	return (!strncmp(seen, "text/", 5) && strcmp(seen, "text/html") && strcmp(seen, "text/xml")) ||
	       !strcmp(seen, "application/json") || !strcmp(seen, "application/x-ndjson") ||
	       !strcmp(seen, "application/csv") || !strcmp(seen, "message/rfc822") ||
	       !strcmp(seen, "application/javascript");
}

/* Words and nothing that could begin a page or another kind of file: for these libmagic, which is slow, need not be
 * asked. */
static bool is_words(struct text content)
{
	size_t begin = content.len < LOOKED_AT ? content.len : LOOKED_AT;

	return content.len && content.data[0] != '%' && !memchr(content.data, '<', begin) && is_printable(content);
}

/* Does the content agree with what the name says it is? *out_seen: what it is instead. */
static bool agrees(const struct row *row, struct text content, const char **out_seen)
{
	enum container container = container_of(content);
	const struct row *found;

	if (container) {
		found = of_container(container, content);
		*out_seen = found ? found->type : container == ZIP ? "application/zip" : "application/x-ole-storage";
		return found == row;
	}
	if (!strncmp(row->type, "text/", 5) && is_words(content))
		return true;
	*out_seen = magic_buffer(magic_of_thread(), content.data, content.len < LOOKED_AT ? content.len : LOOKED_AT);
	if (!*out_seen)
		*out_seen = "unknown";
	if (!strncmp(row->type, "text/", 5))
		return !memchr(content.data, 0, content.len) &&
		       (is_plain_text(*out_seen) ||
		               (!strcmp(*out_seen, "application/octet-stream") && is_printable(content)));
	return of_type(text_of(*out_seen)) == row;
}

/* --- the verdict ---------------------------------------------------------------------- */
static const char *refuse(struct types_fault *out, const char *code, const char *detail)
{
	*out = (struct types_fault){ code, detail };
	return NULL;
}

static struct text bare_type(struct text declared)
{
	const char *end = declared.len ? memchr(declared.data, ';', declared.len) : NULL;

	return text_trim(end ? (struct text){ declared.data, (size_t)(end - declared.data) } : declared);
}

const char *types_check(struct arena *arena, struct text name, struct text declared, struct text content, bool picture,
        struct types_fault *out_fault)
{
	const struct row *row = of_extension(name);
	struct text type = bare_type(declared);
	const char *seen;

	if (!row || !row->allowed || (picture && !row->picture))
		return refuse(out_fault, "extension",
		        picture ? "is no picture by its name: .jpg, .jpeg, .png, .gif"
		                : "has a name whose extension is not among those that are taken");
	if (type.len && !text_equal_nocase(type, TEXT("application/octet-stream")) && of_type(type) != row)
		return refuse(out_fault, "declared",
		        arena_printf(arena, "is declared as %.*s and named as %s",
		                (int)(type.len < 100 ? type.len : 100), type.data, row->type));
	if (!agrees(row, content, &seen))
		return refuse(out_fault, "content",
		        arena_printf(arena, "is named as %s, and its content is %s", row->type, seen));
	return row->type;
}

bool types_is_shown(struct text mime_type)
{
	const struct row *row = of_type(mime_type);

	return row && row->shown;
}

bool types_is_picture(struct text mime_type)
{
	const struct row *row = of_type(mime_type);

	return row && row->picture;
}

void types_write_allowed(struct buffer *out)
{
	const char *between = "[";

	for (size_t i = 0; i < ROWS; i++) {
		if (!rows[i].allowed)
			continue;
		buffer_string(out, between);
		buffer_json_text(out, text_of(rows[i].type));
		between = ",";
	}
	buffer_string(out, *between == '[' ? "[]" : "]");
}
