/* submit.h - a command's way in: validate, name, publish, wait, answer.
 *
 *   200/201  the broker has confirmed it and a worker has applied it
 *   202      the broker has confirmed it; its outcome is at the status URL
 *   4xx      refused, by the validator or by the worker; nothing changed
 *   503      NOT_ACCEPTED: certainly nothing happened; OUTCOME_UNKNOWN: ask the status URL
 */
#ifndef INGRESS_COMMAND_SUBMIT_H
#define INGRESS_COMMAND_SUBMIT_H

#include "ingress/command/order.h"

void submit_command(struct call *call, const struct route *route);
/* A command that an action has made of its call: fields is the command's struct, path what an Idempotency-Key is bound
 * to with them. It is answered like any other. */
void submit_made(struct call *call, enum command_id command, const char *path, void *fields);
/* The same, answered by settled; order_answer() does what is left to it. */
void submit_settled(struct call *call, enum command_id command, const char *path, void *fields,
        void (*settled)(struct order *order, enum fate fate));

#endif
