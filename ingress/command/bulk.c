/* bulk.c - POST /tickets/bulk: one request, one command for each ticket, one list of results.
 *
 * {"ticketIds": [...], "action": "assign", ...}: the other members are those of the
 * action's own command. Each ticket has its own fate; nothing is all or none. A ticket may be named by its number; one
 * that the asker may not read is as unknown as one that is not there.
 *
 * First all orders are made, so that a mistake in one keeps all from being sent, then all are sent. Both in
 * steps of a few milliseconds: between two of them the loop serves its other calls.
 */
#include <jansson.h>
#include <stdlib.h>
#include "base/clock.h"
#include "ingress/command/order.h"
#include "ingress/http/action.h"
#include "ingress/http/numbers.h"
#include "ingress/http/respond.h"
#include "queues/ticket_number.h"

#define BULK_MAX 500
#define STEP_US 2000
#define BYTES_MOST ((size_t)1024 * 1024) /* of all that one request has written into queues */

static const enum command_id commands_of[bulk_action_count] = {
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
	struct note note; /* first: the next step of it */
	struct call *call;
	const struct command *command;
	struct text fields;           /* JSON, the same for all */
	struct text *given, *tickets; /* as asked for, and with ids for numbers */
	struct uuid *ids;             /* of those given by number */
	struct order *orders;         /* one for each ticket, in the request's order */
	enum fate *fates;
	bool *unknown; /* a number of no ticket */
	struct problems problems;
	size_t bytes;
	int wait_ms;
	int count, made, sent, settled;
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

static void write_fate(const struct order *order, enum fate fate, struct buffer *out)
{
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
}

static void write_result(const struct bulk *bulk, int i, struct buffer *out)
{
	buffer_string(out, i ? ",{" : "{");
	buffer_json_member(out, "pointer", text_of(arena_printf(bulk->call->arena, "/ticketIds/%d", i)));
	buffer_json_member(out, "ticketId", bulk->given[i]); /* as it was: a number tells nobody the id behind it */
	if (bulk->unknown[i]) {
		buffer_json_member_int(out, "status", problem_texts[PROBLEM_TICKET_NOT_FOUND].status);
		buffer_json_member(out, "code", text_of(problem_texts[PROBLEM_TICKET_NOT_FOUND].word));
	} else {
		write_fate(&bulk->orders[i], bulk->fates[i], out);
	}
	buffer_string(out, "}");
}

static bool went_well(const struct bulk *bulk, int i)
{
	return !bulk->unknown[i] && bulk->fates[i] == FATE_TOLD && bulk->orders[i].outcome.status < 300;
}

static void answer(struct bulk *bulk)
{
	struct buffer out;
	int done = 0;

	buffer_init(&out, bulk->call->arena, 256 * (size_t)bulk->count);
	buffer_string(&out, "{\"results\":[");
	for (int i = 0; i < bulk->count; i++) {
		write_result(bulk, i, &out);
		done += went_well(bulk, i);
	}
	buffer_string(&out, "]");
	buffer_json_member_int(&out, "total", bulk->count);
	buffer_json_member_int(&out, "done", done);
	buffer_string(&out, "}");
	respond_success(bulk->call, &(struct success){ .status = 200, .data = buffer_view(&out) });
}

static void settle(struct bulk *bulk)
{
	if (++bulk->settled == bulk->count)
		answer(bulk);
}

static void on_settled(struct order *order, enum fate fate)
{
	struct bulk *bulk = order->owner;

	bulk->fates[order - bulk->orders] = fate;
	settle(bulk);
}

/* --- the request -------------------------------------------------------------------- */
static const struct command *action_of(json_t *body, struct problems *problems)
{
	const char *word = json_string_value(json_object_get(body, "action"));
	unsigned action = word_find(text_of(word), bulk_action_words, bulk_action_count);

	if (action)
		return &commands[commands_of[action]];
	problem_add(problems, "action", word ? "value" : "required",
	        "must be one of assign status update comment close reopen delete");
	return NULL;
}

/* One order; the fields are read again for each, because each has a ticket of its own. */
static void make_order(struct bulk *bulk, int i)
{
	const struct record *record = &bulk->command->record;
	struct order *order = &bulk->orders[i];
	struct arena *arena = bulk->call->arena;
	struct text ticket = bulk->tickets[i];
	struct problems of_id = { 0 };
	struct uuid id;

	if (bulk->unknown[i])
		return;
	order->call = bulk->call;
	order->command = bulk->command;
	order->settled = on_settled;
	order->owner = bulk;
	order->fields = arena_alloc(arena, record->bytes);
	if (!contract_set(record, field_find(record, TEXT("ticket_id")), ticket, arena, order->fields, &of_id)) {
		problem_add_at(&bulk->problems, "ticketIds", i, of_id.items[0].code, of_id.items[0].detail);
		return;
	}
	contract_read(record, bulk->fields, FROM_CLIENT, arena, order->fields, &bulk->problems);
	if (uuid_parse(ticket, &id))
		ticket = uuid_text(arena, &id);
	if (!order_name(order, bulk->call->path, ticket, &bulk->problems) || bulk->problems.count)
		return;
	if (!order_write(order))
		bulk->bytes += BYTES_MOST; /* one alone is too large for a worker */
	bulk->bytes += order->submission.message.body.len;
}

static void refuse(struct bulk *bulk)
{
	if (bulk->problems.count)
		respond_problem(bulk->call, PROBLEM_VALIDATION_ERROR, TEXT_NONE, &bulk->problems);
	else
		respond_problem(bulk->call, PROBLEM_BODY_TOO_LARGE,
		        TEXT("all tickets together are given too much: send it in parts"), NULL);
}

/* False: nothing is left to be done. A client that goes away before all was made has asked for nothing. */
static bool step(struct bulk *bulk)
{
	if (bulk->made < bulk->count) {
		if (!bulk->call->req)
			return false;
		make_order(bulk, bulk->made++);
		if (!bulk->problems.count && bulk->bytes <= BYTES_MOST)
			return true;
		refuse(bulk);
		return false;
	}
	if (bulk->unknown[bulk->sent])
		settle(bulk);
	else
		order_send(&bulk->orders[bulk->sent], bulk->wait_ms);
	return ++bulk->sent < bulk->count;
}

static void go_on(struct note *note)
{
	struct bulk *bulk = (struct bulk *)note;
	struct call *call = bulk->call;
	int64_t began_us = clock_mono_us();

	while (step(bulk)) {
		if (clock_mono_us() - began_us < STEP_US)
			continue;
		loop_post(call->loop, &bulk->note);
		return;
	}
	call_release(call);
}

static void read_tickets(struct bulk *bulk, const json_t *ids)
{
	size_t n = json_array_size(ids);

	if (!json_is_array(ids) || n < 1 || n > BULK_MAX) {
		problem_add(
		        &bulk->problems, "ticketIds", "length", "must be a list of 1 to %d ids or numbers", BULK_MAX);
		return;
	}
	bulk->given = ARENA_ARRAY(bulk->call->arena, struct text, n);
	bulk->tickets = ARENA_ARRAY(bulk->call->arena, struct text, n);
	bulk->orders = ARENA_ARRAY(bulk->call->arena, struct order, n);
	bulk->fates = ARENA_ARRAY(bulk->call->arena, enum fate, n);
	bulk->unknown = ARENA_ARRAY(bulk->call->arena, bool, n);
	bulk->count = (int)n;
	for (size_t i = 0; i < n; i++) {
		struct text id = text_of(json_string_value(json_array_get(ids, i)));

		bulk->given[i] = bulk->tickets[i] = text_copy(bulk->call->arena, id.data ? id : TEXT(""));
	}
}

/* The members of the request but its own two are the command's. */
static void read_request(struct bulk *bulk, json_t *body)
{
	char *fields;

	bulk->command = action_of(body, &bulk->problems);
	if (bulk->command)
		read_tickets(bulk, json_object_get(body, "ticketIds"));
	json_object_del(body, "action");
	json_object_del(body, "ticketIds");
	fields = json_dumps(body, JSON_COMPACT);
	bulk->fields = text_copy(bulk->call->arena, text_of(fields));
	free(fields);
}

/* All numbers of tickets have become ids, but those that no ticket has. */
static void begin(struct call *call, void *state)
{
	struct bulk *bulk = state;

	for (int i = 0; i < bulk->count; i++) {
		bulk->unknown[i] = ticket_number_is(&bulk->ids[i]);
		if (!bulk->unknown[i] && !uuid_is_none(&bulk->ids[i]))
			bulk->tickets[i] = uuid_text(call->arena, &bulk->ids[i]);
	}
	call_limit(call, CALL_NO_LIMIT, NULL, NULL); /* each order has deadlines */
	bulk->note.run = go_on;
	bulk->wait_ms = order_wait_ms(call);
	call_hold(call);
	go_on(&bulk->note);
}

static void find_numbers(struct bulk *bulk)
{
	struct uuid **places = ARENA_ARRAY(bulk->call->arena, struct uuid *, (size_t)bulk->count);

	bulk->ids = ARENA_ARRAY(bulk->call->arena, struct uuid, (size_t)bulk->count);
	for (int i = 0; i < bulk->count; i++) {
		places[i] = &bulk->ids[i];
		ticket_number_parse(bulk->tickets[i], places[i]);
	}
	numbers_find(bulk->call, places, bulk->count, begin, bulk);
}

void ticket_bulk(struct call *call)
{
	struct bulk *bulk = ARENA_NEW(call->arena, struct bulk);
	json_t *body;

	bulk->call = call;
	if (call_headers(call, "if-match").data)
		problem_add(&bulk->problems, "", "unknown", "If-Match cannot be kept by a request about many tickets");
	body = contract_parse(call_body(call), &bulk->problems);
	if (body) {
		read_request(bulk, body);
		json_decref(body);
	}
	if (bulk->problems.count) {
		refuse(bulk);
		return;
	}
	find_numbers(bulk);
}
