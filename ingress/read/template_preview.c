/* template_preview.c - POST /notifications/templates/{name}/preview: what a template says, with made-up values or those
 * of a ticket, with the parts that are given over those that are edited. What cannot be read is refused as it would be
 * when it is kept: with the part, its line and its column. Nothing is kept.
 */
#include "base/arena.h"
#include "ingress/http/action.h"
#include "ingress/http/numbers.h"
#include "ingress/read/templates.h"
#include "templates/sample.h"

struct preview {
	struct template_preview *form;
	const struct template *template;
};

static json_t *parts_of(struct call *call, const struct preview *preview, const json_t *edited)
{
	const struct text given[TEMPLATE_PARTS] = { preview->form->subject, preview->form->brief, preview->form->text,
		preview->form->html };
	json_t *parts = json_object();

	json_object_update(parts, templates_parts(edited, preview->template));
	for (int i = 0; i < TEMPLATE_PARTS; i++)
		if (given[i].data)
			json_object_set_new(parts, template_part_words[i],
			        json_string(template_source(call->arena, given[i]).data));
	return parts;
}

/* A ticket's values; what it has none for, like an old status, is not made up. */
static json_t *values_of(const struct preview *preview, const struct db_result *rows)
{
	struct text own = db_text(rows, 0, 3);

	return own.data ? json_loadb(own.data, own.len, 0, NULL) : sample_values(preview->template);
}

static struct text said_text(struct call *call, const struct rendered *said)
{
	struct buffer out;

	buffer_init(&out, call->arena, said->text.len + said->html.len + 1024);
	buffer_string(&out, "{");
	buffer_json_member(&out, "subject", said->subject);
	buffer_json_member(&out, "brief", said->brief);
	buffer_json_member(&out, "text", said->text);
	buffer_json_member(&out, "html", said->html);
	buffer_string(&out, "}");
	return buffer_view(&out);
}

static void refuse(struct call *call, const struct template_fault *fault)
{
	respond_problem_at(call, PROBLEM_VALIDATION_ERROR,
	        text_of(arena_printf(
	                call->arena, "line %d, column %d: %s", fault->at.line, fault->at.column, fault->at.why)),
	        text_of(arena_printf(call->arena, "/%s", template_part_words[fault->part])));
}

static void show(struct call *call, const struct preview *preview, const json_t *edited, const struct db_result *rows)
{
	json_t *parts = parts_of(call, preview, edited), *values = values_of(preview, rows);
	struct template_edit edit;
	struct template_fault fault;
	struct rendered said;

	if (!sample_tries(preview->template, parts, call->arena, &fault) ||
	        !sample_read(preview->template, parts, call->arena, &edit, &fault))
		refuse(call, &fault);
	else if (!template_fill(preview->template, &edit, values, json_object_get(edited, "brand"), call->arena, &said))
		respond_problem(call, PROBLEM_VALIDATION_ERROR, TEXT("filled in, it is too long"), NULL);
	else
		action_succeed(call, ACTION_template_preview, said_text(call, &said));
	json_decref(values);
	json_decref(parts);
}

static void on_texts(struct call *call, void *state, const struct db_result *rows)
{
	const struct preview *preview = state;
	json_t *edited;

	if (!templates_may(call, rows))
		return;
	if (!preview->template || (!uuid_is_none(&preview->form->ticket_id) && db_is_null(rows, 0, 3))) {
		respond_problem(
		        call, preview->template ? PROBLEM_TICKET_NOT_FOUND : PROBLEM_NOT_FOUND, TEXT_NONE, NULL);
		return;
	}
	edited = templates_edited(rows);
	show(call, preview, edited, rows);
	json_decref(edited);
}

static void ask(struct call *call, void *state)
{
	const struct preview *preview = state;

	templates_ask(call, actions[ACTION_template_preview].access, &preview->form->ticket_id, on_texts, state);
}

void template_preview(struct call *call, const struct template_preview *form)
{
	struct preview *preview = ARENA_NEW(call->arena, struct preview);
	enum language language = form->language ? form->language : LANGUAGE_FR;

	preview->form = arena_alloc(call->arena, sizeof *form);
	*preview->form = *form;
	preview->template = template_find_exactly(form->name, text_of(language_word(language)));
	numbers_find_in(call, &actions[ACTION_template_preview].record, preview->form, ask, preview);
}
