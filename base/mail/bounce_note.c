/* bounce_note.c - what the note of a mail program is about, and which of its lines speak of an address. */
#include "base/mail/bounce.h"

#include <string.h>
#include "base/mail/people.h"

enum { NEAR_LINES_MOST = 12, NEAR_BYTES_MOST = 4096, ROWS_FEW = 30 };

/* Words of mail programs. */
static const char *const sure_words[] = { "could not be delivered", "couldn't be delivered", "cannot be delivered",
	"can't be delivered", "not be delivered", "unable to deliver", "was not delivered", "wasn't delivered",
	"undeliver", "delivery failed", "delivery failure", "delivery has failed", "failed permanently",
	"permanent fatal error", "failed recipient", "failed addresses", "delivery to the following", "did not reach",
	"returned to sender", "returning your message", "message returned", "returned mail", "not able to deliver",
	"could not deliver", "couldn't deliver", "can't deliver", "cannot deliver", "delevery to", "unable to relay",
	"user unknown", "mailbox unavailable", "recipient unknown", "non-delivery", "nondelivery", "unroutable",
	"unrouteable", "<<< 5", "non remis", "mancato recapito", "niet worden bezorgd", "не может быть", "не доставлен",
	"nebyla doručena", "配信でき", "配信不能", "送信でき", "届かな", "退信", "投递失败", "전달되지",
	"able to deliver your", "able to deliver the following", "trouble delivering your message",
	"there was an error delivering your mail", "error occurred while attempting to deliver",
	"not be able to deliver", "rejected recipient", "no valid recipients were found", "has been postponed",
	"transcript of session", NULL };

/* Words that people use, too. */
static const char *const weak_words[] = { "not delivered", "permanent error", "permanent failure", "fatal error",
	"delivery error", "failed to deliver", "could not be reached", "unable to send", "could not send",
	"couldn't send", "unsuccessful", "unknown user", "no such user", "mailbox full", "mailbox is full",
	"over quota", "does not exist", "doesn't exist", "rejected", "had errors", "with errors", "has been blocked",
	"was blocked", "been rejected", "giving up", "given up", "bounce", "couldn't find", "not found", "550 ", "554 ",
	"553 ", "552 ", "not valid", "invalid", "problem delivering", "problems delivering", "was refused",
	"has been refused", "unknown", "failed", "n'a pas pu être", "n'a pu être", "impossible de", "échec",
	"nicht zugestellt", "unzustellbar", "konnte nicht", "fehlgeschlagen", "no se pudo", "no pudo", "no ha podido",
	"non è stato possibile", "impossibile", "não pôde", "não foi possível", "falha", "kon niet", "kunde inte",
	"kunne ikke", "nie można", "nie została", "nie może", "не удалось", "nelze", "kézbesít", "nu a putut",
	"teslim edil", "届け", "無法", "无法", "배달", NULL };

static const char *const delay_words[] = { "has not yet been delivered", "has been postponed",
	"delivery attempts will continue", "will continue to try", "not yet been delivered", "will continue to",
	"will keep trying", "still trying", "warning: could not send", "warning: message", "delivery delayed",
	"been delayed", "is delayed", "delayed mail", "delivery delay", "you do not need to resend",
	"you don't need to resend", "do not need to resend", "no action is required", "will be retried", "will retry",
	"delivery attempts will continue", "message is queued", "wird weiterhin", "tentatives de remise",
	"vorübergehend", NULL };

struct text bounce_note_lower(const struct bounce *bounce)
{
	struct buffer b;

	buffer_init(&b, bounce->note.arena, 2048);
	for (int i = 0; i < bounce->note.count; i++) {
		if (line_is_blank(&bounce->note.items[i]))
			continue;
		buffer_text(&b, bounce->note.items[i].lower);
		buffer_string(&b, " ");
	}
	return buffer_view(&b);
}

bool bounce_note_is_failure(const struct bounce *bounce)
{
	return bounce_note_is_surely_failure(bounce) || line_has_any(bounce_note_lower(bounce), weak_words) >= 0;
}

bool bounce_note_is_surely_failure(const struct bounce *bounce)
{
	return line_has_any(bounce_note_lower(bounce), sure_words) >= 0;
}

bool bounce_note_is_delay(const struct bounce *bounce)
{
	return line_has_any(bounce_note_lower(bounce), delay_words) >= 0;
}

static bool names(struct text lower, struct text address)
{
	return lower.len && address.len && line_find(lower, address) >= 0;
}

/* The line is about another of those who are named; where they are many, about anybody else. */
static bool names_another(const struct bounce *bounce, struct text lower, int row)
{
	if (!line_has(lower, "@"))
		return false;
	if (bounce->count > ROWS_FEW)
		return true;
	for (int i = 0; i < bounce->count; i++)
		if (i != row && names(lower, bounce->lower[i]))
			return true;
	return false;
}

struct text bounce_note_near(const struct bounce *bounce, int row)
{
	const struct lines *note = &bounce->note;
	struct buffer b;
	int left = 0;

	buffer_init(&b, note->arena, 512);
	for (int i = 0; i < note->count && b.len < NEAR_BYTES_MOST; i++) {
		struct text lower = note->items[i].lower;

		if (names(lower, bounce->lower[row]))
			left = NEAR_LINES_MOST;
		else if (left && names_another(bounce, lower, row))
			left = 0;
		if (!left || !lower.len)
			continue;
		buffer_text(&b, lower);
		buffer_string(&b, " ");
		left--;
	}
	return buffer_view(&b);
}

bool bounce_note_has_bare_address(const struct bounce *bounce)
{
	for (int i = 0; i < bounce->note.count; i++) {
		struct text said = bounce->note.items[i].said;
		struct text address = line_has(said, "@") ? people_first(bounce->note.arena, said).address : TEXT("");

		if (address.len && said.len <= address.len + 4)
			return true;
	}
	return false;
}
