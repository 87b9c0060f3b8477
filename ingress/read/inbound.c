/* inbound.c - what staff does with mail that came: the ACTION rows of queues/intake.def. One statement changes the row
 * and tells the trail (sql/functions/inbound_manage.sql); the intake worker looks at the row.
 */
#include "ingress/http/action.h"
#include "ingress/http/ask.h"

static void answer(struct call *call, void *action, const struct db_result *rows)
{
	struct text verdict = db_text(rows, 0, 0);

	if (text_equal(verdict, TEXT("ok")))
		action_succeed(call, *(enum action_id *)action, TEXT("{\"changed\":1}"));
	else if (text_equal(verdict, TEXT("forbidden")))
		action_forbid(call);
	else
		respond_problem(call,
		        text_equal(verdict, TEXT("missing")) ? PROBLEM_NOT_FOUND : PROBLEM_INBOUND_IS_SETTLED,
		        TEXT_NONE, NULL);
}

static void manage(struct call *call, enum action_id action, const char *word, const struct uuid *inbound, bool watch)
{
	struct uuid told = uuid_new();
	enum action_id *id = ARENA_NEW(call->arena, enum action_id);

	*id = action;
	ask_write(call, QUERY_inbound_manage, 8,
	        (struct db_param[]){ P_UUID(&call->principal.account_id), P_UUID(&told), P_TEXT(text_of(word)),
	                P_UUID(inbound), P_TEXT(watch ? TEXT("true") : TEXT("false")), P_TEXT(call->request_id),
	                P_TEXT(call->traceparent), P_TEXT(call->origin) },
	        answer, id);
}

void inbound_approve(struct call *call, const struct inbound_approve *form)
{
	manage(call, ACTION_inbound_approve, "approve", &form->inbound_id, form->watch == FLAG_TRUE);
}

void inbound_reject(struct call *call, const struct inbound_reject *form)
{
	manage(call, ACTION_inbound_reject, "reject", &form->inbound_id, false);
}

void inbound_reparse(struct call *call, const struct inbound_reparse *form)
{
	manage(call, ACTION_inbound_reparse, "reparse", &form->inbound_id, false);
}
