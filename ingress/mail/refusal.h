/* refusal.h - why mail was not taken, counted. */
#ifndef INGRESS_MAIL_REFUSAL_H
#define INGRESS_MAIL_REFUSAL_H

enum refusal {
	REFUSAL_PEER,      /* not on the list of peers, or too many connections */
	REFUSAL_PROTOCOL,  /* commands that cannot be read, or come out of order */
	REFUSAL_RECIPIENT, /* no mailbox of ours */
	REFUSAL_SIZE,
	REFUSAL_SMUGGLED, /* an end of line or message that others may read in another way */
	REFUSAL_DATABASE,
	REFUSAL_DISK,
	REFUSAL_BUSY,
	REFUSAL_COUNT
};

void refusal_count(enum refusal reason);

#endif
