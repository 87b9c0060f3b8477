/* bounce.c - see bounce.h: what a note and what came back is, and a row when all is known about it. */
#include "base/mail/bounce.h"

#include <string.h>
#include "base/mail/people.h"

enum { RETURNED_LOOK_AHEAD = 30, RETURNED_BYTES_MOST = 256 << 10 };

static bool is_type(const struct mail_part *part, const char *type)
{
	return text_equal(part->type, text_of(type));
}

static struct text returned_part(const struct mail *mail)
{
	for (int i = 1; i < mail->part_count; i++) {
		const struct mail_part *part = &mail->parts[i];

		if (is_type(part, "message/rfc822") || is_type(part, "message/global"))
			return part->bytes;
		if (is_type(part, "text/rfc822-headers") || is_type(part, "message/rfc822-headers") ||
		        is_type(part, "message/global-headers"))
			return part->text.data ? part->text : part->bytes;
	}
	return TEXT("");
}

/* "Name: value" at the start of the line, with one of the names. */
static bool is_header(const struct line *line, const char *const *names)
{
	char lower[24];
	size_t colon = 0;

	while (colon < line->whole.len && colon < sizeof lower && line->whole.data[colon] != ':')
		colon++;
	if (colon == line->whole.len || colon == sizeof lower)
		return false;
	line_lower_into((struct text){ line->whole.data, colon }, lower);
	for (int i = 0; names[i]; i++)
		if (text_equal((struct text){ lower, colon }, text_of(names[i])))
			return true;
	return false;
}

/* Here the headers of the mail that came back begin: names that only a mail's head has are among the next lines. */
static bool is_returned_head(const struct lines *lines, int at)
{
	static const char *const any[] = { "received", "return-path", "message-id", "from", "to", "date", "subject",
		"mime-version", "content-type", "reply-to", "delivered-to", "dkim-signature", "x-mailer", "x-sender",
		NULL };
	static const char *const sure[] = { "received", "return-path", "message-id", "mime-version", "dkim-signature",
		NULL };
	int seen = 0;

	if (!is_header(&lines->items[at], any))
		return false;
	for (int i = at; i < lines->count && i < at + RETURNED_LOOK_AHEAD && !line_is_blank(&lines->items[i]); i++) {
		seen += is_header(&lines->items[i], any);
		if (seen >= 2 && is_header(&lines->items[i], sure))
			return true;
	}
	return seen >= 2 && is_header(&lines->items[at], sure);
}

/* "--- Below this line is a copy of the message." and the like: the note ends here. */
static bool is_returned_mark(const struct lines *lines, int at)
{
	static const char *const marks[] = { "below this line is a copy", "this is a copy of the message",
		"original message follows", "unsent message follows", "unsent message below",
		"header of the original message", "message text follows", "--- original message",
		"--- returned message", "message headers follow", "original message attached", "message header follows",
		"copy of the original message below", "----- original message", NULL };

	return line_has_any(line_lower(lines, at), marks) >= 0;
}

static struct text joined_rest(const struct lines *lines, int from)
{
	struct buffer b;

	buffer_init(&b, lines->arena, 1024);
	for (int i = from; i < lines->count && b.len < RETURNED_BYTES_MOST; i++) {
		buffer_text(&b, lines->items[i].whole);
		buffer_string(&b, "\n");
	}
	return buffer_view(&b);
}

void bounce_open(struct bounce *bounce, struct mail *mail)
{
	struct text text = mail->text;
	int end = 0, first;

	*bounce = (struct bounce){ .mail = mail, .returned = returned_part(mail) };
	if (text.len > BOUNCE_TEXT_BYTES_MOST)
		text.len = BOUNCE_TEXT_BYTES_MOST;
	bounce->note = line_split(mail->arena, text);
	/* A note of one line may hold the mark in it. */
	first = line_after_blanks(&bounce->note, 0);
	while (end < bounce->note.count && !is_returned_head(&bounce->note, end) &&
	        !(end > first && is_returned_mark(&bounce->note, end)))
		end++;
	if (end < bounce->note.count && !bounce->returned.len) {
		int head = end;

		while (head < bounce->note.count && !is_returned_head(&bounce->note, head))
			head++;
		bounce->returned = joined_rest(&bounce->note, head);
	}
	bounce->note.count = end;
	for (int i = 0; i < end; i++)
		bounce->note.items[i].lower = line_lowered(mail->arena, bounce->note.items[i].said);
}

struct mail_failed *bounce_add(struct bounce *bounce, struct text address)
{
	struct mail_failed *row;

	for (int i = 0; address.len && i < bounce->count; i++)
		if (text_equal_nocase(bounce->rows[i].address, address))
			return &bounce->rows[i];
	if (bounce->count == BOUNCE_FAILED_MOST)
		return NULL;
	if (!bounce->rows)
		bounce->rows = ARENA_ARRAY(bounce->mail->arena, struct mail_failed, BOUNCE_FAILED_MOST);
	if (!bounce->said) {
		bounce->said = ARENA_ARRAY(bounce->mail->arena, struct text, BOUNCE_FAILED_MOST);
		bounce->lower = ARENA_ARRAY(bounce->mail->arena, struct text, BOUNCE_FAILED_MOST);
	}
	bounce->lower[bounce->count] = line_lowered(bounce->mail->arena, address);
	row = &bounce->rows[bounce->count++];
	*row = (struct mail_failed){ address, TEXT(""), TEXT(""), TEXT(""), TEXT(""), TEXT("") };
	bounce->mail->failed = bounce->rows;
	bounce->mail->failed_count = bounce->count;
	return row;
}

/* "5.0.0" says no more than "5". */
static bool is_vague(struct text status)
{
	return !status.len || line_ends(status, ".0.0");
}

static struct text first_of(struct text a, struct text b)
{
	return a.len ? a : b;
}

/* Words only: addresses, and the codes that a reply of several lines repeats, would be taken for what they are not. */
static struct text words_of(struct arena *arena, struct text t)
{
	struct buffer b;
	size_t at = 0;

	buffer_init(&b, arena, t.len + 1);
	while (at < t.len) {
		size_t end = at;
		struct text word, code;

		while (end < t.len && t.data[end] != ' ' && t.data[end] != '\t')
			end++;
		word = (struct text){ t.data + at, end - at };
		code = bounce_find_code(word);
		at = end + 1;
		if (!word.len || line_has(word, "@") || (code.len && code.data == word.data) ||
		        bounce_find_status(word).len)
			continue;
		buffer_text(&b, word);
		buffer_string(&b, " ");
	}
	return buffer_view(&b);
}

/* With few words to go by, all the note says is about the one address it names. */
static struct text reason_of(const struct bounce *bounce, struct text said, struct text near)
{
	struct arena *arena = bounce->mail->arena;
	struct text reason = bounce_reason_of_words(words_of(arena, said));

	if (!reason.len)
		reason = bounce_reason_of_words(words_of(arena, near));
	return reason;
}

/* Where in the exchange the other side said no, when we are told. */
enum stage { STAGE_UNKNOWN, STAGE_CONNECT, STAGE_MAIL, STAGE_RCPT, STAGE_DATA };

static enum stage stage_of(struct text t)
{
	static const char *const connect[] = { "initial connection", "after helo", "after ehlo", "to helo", "to ehlo",
		"refused to talk", "my name was rejected", NULL };
	static const char *const from[] = { "after mail from", "to mail from", "to mail command", ">>> mail from",
		"in response to mail", NULL };
	static const char *const data[] = { "end of data", "data command", "end of message", "after end of",
		"sending data", ">>> data", "text command", "after i sent the message", NULL };

	static const char *const asked[] = { "not like recipient", "address not found", "address couldn't be found",
		"rejected recipient", NULL };

	if (line_has_any(t, connect) >= 0)
		return STAGE_CONNECT;
	if (line_has_any(t, data) >= 0)
		return STAGE_DATA;
	if (line_has(t, "rcpt") || line_has_any(t, asked) >= 0)
		return STAGE_RCPT;
	return line_has_any(t, from) >= 0 ? STAGE_MAIL : STAGE_UNKNOWN;
}

static bool is_one_of(struct text reason, const char *a, const char *b)
{
	return text_equal(reason, text_of(a)) || text_equal(reason, text_of(b));
}

/* Who is not found depends on whom was asked for. Before RCPT it is us, and what is said after the mail was seen is the
 * word of a filter. "User unknown" counts as such when RCPT was answered, or the status says that the address is wrong;
 * from who knows when, it counts as a filter's, which is soft. */
static struct text reason_at(enum stage stage, const struct mail_failed *row)
{
	bool is_address = row->status.len > 3 && row->status.data[2] == '1' && row->status.data[3] == '.';
	bool is_unknown = text_equal(row->reason, TEXT("userunknown"));

	if (stage == STAGE_CONNECT && (is_one_of(row->reason, "hostunknown", "mailboxfull") ||
	                                      is_one_of(row->reason, "systemerror", "onhold")))
		return TEXT("blocked");
	if (line_ends(row->status, ".1.1") && text_equal(row->reason, TEXT("suspend")))
		return TEXT("userunknown");
	if (stage == STAGE_MAIL && (is_unknown || is_one_of(row->reason, "hostunknown", "onhold")))
		return TEXT("rejected");
	if (is_unknown && !is_address && (stage == STAGE_DATA || (stage == STAGE_UNKNOWN && row->reply_code.len)))
		return line_ends(row->status, ".2.1") ? TEXT("suspend") : TEXT("filtered");
	return row->reason;
}

void bounce_say(struct bounce *bounce, const struct mail_failed *row, struct text said)
{
	bounce->said[row - bounce->rows] = said;
}

static void judge(struct bounce *bounce, int at, struct text said)
{
	struct mail_failed *row = &bounce->rows[at];
	struct text near = bounce_note_near(bounce, at), found;
	enum stage stage;

	if (bounce->count <= 1 && !bounce_reason_of_words(words_of(bounce->mail->arena, near)).len)
		near = bounce_note_lower(bounce);
	/* The server's own words before those of the program that reports them. */
	found = bounce_find_status(said);
	if (!found.len && is_vague(row->status))
		found = bounce_find_status(near);
	if (found.len)
		row->status = found;
	if (!row->reply_code.len)
		row->reply_code = first_of(bounce_find_code(said), bounce_find_code(near));
	row->reason = reason_of(bounce, said, near);
	if (!row->reason.len)
		row->reason = bounce_reason_of_codes(row->status, row->reply_code);
	stage = stage_of(said);
	row->reason = reason_at(stage != STAGE_UNKNOWN ? stage : stage_of(near), row);
}

void bounce_judge(struct bounce *bounce)
{
	for (int i = 0; i < bounce->count; i++) {
		struct mail_failed *row = &bounce->rows[i];
		struct text said = bounce->said[i].data ? bounce->said[i] : TEXT("");

		if (text_equal(row->action, TEXT("failed"))) {
			judge(bounce, i, said);
			row->kind = bounce_kind(row->reason, row->status);
		} else if (text_equal(row->action, TEXT("delayed"))) {
			judge(bounce, i, said);
			if (text_equal(row->reason, TEXT("onhold")))
				row->reason = TEXT("expired");
		} else {
			row->reply_code = bounce_find_code(said);
			row->reason = TEXT("delivered");
		}
	}
}
