/* email_change.c - POST /auth/change-email: another address for who knows the password; mails go to both, and both must
 * say yes (links.c). An address that somebody has is refused, as registering with it is. */
#include "ingress/account/locks.h"
#include "ingress/account/own_password.h"
#include "ingress/account/tries.h"
#include "ingress/http/action.h"
#include "ingress/http/ask.h"

/* In the call's arena. */
struct change {
	struct own_password own; /* first: its call back leads here */
	struct text wanted;
};

static void on_asked(struct call *call, void *unused, const struct db_result *rows)
{
	struct text verdict = db_text(rows, 0, 0);

	(void)unused;
	if (text_equal(verdict, TEXT("ok")) || text_equal(verdict, TEXT("same")))
		action_succeed(call, ACTION_email_change, TEXT("{}"));
	else if (text_equal(verdict, TEXT("taken")))
		respond_problem(call, PROBLEM_USER_ALREADY_EXISTS, TEXT_NONE, NULL);
	else if (text_equal(verdict, TEXT("many")))
		tries_refuse(call, 3600);
	else
		respond_problem(call, PROBLEM_AUTH_INVALID_CREDENTIALS, TEXT_NONE, NULL);
}

static void on_proven(struct call *call, struct own_password *own)
{
	const struct change *c = (const struct change *)own;
	struct uuid old_mail = uuid_new(), new_mail = uuid_new();

	ask_write(call, QUERY_email_ask, 6,
	        (struct db_param[]){ P_UUID(&call->principal.account_id), P_TEXT(own->hash), P_TEXT(c->wanted),
	                P_UUID(&old_mail), P_UUID(&new_mail), P_INT(locks_mails_most()) },
	        on_asked, NULL);
}

void email_change(struct call *call, const struct email_change *form)
{
	struct change *c = ARENA_NEW(call->arena, struct change);

	c->own.said = form->password;
	c->own.then = on_proven;
	c->wanted = form->new_email;
	own_password_ask(call, &c->own);
}
