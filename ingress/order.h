/* order.h - a command in flight: what submit.c sends and answer.c answers. */
#ifndef INGRESS_ORDER_H
#define INGRESS_ORDER_H

#include "ingress/publisher.h"
#include "ingress/waiters.h"
#include "queues/envelope.h"

/* In the call's arena. */
struct order {
	struct submission submission; /* first: its note leads back here */
	struct waiter waiter;
	struct call *call;
	const struct command *command;
	void *fields;
	struct envelope envelope;
	struct text status_url;
	int wait_ms; /* 0: answer as soon as the broker has confirmed */
	bool confirmed, told;
	struct outcome_told outcome;
};


/* 202: the broker has it; where to ask for the rest. arg: the order. */
void answer_accepted(struct call *call, void *arg);
/* By order->outcome: what the command did, or why it was refused. */
void answer_outcome(struct order *order);

#endif
