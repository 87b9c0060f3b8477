/* action.h - what ingress answers by itself: the frame of every ACTION row, and the handlers that stand in it.
 *
 * The frame asks for a token as the row says, and reads captures and body into the row's struct, or answers with
 * what is wrong. The handler of an action has its name and gets the call and that struct:
 *
 *   void account_login(struct call *call, const struct account_login *form);
 *
 * It answers, or goes on later: by ask.h, which holds the call meanwhile.
 */
#ifndef INGRESS_HTTP_ACTION_H
#define INGRESS_HTTP_ACTION_H

#include "ingress/http/respond.h"

/* A row without fields has a handler without a form. */
#define ACTION(id, verb, path, access, ...) void id(struct call *call __VA_OPT__(, const struct id *form));
#include "queues/all.def"

/* form: the action's struct, in the call's arena. */
typedef void action_fn(struct call *call, const void *form);

void action_answer(struct call *call, const struct action *action, action_fn *handler);

/* What the action's row says of its success: status and message, with this data. */
struct success action_success(enum action_id id, struct text data);
/* Answers so. */
void action_succeed(struct call *call, enum action_id id, struct text data);
/* 403 for who has not the role, of which the security log is told. */
void action_forbid(struct call *call);

#endif
