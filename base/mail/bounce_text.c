/* bounce_text.c - whose mail has failed, from a note in words.
 *
 * X-Failed-Recipients (Exim) and lines like those of a delivery status say it. Else it is the addresses of the note
 * that the mail that came back was sent to; else all that the note names but its reader and its writer; else the only
 * recipient of what came back.
 */
#include "base/mail/bounce.h"

#include <string.h>
#include "base/mail/header.h"
#include "base/mail/people.h"

enum { CANDIDATES_MOST = 100 };

struct candidates {
	struct text items[CANDIDATES_MOST];
	int count;
};

static bool has(const struct candidates *candidates, struct text address)
{
	for (int i = 0; i < candidates->count; i++)
		if (text_equal_nocase(candidates->items[i], address))
			return true;
	return false;
}

static void add(struct candidates *candidates, struct text address)
{
	if (address.len && candidates->count < CANDIDATES_MOST && !has(candidates, address))
		candidates->items[candidates->count++] = address;
}

static void add_all(struct arena *arena, struct candidates *candidates, struct text value)
{
	struct mail_addresses people = people_read(arena, value);

	for (int i = 0; i < people.count; i++)
		add(candidates, people.items[i].address);
}

/* A line of the note that names a recipient, as a field of a delivery status would, whatever part it stands in. */
static bool is_recipient_field(struct text lower)
{
	static const char *const fields[] = { "final-recipient:", "original-recipient:", "failed recipient:",
		"failed recipients:", "recipient:", "to address:", "unknown user:",
		"user mailbox exceeds allowed size:", "invalid final delivery userid:", "undeliverable to:",
		"undeliverable to ", NULL };

	for (int i = 0; fields[i]; i++)
		if (line_begins(lower, fields[i]))
			return true;
	return false;
}

/* "550 <user@example.org>... User unknown": a reply that begins with its code and names whom it is about (Sendmail). */
static bool is_reply_line(struct text lower)
{
	struct text code;

	while (lower.len && (lower.data[0] == '<' || lower.data[0] == ' '))
		lower = line_rest(lower, 1);
	code = bounce_find_code(lower);
	return code.len && code.data == lower.data && line_has(lower, "...");
}

/* Names of mails look like addresses, and those one is told to write to for help are no recipients: by what stands
 * right before the address, and by its own first letters. */
static bool is_aside(struct text before, struct text address)
{
	static const char *const words[] = { "message-id", "message id", "mailto:", "contact", "write", "report",
		"for help", "assistance", "questions", "originator", "sender", "from", "return-path", "reply-to",
		"forward", "dear ", "sorry", "hello", "id:", NULL };
	static const char *const helpers[] = { "postmaster", "abuse", "mailer-daemon", "support@", "helpdesk@", NULL };
	size_t most = 26;

	for (int i = 0; helpers[i]; i++)
		if (line_begins(address, helpers[i]))
			return true;
	if (before.len > most)
		before = line_rest(before, before.len - most);
	return line_has_any(before, words) >= 0 && !line_has(before, "generated from") &&
	       !line_has(before, "expanded from");
}

/* "dda:SMTP=user@example.org" (X.400). */
static struct text without_type(struct text address)
{
	return address.len > 5 && text_equal_nocase((struct text){ address.data, 5 }, TEXT("smtp="))
	               ? line_rest(address, 5)
	               : address;
}

/* The addresses of a line, but asides. */
static void add_named(struct arena *arena, struct candidates *named, const struct lines *note, int at)
{
	struct text lower = line_lowered(arena, note->items[at].said);
	struct mail_addresses people = people_read(arena, note->items[at].said);

	for (int i = 0; i < people.count; i++) {
		struct text address = line_lowered(arena, people.items[i].address);
		long found = line_find(lower, address);

		if (found >= 0 && !is_aside((struct text){ lower.data, (size_t)found }, address))
			add(named, without_type(people.items[i].address));
	}
}

/* Who gets the notice, who sent it, and who wrote what came back. */
static void gather_others(const struct bounce *bounce, struct candidates *others)
{
	const struct mail *mail = bounce->mail;

	add(others, mail->from.address);
	for (int i = 0; i < mail->to.count; i++)
		add(others, mail->to.items[i].address);
	for (int i = 0; i < mail->cc.count; i++)
		add(others, mail->cc.items[i].address);
}

static void read_returned(const struct bounce *bounce, struct candidates *sent_to, struct candidates *others)
{
	struct arena *arena = bounce->mail->arena;
	struct header_block block = header_block_read(arena, bounce->returned, bounce->mail->charset_hint);

	for (int i = 0; i < block.count; i++) {
		struct text name = block.items[i].name, raw = block.items[i].raw;

		if (text_equal_nocase(name, TEXT("To")) || text_equal_nocase(name, TEXT("Cc")) ||
		        text_equal_nocase(name, TEXT("Bcc")))
			add_all(arena, sent_to, raw);
		else if (text_equal_nocase(name, TEXT("From")) || text_equal_nocase(name, TEXT("Sender")) ||
		         text_equal_nocase(name, TEXT("Reply-To")) || text_equal_nocase(name, TEXT("Return-Path")))
			add_all(arena, others, raw);
	}
}

/* The line after which the recipients are listed: "... the following recipient(s):". */
static int list_start(const struct bounce *bounce)
{
	static const char *const words[] = { "following recipient", "following address", "following destination",
		"addresses follow", "addresses failed", "recipients failed", "did not reach", "could not be reached",
		"recipient(s) could not", "following users", "following list of recipients", "address(es) failed",
		NULL };

	for (int i = 0; i < bounce->note.count; i++)
		if (line_has_any(line_lower(&bounce->note, i), words) >= 0)
			return i;
	return 0;
}

static void gather_fields(const struct bounce *bounce, struct candidates *fields)
{
	for (int i = 0; i < bounce->note.count; i++) {
		struct text lower = line_lower(&bounce->note, i);

		if (line_has(lower, "@") &&
		        (is_recipient_field(lower) || is_reply_line(lower) || line_has(lower, "rcpt to:<")))
			add_all(bounce->mail->arena, fields, bounce->note.items[i].said);
	}
}

static void gather_named(const struct bounce *bounce, struct candidates *named)
{
	int start = list_start(bounce);

	for (int i = start; i < bounce->note.count; i++)
		if (line_has(bounce->note.items[i].said, "@"))
			add_named(bounce->mail->arena, named, &bounce->note, i);
	for (int i = 0; i < start && !named->count; i++)
		add_named(bounce->mail->arena, named, &bounce->note, i);
}

static int keep(struct bounce *bounce, const struct candidates *from, const struct candidates *only,
        const struct candidates *without)
{
	for (int i = 0; i < from->count; i++)
		if ((!only || has(only, from->items[i])) && (!without || !has(without, from->items[i])))
			bounce_add(bounce, from->items[i]);
	return bounce->count;
}

/* A name alone on its line, below one that ends with a colon: somebody at the domain that writes (AOL, local mail). */
static void gather_local(const struct bounce *bounce, struct candidates *local)
{
	struct text from = bounce->mail->from.address;
	long at = line_find(from, TEXT("@"));
	bool is_due = false;

	for (int i = 0; at >= 0 && i < bounce->note.count; i++) {
		struct text said = bounce->note.items[i].said;
		size_t len = 0;

		if (!said.len)
			continue;
		while (len < said.len && people_is_local(said.data[len]) && (unsigned char)said.data[len] < 0x80)
			len++;
		if (is_due && len == said.len)
			add(local, text_of(arena_printf(bounce->mail->arena, "%.*s%.*s", (int)said.len, said.data,
			                   (int)(from.len - (size_t)at), from.data + at)));
		is_due = line_ends(said, ":") || (is_due && len == said.len);
	}
}

static int choose(struct bounce *bounce)
{
	struct candidates *named = ARENA_NEW(bounce->mail->arena, struct candidates);
	struct candidates *fields = ARENA_NEW(bounce->mail->arena, struct candidates);
	struct candidates *others = ARENA_NEW(bounce->mail->arena, struct candidates);
	struct candidates *sent_to = ARENA_NEW(bounce->mail->arena, struct candidates);

	add_all(bounce->mail->arena, fields, mail_header(bounce->mail, "X-Failed-Recipients"));
	if (keep(bounce, fields, NULL, NULL))
		return bounce->count;
	gather_others(bounce, others);
	read_returned(bounce, sent_to, others);
	gather_fields(bounce, fields);
	gather_named(bounce, named);
	if (keep(bounce, fields, NULL, others) || keep(bounce, named, sent_to, NULL) ||
	        keep(bounce, named, NULL, others))
		return bounce->count;
	if (sent_to->count == 1)
		return keep(bounce, sent_to, NULL, NULL);
	gather_local(bounce, named);
	return keep(bounce, named, NULL, others);
}

bool bounce_from_note(struct bounce *bounce)
{
	bool is_delay = bounce_note_is_delay(bounce);

	if (!bounce->count && !choose(bounce))
		bounce_add(bounce, TEXT(""));
	for (int i = 0; i < bounce->count; i++)
		bounce->rows[i].action = is_delay ? TEXT("delayed") : TEXT("failed");
	bounce_judge(bounce);
	return bounce->count && bounce->rows[0].address.len;
}
