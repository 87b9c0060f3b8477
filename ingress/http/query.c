/* query.c - see query.h. */
#include "ingress/http/query.h"

void query_read(struct call *call, const struct record *record, void *fields, struct problems *problems)
{
	for (int i = 0; i < record->count; i++) {
		const struct field *field = &record->fields[i];
		struct text value;

		if (field->need != FROM_QUERY && field->need != BODY_OR_QUERY)
			continue;
		value = call_parameter(call, text_of(field->name));
		if (value.data && field_is_present(field, fields))
			problem_add(problems, field->name, "duplicate", "is given twice, in the body and in the query");
		else if (value.data)
			contract_set(record, field, value, call->arena, fields, problems);
	}
}
