/* link_ask.c - POST /auth/forgot-password, /auth/magic-link and /auth/verify-email/resend: a mail with a link.
 *
 * The answer is the same whether or not anybody has the address, and whether or not a mail is sent: to an address that
 * was not proven there is none, nor above so many in an hour. A mail takes a millisecond or two to write, and
 * SIGN_IN_TRIES bounds who would measure that.
 */
#include "ingress/account/locks.h"
#include "ingress/account/tries.h"
#include "ingress/http/action.h"
#include "ingress/http/ask.h"

/* In the call's arena. */
struct asking {
	const char *kind;
	struct text email;
	enum action_id action;
};

static void on_asked(struct call *call, void *state, const struct db_result *rows)
{
	(void)rows;
	action_succeed(call, ((struct asking *)state)->action, TEXT("{}"));
}

static void on_counted(struct call *call, void *state)
{
	const struct asking *a = state;
	struct uuid mail = uuid_new(), event = uuid_new();

	ask_write(call, QUERY_link_ask, 8,
	        (struct db_param[]){ P_TEXT(text_of(a->kind)), P_TEXT(a->email), P_UUID(&mail), P_UUID(&event),
	                P_INT(locks_mails_most()), P_TEXT(call->request_id), P_TEXT(call->traceparent),
	                P_TEXT(call->origin) },
	        on_asked, state);
}

static void ask(struct call *call, const char *kind, struct text email, enum action_id action)
{
	struct asking *a = ARENA_NEW(call->arena, struct asking);

	*a = (struct asking){ kind, email, action };
	tries_take(call, email, on_counted, a);
}

void password_forgot(struct call *call, const struct password_forgot *form)
{
	ask(call, "reset", form->email, ACTION_password_forgot);
}

void magic_link(struct call *call, const struct magic_link *form)
{
	ask(call, "magic", form->email, ACTION_magic_link);
}

static void on_again(struct call *call, void *state)
{
	struct uuid mail = uuid_new();

	ask_write(call, QUERY_verify_ask, 3,
	        (struct db_param[]){ P_UUID(&call->principal.account_id), P_UUID(&mail), P_INT(locks_mails_most()) },
	        on_asked, state);
}

void email_verify_again(struct call *call)
{
	struct asking *a = ARENA_NEW(call->arena, struct asking);

	a->action = ACTION_email_verify_again;
	tries_take(call, TEXT_NONE, on_again, a);
}
