/* mail_fold_fuzz.c - any text and any HTML: no word of the text is lost when it is folded, what is seen of a mail that
 * says something is not nothing, and whoever was forwarded has a valid name. */
#include <stddef.h>
#include <stdint.h>
#include "base/mail/mail.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
	if (!condition)
		__builtin_trap();
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t count_of(struct text t)
{
	size_t count = 0;

	for (size_t i = 0; i < t.len; i++)
		count += !is_blank(t.data[i]);
	return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(65536);
	bool is_html = size && data[0] & 1;
	struct buffer raw;
	const struct mail *mail;

	buffer_init(&raw, arena, size + 128);
	buffer_string(&raw, size && data[0] & 2 ? "Subject: Fwd: x\n" : "Subject: Re: x\n");
	buffer_string(&raw, is_html ? "Content-Type: text/html\n\n" : "Content-Type: text/plain; charset=utf-8\n\n");
	if (size)
		buffer_append(&raw, data + 1, size - 1);
	mail = mail_read(arena, buffer_view(&raw), TEXT("a@example.org"));
	must(text_is_utf8(mail->visible_text, NULL) && text_is_utf8(mail->folded_text, NULL));
	if (!is_html) {
		must(count_of(mail->visible_text) + count_of(mail->folded_text) == count_of(mail->text));
		must(count_of(mail->visible_text) > 0 || count_of(mail->text) == 0);
	}
	must(text_is_utf8(mail->forward_from.name, NULL) && text_is_utf8(mail->forward_subject, NULL));
	must(text_is_utf8(mail->forward_text, NULL) && text_is_utf8(mail->forward_from.address, NULL));
	arena_free(&arena);
	return 0;
}
