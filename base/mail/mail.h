/* mail.h - an e-mail message as it is understood: its parts, what it says, who says it, and what kind of mail it is.
 *
 * RFC 5322 and MIME (RFC 2045 to 2049, 2231, 2047). GMime reads lists of addresses and dates; parts, encodings and
 * charsets are read by our own hands, because this GMime cannot be trusted there (parts.c, transfer.c). Everything here
 * came from a stranger: this code runs in guichetmail alone (base/mail_reader.h), never in a program that holds a
 * connection. All text is UTF-8 without NUL (mended where it was not), in the arena of the mail.
 *
 * message.c   the way: mail_read, then each of the below    parts.c     the tree of parts: part.h
 * headers.c   words.c, params.c, names.c: header.h            addresses.c who it is from and to: address.h
 * charset.c   declared, alias, UTF-8, guessed                 transfer.c  base64 and the like
 * body.c      what is shown, what is attached                 texts.c     flowed.c: parts as text
 * html.c      html_*.c: what of HTML is kept                  tnef.c      uuencode.c, invitation.c, sealed.c: inner.h
 * kind.c      ticket, bounce, auto, complaint ...             bounce*.c   whose mail has failed, and why
 * fold.c      what is quoted, and what is new                 forward.c   whose mail was forwarded
 * answer.c    all of it as JSON
 */
#ifndef BASE_MAIL_MAIL_H
#define BASE_MAIL_MAIL_H

#include <stdbool.h>
#include "base/arena.h"
#include "base/text.h"

/* Beyond these a mail is still read, but what is over is left out, with a note. */
enum {
	MAIL_HEADER_BYTES_MOST = 256 << 10, /* of all headers of a part together */
	MAIL_PARTS_MOST = 1000,
	MAIL_DEPTH_MOST = 32,
	MAIL_ADDRESSES_MOST = 500,          /* in a header */
	MAIL_TEXT_BYTES_MOST = 1 << 20,     /* of a part, and of the body */
	MAIL_ALL_TEXT_BYTES_MOST = 4 << 20, /* of all parts together */
	MAIL_HELD_BYTES_MOST = 8 << 20,     /* of all parts that are decoded in memory */
};

struct mail_address {
	struct text name;    /* decoded; may be empty */
	struct text address; /* local@domain: the domain in lower case; never empty */
};

struct mail_addresses {
	const struct mail_address *items;
	int count;
};

/* A header as it stands in a part, in its order. */
struct mail_header {
	struct text name;  /* as written */
	struct text raw;   /* unfolded; mended to UTF-8, not decoded */
	struct text value; /* encoded words decoded (RFC 2047), blanks at its ends cut */
};

struct mail_part {
	int parent; /* -1: the message itself */
	int depth;
	const struct mail_header *headers; /* of this part; of the message, all its headers */
	int header_count;
	struct text type;    /* lower case: "text/plain", "multipart/report"; of a lying or missing one, the default */
	struct text charset; /* as declared, or empty */
	struct text disposition; /* lower case: "attachment", "inline", or empty */
	struct text name;        /* of the file, decoded, without path, control and bidi characters; may be empty */
	struct text content_id;  /* without <>; may be empty */
	struct text encoding;    /* lower case: "base64", or empty */
	struct text content;     /* as it stands in the message, still in its transfer encoding */
	/* Decoded from its transfer encoding; of message/rfc822 the message. Of text and messages always there; of
	 * others absent when they are encoded (mail_part_write), and of multipart/... */
	struct text bytes;
	struct text text;      /* of text/...: bytes as UTF-8, line ends as \n; else absent */
	bool in_text, in_html; /* what the body is made of, as plain text and as HTML (RFC 8621 section 4.1.4) */
	bool is_attachment;    /* it is listed as one; otherwise it is shown, or holds others */
	bool is_inline;        /* shown by another part that names it by cid */
};

/* Whose mail has failed. */
struct mail_failed {
	struct text address;    /* may be empty: nobody is named */
	struct text action;     /* failed, delayed, delivered, relayed, expanded (RFC 3464) */
	struct text status;     /* 5.1.1 (RFC 3463), or empty */
	struct text reply_code; /* 550, or empty */
	struct text reason;     /* a word: userunknown, mailboxfull, ... (bounce_reason.c) */
	struct text kind;       /* "hard", "soft", or empty when it is no failure */
};

struct mail {
	struct arena *arena;
	struct text raw;
	struct text charset_hint;  /* what bytes are taken for that say nothing of their charset */
	struct text envelope_from; /* of the transaction; TEXT_NONE: not known, then Return-Path counts; empty: <> */

	size_t held_bytes, text_bytes; /* of all parts so far, which is bounded */

	const struct mail_part *parts; /* parts[0] is the message; a parent stands before its parts */
	int part_count;

	struct mail_address from; /* by From; or what sender_basis says; both members may be empty */
	struct text sender_basis; /* "from", "sender", "return-path", "none" */
	struct mail_addresses to, cc, reply_to;
	struct text subject, message_id; /* the id without <> */
	const struct text *references;   /* References, then what of In-Reply-To is not in it; without <> */
	int reference_count;
	struct text date; /* RFC 3339, UTC; empty: none that can be read */

	struct text text; /* the body as text; of an HTML mail made from it */
	struct text html; /* sanitised; empty: there is none. Pictures by cid: stay as cid:, others as data-src */
	struct text visible_text;              /* what is new */
	struct text folded_text;               /* the rest: quotes and signatures */
	struct text visible_html, folded_html; /* both empty when there is no html */

	struct text kind; /* "ticket", "bounce", "auto", "complaint", "delivery-report", "challenge" ... */
	struct text
	        auto_reason; /* why it must never be answered automatically: "auto-submitted", "list", ...; or empty */
	const struct mail_failed *failed;
	int failed_count;
	bool is_forward;
	struct mail_address forward_from;
	struct text forward_subject, forward_date, forward_text;
	struct mail_addresses forward_to, forward_cc;

	const struct text *notes; /* what was wrong with it, a sentence each */
	int note_count;
};

/* Reads a message whole. Never fails: what cannot be understood is in the notes. raw must outlive the mail. */
struct mail *mail_read(struct arena *arena, struct text raw, struct text envelope_from);
/* Adds a sentence to the notes; the hundredth is the last. */
void mail_note(struct mail *mail, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A header of the message: the first of its name (any case); TEXT_NONE: none. */
struct text mail_header(const struct mail *mail, const char *name);
/* Of a part. */
struct text mail_part_header(const struct mail_part *part, const char *name);
/* Gives the decoded bytes of a part piece by piece, however large it is. */
void mail_part_write(
        const struct mail_part *part, void (*write)(void *arg, const char *bytes, size_t count), void *arg);

/* --- what is made of the parts, by kind.c, fold.c and forward.c; each is called once by mail_read -------------------
 */
/* Sets kind, auto_reason and failed. */
void mail_kind(struct mail *mail);
/* Sets visible_ and folded_ from text and html. */
void mail_fold(struct mail *mail);
/* Sets forward_... from the subject, an attached message, or text. */
void mail_forward(struct mail *mail);

#endif
