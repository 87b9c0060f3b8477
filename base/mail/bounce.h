/* bounce.h - whose mail has failed, and why.
 *
 * Two sources: delivery status notifications (RFC 3464, RFC 6533), which say it field by field, and the notes of the
 * many programs that write only text. Both end in the same rows (struct mail_failed), whose reason is a word:
 *
 *   the address is dead       userunknown hostunknown hasmoved suspend notaccept
 *   it is full                mailboxfull
 *   we are not wanted         blocked rejected filtered authfailure badreputation policyviolation requireptr
 * securityerror spamdetected virusdetected norelaying speeding toomanyconn failedstarttls the mail is not liked
 * mesgtoobig exceedlimit contenterror syntaxerror notcompliantrfc it may go another day     expired networkerror
 * systemerror systemfull mailererror onhold undefined no failure                delivered feedback vacation
 */
#ifndef BASE_MAIL_BOUNCE_H
#define BASE_MAIL_BOUNCE_H

#include "base/mail/line.h"
#include "base/mail/mail.h"

enum {
	BOUNCE_FAILED_MOST = 200,
	BOUNCE_TEXT_BYTES_MOST = 64 << 10, /* of a note: what is further down is the mail that came back */
};

/* A mail that may tell of a failure, while it is read. */
struct bounce {
	struct mail *mail;
	struct mail_failed *rows;
	struct text *said;  /* of each row, what the other side said */
	struct text *lower; /* of each row, its address in lower case */
	int count;
	struct lines note;    /* what the mail says in words, also in lower case, without the mail that came back */
	struct text returned; /* the mail that came back, or its headers; may be empty */
};

/* Reads note and returned. */
void bounce_open(struct bounce *bounce, struct mail *mail);
/* A row more, its texts empty, or NULL when there are BOUNCE_FAILED_MOST. One that has the address already is given. */
struct mail_failed *bounce_add(struct bounce *bounce, struct text address);
/* What the other side said of the row's address, in lower case; the last counts. */
void bounce_say(struct bounce *bounce, const struct mail_failed *row, struct text said);
/* When all rows are there: fills in status, reply_code, reason and kind, from what was said and from the note. */
void bounce_judge(struct bounce *bounce);

/* bounce_dsn.c: rows from every delivery status in the mail. False: it has none. */
bool bounce_from_status(struct bounce *bounce);
/* bounce_text.c: rows from the note, or from the mail that came back. False: nobody is named. */
bool bounce_from_note(struct bounce *bounce);
/* bounce_json.c: rows from the notification of a mailing service. False: it is none. */
bool bounce_from_json(struct bounce *bounce, bool *out_complaint);
/* bounce_note.c: what the note is about. */
bool bounce_note_is_failure(const struct bounce *bounce);
/* It says so in words that nobody uses for parcels. */
bool bounce_note_is_surely_failure(const struct bounce *bounce);
/* A line of it is an address and nothing else. */
bool bounce_note_has_bare_address(const struct bounce *bounce);
bool bounce_note_is_delay(const struct bounce *bounce);
/* The lines of the note that speak of a row's address, in lower case; empty: none. */
struct text bounce_note_near(const struct bounce *bounce, int row);
/* All of it, in lower case. */
struct text bounce_note_lower(const struct bounce *bounce);

/* --- bounce_reason.c -------------------------------------------------------------------------------------------- */
/* One of the words above, from words; said in lower case with single blanks. Empty: nothing is recognised. */
struct text bounce_reason_of_words(struct text said);
/* From the codes alone; never empty. */
struct text bounce_reason_of_codes(struct text status, struct text code);
/* "hard" when the address is dead, else "soft". */
struct text bounce_kind(struct text reason, struct text status);
/* The first enhanced status (RFC 3463) and reply code (RFC 5321) in a text; empty: none. */
struct text bounce_find_status(struct text said);
struct text bounce_find_code(struct text said);

#endif
