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
	MAIL_FAILED,   /* never: 5xx, or five days have passed since the first refusal */
};

struct mail {
	/* of the row */
	struct uuid id, ticket_id; /* ticket_id: none when it is about no ticket */
	struct uuid first_id;      /* the first mail that this person had about the ticket; none: this is it */
	struct text template, language, recipient, fields;
	int attempts; /* this one included */
	int64_t created_us;
	int64_t refused_us; /* first answer against it, 0: none yet */

	struct text subject, content; /* the message, RFC 5322 with CRLF, NUL-terminated; none: not to be sent */
	enum mail_outcome outcome;
	bool judged;       /* the answer is about this very mail */
	struct text reply; /* of the server, or our own reason; one line of valid UTF-8 */
	bool recorded;     /* both are in its row */
};

/* Who the mail is from. */
struct mail_sender {
	const char *address;
	const char *domain;     /* of the address: Message-IDs are made of it */
	const char *public_url; /* of the desk as its people see it: where tickets can be read; "": nowhere */
};

#endif
