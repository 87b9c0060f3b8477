/* envelope.h - a command or an event in transit, checked.
 *
 * A message whose envelope cannot be read is nobody's: it becomes a dead letter
 * with the reason given here. Nothing in an envelope is trusted further than its
 * shape: the lane takes the actor's role from the database.
 */
#ifndef QUEUES_ENVELOPE_H
#define QUEUES_ENVELOPE_H

#include "base/trace.h"
#include "base/uuid.h"
#include "queues/message.h"

#define FINGERPRINT_BYTES 32
#define ORIGIN_BYTES 256 /* of visible ASCII characters and blanks */

struct envelope {
	struct uuid id; /* of the command or event; also the inbox key */
	struct text type;
	struct uuid actor;             /* none: Guichet itself */
	uint8_t fp[FINGERPRINT_BYTES]; /* SHA-256 of type and canonical body */
	int64_t accepted_at;           /* microseconds */
	struct text correlation_id;    /* the request's own id */
	struct text reply_to;          /* TEXT_NONE: nobody waits */
	struct text traceparent;       /* W3C, or TEXT_NONE */
	struct text origin;            /* "<address> <user agent>" of whoever asked, for the trail; or TEXT_NONE */
	bool lenient; /* what the actor may not set is passed over, not refused (RFC 7240 handling=lenient) */
	struct text body;
};

/* NULL, or why the message cannot be read (a literal). out borrows from message. */
const char *envelope_read(const struct message *message, struct envelope *out);

/* Fills the message's properties and headers; the texts of ids are written to the arena. */
void envelope_write(const struct envelope *envelope, struct arena *arena, struct message *out);

/* The properties and headers as a JSON object, in the outbox's member names: what a
 * replay needs to send the same message again. */
void message_headers_json(const struct message *message, struct buffer *out);

/* SHA-256(type, NUL, body). */
void envelope_fingerprint(struct text type, struct text body, uint8_t out[FINGERPRINT_BYTES]);

/* The lane of a ticket: the last hexadecimal digit of its id. */
#define LANE_COUNT 16
/* "cmd.ticket.a" for lane 10. */
struct text lane_queue(struct arena *arena, const char *prefix, int lane);

#endif
