/* session.h - a conversation by LMTP (RFC 2033) or SMTP (RFC 5321): which command may follow which, and what is
 * answered.
 *
 * Pure: it reads command lines and writes replies. SIZE (RFC 1870), PIPELINING (RFC 2920), ENHANCEDSTATUSCODES (RFC
 * 2034), 8BITMIME (RFC 6152), SMTPUTF8 (RFC 6531), STARTTLS (RFC 3207). The two protocols differ in their greeting, and
 * in that LMTP answers a message once for each recipient.
 */
#ifndef INGRESS_MAIL_SESSION_H
#define INGRESS_MAIL_SESSION_H

#include "base/arena.h"
#include "base/text.h"

enum { SESSION_RECIPIENTS_MOST = 100, SESSION_ERRORS_MOST = 20 };

enum session_step {
	SESSION_GOES_ON,
	SESSION_MESSAGE, /* the bytes of a message follow; session_verdict() answers it */
	SESSION_SECURES, /* a TLS handshake follows; then session_secured() */
	SESSION_ENDS,    /* the last reply is written */
};

/* UNKNOWN: it cannot be said yet. */
enum session_mailbox { MAILBOX_OURS, MAILBOX_NOT_OURS, MAILBOX_UNKNOWN };

/* What becomes of a message. */
enum session_verdict {
	VERDICT_TAKEN,
	VERDICT_NO_DATABASE,
	VERDICT_DISK_FULL,
	VERDICT_NO_DISK,
	VERDICT_BUSY,
	VERDICT_TOO_LARGE,
	VERDICT_SMUGGLED, /* an end of line or message that others may read in another way */
};

/* The same for all conversations. */
struct session_terms {
	const char *host; /* what we call ourselves */
	int64_t message_most;
	enum session_mailbox (*mailbox)(struct text address);
	enum session_verdict (*obstacle)(void); /* why no message can be taken now; VERDICT_TAKEN: none */
};

struct session {
	const struct session_terms *terms;
	bool lmtp, offers_tls, secured, greeted;
	int errors;
	/* From MAIL to the message's end; NULL: not within. */
	struct arena *arena;
	struct text sender;
	struct text *recipients;
	int count;
	bool utf8;
};

/* The first reply, before the first command. */
void session_greet(struct session *session, struct buffer *out);
enum session_step session_command(struct session *session, struct text line, struct buffer *out);
/* A command longer than it may be. */
enum session_step session_long_command(struct session *session, struct buffer *out);
/* Answers the message, whose transaction ends. */
void session_verdict(struct session *session, enum session_verdict verdict, struct buffer *out);
/* TLS has begun: what was said before is forgotten. */
void session_secured(struct session *session);
/* The last words to who goes on too long, or must come back later. */
void session_farewell(const struct session *session, const char *reply, struct buffer *out);
/* Gives back what a transaction holds. */
void session_forget(struct session *session);

#endif
