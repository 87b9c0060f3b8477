/* cleanup.c - POST /admin/files/cleanup: files that nobody needs go now. Their bytes are the scan worker's to remove.
 */
#include "ingress/http/action.h"
#include "ingress/http/ask.h"
#include "queues/file_terms.h"

static void on_cleaned(struct call *call, void *unused, const struct db_result *rows)
{
	struct buffer out;

	(void)unused;
	if (!text_equal(db_text(rows, 0, 0), TEXT("ok"))) {
		action_forbid(call);
		return;
	}
	buffer_init(&out, call->arena, 128);
	buffer_string(&out, "{");
	buffer_json_member_int(&out, "removed", db_int(rows, 0, 1));
	buffer_json_member_int(&out, "bytes", db_int(rows, 0, 2));
	buffer_string(&out, "}");
	action_succeed(call, ACTION_files_cleanup, buffer_view(&out));
}

void files_cleanup(struct call *call)
{
	ask_write(call, QUERY_files_cleanup, 3,
	        (struct db_param[]){ P_UUID(&call->principal.account_id), P_INT(file_unattached_ms / 1000),
	                P_INT(file_kept_ms / 1000) },
	        on_cleaned, NULL);
}
