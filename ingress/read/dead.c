/* dead.c - what administrators do with messages that nobody could apply: the ACTION rows of queues/dead.def. One
 * statement changes the letters, writes what goes out again and tells the trail (sql/functions/dead_*.sql). A change of
 * what a letter says is held here against the row of its type, between a read and a write that looks whether it still
 * says the same.
 */
#include "ingress/http/action.h"
#include "ingress/http/ask.h"
#include "queues/dead_edit.h"
#include "queues/dead_known.h"

#include <jansson.h>

#define AT_A_TIME 500

/* A question on its way; in the call's arena. Who asks is looked at by each statement. */
struct asked {
	enum action_id action;
	struct uuid letter; /* of an action about one */
	bool is_trial;
	struct text set;
};

static struct asked *asked_of(struct call *call, enum action_id action, const struct uuid *letter, bool is_trial)
{
	struct asked *asked = ARENA_NEW(call->arena, struct asked);

	*asked = (struct asked){ .action = action, .is_trial = is_trial };
	if (letter)
		asked->letter = *letter;
	return asked;
}

/* --- which ------------------------------------------------------------------------------- */
static struct text one(struct call *call, const struct uuid *letter)
{
	return text_of(arena_printf(call->arena, "{\"ids\":[\"%s\"]}", uuid_text(call->arena, letter).data));
}

struct filter {
	const char *name;
	struct text value;
};

/* By the filters that were given; TEXT_NONE after having answered that there is none. */
static struct text some(struct call *call, const struct filter *filters, int count)
{
	struct buffer out;

	buffer_init(&out, call->arena, 600);
	buffer_string(&out, "{");
	for (int i = 0; i < count; i++)
		if (filters[i].value.data)
			buffer_json_member(&out, filters[i].name, filters[i].value);
	buffer_string(&out, "}");
	if (out.len > 2)
		return buffer_view(&out);
	respond_problem_at(call, PROBLEM_VALIDATION_ERROR,
	        TEXT("say which: by type, queue, error, text, from or until"), TEXT("/type"));
	return TEXT_NONE;
}

#define FILTERS(form)                                                                                                  \
	(const struct filter[])                                                                                        \
	{                                                                                                              \
		{ "type", (form)->type }, { "queue", (form)->queue }, { "error", (form)->error },                      \
		        { "text", (form)->text }, { "from", (form)->from },                                            \
		{                                                                                                      \
			"until", (form)->until                                                                         \
		}                                                                                                      \
	}
#define FILTER_COUNT 6

/* --- answers ------------------------------------------------------------------------------- */
static bool is_refused(struct call *call, const struct db_result *rows)
{
	struct text verdict = db_text(rows, 0, 0);

	if (text_equal(verdict, TEXT("ok")))
		return false;
	if (text_equal(verdict, TEXT("forbidden")) || text_equal(verdict, TEXT("disabled")))
		action_forbid(call);
	else
		respond_problem(call,
		        text_equal(verdict, TEXT("missing")) ? PROBLEM_NOT_FOUND : PROBLEM_DEAD_IS_SETTLED, TEXT_NONE,
		        NULL);
	return true;
}

static void on_replayed(struct call *call, void *state, const struct db_result *rows)
{
	const struct asked *asked = state;
	struct buffer out;

	if (is_refused(call, rows))
		return;
	buffer_init(&out, call->arena, 400);
	buffer_string(&out, "{");
	buffer_json_member_int(&out, "replayed", db_int(rows, 0, 1));
	buffer_json_member_int(&out, "already", db_int(rows, 0, 2));
	buffer_json_member_int(&out, "refused", db_int(rows, 0, 3));
	buffer_json_member_int(&out, "more", db_int(rows, 0, 4));
	buffer_json_member_bool(&out, "isTrial", asked->is_trial);
	buffer_json_member_raw(&out, "reasons", db_text(rows, 0, 5));
	buffer_string(&out, "}");
	action_succeed(call, asked->action, text_copy(call->arena, buffer_view(&out)));
}

static void on_discarded(struct call *call, void *state, const struct db_result *rows)
{
	const struct asked *asked = state;
	struct buffer out;

	if (is_refused(call, rows))
		return;
	buffer_init(&out, call->arena, 100);
	buffer_string(&out, "{");
	buffer_json_member_int(&out, "discarded", db_int(rows, 0, 1));
	buffer_json_member_int(&out, "more", db_int(rows, 0, 2));
	buffer_json_member_bool(&out, "isTrial", asked->is_trial);
	buffer_string(&out, "}");
	action_succeed(call, asked->action, buffer_view(&out));
}

/* --- again ---------------------------------------------------------------------------------- */
static void replay(struct call *call, struct asked *asked, struct text chosen, bool again)
{
	struct uuid told = uuid_new();

	ask_write(call, QUERY_dead_replay, 10,
	        (struct db_param[]){ P_UUID(&call->principal.account_id), P_UUID(&told), P_TEXT(chosen),
	                P_TEXT(dead_known(call->arena)), P_INT(AT_A_TIME), P_TEXT(again ? TEXT("t") : TEXT("f")),
	                P_TEXT(asked->is_trial ? TEXT("t") : TEXT("f")), P_TEXT(call->request_id),
	                P_TEXT(call->traceparent), P_TEXT(call->origin) },
	        on_replayed, asked);
}

void dead_letters_replay(struct call *call, const struct dead_letters_replay *form)
{
	struct text chosen = some(call, FILTERS(form), FILTER_COUNT);

	if (chosen.data)
		replay(call, asked_of(call, ACTION_dead_letters_replay, NULL, form->dry_run == FLAG_TRUE), chosen,
		        false);
}

void dead_letter_replay(struct call *call, const struct dead_letter_replay *form)
{
	replay(call, asked_of(call, ACTION_dead_letter_replay, &form->letter_id, false), one(call, &form->letter_id),
	        form->again == FLAG_TRUE);
}

/* --- changed --------------------------------------------------------------------------------- */
static void on_edited(struct call *call, void *state, const struct db_result *rows)
{
	const struct asked *asked = state;

	if (!is_refused(call, rows))
		action_succeed(call, asked->action, text_copy(call->arena, db_text(rows, 0, 1)));
}

static struct text member_of(struct call *call, const json_t *letter, const char *name)
{
	const json_t *value = json_object_get(letter, name);

	return text_copy(call->arena, (struct text){ json_string_value(value), json_string_length(value) });
}

static void on_read(struct call *call, void *state, const struct db_result *rows)
{
	struct text whole = db_text(rows, 0, 3), before;
	struct problems problems = { 0 };
	struct uuid told = uuid_new();
	struct asked *asked = state;
	struct dead_edit edit;
	json_t *letter;
	bool good;

	if (is_refused(call, rows))
		return;
	letter = json_loadb(whole.data, whole.len, 0, NULL);
	before = member_of(call, letter, "body");
	good = dead_edit(call->arena, member_of(call, letter, "type"), before, asked->set, false, &edit, &problems);
	json_decref(letter);
	if (!good) {
		respond_problem(call, PROBLEM_VALIDATION_ERROR, TEXT_NONE, &problems);
		return;
	}
	ask_write(call, QUERY_dead_edit, 10,
	        (struct db_param[]){ P_UUID(&call->principal.account_id), P_UUID(&told), P_UUID(&asked->letter),
	                P_TEXT(before), P_TEXT(edit.body), P_TEXT(text_copy(call->arena, text_of(edit.fp))),
	                P_TEXT(edit.changed), P_TEXT(call->request_id), P_TEXT(call->traceparent),
	                P_TEXT(call->origin) },
	        on_edited, asked);
}

void dead_letter_edit(struct call *call, const struct dead_letter_edit *form)
{
	struct asked *asked = asked_of(call, ACTION_dead_letter_edit, &form->letter_id, false);

	asked->set = form->set;
	ask_read(call, QUERY_dead_letter_read, 3,
	        (struct db_param[]){ P_UUID(&call->principal.account_id), P_INT(ADMIN),
	                P_TEXT(text_of(arena_printf(call->arena, "{\"letterId\":\"%s\"}",
	                        uuid_text(call->arena, &form->letter_id).data))) },
	        on_read, asked);
}

/* --- set aside ---------------------------------------------------------------------------------- */
static void discard(struct call *call, struct asked *asked, struct text chosen, struct text why)
{
	struct uuid told = uuid_new();

	ask_write(call, QUERY_dead_discard, 9,
	        (struct db_param[]){ P_UUID(&call->principal.account_id), P_UUID(&told), P_TEXT(chosen), P_TEXT(why),
	                P_INT(AT_A_TIME), P_TEXT(asked->is_trial ? TEXT("t") : TEXT("f")), P_TEXT(call->request_id),
	                P_TEXT(call->traceparent), P_TEXT(call->origin) },
	        on_discarded, asked);
}

void dead_letters_discard(struct call *call, const struct dead_letters_discard *form)
{
	struct text chosen = some(call, FILTERS(form), FILTER_COUNT);

	if (chosen.data)
		discard(call, asked_of(call, ACTION_dead_letters_discard, NULL, form->dry_run == FLAG_TRUE), chosen,
		        form->why);
}

void dead_letter_discard(struct call *call, const struct dead_letter_discard *form)
{
	if (!form->why.data)
		respond_problem_at(call, PROBLEM_VALIDATION_ERROR, TEXT("say why"), TEXT("/why"));
	else
		discard(call, asked_of(call, ACTION_dead_letter_discard, &form->letter_id, false),
		        one(call, &form->letter_id), form->why);
}
