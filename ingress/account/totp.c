/* totp.c - GET and DELETE /auth/totp, POST /auth/totp/enrol, /confirm and /recovery-codes: a device for one's own
 * account; and DELETE /users/{user_id}/totp, for who has lost it.
 *
 *   password ─► secret, sealed; nothing is asked for yet ─► its first code ─► signing in asks for one; recovery codes
 *
 * To be rid of it, or to have other recovery codes, takes password and code.
 */
#include "base/clock.h"
#include "ingress/account/locks.h"
#include "ingress/account/own_password.h"
#include "ingress/account/recovery_codes.h"
#include "ingress/account/second_factor.h"
#include "ingress/account/totp_secret.h"
#include "ingress/account/tries.h"
#include "ingress/http/action.h"
#include "ingress/http/ask.h"

/* What is wrong, by the verdict; PROBLEM_NONE: nothing. */
static enum problem_code problem_of(struct text verdict)
{
	static const struct {
		const char *verdict;
		enum problem_code problem;
	} problems[] = { { "ok", PROBLEM_NONE }, { "enabled", PROBLEM_MFA_ALREADY_ENABLED },
		{ "disabled", PROBLEM_MFA_NOT_ENABLED }, { "code", PROBLEM_AUTH_CODE_INVALID },
		{ "missing", PROBLEM_NOT_FOUND } };

	for (size_t i = 0; i < sizeof problems / sizeof *problems; i++)
		if (text_equal(verdict, text_of(problems[i].verdict)))
			return problems[i].problem;
	return PROBLEM_AUTH_INVALID_CREDENTIALS;
}

/* False after having answered what is wrong. */
static bool is_fine(struct call *call, const struct db_result *rows)
{
	enum problem_code wrong = problem_of(db_text(rows, 0, 0));

	if (wrong != PROBLEM_NONE)
		respond_problem(call, wrong, TEXT_NONE, NULL);
	return wrong == PROBLEM_NONE;
}

static void answer_codes(struct call *call, enum action_id action, const struct text codes[RECOVERY_CODES])
{
	struct buffer out;

	buffer_init(&out, call->arena, 512);
	buffer_string(&out, "{");
	buffer_json_member_raw(&out, "recoveryCodes", recovery_codes_json(call->arena, codes));
	buffer_string(&out, "}");
	action_succeed(call, action, buffer_view(&out));
}

/* --- what there is ---------------------------------------------------------------------- */
static void on_shown(struct call *call, void *unused, const struct db_result *rows)
{
	struct buffer out;

	(void)unused;
	buffer_init(&out, call->arena, 128);
	buffer_string(&out, "{");
	buffer_json_member_bool(&out, "enabled", db_rows(rows) && db_bool(rows, 0, 10));
	if (db_rows(rows) && !db_is_null(rows, 0, 11))
		buffer_json_member(&out, "confirmedAt", db_text(rows, 0, 11));
	else
		buffer_json_member_raw(&out, "confirmedAt", TEXT("null"));
	buffer_json_member_int(&out, "recoveryCodesLeft", db_rows(rows) ? db_int(rows, 0, 12) : 0);
	buffer_string(&out, "}");
	action_succeed(call, ACTION_totp_show, buffer_view(&out));
}

void totp_show(struct call *call)
{
	ask_read(
	        call, QUERY_factor_find, 1, (struct db_param[]){ P_UUID(&call->principal.account_id) }, on_shown, NULL);
}

/* --- a device is enrolled ------------------------------------------------------------------ */
struct enrolment {
	struct own_password own; /* first: its call back leads here */
	uint8_t secret[TOTP_SECRET_BYTES];
};

static void on_enrolled(struct call *call, void *state, const struct db_result *rows)
{
	struct enrolment *e = state;
	char *secret = arena_alloc(call->arena, TOTP_SECRET_LETTERS + 1);
	struct buffer out;
	struct text uri;

	if (!is_fine(call, rows))
		return;
	totp_base32(e->secret, sizeof e->secret, secret);
	uri = totp_secret_uri(call->arena, e->own.email, text_of(secret));
	buffer_init(&out, call->arena, 16384);
	buffer_string(&out, "{");
	buffer_json_member(&out, "secret", text_of(secret));
	buffer_json_member(&out, "uri", uri);
	buffer_json_member(&out, "qr", totp_secret_picture(call->arena, uri));
	buffer_string(&out, "}");
	action_succeed(call, ACTION_totp_enrol, buffer_view(&out));
}

static void on_enrols(struct call *call, struct own_password *own)
{
	struct enrolment *e = (struct enrolment *)own;
	const struct uuid *account = &call->principal.account_id;

	totp_secret_draw(e->secret);
	ask_write(call, QUERY_totp_enrol, 3,
	        (struct db_param[]){
	                P_UUID(account), P_TEXT(own->hash), P_TEXT(totp_secret_seal(call->arena, account, e->secret)) },
	        on_enrolled, e);
}

void totp_enrol(struct call *call, const struct totp_enrol *form)
{
	struct enrolment *e = ARENA_NEW(call->arena, struct enrolment);

	e->own.said = form->password;
	e->own.then = on_enrols;
	own_password_ask(call, &e->own);
}

/* --- it shows its first code --------------------------------------------------------------- */
struct confirmation {
	struct text code, codes[RECOVERY_CODES];
};

static void on_confirmed(struct call *call, void *state, const struct db_result *rows)
{
	const struct confirmation *c = state;

	if (is_fine(call, rows))
		answer_codes(call, ACTION_totp_confirm, c->codes);
}

static void confirm(struct call *call, struct confirmation *c, struct text sealed, int64_t step)
{
	struct uuid event = uuid_new(), mail = uuid_new();

	recovery_codes_draw(call->arena, c->codes);
	ask_write(call, QUERY_totp_confirm, 10,
	        (struct db_param[]){ P_UUID(&call->principal.account_id), P_TEXT(sealed), P_INT(step),
	                P_TEXT(recovery_codes_hashes(call->arena, c->codes)), P_UUID(&event), P_UUID(&mail),
	                P_INT(locks_mails_most()), P_TEXT(call->request_id), P_TEXT(call->traceparent),
	                P_TEXT(call->origin) },
	        on_confirmed, c);
}

static void on_secret(struct call *call, void *state, const struct db_result *rows)
{
	struct confirmation *c = state;
	struct text sealed = db_rows(rows) ? text_copy(call->arena, db_text(rows, 0, 9)) : TEXT_NONE;
	struct factor_code said;

	if (!sealed.len || db_bool(rows, 0, 10)) {
		respond_problem(
		        call, sealed.len ? PROBLEM_MFA_ALREADY_ENABLED : PROBLEM_MFA_NOT_ENABLED, TEXT_NONE, NULL);
		return;
	}
	said = second_factor_judge(call->arena, &call->principal.account_id, sealed, c->code);
	if (said.step)
		confirm(call, c, sealed, said.step);
	else
		respond_problem(call, PROBLEM_AUTH_CODE_INVALID, TEXT_NONE, NULL);
}

static void on_counted(struct call *call, void *state)
{
	ask_read(call, QUERY_factor_find, 1, (struct db_param[]){ P_UUID(&call->principal.account_id) }, on_secret,
	        state);
}

void totp_confirm(struct call *call, const struct totp_confirm *form)
{
	struct confirmation *c = ARENA_NEW(call->arena, struct confirmation);

	c->code = form->code;
	tries_take(call, TEXT_NONE, on_counted, c);
}

/* --- no device any more, or other recovery codes -------------------------------------------- */
struct change {
	struct own_password own; /* first: its call back leads here */
	struct text code, codes[RECOVERY_CODES];
	enum action_id action;
};

static void on_changed(struct call *call, void *state, const struct db_result *rows)
{
	struct change *c = state;

	if (text_equal(db_text(rows, 0, 0), TEXT("code"))) {
		locks_fail_code(call, &call->principal.account_id, c->own.email);
		return;
	}
	if (!is_fine(call, rows))
		return;
	if (c->action == ACTION_totp_recover)
		answer_codes(call, c->action, c->codes);
	else
		action_succeed(call, c->action, TEXT("{}"));
}

static void disable(struct call *call, struct change *c, const struct factor_code *said)
{
	struct uuid event = uuid_new(), mail = uuid_new();

	ask_write(call, QUERY_totp_disable, 10,
	        (struct db_param[]){ P_UUID(&call->principal.account_id), P_TEXT(c->own.hash), P_INT(said->step),
	                P_TEXT(said->recovery), P_UUID(&event), P_UUID(&mail), P_INT(locks_mails_most()),
	                P_TEXT(call->request_id), P_TEXT(call->traceparent), P_TEXT(call->origin) },
	        on_changed, c);
}

static void recover(struct call *call, struct change *c, const struct factor_code *said)
{
	struct uuid event = uuid_new();

	recovery_codes_draw(call->arena, c->codes);
	ask_write(call, QUERY_totp_recover, 9,
	        (struct db_param[]){ P_UUID(&call->principal.account_id), P_TEXT(c->own.hash), P_INT(said->step),
	                P_TEXT(said->recovery), P_TEXT(recovery_codes_hashes(call->arena, c->codes)), P_UUID(&event),
	                P_TEXT(call->request_id), P_TEXT(call->traceparent), P_TEXT(call->origin) },
	        on_changed, c);
}

static void on_factor(struct call *call, void *state, const struct db_result *rows)
{
	struct change *c = state;
	struct factor_code said = second_factor_judge(
	        call->arena, &call->principal.account_id, db_rows(rows) ? db_text(rows, 0, 9) : TEXT_NONE, c->code);

	if (c->action == ACTION_totp_recover)
		recover(call, c, &said);
	else
		disable(call, c, &said);
}

static void on_proven(struct call *call, struct own_password *own)
{
	ask_read(
	        call, QUERY_factor_find, 1, (struct db_param[]){ P_UUID(&call->principal.account_id) }, on_factor, own);
}

static void change(struct call *call, enum action_id action, struct text password, struct text code)
{
	struct change *c = ARENA_NEW(call->arena, struct change);

	c->own.said = password;
	c->own.then = on_proven;
	c->code = code;
	c->action = action;
	own_password_ask(call, &c->own);
}

void totp_disable(struct call *call, const struct totp_disable *form)
{
	change(call, ACTION_totp_disable, form->password, form->code);
}

void totp_recover(struct call *call, const struct totp_recover *form)
{
	change(call, ACTION_totp_recover, form->password, form->code);
}

/* --- somebody has lost it --------------------------------------------------------------------- */
static void on_removed(struct call *call, void *unused, const struct db_result *rows)
{
	(void)unused;
	if (text_equal(db_text(rows, 0, 0), TEXT("forbidden")))
		action_forbid(call);
	else if (is_fine(call, rows))
		action_succeed(call, ACTION_totp_remove, TEXT("{}"));
}

void totp_remove(struct call *call, const struct totp_remove *form)
{
	struct uuid event = uuid_new(), mail = uuid_new();

	ask_write(call, QUERY_totp_remove, 8,
	        (struct db_param[]){ P_UUID(&call->principal.account_id), P_UUID(&form->user_id), P_UUID(&event),
	                P_UUID(&mail), P_INT(locks_mails_most()), P_TEXT(call->request_id), P_TEXT(call->traceparent),
	                P_TEXT(call->origin) },
	        on_removed, NULL);
}
