/* tnef.c - winmail.dat, in which Outlook wraps the files of a message: see inner.h. [MS-OXTNEF].
 *
 *   signature, key, then attributes: level, id, length, data, checksum
 *
 * An attachment begins with attAttachRendData; its name and bytes are attributes, or MAPI properties in attAttachment,
 * which know the long name. Read by our own hands: libytnef is known to crash over real ones. Nothing is copied, every
 * length is checked against what is there, and what does not fit ends the reading.
 */
#include "base/mail/inner.h"

#include <stdio.h>
#include <string.h>
#include "base/mail/charset.h"
#include "base/mail/header.h"
#include "base/mail/part.h"

#define SIGNATURE 0x223E9F78
#define TNEF_BYTES_MOST (16 << 20)
#define FILES_MOST 200
#define DEPTH_MOST 4
#define LEVEL_ATTACHMENT 2
#define GUID_BYTES 16

enum attribute {
	OEM_CODEPAGE = 0x9007,
	ATTACH_REND_DATA = 0x9002,
	ATTACH_TITLE = 0x8010,
	ATTACH_DATA = 0x800F,
	ATTACHMENT = 0x9005,
};

enum property {
	ATTACH_DATA_OBJECT = 0x3701,
	ATTACH_LONG_NAME = 0x3707,
	ATTACH_MIME_TYPE = 0x370E,
	ATTACH_CONTENT_ID = 0x3712,
};

/* --- bytes ------------------------------------------------------------------------------------- */
/* What is left to read; broken for good after the first thing that is not there. */
struct cursor {
	struct text rest;
	bool is_broken;
};

static struct text take(struct cursor *cursor, size_t count)
{
	struct text taken = { cursor->rest.data, count };

	if (cursor->is_broken || count > cursor->rest.len) {
		cursor->is_broken = true;
		return TEXT("");
	}
	cursor->rest = (struct text){ cursor->rest.data + count, cursor->rest.len - count };
	return taken;
}

static uint32_t take_number(struct cursor *cursor, size_t bytes)
{
	struct text taken = take(cursor, bytes);
	uint32_t number = 0;

	for (size_t i = taken.len; i > 0; i--)
		number = number << 8 | (unsigned char)taken.data[i - 1];
	return number;
}

/* Values are filled up to four bytes. */
static struct text take_padded(struct cursor *cursor, size_t count)
{
	struct text taken = take(cursor, count);

	take(cursor, (4 - count % 4) % 4 <= cursor->rest.len ? (4 - count % 4) % 4 : 0);
	return taken;
}

/* --- one file ------------------------------------------------------------------------------------ */
struct file {
	struct text name, long_name, type, content_id, bytes, object;
	bool has_bytes;
};

struct reading {
	struct mail *mail;
	int parent;
	int depth;
	int count;
	char codepage[24];
	struct file file;
};

static struct text without_nul(struct text text)
{
	const char *end = text.len ? memchr(text.data, '\0', text.len) : NULL;

	return (struct text){ text.data, end ? (size_t)(end - text.data) : text.len };
}

static struct text words(struct reading *reading, struct text bytes, bool is_wide)
{
	struct arena *arena = reading->mail->arena;

	if (!is_wide)
		return charset_decode(arena, without_nul(bytes), text_of(reading->codepage));
	while (bytes.len >= 2 && bytes.data[bytes.len - 1] == 0 && bytes.data[bytes.len - 2] == 0)
		bytes.len -= 2;
	return charset_decode(arena, bytes, TEXT("utf-16le"));
}

static void read_tnef(struct reading *reading, struct text bytes);

/* The file that was being read is whole. */
static void end_file(struct reading *reading)
{
	struct file *file = &reading->file;
	struct mail_part *part;

	if (file->has_bytes && reading->count < FILES_MOST && (part = part_add(reading->mail, reading->parent))) {
		part->name = header_file_name(reading->mail->arena, file->long_name.len ? file->long_name : file->name);
		part->type = file->type.len ? file->type : TEXT("application/octet-stream");
		part->content_id = file->content_id;
		part->bytes = part->content = file->bytes;
		part->is_attachment = true;
		reading->count++;
	} else if (file->object.len > GUID_BYTES && reading->depth < DEPTH_MOST) {
		struct text inner = { file->object.data + GUID_BYTES, file->object.len - GUID_BYTES };

		*file = (struct file){ 0 };
		reading->depth++;
		read_tnef(reading, inner);
		reading->depth--;
	}
	*file = (struct file){ 0 };
}

/* --- MAPI properties ----------------------------------------------------------------------------- */
#define TYPE_MULTIPLE 0x1000
#define TYPE_OBJECT 0x000D
#define TYPE_STRING 0x001E
#define TYPE_WIDE 0x001F
#define TYPE_BINARY 0x0102

static size_t fixed_bytes(unsigned type)
{
	switch (type) {
	case 0x0005: /* double, currency, time of an application, error, long, time */
	case 0x0006:
	case 0x0007:
	case 0x0014:
	case 0x0040:
		return 8;
	case 0x0048:
		return GUID_BYTES;
	default:
		return 4;
	}
}

static bool has_length(unsigned type)
{
	return type == TYPE_OBJECT || type == TYPE_STRING || type == TYPE_WIDE || type == TYPE_BINARY;
}

/* Names of their own have a name before their value. */
static void pass_name(struct cursor *cursor)
{
	take(cursor, GUID_BYTES);
	if (take_number(cursor, 4) == 0)
		take(cursor, 4);
	else
		take_padded(cursor, take_number(cursor, 4));
}

static void take_property(struct reading *reading, unsigned id, unsigned type, struct text value)
{
	struct file *file = &reading->file;
	bool is_wide = type == TYPE_WIDE;

	if (id == ATTACH_LONG_NAME)
		file->long_name = words(reading, value, is_wide);
	else if (id == ATTACH_CONTENT_ID)
		file->content_id = words(reading, value, is_wide);
	else if (id == ATTACH_MIME_TYPE)
		file->type = header_token(reading->mail->arena, words(reading, value, is_wide));
	else if (id == ATTACH_DATA_OBJECT && type == TYPE_OBJECT)
		file->object = value;
	else if (id == ATTACH_DATA_OBJECT && type == TYPE_BINARY && !file->has_bytes) {
		file->bytes = value;
		file->has_bytes = true;
	}
}

static void read_properties(struct reading *reading, struct text bytes)
{
	struct cursor cursor = { .rest = bytes };

	for (uint32_t left = take_number(&cursor, 4); left > 0 && !cursor.is_broken; left--) {
		unsigned type = take_number(&cursor, 2), id = take_number(&cursor, 2);
		bool is_multiple = type & TYPE_MULTIPLE;
		uint32_t values = 1;

		type &= ~(unsigned)TYPE_MULTIPLE;
		if (id >= 0x8000)
			pass_name(&cursor);
		if (is_multiple || has_length(type))
			values = take_number(&cursor, 4);
		for (; values > 0 && !cursor.is_broken; values--) {
			size_t count = has_length(type) ? take_number(&cursor, 4) : fixed_bytes(type);
			struct text value = take_padded(&cursor, count);

			if (!cursor.is_broken)
				take_property(reading, id, type, value);
		}
	}
}

/* --- attributes ---------------------------------------------------------------------------------- */
static void take_attribute(struct reading *reading, unsigned level, unsigned id, struct text data)
{
	struct cursor cursor = { .rest = data };

	if (id == OEM_CODEPAGE)
		snprintf(reading->codepage, sizeof reading->codepage, "windows-%u", take_number(&cursor, 4));
	if (level != LEVEL_ATTACHMENT)
		return;
	if (id == ATTACH_REND_DATA) {
		end_file(reading);
	} else if (id == ATTACH_TITLE) {
		reading->file.name = words(reading, data, false);
	} else if (id == ATTACH_DATA) {
		reading->file.bytes = data;
		reading->file.has_bytes = true;
	} else if (id == ATTACHMENT) {
		read_properties(reading, data);
	}
}

static void read_tnef(struct reading *reading, struct text bytes)
{
	struct cursor cursor = { .rest = bytes };

	if (take_number(&cursor, 4) != SIGNATURE)
		return;
	take(&cursor, 2);
	while (cursor.rest.len > 0 && !cursor.is_broken) {
		unsigned level = take_number(&cursor, 1), id = take_number(&cursor, 4) & 0xFFFF;
		struct text data = take(&cursor, take_number(&cursor, 4));

		take(&cursor, 2); /* a sum of its bytes, which many compute wrongly */
		if (!cursor.is_broken)
			take_attribute(reading, level, id, data);
	}
	end_file(reading);
	if (cursor.is_broken)
		mail_note(reading->mail, "A winmail.dat is broken.");
}

/* --- the parts ----------------------------------------------------------------------------------- */
static bool is_tnef(const struct mail_part *part)
{
	return text_equal(part->type, TEXT("application/ms-tnef")) ||
	       text_equal(part->type, TEXT("application/vnd.ms-tnef")) ||
	       text_equal_nocase(part->name, TEXT("winmail.dat"));
}

void inner_read_tnef(struct mail *mail)
{
	const int count = mail->part_count;

	for (int i = 0; i < count; i++) {
		struct reading reading = { .mail = mail, .parent = i, .codepage = "windows-1252" };
		struct mail_part *part = part_at(mail, i);
		struct text bytes;

		if (!part->is_attachment || !is_tnef(part))
			continue;
		bytes = part_bytes(mail, part, TNEF_BYTES_MOST);
		if (bytes.data)
			read_tnef(&reading, bytes);
		part->is_attachment = reading.count == 0;
	}
}
