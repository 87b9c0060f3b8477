/* tokens_purge.c - POST /admin/tokens/purge: what is left of sessions and refresh tokens that have ended goes now. */
#include "ingress/http/action.h"
#include "ingress/http/ask.h"

static void on_purged(struct call *call, void *unused, const struct db_result *rows)
{
	struct buffer out;

	(void)unused;
	if (!text_equal(db_text(rows, 0, 0), TEXT("ok"))) {
		action_forbid(call);
		return;
	}
	buffer_init(&out, call->arena, 128);
	buffer_string(&out, "{");
	buffer_json_member_int(&out, "sessions", db_int(rows, 0, 1));
	buffer_json_member_int(&out, "tokens", db_int(rows, 0, 2));
	buffer_string(&out, "}");
	action_succeed(call, ACTION_tokens_purge, buffer_view(&out));
}

void tokens_purge(struct call *call)
{
	ask_write(call, QUERY_tokens_purge, 1, (struct db_param[]){ P_UUID(&call->principal.account_id) }, on_purged,
	        NULL);
}
