/* password_change.c - POST or PUT /auth/change-password: another password for who knows the present one.
 *
 * Every session but the one that asks ends. Emits user.password_changed.
 */
#include "ingress/account/own_password.h"
#include "ingress/account/policy.h"
#include "ingress/command/results.h"
#include "ingress/http/action.h"
#include "ingress/http/ask.h"
#include "ingress/http/revocations.h"

/* In the call's arena. */
struct change {
	struct own_password own; /* first: its call back leads here */
	struct password_job next;
	struct text wanted;
	enum action_id action;
};

static void on_changed(struct call *call, void *state, const struct db_result *rows)
{
	const struct change *c = state;

	if (!db_bool(rows, 0, 0)) {
		respond_problem(call, PROBLEM_AUTH_INVALID_CREDENTIALS, TEXT_NONE, NULL);
		return;
	}
	for (int i = 0; i < db_rows(rows); i++) {
		struct uuid session = db_uuid(rows, i, 1);

		if (!uuid_is_none(&session))
			revocations_add_session(&session);
	}
	results_poke_revocations();
	action_succeed(call, c->action, TEXT("{}"));
}

static void on_hashed(struct call *call, struct password_job *job)
{
	struct change *c = (struct change *)((char *)job - offsetof(struct change, next));
	struct uuid event = uuid_new();

	ask_write(call, QUERY_password_change, 8,
	        (struct db_param[]){ P_UUID(&call->principal.account_id), P_UUID(&call->principal.session_id),
	                P_TEXT(c->own.hash), P_TEXT(text_of(job->hashed)), P_UUID(&event), P_TEXT(call->request_id),
	                P_TEXT(call->traceparent), P_TEXT(call->origin) },
	        on_changed, c);
}

static void on_proven(struct call *call, struct own_password *own)
{
	struct change *c = (struct change *)own;

	if (!policy_allows(call, "newPassword", c->wanted, own->email))
		return;
	c->next.password = c->wanted;
	c->next.then = on_hashed;
	passwords_run(call, &c->next);
}

static void begin(struct call *call, struct text said, struct text wanted, enum action_id action)
{
	struct change *c = ARENA_NEW(call->arena, struct change);

	c->own.said = said;
	c->own.then = on_proven;
	c->wanted = wanted;
	c->action = action;
	own_password_ask(call, &c->own);
}

void password_change(struct call *call, const struct password_change *form)
{
	begin(call, form->current_password, form->new_password, ACTION_password_change);
}

void password_change_put(struct call *call, const struct password_change_put *form)
{
	begin(call, form->current_password, form->new_password, ACTION_password_change_put);
}
