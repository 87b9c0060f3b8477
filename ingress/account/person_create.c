/* person_create.c - POST /users: an administrator makes an account for somebody.
 *
 *   validated ─► with a password: an administrator? ─► Argon2id (its threads) ─► one function: account, credential,
 * event
 *
 * Written by ingress itself, so that no password ever travels in a message. Without a password the person is invited.
 * The function looks itself who asks.
 */
#include "ingress/account/passwords.h"
#include "ingress/account/policy.h"
#include "ingress/http/action.h"
#include "ingress/http/ask.h"
#include "ingress/http/respond.h"

/* In the call's arena. */
struct making {
	struct password_job job; /* first: its call back leads here */
	const struct person_create *form;
};

static void on_made(struct call *call, void *unused, const struct db_result *rows)
{
	struct text verdict = db_text(rows, 0, 0);

	(void)unused;
	if (text_equal(verdict, TEXT("ok")))
		action_succeed(call, ACTION_person_create, text_copy(call->arena, db_text(rows, 0, 1)));
	else if (text_equal(verdict, TEXT("taken")))
		respond_problem(call, PROBLEM_USER_ALREADY_EXISTS, TEXT_NONE, NULL);
	else
		action_forbid(call);
}

static struct text described(struct arena *arena, const struct person_create *form)
{
	struct buffer out;

	buffer_init(&out, arena, 256);
	buffer_string(&out, "{");
	buffer_json_member(&out, "email", form->email);
	buffer_json_member(&out, "firstName", form->first_name);
	buffer_json_member(&out, "lastName", form->last_name);
	buffer_json_member(&out, "phone", form->phone);
	buffer_json_member(&out, "department", form->department);
	buffer_json_member(&out, "jobTitle", form->job_title);
	buffer_json_member(&out, "language", text_of(language_word(form->language)));
	buffer_json_member(&out, "role", text_of(account_role_word(form->role)));
	buffer_string(&out, "}");
	return buffer_view(&out);
}

static void make(struct call *call, const struct person_create *form, struct text hashed)
{
	struct uuid id = uuid_new(), event = uuid_new();

	ask_write(call, QUERY_person_create, 8,
	        (struct db_param[]){ P_UUID(&call->principal.account_id), P_TEXT(described(call->arena, form)),
	                P_UUID(&id), hashed.data ? P_TEXT(hashed) : P_NULL, P_UUID(&event), P_TEXT(call->request_id),
	                P_TEXT(call->traceparent), P_TEXT(call->origin) },
	        on_made, NULL);
}

static void on_hashed(struct call *call, struct password_job *job)
{
	make(call, ((struct making *)job)->form, text_of(job->hashed));
}

/* Who may not is told so before anything is computed for them. */
static void on_admin(struct call *call, void *state, const struct db_result *rows)
{
	struct making *m = state;

	if (!db_rows(rows) || !db_bool(rows, 0, 0)) {
		passwords_forget(m->form->password);
		action_forbid(call);
		return;
	}
	m->job.password = m->form->password;
	m->job.then = on_hashed;
	passwords_run(call, &m->job);
}

void person_create(struct call *call, const struct person_create *form)
{
	struct making *m = ARENA_NEW(call->arena, struct making);

	m->form = form;
	if (form->role == ROLE_SERVICE)
		respond_problem_at(
		        call, PROBLEM_VALIDATION_ERROR, TEXT("is made by POST /users/services"), TEXT("/role"));
	else if (!form->password.data)
		make(call, form, TEXT_NONE);
	else if (policy_allows(call, "password", form->password, form->email))
		ask_read(call, QUERY_person_is_admin, 1, (struct db_param[]){ P_UUID(&call->principal.account_id) },
		        on_admin, m);
}
