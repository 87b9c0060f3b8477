/* links.c - see links.h. POST /auth/reset-password, /accept-invitation, /verify-email, /magic-link/confirm and
 * /change-email/confirm, for clients that have the token. */
#include "ingress/account/links.h"

#include <string.h>
#include "ingress/account/passwords.h"
#include "ingress/account/policy.h"
#include "ingress/account/sessions.h"
#include "ingress/account/tries.h"
#include "ingress/command/results.h"
#include "ingress/http/action.h"
#include "ingress/http/ask.h"
#include "ingress/http/respond.h"
#include "ingress/http/revocations.h"

#define TOKEN_LETTERS 64

/* A link on its way; in the call's arena. */
struct link {
	struct password_job job; /* first: its call back leads here */
	struct text hash, kind;
	const char *kinds;
	struct text password;
	void (*on_kind)(struct call *call, void *state, struct text kind);
	void (*on_used)(struct call *call, void *state, const struct link_used *used);
	void *state;
};

static bool is_of(struct text kind, const char *kinds)
{
	for (const char *at = kinds; *at; at += strspn(at, " ")) {
		size_t len = strcspn(at, " ");

		if (text_equal(kind, (struct text){ at, len }))
			return true;
		at += len;
	}
	return false;
}

static bool sets_password(struct text kind)
{
	return is_of(kind, "reset invite");
}

static void refuse(struct call *call)
{
	respond_problem(call, PROBLEM_AUTH_LINK_INVALID, TEXT_NONE, NULL);
}

/* --- using ------------------------------------------------------------------------------ */
static void on_used(struct call *call, void *state, const struct db_result *rows)
{
	struct link *l = state;
	struct text verdict = db_text(rows, 0, 0);
	struct link_used used = { .kind = l->kind, .half = text_equal(verdict, TEXT("half")) };

	if (!used.half && !text_equal(verdict, TEXT("ok"))) {
		if (text_equal(verdict, TEXT("taken")))
			respond_problem(call, PROBLEM_USER_ALREADY_EXISTS, TEXT_NONE, NULL);
		else
			refuse(call);
		return;
	}
	used.subject = (struct token_subject){ .account_id = db_uuid(rows, 0, 2),
		.email = text_copy(call->arena, db_text(rows, 0, 3)),
		.role = text_copy(call->arena, db_text(rows, 0, 4)),
		.epoch = db_int(rows, 0, 5),
		.first_name = text_copy(call->arena, db_text(rows, 0, 6)),
		.last_name = text_copy(call->arena, db_text(rows, 0, 7)) };
	if (sets_password(l->kind)) {
		revocations_add_epoch(&used.subject.account_id, used.subject.epoch);
		results_poke_revocations();
	}
	l->on_used(call, l->state, &used);
}

static void use(struct call *call, struct link *l, struct text hashed)
{
	struct uuid event = uuid_new();

	ask_write(call, QUERY_link_use, 6,
	        (struct db_param[]){ P_TEXT(l->hash), P_TEXT(hashed), P_UUID(&event), P_TEXT(call->request_id),
	                P_TEXT(call->traceparent), P_TEXT(call->origin) },
	        on_used, l);
}

static void on_hashed(struct call *call, struct password_job *job)
{
	use(call, (struct link *)job, text_of(job->hashed));
}

static void on_looked(struct call *call, void *state, const struct db_result *rows)
{
	struct link *l = state;

	if (!db_rows(rows) || (l->kinds && !is_of(db_text(rows, 0, 0), l->kinds))) {
		refuse(call);
		return;
	}
	l->kind = text_copy(call->arena, db_text(rows, 0, 0));
	if (l->on_kind) {
		l->on_kind(call, l->state, l->kind);
	} else if (!sets_password(l->kind)) {
		use(call, l, TEXT_NONE);
	} else if (policy_allows(call, "password", l->password, db_text(rows, 0, 2))) {
		l->job.password = l->password;
		l->job.then = on_hashed;
		passwords_run(call, &l->job);
	}
}

static void on_counted(struct call *call, void *state)
{
	struct link *l = state;

	ask_read(call, QUERY_link_look, 1, (struct db_param[]){ P_TEXT(l->hash) }, on_looked, l);
}

static void begin(struct call *call, struct link *l, struct text token)
{
	uint8_t unused[TOKEN_LETTERS / 2];

	if (token.len != TOKEN_LETTERS || !text_unhex(token, unused, sizeof unused)) {
		refuse(call);
		return;
	}
	l->hash = session_hash(call->arena, token);
	tries_take(call, TEXT_NONE, on_counted, l);
}

void links_look(struct call *call, struct text token, void (*then)(struct call *call, void *state, struct text kind),
        void *state)
{
	struct link *l = ARENA_NEW(call->arena, struct link);

	l->on_kind = then;
	l->state = state;
	begin(call, l, token);
}

void links_use(struct call *call, struct text token, const char *kinds, struct text password,
        void (*then)(struct call *call, void *state, const struct link_used *used), void *state)
{
	struct link *l = ARENA_NEW(call->arena, struct link);

	l->kinds = kinds;
	l->password = password;
	l->on_used = then;
	l->state = state;
	begin(call, l, token);
}

/* --- the actions -------------------------------------------------------------------------- */
static void on_reset(struct call *call, void *unused, const struct link_used *used)
{
	(void)unused;
	(void)used;
	session_answer_closed(call, ACTION_password_reset);
}

void password_reset(struct call *call, const struct password_reset *form)
{
	links_use(call, form->token, "reset", form->password, on_reset, NULL);
}

static void on_accepted(struct call *call, void *unused, const struct link_used *used)
{
	(void)unused;
	(void)used;
	action_succeed(call, ACTION_invitation_accept, TEXT("{}"));
}

void invitation_accept(struct call *call, const struct invitation_accept *form)
{
	links_use(call, form->token, "invite", form->password, on_accepted, NULL);
}

static void on_verified(struct call *call, void *unused, const struct link_used *used)
{
	(void)unused;
	(void)used;
	action_succeed(call, ACTION_email_verify, TEXT("{}"));
}

void email_verify(struct call *call, const struct email_verify *form)
{
	links_use(call, form->token, "verify", TEXT_NONE, on_verified, NULL);
}

static void on_confirmed(struct call *call, void *unused, const struct link_used *used)
{
	(void)unused;
	action_succeed(call, ACTION_email_change_confirm,
	        used->half ? TEXT("{\"isChanged\":false}") : TEXT("{\"isChanged\":true}"));
}

void email_change_confirm(struct call *call, const struct email_change_confirm *form)
{
	links_use(call, form->token, "email_old email_new", TEXT_NONE, on_confirmed, NULL);
}

static void on_magic(struct call *call, void *unused, const struct link_used *used)
{
	(void)unused;
	session_open(call, &used->subject, &(struct proof){ .method = "magic_link" }, ACTION_magic_link_confirm);
}

void magic_link_confirm(struct call *call, const struct magic_link_confirm *form)
{
	links_use(call, form->token, "magic", TEXT_NONE, on_magic, NULL);
}
