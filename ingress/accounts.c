/* accounts.c - see accounts.h.
 *
 *   register: validate ─► Argon2id (its threads) ─► one statement: account, credential, session, event
 *   login:    validate ─► credential ─► Argon2id ─► one statement: session, event
 *
 * An unknown address takes as long as a wrong password and gets the same answer.
 */
#include "ingress/accounts.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "ingress/loop.h"
#include "ingress/passwords.h"
#include "ingress/principal.h"
#include "ingress/respond.h"
#include "queues/contract.h"

#define REFRESH_BYTES 32

/* A register or a login on its way; in the call's arena. */
struct entry {
	struct password_job job; /* first: its note leads back here */
	struct call *call;
	struct account_register registration;
	struct account_login login;
	bool is_login;
	struct uuid account_id;
	struct text email, role;
	bool known, active;
	struct text refresh_token, refresh_hash; /* hexadecimal */
};

static struct text hex_text(struct arena *arena, const void *data, size_t len)
{
	char *out = arena_alloc(arena, 2 * len + 1);

	text_hex(data, len, out);
	return (struct text){ out, 2 * len };
}

/* The client gets the token, the database only its SHA-256. */
static void draw_refresh_token(struct entry *e)
{
	uint8_t token[REFRESH_BYTES], hash[32];

	if (getrandom(token, sizeof token, 0) != sizeof token)
		abort();
	e->refresh_token = hex_text(e->call->arena, token, sizeof token);
	if (!EVP_Digest(e->refresh_token.data, e->refresh_token.len, hash, NULL, EVP_sha256(), NULL))
		abort();
	e->refresh_hash = hex_text(e->call->arena, hash, sizeof hash);
}

/* --- the answer ---------------------------------------------------------------- */
static void write_user(struct entry *e, struct buffer *out)
{
	buffer_json_name(out, "user");
	buffer_string(out, "{");
	buffer_json_member(out, "id", uuid_text(e->call->arena, &e->account_id));
	buffer_json_member(out, "userId", uuid_text(e->call->arena, &e->account_id));
	buffer_json_member(out, "email", e->email);
	buffer_json_member(out, "role", e->role);
	buffer_string(out, "}");
}

static void answer_signed_in(struct entry *e)
{
	struct call *call = e->call;
	struct text token = principal_token(call->arena, &e->account_id, e->email, e->role);
	struct buffer out;

	buffer_init(&out, call->arena, 1024);
	buffer_string(&out, "{");
	buffer_json_member(&out, "token", token);
	buffer_json_member(&out, "accessToken", token);
	buffer_json_member(&out, "refreshToken", e->refresh_token);
	buffer_json_member(&out, "tokenType", TEXT("Bearer"));
	buffer_json_member_int(&out, "expiresIn", principal_token_ttl_s());
	write_user(e, &out);
	buffer_string(&out, "}");
	respond_header(call, "set-cookie",
		text_of(arena_printf(call->arena, "refreshToken=%s; HttpOnly; SameSite=Strict; Path=/; Max-Age=%lld",
			e->refresh_token.data, (long long)principal_refresh_ttl_s())));
	respond_success(call, &(struct success){ .status = e->is_login ? 200 : 201,
					 .said = { [LANGUAGE_FR] = e->is_login ? "Connexion réussie"
										: "Compte créé avec succès",
						 [LANGUAGE_EN] = e->is_login ? "Signed in" : "Account created" },
					 .data = buffer_view(&out) });
}

static void answer_busy(struct entry *e)
{
	respond_problem(e->call, PROBLEM_SERVICE_UNAVAILABLE, TEXT_NONE, NULL);
	call_release(e->call);
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
		e->role = text_copy(e->call->arena, db_text(rows, 0, 2));
		answer_signed_in(e);
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
	struct uuid session = uuid_new(), event = uuid_new();

	e->account_id = uuid_new();
	e->email = r->email;
	draw_refresh_token(e);
	if (!loop_write(e->call->loop, QUERY_account_register, 12,
		    (struct db_param[]){ P_UUID(&e->account_id), P_TEXT(r->email), P_TEXT(r->first_name),
			    P_TEXT(r->last_name), P_TEXT(language_of(e)), P_TEXT(text_of(e->job.hashed)), P_UUID(&session),
			    P_TEXT(e->refresh_hash), P_INT(principal_refresh_ttl_s()), P_UUID(&event),
			    P_TEXT(e->call->request_id), P_TEXT(e->call->traceparent) },
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
	(void)rows;
	if (fault != DB_FINE) {
		answer_busy(e);
		return;
	}
	answer_signed_in(e);
	call_release(e->call);
}

static void on_verified(struct note *note)
{
	struct entry *e = (struct entry *)note;
	struct uuid session = uuid_new(), event = uuid_new();

	if (!e->known || !e->job.matches || !e->active) {
		respond_problem(e->call,
			e->known && e->job.matches ? PROBLEM_AUTH_ACCOUNT_DISABLED : PROBLEM_AUTH_INVALID_CREDENTIALS, TEXT_NONE, NULL);
		call_release(e->call);
		return;
	}
	draw_refresh_token(e);
	if (!loop_write(e->call->loop, QUERY_session_open, 7,
		    (struct db_param[]){ P_UUID(&e->account_id), P_UUID(&session), P_TEXT(e->refresh_hash),
			    P_INT(principal_refresh_ttl_s()), P_UUID(&event), P_TEXT(e->call->request_id),
			    P_TEXT(e->call->traceparent) },
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
		e->account_id = db_uuid(rows, 0, 0);
		hash = text_dup(arena, db_text(rows, 0, 1));
		e->active = db_bool(rows, 0, 2);
		e->role = text_copy(arena, db_text(rows, 0, 3));
		e->email = e->login.email;
	}
	start(e, on_verified, e->login.password, hash);
}

void accounts_login(struct call *call, const struct captures *captures)
{
	struct entry *e = ARENA_NEW(call->arena, struct entry);
	struct problems problems = { 0 };

	(void)captures;
	e->call = call;
	e->is_login = true;
	if (!read_form(call, FORM_account_login, &e->login, &problems))
		return;
	if (problems.count) {
		respond_problem(call, PROBLEM_VALIDATION_ERROR, TEXT_NONE, &problems);
		return;
	}
	call_hold(call);
	if (!loop_query(call->loop, QUERY_credential_find, 1, (struct db_param[]){ P_TEXT(e->login.email) }, on_credential,
		    e))
		answer_busy(e);
}
