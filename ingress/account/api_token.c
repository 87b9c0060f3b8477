/* api_token.c - POST, GET and DELETE /auth/tokens: what programs ask with (ingress/http/api_tokens.h), made and ended
 * from a session. */
#include "ingress/command/results.h"
#include "ingress/http/action.h"
#include "ingress/http/api_tokens.h"
#include "ingress/http/ask.h"

#define PREFIX_LETTERS 16

/* A token on its way; in the call's arena. */
struct making {
	const struct api_token_create *form;
	struct token_entry entry;
	char token[API_TOKEN_LETTERS + 1];
};

/* --- made ----------------------------------------------------------------------------- */
/* False after having answered what is wrong with them. */
static bool read_scopes(struct call *call, const struct text_list *words, unsigned *out)
{
	struct problems problems = { 0 };

	*out = 0;
	for (int i = 0; i < words->count; i++) {
		unsigned bit = api_token_scope(words->items[i]);

		if (!bit)
			problem_add(&problems, "scopes", "value", "must be read, write or admin");
		*out |= bit;
	}
	if (!words->count)
		problem_add(&problems, "scopes", "required", "must name one at least");
	if (problems.count)
		respond_problem(call, PROBLEM_VALIDATION_ERROR, TEXT_NONE, &problems);
	return !problems.count;
}

static struct text scopes_json(struct call *call, const struct text_list *words)
{
	struct buffer out;

	buffer_init(&out, call->arena, 64);
	buffer_string(&out, "[");
	for (int i = 0; i < words->count; i++) {
		buffer_string(&out, i ? "," : "");
		buffer_json_text(&out, words->items[i]);
	}
	buffer_string(&out, "]");
	return buffer_view(&out);
}

static void answer_made(struct call *call, const struct making *m)
{
	struct buffer out;

	buffer_init(&out, call->arena, 512);
	buffer_string(&out, "{");
	buffer_json_member(&out, "id", uuid_text(call->arena, &m->entry.id));
	buffer_json_member(&out, "token", text_of(m->token));
	buffer_json_member(&out, "prefix", (struct text){ m->token, PREFIX_LETTERS });
	buffer_json_member(&out, "name", m->form->name);
	buffer_json_member_raw(&out, "scopes", scopes_json(call, &m->form->scopes));
	buffer_json_member(&out, "accountId", uuid_text(call->arena, &m->entry.account_id));
	if (m->form->expires_at.data)
		buffer_json_member(&out, "expiresAt", m->form->expires_at);
	else
		buffer_json_member_raw(&out, "expiresAt", TEXT("null"));
	buffer_string(&out, "}");
	action_succeed(call, ACTION_api_token_create, buffer_view(&out));
}

static void answer_past(struct call *call)
{
	struct problems problems = { 0 };

	problem_add(&problems, "expiresAt", "value", "is not in the future");
	respond_problem(call, PROBLEM_VALIDATION_ERROR, TEXT_NONE, &problems);
}

static void on_made(struct call *call, void *state, const struct db_result *rows)
{
	struct making *m = state;
	struct text verdict = db_text(rows, 0, 0);

	if (text_equal(verdict, TEXT("ok"))) {
		m->entry.account_id = db_uuid(rows, 0, 1);
		m->entry.expires_at = db_int(rows, 0, 2);
		m->entry.scopes |=
		        db_bool(rows, 0, 3) ? 0 : SCOPE_ADMIN; /* as sql/functions/api_tokens_from.sql has it */
		api_tokens_add(&m->entry);
		results_poke_revocations();
		answer_made(call, m);
	} else if (text_equal(verdict, TEXT("forbidden"))) {
		action_forbid(call);
	} else if (text_equal(verdict, TEXT("past"))) {
		answer_past(call);
	} else {
		respond_problem(call, text_equal(verdict, TEXT("many")) ? PROBLEM_LIMIT_REACHED : PROBLEM_NOT_FOUND,
		        TEXT_NONE, NULL);
	}
}

void api_token_create(struct call *call, const struct api_token_create *form)
{
	struct making *m = ARENA_NEW(call->arena, struct making);
	struct uuid event = uuid_new();
	char hash[2 * TOKEN_HASH_BYTES + 1];

	m->form = form;
	m->entry.id = uuid_new();
	if (!read_scopes(call, &form->scopes, &m->entry.scopes))
		return;
	api_token_draw(&m->entry, m->token);
	text_hex(m->entry.hash, TOKEN_HASH_BYTES, hash);
	ask_write(call, QUERY_api_token_make, 11,
	        (struct db_param[]){ P_UUID(&call->principal.account_id),
	                uuid_is_none(&form->account_id) ? P_NULL : P_UUID(&form->account_id), P_UUID(&m->entry.id),
	                P_TEXT(form->name), P_TEXT(text_of(hash)), P_TEXT(scopes_json(call, &form->scopes)),
	                P_TEXT(form->expires_at), P_UUID(&event), P_TEXT(call->request_id), P_TEXT(call->traceparent),
	                P_TEXT(call->origin) },
	        on_made, m);
}

/* --- listed --------------------------------------------------------------------------- */
static void on_list(struct call *call, void *unused, const struct db_result *rows)
{
	struct buffer out;

	(void)unused;
	if (!text_equal(db_text(rows, 0, 0), TEXT("ok"))) {
		action_forbid(call);
		return;
	}
	buffer_init(&out, call->arena, 1024);
	buffer_string(&out, "{");
	buffer_json_member_raw(&out, "tokens", db_text(rows, 0, 1));
	buffer_string(&out, "}");
	action_succeed(call, ACTION_api_token_list, buffer_view(&out));
}

void api_token_list(struct call *call, const struct api_token_list *form)
{
	ask_read(call, QUERY_api_token_list, 2,
	        (struct db_param[]){ P_UUID(&call->principal.account_id),
	                uuid_is_none(&form->account_id) ? P_NULL : P_UUID(&form->account_id) },
	        on_list, NULL);
}

/* --- ended ---------------------------------------------------------------------------- */
static void on_ended(struct call *call, void *state, const struct db_result *rows)
{
	const struct api_token_end *form = state;

	if (!text_equal(db_text(rows, 0, 0), TEXT("ok"))) {
		respond_problem(call, PROBLEM_NOT_FOUND, TEXT_NONE, NULL);
		return;
	}
	api_tokens_end(&form->token_id);
	results_poke_revocations();
	action_succeed(call, ACTION_api_token_end, TEXT("{}"));
}

void api_token_end(struct call *call, const struct api_token_end *form)
{
	struct api_token_end *kept = ARENA_NEW(call->arena, struct api_token_end);
	struct uuid event = uuid_new();

	*kept = *form;
	ask_write(call, QUERY_api_token_end, 6,
	        (struct db_param[]){ P_UUID(&call->principal.account_id), P_UUID(&kept->token_id), P_UUID(&event),
	                P_TEXT(call->request_id), P_TEXT(call->traceparent), P_TEXT(call->origin) },
	        on_ended, kept);
}
