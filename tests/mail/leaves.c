/* leaves.c - every part of messages that holds no others, a JSON object each: what `make mail-bars` compares bytes
 * with.
 *
 *   leaves FILE...
 *
 * "isHidden": it lies in a winmail.dat or in a text. The digests are of the bytes, and of the bytes with LF for CR LF
 * ("lf"). Messages inside messages are read, too: "inner" is how deep they lie.
 */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mail/mail.h"

#define MD5_BYTES 16
#define INNER_MOST 20

static struct text read_file(struct arena *arena, const char *path)
{
	FILE *file = fopen(path, "rb");
	char *bytes;
	long size;

	if (!file || fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 0) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	rewind(file);
	bytes = arena_alloc(arena, (size_t)size + 1);
	if (fread(bytes, 1, (size_t)size, file) != (size_t)size)
		exit(EXIT_FAILURE);
	fclose(file);
	return (struct text){ bytes, (size_t)size };
}

static void append(void *arg, const char *bytes, size_t count)
{
	buffer_append(arg, bytes, count);
}

static struct text bytes_of(struct arena *arena, const struct mail_part *part)
{
	struct buffer out;

	buffer_init(&out, arena, part->content.len + 1);
	mail_part_write(part, append, &out);
	return buffer_view(&out);
}

static struct text with_lf(struct arena *arena, struct text bytes)
{
	char *out = arena_alloc(arena, bytes.len + 1);
	size_t len = 0;

	for (size_t i = 0; i < bytes.len; i++)
		if (bytes.data[i] != '\r' || i + 1 == bytes.len || bytes.data[i + 1] != '\n')
			out[len++] = bytes.data[i];
	return (struct text){ out, len };
}

static struct text md5(struct arena *arena, struct text bytes)
{
	unsigned char hash[MD5_BYTES];
	char *hex = arena_alloc(arena, 2 * MD5_BYTES + 1);

	EVP_Digest(bytes.data, bytes.len, hash, NULL, EVP_md5(), NULL);
	text_hex(hash, MD5_BYTES, hex);
	return text_of(hex);
}

static void write_leaf(
        struct arena *arena, const char *path, const struct mail *mail, int index, int inner, struct text bytes)
{
	const struct mail_part *part = &mail->parts[index];
	bool is_hidden = part->parent >= 0 && !text_starts_with(mail->parts[part->parent].type, TEXT("multipart/"));
	struct buffer out;

	buffer_init(&out, arena, 512);
	buffer_string(&out, "{");
	buffer_json_member(&out, "file", text_of(path));
	buffer_json_member_int(&out, "inner", inner);
	buffer_json_member(&out, "type", part->type);
	buffer_json_member(&out, "name", part->name);
	buffer_json_member_bool(&out, "inText", part->in_text);
	buffer_json_member_bool(&out, "inHtml", part->in_html);
	buffer_json_member_bool(&out, "isAttachment", part->is_attachment);
	buffer_json_member_bool(&out, "isHidden", is_hidden);
	buffer_json_member_int(&out, "size", (int64_t)bytes.len);
	buffer_json_member(&out, "md5", md5(arena, bytes));
	buffer_json_member(&out, "lf", md5(arena, with_lf(arena, bytes)));
	buffer_string(&out, "}");
	puts(buffer_cstr(&out));
}

static void write_leaves(struct arena *arena, const char *path, struct text raw, int inner)
{
	const struct mail *mail = mail_read(arena, raw, TEXT_NONE);

	for (int i = 0; i < mail->part_count; i++) {
		const struct mail_part *part = &mail->parts[i];
		struct text bytes;

		if (text_starts_with(part->type, TEXT("multipart/")))
			continue;
		bytes = bytes_of(arena, part);
		write_leaf(arena, path, mail, i, inner, bytes);
		if (text_equal(part->type, TEXT("message/rfc822")) && inner < INNER_MOST)
			write_leaves(arena, path, bytes, inner + 1);
	}
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		struct arena *arena = arena_new(1 << 16);

		write_leaves(arena, argv[i], read_file(arena, argv[i]), 0);
		arena_free(&arena);
	}
	return EXIT_SUCCESS;
}
