/* query.c - see query.h. */
#include "ingress/http/query.h"

/* In either spelling, as a body's members. */
static struct text parameter_of(const struct call *call, const struct field *field)
{
	char name[FIELD_JSON_BYTES];
	struct text value;

	field_json_name(field->name, name);
	value = call_parameter(call, text_of(name));
	return value.data ? value : call_parameter(call, text_of(field->name));
}

void query_read(struct call *call, const struct record *record, void *fields, struct problems *problems)
{
	for (int i = 0; i < record->count; i++) {
		const struct field *field = &record->fields[i];
		struct text value;

		if (field->need != FROM_QUERY && field->need != BODY_OR_QUERY)
			continue;
		value = parameter_of(call, field);
		if (value.data && field_is_present(field, fields))
			problem_add(problems, field->name, "duplicate", "is given twice, in the body and in the query");
		else if (value.data)
			contract_set(record, field, value, call->arena, fields, problems);
	}
}
