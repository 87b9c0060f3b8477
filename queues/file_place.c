/* file_place.c - keys of objects. */
#include "queues/file_place.h"
#include <stdio.h>
#include <string.h>

void file_key_new(struct uuid id, char out[FILE_KEY_ROOM])
{
	char name[UUID_TEXT_BYTES];

	uuid_format(&id, name);
	snprintf(out, FILE_KEY_ROOM, "new/%s", name);
}

void file_key_quarantine(const uint8_t sha256[32], char out[FILE_KEY_ROOM])
{
	char hex[2 * 32 + 1];

	text_hex(sha256, 32, hex);
	snprintf(out, FILE_KEY_ROOM, "quarantine/%s", hex);
}

void file_key_kept(const uint8_t sha256[32], const char *form, char out[FILE_KEY_ROOM])
{
	char hex[2 * 32 + 1];

	text_hex(sha256, 32, hex);
	snprintf(out, FILE_KEY_ROOM, "%.2s/%.2s/%s%s", hex, hex + 2, hex, form);
}

void file_key_mail(struct uuid id, char out[FILE_KEY_ROOM])
{
	char name[UUID_TEXT_BYTES];

	uuid_format(&id, name);
	snprintf(out, FILE_KEY_ROOM, "%.6s/%s", name, name);
}
