/* query.c - see query.h. */
#include "ingress/http/query.h"

/* The parameter by the field's name as JSON has it, or in the catalogue's spelling; twice is a problem. */
static struct text said(struct call *call, const struct field *field, struct problems *problems)
{
	struct text own = call_parameter(call, text_of(field->name)), other;
	char name[FIELD_JSON_BYTES];

	field_json_name(field->name, name);
	if (text_equal(text_of(name), text_of(field->name)))
		return own;
	other = call_parameter(call, text_of(name));
	if (own.data && other.data)
		problem_add(problems, name, "duplicate", "is given twice, under two names");
	return own.data ? own : other;
}

void query_read(struct call *call, const struct record *record, void *fields, struct problems *problems)
{
	for (int i = 0; i < record->count; i++) {
		const struct field *field = &record->fields[i];
		struct text value;

		if (field->need != FROM_QUERY && field->need != BODY_OR_QUERY)
			continue;
		value = said(call, field, problems);
		if (value.data && field_is_present(field, fields))
			problem_add(problems, field->name, "duplicate", "is given twice, in the body and in the query");
		else if (value.data)
			contract_set(record, field, value, call->arena, fields, problems);
	}
}
