/* locks.c - see locks.h. How long a lock lasts: sql/functions/sign_in_failed.sql. */
#include "ingress/account/locks.h"

#include "ingress/http/ask.h"
#include "ingress/http/respond.h"
#include "ingress/http/security.h"

static int64_t failures_most, mails_most;

struct setting locks_settings[] = {
	{ "SIGN_IN_FAILURES", SETTING_INT, &failures_most, "5", .min = 0, .max = 1000,
	        .help = "wrong passwords after which an address is locked for a minute, then 5, 15, 60; 0: it never "
	                "is" },
	{ "ACCOUNT_MAILS_PER_HOUR", SETTING_INT, &mails_most, "6", .min = 1, .max = 1000,
	        .help = "mails to one address in an hour that anybody can bring about: links to sign in, and the "
	                "like" },
	{ 0 },
};

int64_t locks_mails_most(void)
{
	return mails_most;
}

void locks_refuse(struct call *call, int64_t left_s)
{
	respond_header(call, "retry-after", text_of(arena_printf(call->arena, "%lld", (long long)left_s)));
	respond_problem(call, PROBLEM_AUTH_ACCOUNT_LOCKED, TEXT_NONE, NULL);
}

static void on_noted(struct call *call, void *unused, const struct db_result *rows)
{
	(void)unused;
	(void)rows;
	respond_problem(call, PROBLEM_AUTH_INVALID_CREDENTIALS, TEXT_NONE, NULL);
}

static void on_code_noted(struct call *call, void *unused, const struct db_result *rows)
{
	(void)unused;
	(void)rows;
	respond_problem(call, PROBLEM_AUTH_CODE_INVALID, TEXT_NONE, NULL);
}

static void note(struct call *call, struct text email, ask_rows_fn *then)
{
	struct uuid event = uuid_new(), mail = uuid_new();

	ask_write(call, QUERY_sign_in_failed, 8,
	        (struct db_param[]){ P_TEXT(email), P_INT(failures_most), P_UUID(&event), P_UUID(&mail),
	                P_INT(mails_most), P_TEXT(call->request_id), P_TEXT(call->traceparent), P_TEXT(call->origin) },
	        then, NULL);
}

void locks_fail(struct call *call, const struct uuid *account, struct text email)
{
	security_login_failed(call, account, email, account ? "wrong_password" : "unknown_address");
	note(call, email, on_noted);
}

void locks_fail_code(struct call *call, const struct uuid *account, struct text email)
{
	security_login_failed(call, account, email, "wrong_code");
	note(call, email, on_code_noted);
}
