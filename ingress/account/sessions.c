/* sessions.c - see sessions.h. */
#include "ingress/account/sessions.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "ingress/account/locks.h"
#include "ingress/account/policy.h"
#include "ingress/account/second_factor.h"
#include "ingress/http/action.h"
#include "ingress/http/ask.h"
#include "ingress/http/headers.h"
#include "ingress/http/path.h"

#define REFRESH_BYTES 32
#define COOKIE "refreshToken"
#define COOKIE_OF_HOST "__Host-refreshToken"

static struct text hex_text(struct arena *arena, const void *data, size_t len)
{
	char *out = arena_alloc(arena, 2 * len + 1);

	text_hex(data, len, out);
	return (struct text){ out, 2 * len };
}

struct text session_hash(struct arena *arena, struct text token)
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
	if (uuid_is_none(&sign_in->subject.session_id))
		sign_in->subject.session_id = uuid_new();
	sign_in->refresh_token = hex_text(arena, token, sizeof token);
	sign_in->refresh_hash = session_hash(arena, sign_in->refresh_token);
}

void session_succeed(struct arena *arena, struct text token, struct sign_in *sign_in)
{
	uint8_t key[32], successor[REFRESH_BYTES];

	principal_key("refresh", key);
	principal_mac(key, token, successor);
	sign_in->refresh_token = hex_text(arena, successor, sizeof successor);
	sign_in->refresh_hash = session_hash(arena, sign_in->refresh_token);
}

/* --- answers --------------------------------------------------------------------- */
void session_write_user(struct arena *arena, const struct token_subject *subject, struct buffer *out)
{
	struct text id = uuid_text(arena, &subject->account_id);

	buffer_json_name(out, "user");
	buffer_string(out, "{");
	buffer_json_member(out, "id", id);
	buffer_json_member(out, "userId", id);
	buffer_json_member(out, "email", subject->email);
	buffer_json_member(out, "role", subject->role);
	buffer_json_member(out, "firstName", subject->first_name.data ? subject->first_name : TEXT(""));
	buffer_json_member(out, "lastName", subject->last_name.data ? subject->last_name : TEXT(""));
	buffer_string(out, "}");
}

static void set_cookie_of_host(struct call *call, struct text token, int64_t ttl_s)
{
	respond_header(call, "set-cookie",
	        text_of(arena_printf(call->arena,
	                COOKIE_OF_HOST "=%.*s; HttpOnly; SameSite=Strict; Path=/; Max-Age=%lld; Secure", (int)token.len,
	                token.data, (long long)ttl_s)));
}

/* For the one path that reads it, below each prefix that clients put before it. */
static void set_cookie(struct call *call, struct text token, int64_t ttl_s)
{
	const char *secure = call_is_secure(call) ? "; Secure" : "", *prefix;

	if (policy_is_production()) {
		set_cookie_of_host(call, token, ttl_s);
		return;
	}
	for (int i = 0; (prefix = path_prefix(i)); i++)
		respond_header(call, "set-cookie",
		        text_of(arena_printf(call->arena,
		                COOKIE "=%.*s; HttpOnly; SameSite=Strict; Path=%s/auth/refresh; Max-Age=%lld%s",
		                (int)token.len, token.data, prefix, (long long)ttl_s, secure)));
}

void session_set_cookie(struct call *call, const struct sign_in *sign_in)
{
	set_cookie(call, sign_in->refresh_token, principal_refresh_ttl_s());
}

/* One of before production was said counts, too. */
struct text session_cookie(const struct call *call)
{
	struct text cookies = call_headers(call, "cookie");
	struct text of_host = headers_cookie(cookies, TEXT(COOKIE_OF_HOST));

	return of_host.len ? of_host : headers_cookie(cookies, TEXT(COOKIE));
}

void session_answer(struct call *call, const struct sign_in *sign_in, enum action_id action)
{
	struct text token = principal_token(call->arena, &sign_in->subject);
	struct buffer out;

	buffer_init(&out, call->arena, 1024);
	buffer_string(&out, "{");
	buffer_json_member(&out, "token", token);
	buffer_json_member(&out, "accessToken", token);
	buffer_json_member(&out, "refreshToken", sign_in->refresh_token);
	buffer_json_member(&out, "tokenType", TEXT("Bearer"));
	buffer_json_member_int(&out, "expiresIn", principal_token_ttl_s());
	session_write_user(call->arena, &sign_in->subject, &out);
	if (sign_in->subject.enrols)
		buffer_json_member_bool(&out, "mfaEnrolmentRequired", true);
	buffer_string(&out, "}");
	session_set_cookie(call, sign_in);
	action_succeed(call, action, buffer_view(&out));
}

void session_answer_closed(struct call *call, enum action_id action)
{
	set_cookie(call, TEXT(""), 0);
	action_succeed(call, action, TEXT("{}"));
}

/* --- opening ------------------------------------------------------------------------ */
/* A session on its way; in the call's arena. */
struct opening {
	struct sign_in sign_in;
	struct text credential; /* that was verified */
	enum action_id action;
	void (*then)(struct call *call, const struct sign_in *sign_in); /* NULL: answers for the action */
};

static void answer_opened(struct call *call, struct opening *o, bool has_factor)
{
	o->sign_in.subject.enrols = !has_factor && policy_wants_factor(o->sign_in.subject.role);
	if (o->then)
		o->then(call, &o->sign_in);
	else
		session_answer(call, &o->sign_in, o->action);
}

static void answer_half(struct call *call, struct opening *o)
{
	if (o->then)
		respond_problem(call, PROBLEM_MFA_REQUIRED, TEXT("this account has a second factor"), NULL);
	else
		second_factor_ask(call, &o->sign_in.subject, o->credential, o->action);
}

static void on_opened(struct call *call, void *state, const struct db_result *rows)
{
	struct opening *o = state;
	const struct token_subject *subject = &o->sign_in.subject;
	struct text verdict = db_text(rows, 0, 0);

	if (text_equal(verdict, TEXT("ok")))
		answer_opened(call, o, db_bool(rows, 0, 1));
	else if (text_equal(verdict, TEXT("half")))
		answer_half(call, o);
	else if (text_equal(verdict, TEXT("code")))
		locks_fail_code(call, &subject->account_id, subject->email);
	else
		respond_problem(call, PROBLEM_AUTH_INVALID_CREDENTIALS, TEXT_NONE, NULL);
}

static void begin(struct call *call, struct opening *o, const struct token_subject *subject, const struct proof *proof)
{
	struct uuid event = uuid_new();

	o->sign_in.subject = *subject;
	o->credential = proof->hash;
	session_draw(call->arena, &o->sign_in);
	ask_write(call, QUERY_session_open, 15,
	        (struct db_param[]){ P_UUID(&subject->account_id), P_UUID(&o->sign_in.subject.session_id),
	                P_TEXT(o->sign_in.refresh_hash), P_INT(principal_refresh_ttl_s()), P_UUID(&event),
	                P_TEXT(call->request_id), P_TEXT(call->traceparent), P_INT(subject->epoch), P_TEXT(proof->hash),
	                P_TEXT(call->origin), P_TEXT(text_of(proof->method)), P_TEXT(proof->rehash),
	                P_INT(principal_session_ttl_s()), P_INT(proof->code ? proof->code->step : 0),
	                P_TEXT(proof->code ? proof->code->recovery : TEXT_NONE) },
	        on_opened, o);
}

void session_open(
        struct call *call, const struct token_subject *subject, const struct proof *proof, enum action_id action)
{
	struct opening *o = ARENA_NEW(call->arena, struct opening);

	o->action = action;
	begin(call, o, subject, proof);
}

void session_open_then(struct call *call, const struct token_subject *subject, const struct proof *proof,
        void (*then)(struct call *call, const struct sign_in *sign_in))
{
	struct opening *o = ARENA_NEW(call->arena, struct opening);

	o->then = then;
	begin(call, o, subject, proof);
}
