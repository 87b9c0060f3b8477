/* order.h - a command in flight: what submit.c sends and answer.c answers. */
#ifndef INGRESS_COMMAND_ORDER_H
#define INGRESS_COMMAND_ORDER_H

#include "ingress/command/submission.h"
#include "ingress/command/waiters.h"
#include "queues/contract.h"
#include "queues/envelope.h"

/* So much longer than the client waits for an outcome may the confirm take: without it there is none. */
#define ORDER_CONFIRM_MS 700

enum fate {
	FATE_TOLD,         /* order->outcome says what became of it */
	FATE_ACCEPTED,     /* the broker has it, the outcome is not known yet */
	FATE_NOT_ACCEPTED, /* certainly nothing happened */
	FATE_UNKNOWN,      /* nobody can say: its status URL will */
};

/* In the call's arena. */
struct order {
	struct submission submission; /* first: its note leads back here */
	struct waiter waiter;
	struct call *call;
	const struct command *command;
	const char *path; /* the route's pattern */
	void *fields;
	struct envelope envelope;
	struct span *span; /* from here to the broker's verdict; NULL: nobody keeps it */
	struct text status_url;
	int64_t until_ms; /* the end of the wait; in the past: answer as soon as the broker has confirmed */
	bool confirmed, over;
	struct outcome_told outcome;
	/* Called once, on the loop, with the call held, at most ORDER_CONFIRM_MS after the end of the wait. */
	void (*settled)(struct order *order, enum fate fate);
	void *owner; /* of who makes several orders for one call */
};

/* The steps of sending, for who makes orders: call, command, fields and settled are set before.
 * names: from the Idempotency-Key and what else tells this command from others of the call, or fresh. path is
 * canonical: the same for every way of writing it. */
bool order_name(struct order *order, struct text path, struct text discriminator, struct problems *problems);
/* Mints ids and writes the message; its length is then order->submission.message.body.len. False: it is larger than
 * a worker reads. */
bool order_write(struct order *order);
/* wait_ms: of the client, from the arrival of its call. */
void order_send(struct order *order, int wait_ms);
/* Prefer: wait=N in seconds, respond-async (RFC 7240); milliseconds. */
int order_wait_ms(const struct call *call);

/* By the fate of an order that is the whole of its call: what a client is told of a command. */
void order_answer(struct order *order, enum fate fate);
/* 202: the broker has it; where to ask for the rest. arg: the order. */
void answer_accepted(struct call *call, void *arg);
/* By order->outcome: what the command did, or why it was refused; in the end without looking it up. */
void answer_outcome(struct order *order);

#endif
