/* login.c - POST /auth/login: a session for who knows the password.
 *
 *   validated ─► credential ─► Argon2id (its threads) ─► one statement: session, event
 *
 * What is verified and what is opened are two statements: the second names the epoch and the credential of the first,
 * so that a password, a role or a state that changes in between is no sign-in.
 *
 * An unknown address takes as long as a wrong password and gets the same answer.
 */
#include "ingress/account/passwords.h"
#include "ingress/account/sessions.h"
#include "ingress/http/action.h"
#include "ingress/http/ask.h"
#include "ingress/http/respond.h"
#include "ingress/http/security.h"

/* A login on its way; in the call's arena. */
struct login {
	struct password_job job; /* first: its call back leads here */
	const struct account_login *form;
	bool known, active;
	struct text hash; /* that the password is held against, of who is known */
	struct token_subject subject;
};

static void on_verified(struct call *call, struct password_job *job)
{
	struct login *l = (struct login *)job;
	const struct token_subject *subject = &l->subject;

	if (!l->known || !job->matches || !l->active) {
		security_login_failed(call, l->known ? &subject->account_id : NULL, l->form->email,
		        !l->known ? "unknown_address" : (job->matches ? "disabled" : "wrong_password"));
		respond_problem(call,
		        l->known && job->matches ? PROBLEM_AUTH_ACCOUNT_DISABLED : PROBLEM_AUTH_INVALID_CREDENTIALS,
		        TEXT_NONE, NULL);
		return;
	}
	session_open(call, subject, &(struct proof){ .hash = l->hash, .method = "password" }, ACTION_account_login);
}

static void on_credential(struct call *call, void *state, const struct db_result *rows)
{
	struct login *l = state;

	l->known = db_rows(rows) == 1;
	if (l->known) {
		l->hash = text_copy(call->arena, db_text(rows, 0, 1));
		l->active = db_bool(rows, 0, 2);
		l->subject = (struct token_subject){ .account_id = db_uuid(rows, 0, 0),
			.role = text_copy(call->arena, db_text(rows, 0, 3)),
			.epoch = db_int(rows, 0, 4),
			.email = l->form->email,
			.first_name = text_copy(call->arena, db_text(rows, 0, 5)),
			.last_name = text_copy(call->arena, db_text(rows, 0, 6)) };
	}
	l->job.password = l->form->password;
	l->job.hash = l->known ? l->hash.data : passwords_nobody();
	l->job.then = on_verified;
	passwords_run(call, &l->job);
}

void account_login(struct call *call, const struct account_login *form)
{
	struct login *l = ARENA_NEW(call->arena, struct login);

	l->form = form;
	ask_read(call, QUERY_credential_find, 1, (struct db_param[]){ P_TEXT(form->email) }, on_credential, l);
}
