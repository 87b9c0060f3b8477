/* login_totp.c - POST /auth/login/totp: the second half of a sign-in (second_factor.h).
 *
 *   mfaToken is ours ─► counted (tries.h) ─► the code is held against secret and recovery codes ─► one statement:
 *   code spent, session, event
 *
 * A wrong code counts as a wrong password does (locks.h).
 */
#include "base/clock.h"
#include "ingress/account/locks.h"
#include "ingress/account/second_factor.h"
#include "ingress/account/sessions.h"
#include "ingress/account/tries.h"
#include "ingress/http/action.h"
#include "ingress/http/ask.h"

/* In the call's arena. */
struct second {
	struct half half;
	struct text code, hash; /* hash: the credential that the first half was proven with; TEXT_NONE: another proof */
	struct text sealed;
	struct token_subject subject;
	int64_t locked_s;
};

static void on_counted(struct call *call, void *state)
{
	struct second *s = state;
	struct factor_code *code = ARENA_NEW(call->arena, struct factor_code);
	struct proof proof = { .hash = s->hash, .method = s->half.by_password ? "password" : "magic_link" };

	if (s->locked_s) {
		locks_refuse(call, s->locked_s);
		return;
	}
	*code = second_factor_judge(call->arena, &s->half.account_id, s->sealed, s->code);
	proof.code = code;
	session_open(call, &s->subject, &proof, ACTION_account_login_totp);
}

static void read_subject(struct call *call, struct second *s, const struct db_result *rows)
{
	s->subject = (struct token_subject){ .account_id = s->half.account_id,
		.session_id = s->half.session_id,
		.epoch = s->half.epoch,
		.role = text_copy(call->arena, db_text(rows, 0, 3)),
		.first_name = text_copy(call->arena, db_text(rows, 0, 5)),
		.last_name = text_copy(call->arena, db_text(rows, 0, 6)),
		.email = text_copy(call->arena, db_text(rows, 0, 8)) };
	s->hash = s->half.by_password ? text_copy(call->arena, db_text(rows, 0, 1)) : TEXT_NONE;
	s->locked_s = db_int(rows, 0, 7);
	s->sealed = text_copy(call->arena, db_text(rows, 0, 9));
}

/* What was verified counts still: that it does when the session is opened is looked at there. */
static bool is_whole(const struct second *s, const struct db_result *rows)
{
	uint8_t mark[16];

	second_factor_mark(s->hash, mark);
	return db_bool(rows, 0, 2) && db_int(rows, 0, 4) == s->half.epoch &&
	       text_equal_secret((struct text){ (const char *)mark, sizeof mark },
	               (struct text){ (const char *)s->half.credential, sizeof mark });
}

static void on_factor(struct call *call, void *state, const struct db_result *rows)
{
	struct second *s = state;

	if (db_rows(rows))
		read_subject(call, s, rows);
	if (!db_rows(rows) || !is_whole(s, rows))
		respond_problem(call, PROBLEM_AUTH_TOKEN_INVALID, TEXT_NONE, NULL);
	else
		tries_take(call, s->subject.email, on_counted, s);
}

void account_login_totp(struct call *call, const struct account_login_totp *form)
{
	struct second *s = ARENA_NEW(call->arena, struct second);

	s->code = form->code;
	if (!second_factor_read(form->mfa_token, clock_unix_ms() / 1000, &s->half)) {
		respond_problem(call, PROBLEM_AUTH_TOKEN_INVALID, TEXT_NONE, NULL);
		return;
	}
	ask_read(call, QUERY_factor_find, 1, (struct db_param[]){ P_UUID(&s->half.account_id) }, on_factor, s);
}
