/* tokens_purge.c - POST /admin/tokens/purge: what is left of sessions and refresh tokens that have ended goes now. */
#include "ingress/http/action.h"
#include "ingress/http/ask.h"
#include "ingress/http/respond.h"
#include "ingress/http/security.h"

static void on_purged(struct call *call, void *unused, const struct db_result *rows)
{
	const struct action *action = &actions[ACTION_tokens_purge];
	struct success success = { .status = action->does.status };
	struct buffer out;

	(void)unused;
	if (!text_equal(db_text(rows, 0, 0), TEXT("ok"))) {
		security_forbidden(call);
		respond_problem(call, PROBLEM_INSUFFICIENT_PERMISSIONS, TEXT_NONE, NULL);
		return;
	}
	for (int i = 0; i < language_count; i++)
		success.said[i] = action->said[i];
	buffer_init(&out, call->arena, 128);
	buffer_string(&out, "{");
	buffer_json_member_int(&out, "sessions", db_int(rows, 0, 1));
	buffer_json_member_int(&out, "tokens", db_int(rows, 0, 2));
	buffer_string(&out, "}");
	success.data = buffer_view(&out);
	respond_success(call, &success);
}

void tokens_purge(struct call *call)
{
	ask_write(call, QUERY_tokens_purge, 1, (struct db_param[]){ P_UUID(&call->principal.account_id) }, on_purged,
	        NULL);
}
