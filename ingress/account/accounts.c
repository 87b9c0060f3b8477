/* accounts.c - see accounts.h.
 *
 *   register: validate ─► Argon2id (its threads) ─► one statement: account, credential, session, event
 *   login:    validate ─► credential ─► Argon2id ─► one statement: session, event
 *
 * What is verified and what is opened are two statements: the second names the epoch and the credential of the first,
 * so that a password, a role or a state that changes in between is no sign-in.
 *
 * An unknown address takes as long as a wrong password and gets the same answer.
 */
#include "ingress/account/accounts.h"

#include <string.h>
#include "ingress/http/loop.h"
#include "ingress/account/passwords.h"
#include "ingress/http/principal.h"
#include "ingress/http/respond.h"
#include "ingress/account/sessions.h"
#include "queues/contract.h"

/* A register or a login on its way; in the call's arena. */
struct entry {
	struct password_job job; /* first: its note leads back here */
	struct call *call;
	struct account_register registration;
	struct account_login login;
	struct text hash; /* that the password was held against */
	bool known, active;
	struct sign_in sign_in;
};

static void answer_busy(struct entry *e)
{
	respond_problem(e->call, PROBLEM_SERVICE_UNAVAILABLE, TEXT_NONE, NULL);
	call_release(e->call);
}

/* What nobody needs to know any more; it is ours, in the call's arena. */
static void forget(struct text secret)
{
	if (secret.len)
		explicit_bzero((char *)secret.data, secret.len);
}

/* --- register ------------------------------------------------------------------- */
static void on_registered(void *arg, enum db_fault fault, const char *sqlstate, const struct db_result *rows)
{
	struct entry *e = arg;

	(void)sqlstate;
	if (fault != DB_FINE) {
		answer_busy(e);
		return;
	}
	if (db_rows(rows) != 1) {
		respond_problem(e->call, PROBLEM_USER_ALREADY_EXISTS, TEXT_NONE, NULL);
	} else {
		e->sign_in.subject.role = text_copy(e->call->arena, db_text(rows, 0, 2));
		session_answer(e->call, &e->sign_in, 201,
		        (const char *const[language_count]){
		                [LANGUAGE_FR] = "Compte créé avec succès", [LANGUAGE_EN] = "Account created" });
	}
	call_release(e->call);
}

static struct text language_of(const struct entry *e)
{
	struct text asked = e->registration.language;

	if (text_equal_nocase(asked, TEXT("en")) || text_equal_nocase(asked, TEXT("fr")))
		return text_equal_nocase(asked, TEXT("en")) ? TEXT("en") : TEXT("fr");
	return text_of(language_word(e->call->language));
}

static void on_hashed(struct note *note)
{
	struct entry *e = (struct entry *)note;
	const struct account_register *r = &e->registration;
	struct token_subject *subject = &e->sign_in.subject;
	struct uuid event = uuid_new();

	forget(r->password);
	forget(r->confirm_password);
	subject->account_id = uuid_new();
	subject->email = r->email;
	session_draw(e->call->arena, &e->sign_in);
	if (!loop_write(e->call->loop, QUERY_account_register, 12,
	            (struct db_param[]){ P_UUID(&subject->account_id), P_TEXT(r->email), P_TEXT(r->first_name),
	                    P_TEXT(r->last_name), P_TEXT(language_of(e)), P_TEXT(text_of(e->job.hashed)),
	                    P_UUID(&subject->session_id), P_TEXT(e->sign_in.refresh_hash),
	                    P_INT(principal_refresh_ttl_s()), P_UUID(&event), P_TEXT(e->call->request_id),
	                    P_TEXT(e->call->traceparent) },
	            on_registered, e))
		answer_busy(e);
}

static bool read_form(struct call *call, enum form_id form, void *out, struct problems *problems)
{
	if (call_body(call).len > BODY_MAX) {
		respond_problem(call, PROBLEM_BODY_TOO_LARGE, TEXT_NONE, NULL);
		return false;
	}
	contract_read(&forms[form], call_body(call), FROM_CLIENT, call->arena, out, problems);
	forget(call_body(call));
	return true;
}

static void start(struct entry *e, void (*run)(struct note *), struct text password, const char *hash)
{
	e->job.note.run = run;
	e->job.loop = e->call->loop;
	e->job.password = password;
	e->job.hash = hash;
	if (!passwords_submit(&e->job))
		answer_busy(e);
}

void accounts_register(struct call *call, const struct captures *captures)
{
	struct entry *e = ARENA_NEW(call->arena, struct entry);
	const struct account_register *r = &e->registration;
	struct problems problems = { 0 };

	(void)captures;
	e->call = call;
	if (!read_form(call, FORM_account_register, &e->registration, &problems))
		return;
	if (r->confirm_password.data && !text_equal(r->confirm_password, r->password))
		problem_add(&problems, "confirmPassword", "value", "does not match the password");
	if (problems.count) {
		respond_problem(call, PROBLEM_VALIDATION_ERROR, TEXT_NONE, &problems);
		return;
	}
	call_hold(call);
	start(e, on_hashed, r->password, NULL);
}

/* --- login ---------------------------------------------------------------------- */
static void on_session(void *arg, enum db_fault fault, const char *sqlstate, const struct db_result *rows)
{
	struct entry *e = arg;

	(void)sqlstate;
	if (fault != DB_FINE) {
		answer_busy(e);
		return;
	}
	if (db_rows(rows) != 1)
		respond_problem(e->call, PROBLEM_AUTH_INVALID_CREDENTIALS, TEXT_NONE, NULL);
	else
		session_answer(e->call, &e->sign_in, 200,
		        (const char *const[language_count]){
		                [LANGUAGE_FR] = "Connexion réussie", [LANGUAGE_EN] = "Signed in" });
	call_release(e->call);
}

static void on_verified(struct note *note)
{
	struct entry *e = (struct entry *)note;
	struct uuid event = uuid_new();

	forget(e->login.password);
	if (!e->known || !e->job.matches || !e->active) {
		respond_problem(e->call,
		        e->known && e->job.matches ? PROBLEM_AUTH_ACCOUNT_DISABLED : PROBLEM_AUTH_INVALID_CREDENTIALS,
		        TEXT_NONE, NULL);
		call_release(e->call);
		return;
	}
	session_draw(e->call->arena, &e->sign_in);
	if (!loop_write(e->call->loop, QUERY_session_open, 9,
	            (struct db_param[]){ P_UUID(&e->sign_in.subject.account_id), P_UUID(&e->sign_in.subject.session_id),
	                    P_TEXT(e->sign_in.refresh_hash), P_INT(principal_refresh_ttl_s()), P_UUID(&event),
	                    P_TEXT(e->call->request_id), P_TEXT(e->call->traceparent), P_INT(e->sign_in.subject.epoch),
	                    P_TEXT(e->hash) },
	            on_session, e))
		answer_busy(e);
}

static void on_credential(void *arg, enum db_fault fault, const char *sqlstate, const struct db_result *rows)
{
	struct entry *e = arg;
	struct arena *arena = e->call->arena;
	const char *hash = passwords_nobody();

	(void)sqlstate;
	if (fault != DB_FINE) {
		answer_busy(e);
		return;
	}
	e->known = db_rows(rows) == 1;
	if (e->known) {
		e->sign_in.subject.account_id = db_uuid(rows, 0, 0);
		e->hash = text_copy(arena, db_text(rows, 0, 1));
		hash = e->hash.data;
		e->active = db_bool(rows, 0, 2);
		e->sign_in.subject.role = text_copy(arena, db_text(rows, 0, 3));
		e->sign_in.subject.epoch = db_int(rows, 0, 4);
		e->sign_in.subject.email = e->login.email;
	}
	start(e, on_verified, e->login.password, hash);
}

void accounts_login(struct call *call, const struct captures *captures)
{
	struct entry *e = ARENA_NEW(call->arena, struct entry);
	struct problems problems = { 0 };

	(void)captures;
	e->call = call;
	if (!read_form(call, FORM_account_login, &e->login, &problems))
		return;
	if (problems.count) {
		respond_problem(call, PROBLEM_VALIDATION_ERROR, TEXT_NONE, &problems);
		return;
	}
	call_hold(call);
	if (!loop_query(call->loop, QUERY_credential_find, 1, (struct db_param[]){ P_TEXT(e->login.email) },
	            on_credential, e))
		answer_busy(e);
}
