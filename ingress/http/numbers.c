/* numbers.c - see numbers.h. */
#include "ingress/http/numbers.h"

#include "ingress/http/ask.h"
#include "ingress/http/respond.h"
#include "queues/contract.h"
#include "queues/ticket_number.h"

/* In the call's arena. */
struct numbers {
	struct uuid *const *ids;
	int count;
	numbers_then_fn *then;
	void *state;
	/* Of numbers_find_in(). */
	const struct record *record;
	void *fields;
};

/* Rows: the place among ids, from 1, and the id. */
static void on_ids(struct call *call, void *state, const struct db_result *rows)
{
	struct numbers *n = state;

	for (int i = 0; i < db_rows(rows); i++) {
		int64_t place = db_int(rows, i, 0);

		if (place >= 1 && place <= n->count)
			*n->ids[place - 1] = db_uuid(rows, i, 1);
	}
	n->then(call, n->state);
}

static void on_fault(struct call *call, void *state, enum db_fault fault)
{
	(void)state;
	(void)fault;
	respond_problem(call, call->verb == GET ? PROBLEM_SERVICE_UNAVAILABLE : PROBLEM_NOT_ACCEPTED, TEXT_NONE, NULL);
}

void numbers_find(struct call *call, struct uuid *const *ids, int count, numbers_then_fn *then, void *state)
{
	struct numbers *n = ARENA_NEW(call->arena, struct numbers);
	struct buffer list;
	bool any = false;

	*n = (struct numbers){ .ids = ids, .count = count, .then = then, .state = state };
	buffer_init(&list, call->arena, 32 * (size_t)count + 16);
	buffer_string(&list, "{");
	for (int i = 0; i < count; i++) {
		bool is_number = ticket_number_is(ids[i]);

		buffer_string(&list, i ? "," : "");
		if (is_number)
			buffer_text(&list, ticket_number_text(call->arena, ids[i]));
		else
			buffer_string(&list, "NULL");
		any = any || is_number;
	}
	buffer_string(&list, "}");
	if (any)
		ask_read_or(call, QUERY_tickets_numbered, 1, (struct db_param[]){ P_TEXT(buffer_view(&list)) }, on_ids,
		        on_fault, n);
	else
		then(call, state);
}

static bool names_ticket(const struct field *field)
{
	return field->kind->loader == LOAD_TICKET || field->kind->loader == LOAD_SECOND;
}

/* A capture is part of what an idempotency key is bound to: it says the id, too. */
static void on_fields(struct call *call, void *state)
{
	struct numbers *n = state;

	for (int i = 0; i < call->captures.count; i++) {
		const struct field *field = field_find(n->record, call->captures.items[i].name);

		if (field && names_ticket(field) && field_is_present(field, n->fields))
			call->captures.items[i].value = uuid_text(call->arena, field_of(field, n->fields));
	}
	n->then(call, n->state);
}

void numbers_find_in(struct call *call, const struct record *record, void *fields, numbers_then_fn *then, void *state)
{
	struct numbers *n = ARENA_NEW(call->arena, struct numbers);
	struct uuid **ids = ARENA_ARRAY(call->arena, struct uuid *, (size_t)record->count + 1);
	int count = 0;

	*n = (struct numbers){ .then = then, .state = state, .record = record, .fields = fields };
	for (int i = 0; i < record->count; i++)
		if (names_ticket(&record->fields[i]) && record->fields[i].need != MINTED &&
		        ticket_number_is(field_of(&record->fields[i], fields)))
			ids[count++] = field_of(&record->fields[i], fields);
	if (count)
		numbers_find(call, ids, count, on_fields, n);
	else
		then(call, state);
}
