/* text.h - bytes with a length, and a buffer that grows.
 *
 * `struct text` borrows: it never owns what it points to. NULL data means
 * "absent", which is not the same as an empty text. A buffer grows inside an
 * arena; what it returns lives as long as that arena.
 *
 * The buffer's JSON writers follow RFC 8259: text must be valid UTF-8 (checked
 * where it entered the program), control characters are escaped on output.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

struct text {
	const char *data;
	size_t len;
};

#define TEXT(literal) ((struct text){ .data = (literal), .len = sizeof(literal) - 1 })
#define TEXT_NONE ((struct text){ 0 })

/* Borrows a C string; NULL gives TEXT_NONE. */
struct text text_of(const char *s);
bool text_equal(struct text a, struct text b);
bool text_equal_nocase(struct text a, struct text b); /* ASCII only */
bool text_starts_with(struct text t, struct text prefix);
/* A NUL-terminated copy in the arena; TEXT_NONE gives NULL. */
char *text_dup(struct arena *arena, struct text t);
struct text text_copy(struct arena *arena, struct text t);
/* White space (ASCII) cut at both ends. */
struct text text_trim(struct text t);

/* True for well-formed UTF-8 (RFC 3629) without NUL; out_chars (may be NULL)
 * is the number of code points. */
bool text_is_utf8(struct text t, size_t *out_chars);
/* Bytes of the code point that t begins with, 1 to 4; 0 when it is malformed,
 * NUL, or t is empty. */
size_t text_utf8_step(struct text t);

/* The text itself when it is well-formed UTF-8 without NUL; else a copy with U+FFFD
 * in place of each byte that is not. TEXT_NONE becomes an empty text. */
struct text text_mend(struct arena *arena, struct text t);

/* A whole, in-range decimal number; out untouched on failure. */
bool text_to_int(struct text t, int64_t *out);

/* Lower-case hexadecimal of data into out (2 * len + 1 bytes, NUL-terminated). */
void text_hex(const void *data, size_t len, char *out);
/* The reverse; exactly out_len bytes or false. */
bool text_unhex(struct text hex, void *out, size_t out_len);

/* Same length and bytes, in time that depends on the length only. */
bool text_equal_secret(struct text a, struct text b);

struct buffer {
	struct arena *arena;
	char *data;
	size_t len;
	size_t capacity;
};

void buffer_init(struct buffer *b, struct arena *arena, size_t capacity);
void buffer_append(struct buffer *b, const void *data, size_t len);
void buffer_text(struct buffer *b, struct text t);
void buffer_string(struct buffer *b, const char *s);
void buffer_printf(struct buffer *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* NUL-terminated view of what was written; the buffer may go on growing after it. */
char *buffer_cstr(struct buffer *b);
struct text buffer_view(const struct buffer *b);

/* A quoted, escaped JSON string. TEXT_NONE writes null. */
void buffer_json_text(struct buffer *b, struct text t);
/* "name": with a comma before it unless the last byte is { or [. */
void buffer_json_name(struct buffer *b, const char *name);
void buffer_json_member(struct buffer *b, const char *name, struct text value);
void buffer_json_member_int(struct buffer *b, const char *name, int64_t value);
void buffer_json_member_bool(struct buffer *b, const char *name, bool value);
/* Copies JSON without the blanks between its parts. */
void buffer_json_compact(struct buffer *b, struct text json);
/* value is JSON already and is copied as it is. */
void buffer_json_member_raw(struct buffer *b, const char *name, struct text value);

#endif
