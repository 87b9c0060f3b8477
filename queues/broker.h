/* broker.h - RabbitMQ, for one thread; nobody but its two files knows librabbitmq.
 *
 * One connection, one channel (librabbitmq 0.11 loses frames with more). The
 * library blocks without limit while it writes, or while a frame is half read;
 * so every call that can is watched: a watchdog thread shuts the socket down
 * after BROKER_STALL_S seconds without progress and the call returns BROKER_LOST.
 * Heartbeats (10 s) are served inside broker_next, which must therefore be called at least every
 * 5 s. Lost is final: close it and connect again (broker_connect tries the
 * hosts of the URL list in turn; pausing in between is the caller's).
 *
 * Announced at login: publisher confirms, basic.nack, connection.blocked,
 * consumer_cancel_notify. A cancelled consumer (queue deleted) counts as lost.
 */
#ifndef QUEUES_BROKER_H
#define QUEUES_BROKER_H

#include "base/settings.h"
#include "queues/message.h"

#define BROKER_STALL_S 20

struct arena;
struct broker;

enum broker_event_kind {
	BROKER_NOTHING,   /* the timeout passed */
	BROKER_CONSUMING, /* one of the queues is ours to consume */
	BROKER_DELIVERY,  /* message */
	BROKER_CONFIRM,   /* tag, multiple, positive */
	BROKER_RETURN,    /* message (unroutable); its positive confirm follows */
	BROKER_BLOCKED,   /* the broker takes no messages for now (alarm) */
	BROKER_UNBLOCKED,
	BROKER_LOST, /* connection, channel or consumer gone: close and connect again */
};

struct broker_event {
	enum broker_event_kind kind;
	uint64_t tag;
	bool multiple, positive;
	struct message message; /* in the arena given to broker_next */
};

/* The row for AMQP_URL: amqp://user:password@host:port/vhost, several with commas between. amqps:// is TLS, verified as
 * trust.h says; its port is 5671 unless given. */
extern struct setting broker_settings[];
/* What it says. */
const char *broker_url(void);

/* Connects, logs in, opens the channel; with confirms: confirm.select. NULL when no host would have it (the reason is
 * logged), each within 8 s, or when the process stops meanwhile. */
struct broker *broker_connect(bool confirms);
/* The same for who has URLs of his own, with commas between. */
struct broker *broker_connect_to(const char *urls, bool confirms);
void broker_close(struct broker **broker);

/* Asks for what the queues hold, each with a prefetch of its own (basic.qos, per consumer); a BROKER_CONSUMING
 * for each says that it is granted. Deliveries carry the queue's name. */
bool broker_consume(struct broker *broker, const char *const *queues, int queue_count, int prefetch);

/* Whether AMQP has room for each of its parts: what has not would end the connection. */
bool broker_can_carry(const struct message *message);

/* Persistent, mandatory. out_tag is the publish sequence number confirms speak of. False: lost, and
 * whether the broker has it is unknown once a byte was written. */
bool broker_publish(struct broker *broker, const struct message *message, uint64_t *out_tag);

/* Between true and false what is published gathers into full packets: the broker then wakes for many at a time.
 * Nothing is held for longer than 200 ms (tcp(7), TCP_CORK). */
void broker_gather(struct broker *broker, bool on);

/* How many messages wait in a queue, and how many consume it, as the queue says at this moment. False: the connection
 * is lost, or there is no such queue, which costs the connection too. Needs no right. */
bool broker_look(struct broker *broker, const char *queue, int64_t *out_ready, int64_t *out_consumers);

bool broker_ack(struct broker *broker, uint64_t tag, bool multiple);

/* Waits up to timeout_ms (0: only what is there) for one event. */
void broker_next(struct broker *broker, int timeout_ms, struct arena *arena, struct broker_event *out);

/* For poll(2) next to other descriptors: readable, or already buffered. */
int broker_fd(const struct broker *broker);
bool broker_has_buffered(struct broker *broker);

#endif
