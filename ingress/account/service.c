/* service.c - POST /users/services: an account for a program, which tokens alone lead in to (api_token.c). */
#include "ingress/http/action.h"
#include "ingress/http/ask.h"

static void on_made(struct call *call, void *unused, const struct db_result *rows)
{
	(void)unused;
	if (text_equal(db_text(rows, 0, 0), TEXT("ok")))
		action_succeed(call, ACTION_service_create, db_text(rows, 0, 1));
	else
		action_forbid(call);
}

void service_create(struct call *call, const struct service_create *form)
{
	struct uuid account = uuid_new(), event = uuid_new();

	ask_write(call, QUERY_service_make, 7,
	        (struct db_param[]){ P_UUID(&call->principal.account_id), P_UUID(&account), P_TEXT(form->name),
	                P_UUID(&event), P_TEXT(call->request_id), P_TEXT(call->traceparent), P_TEXT(call->origin) },
	        on_made, NULL);
}
