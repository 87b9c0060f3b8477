/* mail_bounce_fuzz.c - any note and any delivery status: every row is complete and its texts are UTF-8, and nothing is
 * both a failure and none. */
#include <stddef.h>
#include <stdint.h>
#include "base/mail/mail.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
	if (!condition)
		__builtin_trap();
}

static void must_be_row(const struct mail_failed *row)
{
	struct text texts[] = { row->address, row->action, row->status, row->reply_code, row->reason, row->kind };

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		must(texts[i].data && text_is_utf8(texts[i], NULL));
	must(row->reason.len > 0);
	must((row->kind.len > 0) == text_equal(row->action, TEXT("failed")));
}

/* The first byte says what the rest is packed into. */
static struct text packed(struct arena *arena, const uint8_t *data, size_t size)
{
	static const char *const heads[] = { "From: MAILER-DAEMON@x\nSubject: Undelivered\n\n",
		"From: MAILER-DAEMON@x\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n",
		"Return-Path: <>\nFrom: a@b\nContent-Type: multipart/report; boundary=b\n\n--b\n\n",
		"From: a@b\nX-Failed-Recipients: c@d\n\n", "From: no-reply@x\n\n{ \"notificationType\": \"Bounce\", ",
		"" };
	struct buffer raw;

	buffer_init(&raw, arena, size + 128);
	buffer_string(&raw, heads[size ? data[0] % (sizeof heads / sizeof *heads) : 0]);
	if (size)
		buffer_append(&raw, data + 1, size - 1);
	return buffer_view(&raw);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(65536);
	const struct mail *mail = mail_read(arena, packed(arena, data, size), TEXT_NONE);
	bool has_failed = false;

	for (int i = 0; i < mail->failed_count; i++) {
		must_be_row(&mail->failed[i]);
		has_failed |= mail->failed[i].kind.len > 0;
	}
	must(has_failed == text_equal(mail->kind, TEXT("bounce")));
	arena_free(&arena);
	return 0;
}
