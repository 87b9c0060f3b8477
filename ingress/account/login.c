/* login.c - POST /auth/login: a session for who knows the password.
 *
 *   validated ─► counted (tries.h) ─► credential ─► Argon2id (its threads) ─► one statement: session, event
 *
 * What is verified and what is opened are two statements: the second names the epoch and the credential of the first,
 * so that a password, a role or a state that changes in between is no sign-in.
 *
 * An unknown address takes as long as a wrong password, gets the same answer, and is locked after as many failures
 * (locks.h). A hash that was made with other parameters than today's is replaced.
 *
 * Who has no password here, or is known from the directory, has it there when there is one (directory.h): after the
 * same work as for a password of ours.
 */
#include "ingress/account/directory.h"
#include "ingress/account/locks.h"
#include "ingress/account/passwords.h"
#include "ingress/account/sessions.h"
#include "ingress/account/tries.h"
#include "ingress/http/action.h"
#include "ingress/http/ask.h"
#include "ingress/http/respond.h"
#include "ingress/http/security.h"

/* A login on its way; in the call's arena. */
struct login {
	struct password_job job; /* first: its call back leads here */
	const struct account_login *form;
	bool known, active, in_directory;
	struct text hash; /* that the password is held against, of who is known */
	struct token_subject subject;
};

static void on_federated(struct call *call, const struct token_subject *subject)
{
	session_open(call, subject, &(struct proof){ .method = "ldap" }, ACTION_account_login);
}

static void on_directory(struct call *call, void *state, enum directory_verdict verdict, const struct federated *person)
{
	const struct login *l = state;

	if (verdict == DIRECTORY_PROVEN)
		federation_sign_in(call, person, on_federated);
	else if (verdict == DIRECTORY_WRONG)
		locks_fail(call, l->known ? &l->subject.account_id : NULL, l->form->email);
	else
		respond_problem(call, PROBLEM_AUTH_PROVIDER_UNAVAILABLE, TEXT_NONE, NULL);
}

static void on_verified(struct call *call, struct password_job *job)
{
	struct login *l = (struct login *)job;
	struct proof proof = {
		.hash = l->hash, .rehash = job->rehashed ? text_of(job->hashed) : TEXT_NONE, .method = "password"
	};

	if (l->in_directory) {
		directory_ask(call, l->form->email, l->form->password, on_directory, l);
		passwords_forget(l->form->password);
	} else if (!l->known || !job->matches) {
		locks_fail(call, l->known ? &l->subject.account_id : NULL, l->form->email);
	} else if (!l->active) {
		security_login_failed(call, &l->subject.account_id, l->form->email, "disabled");
		respond_problem(call, PROBLEM_AUTH_ACCOUNT_DISABLED, TEXT_NONE, NULL);
	} else {
		session_open(call, &l->subject, &proof, ACTION_account_login);
	}
}

static void read_credential(struct login *l, struct arena *arena, const struct db_result *rows)
{
	l->known = !db_is_null(rows, 0, 0);
	if (!l->known)
		return;
	l->hash = text_copy(arena, db_text(rows, 0, 1));
	l->active = db_bool(rows, 0, 2);
	l->subject = (struct token_subject){ .account_id = db_uuid(rows, 0, 0),
		.role = text_copy(arena, db_text(rows, 0, 3)),
		.epoch = db_int(rows, 0, 4),
		.email = l->form->email,
		.first_name = text_copy(arena, db_text(rows, 0, 5)),
		.last_name = text_copy(arena, db_text(rows, 0, 6)) };
}

static void on_credential(struct call *call, void *state, const struct db_result *rows)
{
	struct login *l = state;
	int64_t locked_s = db_int(rows, 0, 7);

	read_credential(l, call->arena, rows);
	if (locked_s) {
		security_login_failed(call, l->known ? &l->subject.account_id : NULL, l->form->email, "locked");
		locks_refuse(call, locked_s);
		return;
	}
	l->in_directory = directory_is_set() && (!l->known || db_bool(rows, 0, 8));
	l->job.password = l->in_directory ? text_copy(call->arena, l->form->password) : l->form->password;
	l->job.hash = l->known && !l->in_directory ? l->hash.data : passwords_nobody();
	l->job.then = on_verified;
	passwords_run(call, &l->job);
}

static void on_counted(struct call *call, void *state)
{
	struct login *l = state;

	ask_read(call, QUERY_credential_find, 2,
	        (struct db_param[]){ P_TEXT(l->form->email), P_TEXT(directory_issuer()) }, on_credential, l);
}

void account_login(struct call *call, const struct account_login *form)
{
	struct login *l = ARENA_NEW(call->arena, struct login);

	l->form = form;
	tries_take(call, form->email, on_counted, l);
}
