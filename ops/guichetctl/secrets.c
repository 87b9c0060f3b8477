/* secrets.c - see secrets.h. */
#include "ops/guichetctl/secrets.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "ops/guichetctl/ctl.h"

#define FILE_BYTES_MAX (64 * 1024)

static const char *secrets_path;

struct setting secrets_settings[] = {
	{ "PROGRAM_PASSWORDS", SETTING_FILE, &secrets_path, "",
	        .help = "a file with a line program:password for each program; without it passwords stay as they are" },
	{ 0 },
};

struct text secrets_read(struct arena *arena)
{
	FILE *file;
	char *data;
	size_t len;
	bool whole;

	if (!*secrets_path)
		return TEXT("");
	file = fopen(secrets_path, "re");
	if (!file) {
		say("PROGRAM_PASSWORDS: %s", strerror(errno));
		return TEXT_NONE;
	}
	data = arena_alloc(arena, FILE_BYTES_MAX + 1);
	len = fread(data, 1, FILE_BYTES_MAX, file);
	whole = !ferror(file) && fgetc(file) == EOF;
	fclose(file);
	if (!whole) {
		say("PROGRAM_PASSWORDS: the file cannot be read, or is larger than %d bytes", FILE_BYTES_MAX);
		return TEXT_NONE;
	}
	return (struct text){ data, len };
}

struct text secrets_find(struct text file, const char *program)
{
	size_t name = strlen(program);

	while (file.len > 0) {
		const char *end = memchr(file.data, '\n', file.len);
		size_t len = end ? (size_t)(end - file.data) : file.len;
		struct text line = text_trim((struct text){ file.data, len });

		if (line.len > name + 1 && memcmp(line.data, program, name) == 0 && line.data[name] == ':')
			return (struct text){ line.data + name + 1, line.len - name - 1 };
		len += end ? 1 : 0;
		file.data += len;
		file.len -= len;
	}
	return TEXT_NONE;
}
