/* inbound.h - a message that is taken in, on its way into the ledger: the one shape that every door gives it. */
#ifndef QUEUES_INBOUND_H
#define QUEUES_INBOUND_H

#include "base/settings.h"
#include "base/uuid.h"

/* MAIL_MAX_BYTES, a row that a table of settings is made of: of those who take mail. */
extern int64_t inbound_bytes_most;
#define INBOUND_BYTES_ROW                                                                                              \
	{                                                                                                              \
		"MAIL_MAX_BYTES", SETTING_INT, &inbound_bytes_most, "31457280",                                        \
		        .min = 65536, .max = 1073741824,                                                               \
		        .help = "how large a message that comes by mail may be, in bytes"                              \
	}

struct inbound {
	struct uuid id;   /* its bytes lie under file_key_mail(id) already, for good */
	const char *door; /* a word of inbound_door_is_known */
	struct text peer; /* who brought it, for people; may be empty */
	struct text from; /* the envelope's; empty: the null path, TEXT_NONE: not known */
	const struct text *recipients;
	int recipient_count;
	int64_t size;
	uint8_t sha256[32];
	struct text door_key;    /* what the door knows it by; TEXT_NONE: it has no such thing */
	struct text traceparent; /* or TEXT_NONE */
};

/* A member of the array that QUERY_inbound_take wants: the ledger's row, and the message to the intake worker. Texts
 * must be valid UTF-8. */
void inbound_write(const struct inbound *mail, struct buffer *out);

#endif
