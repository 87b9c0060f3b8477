/* audit.c - what administrators do to the trail: POST /audit/log, and sending an event that failed again. */
#include "ingress/http/action.h"
#include "ingress/http/ask.h"
#include "queues/contract.h"

static void answer_event(struct call *call, enum action_id id, const struct uuid *event)
{
	struct buffer out;

	buffer_init(&out, call->arena, 128);
	buffer_string(&out, "{");
	buffer_json_member(&out, "eventId", uuid_text(call->arena, event));
	buffer_string(&out, "}");
	action_succeed(call, id, buffer_view(&out));
}

static void on_noted(struct call *call, void *event, const struct db_result *rows)
{
	if (db_rows(rows))
		answer_event(call, ACTION_audit_log, event);
	else
		action_forbid(call);
}

void audit_log(struct call *call, const struct audit_log *form)
{
	struct uuid *event = ARENA_NEW(call->arena, struct uuid);
	struct audit_noted members = { .action = form->action,
		.resource = form->resource,
		.resource_id = form->resource_id,
		.details = form->details };
	struct buffer data;

	*event = uuid_new();
	buffer_init(&data, call->arena, 512);
	contract_write(&events[EVENT_audit_noted], &members, &data);
	ask_write(call, QUERY_audit_note, 7,
	        (struct db_param[]){ P_UUID(&call->principal.account_id), P_UUID(event), P_TEXT(call->request_id),
	                P_TEXT(call->traceparent), P_TEXT(text_of(events[EVENT_audit_noted].type)),
	                P_TEXT(buffer_view(&data)), P_TEXT(call->origin) },
	        on_noted, event);
}

static void on_replayed(struct call *call, void *event, const struct db_result *rows)
{
	struct text verdict = db_text(rows, 0, 0);

	if (text_equal(verdict, TEXT("ok")))
		answer_event(call, ACTION_audit_event_replay, event);
	else if (text_equal(verdict, TEXT("forbidden")))
		action_forbid(call);
	else
		respond_problem(call, text_equal(verdict, TEXT("missing")) ? PROBLEM_NOT_FOUND : PROBLEM_NOT_FAILED,
		        TEXT_NONE, NULL);
}

void audit_event_replay(struct call *call, const struct audit_event_replay *form)
{
	struct uuid *event = ARENA_NEW(call->arena, struct uuid), told = uuid_new();

	*event = form->event_id;
	ask_write(call, QUERY_audit_event_replay, 6,
	        (struct db_param[]){ P_UUID(&call->principal.account_id), P_UUID(event), P_UUID(&told),
	                P_TEXT(call->request_id), P_TEXT(call->traceparent), P_TEXT(call->origin) },
	        on_replayed, event);
}
