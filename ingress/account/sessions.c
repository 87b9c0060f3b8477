/* sessions.c - see sessions.h. */
#include "ingress/account/sessions.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "base/clock.h"
#include "ingress/http/headers.h"
#include "ingress/http/legacy.h"
#include "ingress/http/loop.h"
#include "ingress/http/respond.h"
#include "ingress/command/results.h"
#include "ingress/http/revocations.h"
#include "queues/contract.h"

#define REFRESH_BYTES 32
#define COOKIE "refreshToken"

static struct text hex_text(struct arena *arena, const void *data, size_t len)
{
	char *out = arena_alloc(arena, 2 * len + 1);

	text_hex(data, len, out);
	return (struct text){ out, 2 * len };
}

static struct text hash_of(struct arena *arena, struct text token)
{
	uint8_t hash[32];

	if (!EVP_Digest(token.data, token.len, hash, NULL, EVP_sha256(), NULL))
		abort();
	return hex_text(arena, hash, sizeof hash);
}

void session_draw(struct arena *arena, struct sign_in *sign_in)
{
	uint8_t token[REFRESH_BYTES];

	if (getrandom(token, sizeof token, 0) != sizeof token)
		abort();
	sign_in->subject.session_id = uuid_new();
	sign_in->refresh_token = hex_text(arena, token, sizeof token);
	sign_in->refresh_hash = hash_of(arena, sign_in->refresh_token);
}

/* --- answers --------------------------------------------------------------------- */
static void write_user(struct arena *arena, const struct token_subject *subject, struct buffer *out)
{
	struct text id = uuid_text(arena, &subject->account_id);

	buffer_json_name(out, "user");
	buffer_string(out, "{");
	buffer_json_member(out, "id", id);
	buffer_json_member(out, "userId", id);
	buffer_json_member(out, "email", subject->email);
	buffer_json_member(out, "role", subject->role);
	buffer_string(out, "}");
}

/* For the one path that reads it, below each prefix that clients put before it. */
static void set_cookie(struct call *call, struct text token, int64_t ttl_s)
{
	const char *secure = call_is_secure(call) ? "; Secure" : "", *prefix;

	for (int i = 0; (prefix = legacy_prefix(i)); i++)
		respond_header(call, "set-cookie",
		        text_of(arena_printf(call->arena,
		                COOKIE "=%.*s; HttpOnly; SameSite=Strict; Path=%s/auth/refresh; Max-Age=%lld%s",
		                (int)token.len, token.data, prefix, (long long)ttl_s, secure)));
}

void session_answer(
        struct call *call, const struct sign_in *sign_in, int status, const char *const said[language_count])
{
	struct text token = principal_token(call->arena, &sign_in->subject);
	struct success success = { .status = status };
	struct buffer out;

	buffer_init(&out, call->arena, 1024);
	buffer_string(&out, "{");
	buffer_json_member(&out, "token", token);
	buffer_json_member(&out, "accessToken", token);
	buffer_json_member(&out, "refreshToken", sign_in->refresh_token);
	buffer_json_member(&out, "tokenType", TEXT("Bearer"));
	buffer_json_member_int(&out, "expiresIn", principal_token_ttl_s());
	write_user(call->arena, &sign_in->subject, &out);
	buffer_string(&out, "}");
	set_cookie(call, sign_in->refresh_token, principal_refresh_ttl_s());
	success.data = buffer_view(&out);
	memcpy(success.said, said, sizeof success.said);
	respond_success(call, &success);
}

static void answer_closed(struct call *call, const char *fr, const char *en)
{
	set_cookie(call, TEXT(""), 0);
	respond_success(
	        call, &(struct success){
	                      .status = 200, .said = { [LANGUAGE_FR] = fr, [LANGUAGE_EN] = en }, .data = TEXT("{}") });
}

static void unavailable(struct call *call)
{
	respond_problem(call, PROBLEM_SERVICE_UNAVAILABLE, TEXT_NONE, NULL);
	call_release(call);
}

/* --- refresh ------------------------------------------------------------------------ */
struct renewal {
	struct call *call;
	struct sign_in sign_in;
};

static void on_refreshed(void *arg, enum db_fault fault, const char *sqlstate, const struct db_result *rows)
{
	struct renewal *r = arg;
	struct call *call = r->call;
	struct text verdict = fault == DB_FINE ? db_text(rows, 0, 0) : TEXT_NONE;
	struct uuid session = fault == DB_FINE ? db_uuid(rows, 0, 1) : (struct uuid){ { 0 } };

	(void)sqlstate;
	if (fault != DB_FINE) {
		unavailable(call);
		return;
	}
	if (text_equal(verdict, TEXT("reused"))) {
		revocations_add_session(&session);
		results_poke_revocations();
	}
	if (!text_equal(verdict, TEXT("ok"))) {
		respond_problem(call,
		        text_equal(verdict, TEXT("disabled")) ? PROBLEM_AUTH_ACCOUNT_DISABLED
		                                              : PROBLEM_AUTH_TOKEN_INVALID,
		        TEXT_NONE, NULL);
		call_release(call);
		return;
	}
	r->sign_in.subject = (struct token_subject){ .session_id = session,
		.account_id = db_uuid(rows, 0, 2),
		.email = text_copy(call->arena, db_text(rows, 0, 3)),
		.role = text_copy(call->arena, db_text(rows, 0, 4)),
		.epoch = db_int(rows, 0, 5) };
	session_answer(call, &r->sign_in, 200,
	        (const char *const[language_count]){
	                [LANGUAGE_FR] = "Token renouvelé avec succès", [LANGUAGE_EN] = "Token renewed" });
	call_release(call);
}

/* From the body, or from the cookie. */
static struct text presented_token(const struct call *call, const struct account_refresh *form)
{
	return form->refresh_token.data ? form->refresh_token
	                                : headers_cookie(call_headers(call, "cookie"), TEXT(COOKIE));
}

void sessions_refresh(struct call *call, const struct captures *captures)
{
	struct renewal *r = ARENA_NEW(call->arena, struct renewal);
	struct account_refresh form = { { 0 } };
	struct problems problems = { 0 };
	struct text token;

	(void)captures;
	r->call = call;
	if (!contract_read(&forms[FORM_account_refresh], call_body(call), FROM_CLIENT, call->arena, &form, &problems)) {
		respond_problem(call, PROBLEM_VALIDATION_ERROR, TEXT_NONE, &problems);
		return;
	}
	token = presented_token(call, &form);
	if (!token.len) {
		respond_problem(call, PROBLEM_AUTH_TOKEN_MISSING, TEXT_NONE, NULL);
		return;
	}
	session_draw(call->arena, &r->sign_in);
	call_hold(call);
	if (!loop_write(call->loop, QUERY_session_refresh, 3,
	            (struct db_param[]){ P_TEXT(hash_of(call->arena, token)), P_TEXT(r->sign_in.refresh_hash),
	                    P_INT(principal_refresh_ttl_s()) },
	            on_refreshed, r))
		unavailable(call);
}

/* --- logout --------------------------------------------------------------------------- */
static void on_closed(void *arg, enum db_fault fault, const char *sqlstate, const struct db_result *rows)
{
	struct call *call = arg;

	(void)sqlstate;
	(void)rows;
	if (fault != DB_FINE) {
		unavailable(call);
		return;
	}
	revocations_add_session(&call->principal.session_id);
	results_poke_revocations();
	answer_closed(call, "Déconnexion réussie", "Signed out");
	call_release(call);
}

void sessions_logout(struct call *call, const struct captures *captures)
{
	struct uuid event = uuid_new();

	(void)captures;
	if (!principal_require(call))
		return;
	call_hold(call);
	if (!loop_write(call->loop, QUERY_session_close, 5,
	            (struct db_param[]){ P_UUID(&call->principal.session_id), P_UUID(&call->principal.account_id),
	                    P_UUID(&event), P_TEXT(call->request_id), P_TEXT(call->traceparent) },
	            on_closed, call))
		unavailable(call);
}

static void on_all_closed(void *arg, enum db_fault fault, const char *sqlstate, const struct db_result *rows)
{
	struct call *call = arg;

	(void)sqlstate;
	if (fault != DB_FINE) {
		unavailable(call);
		return;
	}
	if (text_equal(db_text(rows, 0, 0), TEXT("revoked"))) {
		respond_problem(call, PROBLEM_AUTH_TOKEN_REVOKED, TEXT_NONE, NULL);
		call_release(call);
		return;
	}
	if (!db_is_null(rows, 0, 1))
		revocations_add_epoch(&call->principal.account_id, db_int(rows, 0, 1));
	for (int i = 0; i < db_rows(rows); i++) {
		struct uuid session = db_uuid(rows, i, 2);

		revocations_add_session(&session);
	}
	results_poke_revocations();
	answer_closed(call, "Déconnexion de tous les appareils réussie", "Signed out on all devices");
	call_release(call);
}

/* Clients sign out and then ask for this with the token they have just signed out: whether it may is decided where
 * the sessions are. */
void sessions_logout_all(struct call *call, const struct captures *captures)
{
	struct uuid event = uuid_new();

	(void)captures;
	if (!principal_require_signed(call))
		return;
	call_hold(call);
	if (!loop_write(call->loop, QUERY_session_close_all, 6,
	            (struct db_param[]){ P_UUID(&call->principal.account_id), P_UUID(&event), P_TEXT(call->request_id),
	                    P_TEXT(call->traceparent), P_UUID(&call->principal.session_id),
	                    P_INT(call->principal.epoch) },
	            on_all_closed, call))
		unavailable(call);
}

/* --- verify ----------------------------------------------------------------------------- */
static void write_verified(const struct call *call, const struct token_subject *subject, struct buffer *out)
{
	char expires[CLOCK_TEXT_BYTES];

	clock_format(call->principal.expires_at * 1000000, expires);
	buffer_string(out, "{");
	buffer_json_member_bool(out, "valid", true);
	write_user(call->arena, subject, out);
	buffer_json_member(out, "userId", uuid_text(call->arena, &subject->account_id));
	buffer_json_member(out, "email", subject->email);
	buffer_json_member(out, "role", subject->role);
	buffer_json_member_int(out, "iat", call->principal.issued_at);
	buffer_json_member_int(out, "exp", call->principal.expires_at);
	buffer_json_name(out, "token");
	buffer_string(out, "{");
	buffer_json_member_bool(out, "valid", true);
	buffer_json_member(out, "expiresAt", text_of(expires));
	buffer_string(out, "}}");
}

static void on_subject(void *arg, enum db_fault fault, const char *sqlstate, const struct db_result *rows)
{
	struct call *call = arg;
	struct token_subject subject = { .account_id = call->principal.account_id };
	struct buffer out;

	(void)sqlstate;
	if (fault != DB_FINE) {
		unavailable(call);
		return;
	}
	if (db_rows(rows) != 1 || !db_bool(rows, 0, 2)) {
		respond_problem(call, db_rows(rows) ? PROBLEM_AUTH_ACCOUNT_DISABLED : PROBLEM_AUTH_TOKEN_INVALID,
		        TEXT_NONE, NULL);
	} else {
		subject.email = db_text(rows, 0, 0);
		subject.role = db_text(rows, 0, 1);
		buffer_init(&out, call->arena, 512);
		write_verified(call, &subject, &out);
		call->lifts = true; /* every old client looks at the top level, whatever its prefix */
		respond_success(call, &(struct success){ .status = 200, .data = buffer_view(&out) });
	}
	call_release(call);
}

void sessions_verify(struct call *call, const struct captures *captures)
{
	(void)captures;
	if (!principal_require(call))
		return;
	call_hold(call);
	if (!loop_query(call->loop, QUERY_token_subject, 1, (struct db_param[]){ P_UUID(&call->principal.account_id) },
	            on_subject, call))
		unavailable(call);
}
