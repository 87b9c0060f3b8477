/* mail.h - one mail in the hands of a sender, and what came of it. */
#ifndef WORKERS_MAIL_MAIL_H
#define WORKERS_MAIL_MAIL_H

#include <stdbool.h>
#include <stdint.h>
#include "base/text.h"
#include "base/uuid.h"

#define MAIL_SESSION 20 /* mails sent over one connection */

enum mail_outcome {
	MAIL_DEFERRED, /* later: the server said 4xx, or nobody knows */
	MAIL_SENT,     /* the server answered 2xx to the message and its recipient */
	MAIL_FAILED,   /* never: 5xx, or two days have passed since the first refusal */
};

struct attachment;

struct mail {
	/* of the row */
	struct uuid id, ticket_id; /* ticket_id: none when it is about no ticket */
	struct uuid recipient_id;  /* none: no account */
	struct uuid first_id;      /* the first mail that this person had about the ticket; none: this is it */
	struct text template, language, recipient, fields;
	struct text from;      /* the address it comes from; "": the desk's own */
	struct text from_name; /* of that mailbox, and below what is said its signature; "": none of its own */
	struct text signature;
	struct text theirs;      /* the id of the last mail that came from the recipient about the ticket; "": none */
	struct text suppressed;  /* why nothing is sent to the recipient; "": it is */
	struct text unsubscribe; /* the topic that one click turns off; "": none */
	int attempts;            /* this one included */
	int64_t created_us;
	int64_t refused_us; /* first answer against it, 0: none yet */

	const struct wording *wording; /* the texts as they are edited; NULL: as they are built in */
	struct text said;              /* JSON: the last public comments of its ticket; none: there are none */

	struct attachment *attachments; /* attachment.h */
	int attachment_count;

	struct text token; /* of the link in it, drawn for this attempt and kept nowhere else; none: it has none */
	bool needs_token;

	struct text subject, content;     /* the message, RFC 5322 with CRLF, NUL-terminated; none: not to be sent */
	struct text return_path, forward; /* of the envelope, plain */
	enum mail_outcome outcome;
	bool judged;            /* the answer is about this very mail */
	bool begun;             /* it was in the middle of it: the server was busy with this mail when it stopped */
	bool down;              /* there was no session in which it could be sent */
	bool slow;              /* its recipient kept the session waiting */
	struct text reply;      /* of the server, or our own reason; one line of valid UTF-8 */
	struct text transcript; /* of the attempt; none: there was no session */
	bool recorded;          /* all of it is in its row */
	struct span *span;      /* from the claim to that; NULL: nobody keeps it */
};

/* Who the mail is from. */
struct mail_sender {
	const char *address;
	const char *name;       /* shown before the address; "": nothing is */
	const char *domain;     /* of the address: Message-IDs are made of it */
	const char *public_url; /* of the desk as its people see it: where tickets can be read; "": nowhere */
};

#endif
