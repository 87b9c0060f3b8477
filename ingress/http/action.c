/* action.c - see action.h. */
#include "ingress/http/action.h"

#include <string.h>
#include "ingress/http/principal.h"
#include "ingress/http/query.h"
#include "ingress/http/security.h"

static bool may_ask(struct call *call, const struct action *action)
{
	if (action->access & PUBLIC)
		return true;
	if (action->does.flags & ENDLESS)
		return principal_require_somewhere(call);
	if (action->does.flags & ENROLS)
		return principal_require_enrolling(call);
	return action->does.flags & REVOKED_TOO ? principal_require_signed(call) : principal_require(call);
}

static bool has_secret(const struct record *record)
{
	for (int i = 0; i < record->count; i++)
		if (record->fields[i].kind->shape == SHAPE_SECRET)
			return true;
	return false;
}

/* The body is h2o's until the call is over: what nobody needs to know any more goes at once. */
static void forget_body(struct call *call)
{
	struct text body = call_body(call);

	if (body.len)
		explicit_bzero((char *)body.data, body.len);
}

/* What the path names and cannot be is not there. */
static bool read_captures(struct call *call, const struct record *record, void *form)
{
	struct problems problems = { 0 };

	call_read_captures(call, record, form, &problems);
	if (problems.count)
		respond_problem(call, call_absent(record), TEXT_NONE, NULL);
	return !problems.count;
}

static bool read_form(struct call *call, const struct record *record, void *form)
{
	struct problems problems = { 0 };

	if (record_has_body(record))
		contract_read(record, call_body(call), FROM_CLIENT, call->arena, form, &problems);
	query_read(call, record, form, &problems);
	if (has_secret(record))
		forget_body(call);
	if (problems.count)
		respond_problem(call, PROBLEM_VALIDATION_ERROR, TEXT_NONE, &problems);
	return !problems.count;
}

void action_answer(struct call *call, const struct action *action, action_fn *handler)
{
	void *form = arena_alloc(call->arena, action->record.bytes + 1);

	if (!may_ask(call, action))
		return;
	if (action->verb != GET)
		call_origin(call); /* while the client is there to be asked */
	if (call_body(call).len > WIRE_MAX && (action->sends || record_has_body(&action->record)))
		respond_problem(call, PROBLEM_BODY_TOO_LARGE, TEXT_NONE, NULL);
	else if (read_captures(call, &action->record, form) && read_form(call, &action->record, form))
		handler(call, form);
}

struct success action_success(enum action_id id, struct text data)
{
	struct success success = { .status = actions[id].does.status, .data = data };

	memcpy(success.said, actions[id].said, sizeof success.said);
	return success;
}

void action_succeed(struct call *call, enum action_id id, struct text data)
{
	struct success success = action_success(id, data);

	respond_success(call, &success);
}

void action_forbid(struct call *call)
{
	security_forbidden(call);
	respond_problem(call, PROBLEM_INSUFFICIENT_PERMISSIONS, TEXT_NONE, NULL);
}
