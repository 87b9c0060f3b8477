/* outcome.c - see outcome.h. */
#include "workers/mail/outcome.h"

#include "base/arena.h"
#include "workers/batch.h"
#include "workers/outbox.h"

#define MAIL_OF_A_NOTE "ticket_undelivered" /* a note about such a mail would make the next one */
#define TWO_DAYS_US (2LL * 24 * 3600 * 1000000)

static bool is_about_us(int code)
{
	return code == 503 || code == 530 || code == 534 || code == 535 || code == 538;
}

static enum mail_outcome outcome_of(int code)
{
	return code >= 500 && code <= 599 && !is_about_us(code) ? MAIL_FAILED : MAIL_DEFERRED;
}

enum mail_outcome outcome_judge(int sender_code, int recipient_code, int transfer_code)
{
	if (recipient_code / 100 == 2 && transfer_code / 100 == 2)
		return MAIL_SENT;
	if (sender_code / 100 != 2)
		return MAIL_DEFERRED;
	return outcome_of(recipient_code / 100 == 2 ? transfer_code : recipient_code);
}

bool outcome_is_judged(int sender_code, int recipient_code, int transfer_code)
{
	int code = recipient_code / 100 == 2 ? transfer_code : recipient_code;

	return sender_code / 100 == 2 && code >= 400 && code != 421 && !is_about_us(code);
}

void outcome_expire(struct mail *mail, int64_t now_us)
{
	if (mail->outcome == MAIL_DEFERRED && mail->judged && mail->refused_us &&
	        now_us - mail->refused_us > TWO_DAYS_US)
		mail->outcome = MAIL_FAILED;
}

static struct text word_of(enum mail_outcome outcome)
{
	switch (outcome) {
	case MAIL_SENT:
		return TEXT("sent");
	case MAIL_FAILED:
		return TEXT("failed");
	default:
		return TEXT("deferred");
	}
}

struct text outcome_rows(const struct mail *mails, int count, struct arena *arena)
{
	struct rows rows;

	rows_init(&rows, arena);
	for (int i = 0; i < count; i++) {
		struct buffer *out;

		if (mails[i].recorded)
			continue;
		out = rows_begin(&rows);
		rows_uuid(out, "id", &mails[i].id);
		buffer_json_member_int(out, "attempts", mails[i].attempts);
		buffer_json_member(out, "outcome", word_of(mails[i].outcome));
		buffer_json_member_bool(out, "judged", mails[i].judged);
		buffer_json_member_bool(out, "begun", mails[i].begun);
		if (mails[i].content.data)
			buffer_json_member_bool(out, "down", mails[i].down);
		buffer_json_member_bool(out, "slow", mails[i].slow);
		buffer_json_member(out, "reply", mails[i].reply.data ? mails[i].reply : TEXT(""));
		buffer_json_member(out, "transcript", mails[i].transcript.data ? mails[i].transcript : TEXT(""));
		rows_end(&rows);
	}
	return rows_done(&rows);
}

/* In both languages, a line each: whoever reads the ticket, or is mailed of it (workers/notify/fields.c), finds his. */
static struct text words_of(const struct mail *mail, struct arena *arena)
{
	struct text subject = mail->subject.data ? mail->subject : mail->template;

	return text_of(arena_printf(arena,
	        "Le courriel « %.*s » à %.*s n'a pas pu être remis : %.*s\nThe mail \"%.*s\" to %.*s could not be "
	        "delivered: %.*s",
	        (int)subject.len, subject.data, (int)mail->recipient.len, mail->recipient.data, (int)mail->reply.len,
	        mail->reply.data, (int)subject.len, subject.data, (int)mail->recipient.len, mail->recipient.data,
	        (int)mail->reply.len, mail->reply.data));
}

static void write_note(struct rows *rows, const struct mail *mail, int64_t now_us, struct arena *arena)
{
	struct ticket_note note = { .ticket_id = mail->ticket_id,
		.comment_id = uuid_derive_at(now_us / 1000, "comment", &mail->id, 0),
		.content = words_of(mail, arena) };
	struct said said = { .id = uuid_derive_at(now_us / 1000, "note", &mail->id, 0), .now_us = now_us };
	struct buffer *out = rows_begin(rows);

	rows_uuid(out, "mail_id", &mail->id);
	outbox_command(out, &said, COMMAND_ticket_note, &note,
	        lane_queue(arena, "cmd.ticket.", uuid_last_digit(&mail->ticket_id)));
	rows_end(rows);
}

struct text outcome_notes(const struct mail *mails, int count, int64_t now_us, struct arena *arena)
{
	struct rows rows;

	rows_init(&rows, arena);
	for (int i = 0; i < count; i++)
		if (!mails[i].recorded && mails[i].outcome == MAIL_FAILED && !uuid_is_none(&mails[i].ticket_id) &&
		        !text_equal(mails[i].template, TEXT(MAIL_OF_A_NOTE)))
			write_note(&rows, &mails[i], now_us, arena);
	return rows_done(&rows);
}
