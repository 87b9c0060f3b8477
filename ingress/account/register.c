/* register.c - POST /auth/register: an account, and a session with it.
 *
 *   validated ─► counted (tries.h) ─► Argon2id (its threads) ─► one statement: account, credential, session, event
 *
 * Written by ingress itself, so that no password ever travels in a message.
 */
#include <string.h>
#include "ingress/account/passwords.h"
#include "ingress/account/policy.h"
#include "ingress/account/sessions.h"
#include "ingress/account/tries.h"
#include "ingress/http/action.h"
#include "ingress/http/ask.h"
#include "ingress/http/respond.h"

/* A registration on its way; in the call's arena. */
struct registration {
	struct password_job job; /* first: its call back leads here */
	const struct account_register *form;
	struct sign_in sign_in;
};

static void on_registered(struct call *call, void *state, const struct db_result *rows)
{
	struct registration *r = state;

	if (db_rows(rows) != 1) {
		respond_problem(call, PROBLEM_USER_ALREADY_EXISTS, TEXT_NONE, NULL);
		return;
	}
	r->sign_in.subject.role = text_copy(call->arena, db_text(rows, 0, 2));
	r->sign_in.subject.enrols = policy_wants_factor(r->sign_in.subject.role);
	session_answer(call, &r->sign_in, ACTION_account_register);
}

static struct text language_of(const struct call *call, const struct account_register *form)
{
	if (text_equal_nocase(form->language, TEXT("en")))
		return TEXT("en");
	if (text_equal_nocase(form->language, TEXT("fr")))
		return TEXT("fr");
	return text_of(language_word(call->language));
}

static void on_hashed(struct call *call, struct password_job *job)
{
	struct registration *r = (struct registration *)job;
	const struct account_register *form = r->form;
	struct token_subject *subject = &r->sign_in.subject;
	struct uuid event = uuid_new();

	subject->account_id = uuid_new();
	subject->email = form->email;
	subject->first_name = form->first_name;
	subject->last_name = form->last_name;
	session_draw(call->arena, &r->sign_in);
	ask_write(call, QUERY_account_register, 15,
	        (struct db_param[]){ P_UUID(&subject->account_id), P_TEXT(form->email), P_TEXT(form->first_name),
	                P_TEXT(form->last_name), P_TEXT(language_of(call, form)), P_TEXT(text_of(job->hashed)),
	                P_UUID(&subject->session_id), P_TEXT(r->sign_in.refresh_hash), P_INT(principal_refresh_ttl_s()),
	                P_UUID(&event), P_TEXT(call->request_id), P_TEXT(call->traceparent), P_TEXT(call->origin),
	                P_INT(principal_session_ttl_s()), P_INT(policy_verifies_email()) },
	        on_registered, r);
}

static void on_counted(struct call *call, void *state)
{
	struct registration *r = state;

	r->job.password = r->form->password;
	r->job.then = on_hashed;
	passwords_run(call, &r->job);
}

void account_register(struct call *call, const struct account_register *form)
{
	struct registration *r = ARENA_NEW(call->arena, struct registration);
	struct problems problems = { 0 };
	bool confirmed = !form->confirm_password.data || text_equal(form->confirm_password, form->password);

	passwords_forget(form->confirm_password);
	if (!confirmed) {
		problem_add(&problems, "confirmPassword", "value", "does not match the password");
		respond_problem(call, PROBLEM_VALIDATION_ERROR, TEXT_NONE, &problems);
		return;
	}
	if (!policy_allows(call, "password", form->password, form->email))
		return;
	r->form = form;
	tries_take(call, form->email, on_counted, r);
}
