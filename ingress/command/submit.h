/* submit.h - a command's way in: validate, name, publish, wait, answer.
 *
 *   200/201  the broker has confirmed it and a worker has applied it
 *   202      the broker has confirmed it; its outcome is at the status URL
 *   4xx      refused, by the validator or by the worker; nothing changed
 *   503      NOT_ACCEPTED: certainly nothing happened; OUTCOME_UNKNOWN: ask the status URL
 */
#ifndef INGRESS_COMMAND_SUBMIT_H
#define INGRESS_COMMAND_SUBMIT_H

#include "ingress/http/call.h"

void submit_command(struct call *call, const struct route *route);

#endif
