/* templates.c - GET /notifications/templates and /notifications/templates/{name}: what is edited over what is built in.
 * See templates.h.
 */
#include "ingress/read/templates.h"

#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "ingress/http/action.h"

void templates_ask(struct call *call, unsigned access, const struct uuid *ticket_id, ask_rows_fn *then, void *state)
{
	const struct db_param params[] = { P_UUID(&call->principal.account_id), P_INT(access),
		uuid_is_none(ticket_id) ? P_NULL : P_UUID(ticket_id), P_INT(TEMPLATE_COMMENTS) };

	ask_read(call, QUERY_template_texts, 4, params, then, state);
}

bool templates_may(struct call *call, const struct db_result *rows)
{
	if (text_equal(db_text(rows, 0, 0), TEXT("ok")))
		return true;
	action_forbid(call);
	return false;
}

json_t *templates_edited(const struct db_result *rows)
{
	struct text body = db_text(rows, 0, 2);
	json_t *edited = json_loadb(body.data ? body.data : "", body.len, 0, NULL);

	return edited ? edited : json_object();
}

json_t *templates_parts(const json_t *edited, const struct template *template)
{
	return json_object_get(
	        json_object_get(json_object_get(edited, "templates"), template->name), template->language);
}

struct text templates_text(struct call *call, json_t *object)
{
	char *dumped = json_dumps(object, JSON_COMPACT);
	struct text text = text_copy(call->arena, text_of(dumped));

	free(dumped);
	json_decref(object);
	return text;
}

/* --- as they are shown ---------------------------------------------------------------- */
static json_t *shown_parts(const struct template *template, const json_t *parts)
{
	json_t *shown = json_object(), *names = json_array();

	for (int i = 0; i < TEMPLATE_PARTS; i++) {
		json_t *own = json_object_get(parts, template_part_words[i]);

		if (own)
			json_array_append_new(names, json_string(template_part_words[i]));
		json_object_set_new(
		        shown, template_part_words[i], own ? json_incref(own) : json_string(template->parts[i]));
	}
	json_object_set_new(shown, "edited", names);
	return shown;
}

static json_t *field_names(const char *fields)
{
	json_t *names = json_array();

	for (const char *at = fields; *at; at += strcspn(at, " "), at += *at == ' ')
		json_array_append_new(names, json_stringn(at, strcspn(at, " ")));
	return names;
}

/* A name in that language; language_absent: in all. */
static json_t *shown(const char *name, enum language language, const json_t *edited, int64_t version)
{
	json_t *template = json_pack("{s:s, s:{}, s:I}", "name", name, "languages", "version", (json_int_t)version);

	for (int i = 0; i < template_count; i++) {
		if (strcmp(templates[i].name, name) != 0 ||
		        (language && strcmp(templates[i].language, language_word(language)) != 0))
			continue;
		json_object_set_new(template, "fields", field_names(templates[i].fields));
		json_object_set_new(json_object_get(template, "languages"), templates[i].language,
		        shown_parts(&templates[i], templates_parts(edited, &templates[i])));
	}
	return template;
}

static void on_list(struct call *call, void *unused, const struct db_result *rows)
{
	json_t *edited, *list = json_array();

	(void)unused;
	if (!templates_may(call, rows)) {
		json_decref(list);
		return;
	}
	edited = templates_edited(rows);
	for (int i = 0; i < template_count; i++)
		if (!strcmp(templates[i].language, "fr"))
			json_array_append_new(
			        list, shown(templates[i].name, language_absent, edited, db_int(rows, 0, 1)));
	json_decref(edited);
	action_succeed(call, ACTION_template_list, templates_text(call, json_pack("{s:o}", "templates", list)));
}

void template_list(struct call *call)
{
	templates_ask(call, actions[ACTION_template_list].access, &(struct uuid){ 0 }, on_list, NULL);
}

static void on_read(struct call *call, void *state, const struct db_result *rows)
{
	const struct template_read *form = state;
	const struct template *template = template_find(form->name, TEXT("fr"));
	json_t *edited;

	if (!templates_may(call, rows))
		return;
	if (!template) {
		respond_problem(call, PROBLEM_NOT_FOUND, TEXT_NONE, NULL);
		return;
	}
	edited = templates_edited(rows);
	action_succeed(call, ACTION_template_read,
	        templates_text(call, shown(template->name, form->language, edited, db_int(rows, 0, 1))));
	json_decref(edited);
}

void template_read(struct call *call, const struct template_read *form)
{
	templates_ask(call, actions[ACTION_template_read].access, &(struct uuid){ 0 }, on_read, (void *)form);
}
