/* answer.c - what a client is told of its command: see order.h. */
#include "ingress/command/order.h"

#include <string.h>
#include "ingress/http/ask.h"
#include "ingress/read/reads.h"
#include "ingress/http/respond.h"
#include "queues/contract.h"

/* The fields of the read that shows what the command did: same names, same values. */
static void *fields_for(const struct order *order, const struct read *read)
{
	void *fields = arena_alloc(order->call->arena, read->record.bytes + 1);

	for (int i = 0; i < read->record.count; i++) {
		const struct field *to = &read->record.fields[i];
		const struct field *from = field_find(&order->command->record, text_of(to->name));

		if (from && to->kind->shape == SHAPE_UUID)
			memcpy(field_of(to, fields), field_of(from, order->fields), sizeof(struct uuid));
	}
	return fields;
}

void answer_accepted(struct call *call, void *arg)
{
	struct order *order = arg;
	const struct read *read = order->command->answer >= 0 ? &reads[order->command->answer] : NULL;
	struct text url = read ? reads_url(call->arena, read, fields_for(order, read)) : TEXT_NONE;
	struct buffer out;

	buffer_init(&out, call->arena, 512);
	buffer_string(&out, "{");
	buffer_json_member(&out, "commandId", uuid_text(call->arena, &order->envelope.id));
	buffer_json_member(&out, "statusUrl", order->status_url);
	for (int i = 0; i < order->command->record.count; i++) {
		const struct field *field = &order->command->record.fields[i];

		if (field->need != MINTED)
			continue;
		buffer_json_member(&out, "resourceId", uuid_text(call->arena, field_of(field, order->fields)));
		break;
	}
	if (url.data)
		buffer_json_member(&out, "resourceUrl", url);
	buffer_string(&out, "}");
	respond_success(call, &(struct success){ .status = 202,
	                              .said = { [LANGUAGE_FR] = "Demande acceptée", [LANGUAGE_EN] = "Accepted" },
	                              .data = buffer_view(&out),
	                              .location = order->status_url });
}

/* A command that leaves nothing to be shown. */
static void answer_done(struct order *order)
{
	const struct outcome_told *told = &order->outcome;
	struct call *call = order->call;
	struct success success = { .status = told->status };
	struct buffer out;

	buffer_init(&out, call->arena, 128);
	buffer_string(&out, "{");
	buffer_json_member(&out, "id", uuid_text(call->arena, &told->subject_id));
	buffer_json_member_int(&out, "version", told->version);
	buffer_string(&out, "}");
	success.data = buffer_view(&out);
	memcpy(success.said, order->command->said, sizeof success.said);
	respond_success(call, &success);
}

/* If-Match, or the version in the body: what the client last saw; 0: neither. */
static int64_t version_seen(struct order *order)
{
	static const char *const names[] = { "if_match", "version" };

	for (int i = 0; i < 2; i++) {
		const struct field *field = field_find(&order->command->record, text_of(names[i]));

		if (field && field_is_present(field, order->fields))
			return *(int64_t *)field_of(field, order->fields);
	}
	return 0;
}

/* The fields that differ are named. */
static void on_changes(struct call *call, void *state, const struct db_result *rows)
{
	struct order *order = state;
	struct problems problems = { 0 };
	char member[FIELD_JSON_BYTES];

	for (int i = 0; i < db_rows(rows); i++) {
		struct text now = db_text(rows, i, 1);

		field_json_name(text_dup(call->arena, db_text(rows, i, 0)), member);
		problem_add(&problems, member, "changed", "is now %.*s", (int)(now.data ? now.len : 5),
		        now.data ? now.data : "empty");
	}
	respond_problem(call, problem_find(order->outcome.code), order->outcome.detail, &problems);
}

static void on_changes_unknown(struct call *call, void *state, enum db_fault fault)
{
	struct order *order = state;

	(void)fault;
	respond_problem(call, problem_find(order->outcome.code), order->outcome.detail, NULL);
}

/* The ticket has changed since the client saw it. */
static void answer_stale(struct order *order)
{
	struct call *call = order->call;
	const struct field *ticket = field_of_kind(&order->command->record, LOAD_TICKET, FROM_PATH);

	if (!ticket) {
		on_changes_unknown(call, order, DB_FINE);
		return;
	}
	ask_read_or(call, QUERY_ticket_changes, 3,
	        (struct db_param[]){ P_UUID(&call->principal.account_id),
	                P_UUID((struct uuid *)field_of(ticket, order->fields)), P_INT(version_seen(order)) },
	        on_changes, on_changes_unknown, order);
}

static void answer_refused(struct order *order)
{
	const struct outcome_told *told = &order->outcome;
	enum problem_code code = problem_find(told->code); /* none: of a newer version's worker */

	respond_problem_at(order->call, code ? code : PROBLEM_INTERNAL_ERROR, told->detail, told->pointer);
}

/* The database does not say in time what it looks like now. */
static void answer_unseen(struct call *call, void *arg)
{
	struct order *order = arg;

	if (order->outcome.status >= 300)
		answer_refused(order);
	else
		answer_accepted(call, order);
}

void answer_outcome(struct order *order)
{
	const struct outcome_told *told = &order->outcome;
	const struct read *read = order->command->answer >= 0 ? &reads[order->command->answer] : NULL;
	struct call *call = order->call;
	void *fields;

	call_limit(call, order->until_ms + ORDER_CONFIRM_MS, answer_unseen, order);
	if (told->status == 412 || text_equal(told->code, TEXT("VERSION_CONFLICT"))) {
		answer_stale(order);
		return;
	}
	if (told->status >= 300) {
		answer_refused(order);
		return;
	}
	if (!read) {
		answer_done(order);
		return;
	}
	fields = fields_for(order, read);
	reads_show(call, order->command, fields, told->status,
	        told->status == 201 ? reads_url(call->arena, read, fields) : TEXT_NONE, told->ignored, answer_accepted,
	        order);
}
