/* mail.c - what administrators do with mails that are not sent: the ACTION rows of queues/mail.def. One statement
 * changes the rows and tells the trail (sql/functions/mail_manage.sql, mail_suppress.sql); the mail workers look at the
 * rows.
 */
#include "ingress/http/action.h"
#include "ingress/http/ask.h"

static void succeed(struct call *call, enum action_id action, int64_t changed)
{
	struct buffer out;

	buffer_init(&out, call->arena, 64);
	buffer_string(&out, "{");
	buffer_json_member_int(&out, "changed", changed);
	buffer_string(&out, "}");
	action_succeed(call, action, buffer_view(&out));
}

static void answer(struct call *call, void *action, const struct db_result *rows)
{
	struct text verdict = db_text(rows, 0, 0);

	if (text_equal(verdict, TEXT("ok")))
		succeed(call, *(enum action_id *)action, db_columns(rows) > 1 ? db_int(rows, 0, 1) : 1);
	else if (text_equal(verdict, TEXT("forbidden")))
		action_forbid(call);
	else
		respond_problem(call, text_equal(verdict, TEXT("missing")) ? PROBLEM_NOT_FOUND : PROBLEM_MAIL_IS_GONE,
		        TEXT_NONE, NULL);
}

static void *kept(struct call *call, enum action_id action)
{
	enum action_id *id = ARENA_NEW(call->arena, enum action_id);

	*id = action;
	return id;
}

/* chosen: the mails, as mail_manage() is told of them. */
static void manage(struct call *call, enum action_id action, const char *word, struct text chosen)
{
	struct uuid told = uuid_new();

	ask_write(call, QUERY_mail_manage, 7,
	        (struct db_param[]){ P_UUID(&call->principal.account_id), P_UUID(&told), P_TEXT(text_of(word)),
	                P_TEXT(chosen), P_TEXT(call->request_id), P_TEXT(call->traceparent), P_TEXT(call->origin) },
	        answer, kept(call, action));
}

static struct text one(struct call *call, const struct uuid *job, struct text recipient)
{
	struct buffer out;

	buffer_init(&out, call->arena, 400);
	buffer_string(&out, "{");
	buffer_json_member(&out, "jobId", uuid_text(call->arena, job));
	if (recipient.data)
		buffer_json_member(&out, "recipient", recipient);
	buffer_string(&out, "}");
	return buffer_view(&out);
}

void mail_retry(struct call *call, const struct mail_retry *form)
{
	manage(call, ACTION_mail_retry, "retry", one(call, &form->job_id, TEXT_NONE));
}

void mail_hold(struct call *call, const struct mail_hold *form)
{
	manage(call, ACTION_mail_hold, "hold", one(call, &form->job_id, TEXT_NONE));
}

void mail_release(struct call *call, const struct mail_release *form)
{
	manage(call, ACTION_mail_release, "release", one(call, &form->job_id, TEXT_NONE));
}

void mail_readdress(struct call *call, const struct mail_readdress *form)
{
	manage(call, ACTION_mail_readdress, "readdress", one(call, &form->job_id, form->recipient));
}

void mail_bulk(struct call *call, const struct mail_bulk *form)
{
	struct buffer chosen;

	if (!form->domain.data && !form->error.data) {
		respond_problem_at(
		        call, PROBLEM_VALIDATION_ERROR, TEXT("say which: by domain, or by error"), TEXT("/domain"));
		return;
	}
	buffer_init(&chosen, call->arena, 600);
	buffer_string(&chosen, "{");
	if (form->domain.data)
		buffer_json_member(&chosen, "domain", form->domain);
	if (form->error.data)
		buffer_json_member(&chosen, "error", form->error);
	buffer_string(&chosen, "}");
	manage(call, ACTION_mail_bulk, mail_action_word(form->action), buffer_view(&chosen));
}

/* --- addresses that nothing is sent to ------------------------------------------------- */
static void suppress(struct call *call, enum action_id action, struct text address, struct text reason)
{
	struct uuid told = uuid_new();

	ask_write(call, QUERY_mail_suppress, 7,
	        (struct db_param[]){ P_UUID(&call->principal.account_id), P_UUID(&told), P_TEXT(address),
	                P_TEXT(reason), P_TEXT(call->request_id), P_TEXT(call->traceparent), P_TEXT(call->origin) },
	        answer, kept(call, action));
}

void mail_suppression_add(struct call *call, const struct mail_suppression_add *form)
{
	suppress(call, ACTION_mail_suppression_add, form->address, form->reason);
}

void mail_suppression_remove(struct call *call, const struct mail_suppression_remove *form)
{
	suppress(call, ACTION_mail_suppression_remove, form->address, TEXT_NONE);
}
