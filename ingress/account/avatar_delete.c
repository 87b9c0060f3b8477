/* avatar_delete.c - DELETE /users/avatar: the file that is the caller's avatar is deleted, as by DELETE /files/{id}.
 * Who has none is told that it is gone.
 */
#include "ingress/command/submit.h"
#include "ingress/http/action.h"
#include "ingress/http/ask.h"

static void on_avatar(struct call *call, void *unused, const struct db_result *rows)
{
	struct file_delete *fields = ARENA_NEW(call->arena, struct file_delete);

	(void)unused;
	if (!db_rows(rows) || db_is_null(rows, 0, 0)) {
		action_succeed(call, ACTION_avatar_delete, TEXT("{}"));
		return;
	}
	fields->file_id = db_uuid(rows, 0, 0);
	submit_made(call, COMMAND_file_delete, actions[ACTION_avatar_delete].path, fields);
}

void avatar_delete(struct call *call)
{
	ask_read(call, QUERY_avatar_of, 1, (struct db_param[]){ P_UUID(&call->principal.account_id) }, on_avatar, NULL);
}
