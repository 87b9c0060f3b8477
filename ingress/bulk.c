/* bulk.c - see bulk.h. */
#include "ingress/bulk.h"

#include <jansson.h>
#include <stdlib.h>
#include "ingress/order.h"
#include "ingress/principal.h"
#include "ingress/respond.h"

static const enum command_id actions[bulk_action_count] = {
	[BULK_ASSIGN] = COMMAND_ticket_assign,
	[BULK_STATUS] = COMMAND_ticket_set_status,
	[BULK_UPDATE] = COMMAND_ticket_update,
	[BULK_COMMENT] = COMMAND_ticket_comment,
	[BULK_CLOSE] = COMMAND_ticket_close,
	[BULK_REOPEN] = COMMAND_ticket_reopen,
	[BULK_DELETE] = COMMAND_ticket_delete,
};

/* In the call's arena. */
struct bulk {
	struct call *call;
	struct order *orders; /* one for each ticket, in the request's order */
	enum fate *fates;
	int count, settled;
	bool too_large; /* one of their messages */
};

/* --- the answer -------------------------------------------------------------------- */
static void write_outcome(const struct order *order, struct buffer *out)
{
	const struct outcome_told *told = &order->outcome;

	buffer_json_member_int(out, "status", told->status);
	if (told->status < 300) {
		buffer_json_member_int(out, "version", told->version);
		return;
	}
	buffer_json_member(out, "code", told->code);
	buffer_json_member(out, "detail", told->detail);
}

static void write_result(const struct order *order, enum fate fate, struct buffer *out)
{
	const struct field *ticket = field_find(&order->command->record, TEXT("ticket_id"));
	const char *sep = out->data[out->len - 1] == '[' ? "{" : ",{";

	buffer_string(out, sep);
	buffer_json_member(out, "ticketId", uuid_text(order->call->arena, field_of(ticket, order->fields)));
	buffer_json_member(out, "commandId", uuid_text(order->call->arena, &order->envelope.id));
	if (fate == FATE_TOLD) {
		write_outcome(order, out);
	} else if (fate == FATE_NOT_ACCEPTED) {
		buffer_json_member_int(out, "status", 503);
		buffer_json_member(out, "code", TEXT("NOT_ACCEPTED"));
	} else {
		buffer_json_member_int(out, "status", fate == FATE_ACCEPTED ? 202 : 503);
		if (fate == FATE_UNKNOWN)
			buffer_json_member(out, "code", TEXT("OUTCOME_UNKNOWN"));
		buffer_json_member(out, "statusUrl", order->status_url);
	}
	buffer_string(out, "}");
}

static bool went_well(const struct bulk *bulk, int i)
{
	return bulk->fates[i] == FATE_TOLD && bulk->orders[i].outcome.status < 300;
}

static void answer(struct bulk *bulk)
{
	struct buffer out;
	int done = 0;

	buffer_init(&out, bulk->call->arena, 256 * (size_t)bulk->count);
	buffer_string(&out, "{\"results\":[");
	for (int i = 0; i < bulk->count; i++) {
		write_result(&bulk->orders[i], bulk->fates[i], &out);
		done += went_well(bulk, i);
	}
	buffer_string(&out, "]");
	buffer_json_member_int(&out, "total", bulk->count);
	buffer_json_member_int(&out, "done", done);
	buffer_string(&out, "}");
	respond_success(bulk->call, &(struct success){ .status = 200, .data = buffer_view(&out) });
}

static void on_settled(struct order *order, enum fate fate)
{
	struct bulk *bulk = order->owner;

	bulk->fates[order - bulk->orders] = fate;
	if (++bulk->settled == bulk->count)
		answer(bulk);
}

/* --- the request -------------------------------------------------------------------- */
static const struct command *action_of(json_t *body, struct problems *problems)
{
	const char *word = json_string_value(json_object_get(body, "action"));
	unsigned action = word_find(text_of(word), bulk_action_words, bulk_action_count);

	if (action)
		return &commands[actions[action]];
	problem_add(problems, "action", word ? "value" : "required",
	        "must be one of assign status update comment close reopen delete");
	return NULL;
}

/* One order; the fields are read again for each, because each has a ticket of its own. */
static void make_order(
        struct bulk *bulk, const struct command *command, json_t *id, struct text fields, struct problems *problems)
{
	struct order *order = &bulk->orders[bulk->count];
	struct text ticket = text_of(json_string_value(id));
	struct arena *arena = bulk->call->arena;
	struct problems of_id = { 0 };

	order->call = bulk->call;
	order->command = command;
	order->settled = on_settled;
	order->owner = bulk;
	order->fields = arena_alloc(arena, command->record.bytes);
	if (!contract_set(&command->record, field_find(&command->record, TEXT("ticket_id")),
	            ticket.data ? ticket : TEXT(""), arena, order->fields, &of_id)) {
		problem_add_at(problems, "ticketIds", bulk->count, of_id.items[0].code, of_id.items[0].detail);
		return;
	}
	contract_read(&command->record, fields, FROM_CLIENT, arena, order->fields, problems);
	order_name(order, ticket, problems);
	bulk->too_large = bulk->too_large || !order_write(order);
	bulk->count++;
}

static void make_orders(
        struct bulk *bulk, const struct command *command, json_t *ids, struct text fields, struct problems *problems)
{
	size_t n = json_array_size(ids);

	if (!json_is_array(ids) || n < 1 || n > BULK_MAX) {
		problem_add(problems, "ticketIds", "length", "must be a list of 1 to %d ids", BULK_MAX);
		return;
	}
	bulk->orders = ARENA_ARRAY(bulk->call->arena, struct order, n);
	bulk->fates = ARENA_ARRAY(bulk->call->arena, enum fate, n);
	for (size_t i = 0; i < n && !problems->count; i++)
		make_order(bulk, command, json_array_get(ids, i), fields, problems);
}

/* The members of the request but its own two are the command's. */
static void read_request(struct bulk *bulk, json_t *body, struct problems *problems)
{
	const struct command *command = action_of(body, problems);
	json_t *ids = json_incref(json_object_get(body, "ticketIds"));
	char *fields;

	json_object_del(body, "action");
	json_object_del(body, "ticketIds");
	fields = json_dumps(body, JSON_COMPACT);
	if (command)
		make_orders(bulk, command, ids, text_of(fields), problems);
	free(fields);
	json_decref(ids);
}

void bulk_submit(struct call *call, const struct captures *captures)
{
	struct bulk *bulk = ARENA_NEW(call->arena, struct bulk);
	struct problems problems = { 0 };
	json_t *body;

	(void)captures;
	if (!principal_require(call))
		return;
	bulk->call = call;
	if (call_headers(call, "if-match").data)
		problem_add(&problems, "", "unknown", "If-Match cannot be kept by a request about many tickets");
	body = call_body(call).len <= BODY_MAX ? contract_parse(call_body(call), &problems) : NULL;
	if (body) {
		read_request(bulk, body, &problems);
		json_decref(body);
	}
	if (!body || problems.count || bulk->too_large) {
		respond_problem(
		        call, problems.count ? PROBLEM_VALIDATION_ERROR : PROBLEM_BODY_TOO_LARGE, TEXT_NONE, &problems);
		return;
	}
	call_hold(call);
	for (int i = 0, n = bulk->count; i < n; i++)
		order_send(&bulk->orders[i], order_wait_ms(call));
	call_release(call);
}
