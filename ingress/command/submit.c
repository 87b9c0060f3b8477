/* submit.c - see submit.h.
 *
 * Two things come back for a published command, in either order: the verdict of
 * the broker (from the publisher) and the outcome (from a worker). An outcome is
 * proof that the command was accepted; without one the verdict decides, and when that does
 * not come in time, what submission_give_up() can say. The first of them settles the order.
 */
#include "ingress/command/submit.h"

#include <string.h>
#include "base/clock.h"
#include "base/log.h"
#include "ingress/http/headers.h"
#include "ingress/http/loop.h"
#include "ingress/http/numbers.h"
#include "ingress/http/principal.h"
#include "ingress/http/query.h"
#include "ingress/command/order.h"
#include "ingress/http/respond.h"
#include "ingress/http/revocations.h"
#include "ingress/command/status.h"
#include "queues/contract.h"

#define WAIT_DEFAULT_MS 2000
#define WAIT_MOST_MS 10000
#define KEY_MAX 255

static struct order *order_of_waiter(struct waiter *waiter)
{
	return (struct order *)((char *)waiter - offsetof(struct order, waiter));
}

static void keep(struct order *order, const struct outcome_told *told)
{
	struct arena *arena = order->call->arena;

	order->outcome = *told;
	order->outcome.code = text_copy(arena, told->code.data ? told->code : TEXT(""));
	order->outcome.detail = told->detail.data ? text_copy(arena, told->detail) : TEXT_NONE;
	order->outcome.ignored = told->ignored.data ? text_copy(arena, told->ignored) : TEXT_NONE;
	order->outcome.pointer = told->pointer.data ? text_copy(arena, told->pointer) : TEXT_NONE;
}

static void stop_waiting(struct order *order)
{
	if (!order->waiter.listed)
		return;
	waiter_remove(waiters_of(order->call->loop), &order->waiter);
	call_release(order->call);
}

static void settle(struct order *order, enum fate fate)
{
	order->over = true;
	stop_waiting(order);
	order->settled(order, fate);
}

static void judge(struct order *order, enum publish_verdict verdict)
{
	static const enum fate fates[] = { [PUBLISH_NOT_ACCEPTED] = FATE_NOT_ACCEPTED,
		[PUBLISH_UNKNOWN] = FATE_UNKNOWN,
		[PUBLISH_ACCEPTED] = FATE_ACCEPTED };

	if (verdict == PUBLISH_ACCEPTED && order->waiter.listed && clock_mono_ms() < order->until_ms) {
		order->confirmed = true;
		waiter_wait(&order->waiter, order->until_ms);
	} else {
		settle(order, fates[verdict]);
	}
}

/* The wait is over: by an outcome, or by time. */
static void on_outcome(struct waiter *waiter, const struct outcome_told *told)
{
	struct order *order = order_of_waiter(waiter);
	struct call *call = order->call;

	if (told) {
		keep(order, told);
		settle(order, FATE_TOLD);
	} else {
		judge(order, order->confirmed ? PUBLISH_ACCEPTED : submission_give_up(&order->submission));
	}
	call_release(call);
}

/* The publisher holds the submission no longer. */
static void on_verdict(struct note *note)
{
	struct order *order = (struct order *)note;
	struct call *call = order->call;

	span_end(order->span, order->submission.verdict != PUBLISH_ACCEPTED);
	if (!order->over)
		judge(order, order->submission.verdict);
	call_release(call);
}

/* --- what the client asks for -------------------------------------------------------- */
int order_wait_ms(const struct call *call)
{
	struct text wait;
	int64_t seconds;

	if (headers_preference(call_headers(call, "prefer"), TEXT("wait"), &wait) &&
	        headers_number(wait, WAIT_MOST_MS / 1000, &seconds))
		return (int)seconds * 1000;
	return call_prefers(call, "respond-async", "") ? 0 : WAIT_DEFAULT_MS;
}

static bool is_key(struct text key)
{
	if (key.len > KEY_MAX)
		return false;
	for (size_t i = 0; i < key.len; i++)
		if (key.data[i] < 0x21 || key.data[i] > 0x7e)
			return false;
	return key.len > 0;
}

/* Fresh, or the same for the same account, method, path, key and discriminator. False: the key is malformed. */
bool order_name(struct order *order, struct text path, struct text discriminator, struct problems *problems)
{
	struct call *call = order->call;
	struct text key = call_header(call, "idempotency-key");
	struct text account = { (const char *)call->principal.account_id.bytes, 16 };

	if (!key.data) {
		order->envelope.id = uuid_new();
		return true;
	}
	if (key.len >= 2 && key.data[0] == '"' && key.data[key.len - 1] == '"')
		key = (struct text){ key.data + 1, key.len - 2 };
	if (!is_key(key)) {
		problem_add(problems, "", "format", "Idempotency-Key must have 1 to %d visible characters", KEY_MAX);
		return false;
	}
	order->envelope.id = uuid_derive(
	        (struct text[]){ TEXT("command"), account, text_of(verb_words[call->verb]), path, key, discriminator },
	        6);
	return true;
}

/* The first field by which the command names a thing of that kind that is there; NULL: it names none. */
static const struct uuid *named(const struct order *order, enum loader loader)
{
	const struct record *record = &order->command->record;

	for (int i = 0; i < record->count; i++)
		if (record->fields[i].kind->loader == loader && record->fields[i].kind->shape == SHAPE_UUID &&
		        field_is_present(&record->fields[i], order->fields))
			return field_of(&record->fields[i], order->fields);
	return NULL;
}

/* Ids of things to be follow from the command's, unless they are there: a retry makes the same thing. What is made at a
 * ticket has the ticket's last digit, so that a ticket split off and a file are of the same lane. */
static void mint(struct order *order)
{
	const struct uuid *id = &order->envelope.id, *beside = named(order, LOAD_TICKET);

	for (int i = 0; i < order->command->record.count; i++) {
		const struct field *field = &order->command->record.fields[i];
		struct uuid *place = field_of(field, order->fields);

		if (field->need != MINTED || !uuid_is_none(place))
			continue;
		if (uuid_version(id) == 7)
			*place = uuid_derive_at(uuid_unix_ms(id), field->name, id, 0);
		else
			*place = uuid_derive(
			        (struct text[]){ text_of(field->name), { (const char *)id->bytes, 16 } }, 2);
		if (beside)
			place->bytes[15] = (uint8_t)((place->bytes[15] & 0xf0) | uuid_last_digit(beside));
	}
}

/* What the client last saw, through the validator like any other field; a request that cannot keep the condition
 * is refused (RFC 9110 section 13.1.1). */
static void read_if_match(struct order *order, struct problems *problems)
{
	const struct field *field = field_find(&order->command->record, TEXT("if_match"));
	struct problems own = { 0 };
	struct text version;
	const char *why;

	if (!headers_version(call_headers(order->call, "if-match"), &version, &why))
		problem_add(problems, "", "format", "%s", why);
	else if (version.data && !field)
		problem_add(problems, "", "unknown", "If-Match cannot be kept by this request");
	else if (version.data &&
	         !contract_set(&order->command->record, field, version, order->call->arena, order->fields, &own))
		problem_add(problems, "", own.items[0].code, "If-Match %s", own.items[0].detail);
}

/* What the path, the body and the query say. False: it is not good, and the call is answered. */
static bool read_fields(struct order *order)
{
	struct call *call = order->call;
	const struct record *record = &order->command->record;
	struct problems problems = { 0 };

	order->fields = arena_alloc(call->arena, record->bytes);
	if (call_body(call).len > WIRE_MAX) {
		respond_problem(call, PROBLEM_BODY_TOO_LARGE, TEXT_NONE, NULL);
		return false;
	}
	if (call_names_no_file(call, record, order->fields)) {
		respond_problem(call, PROBLEM_FILE_NOT_FOUND, TEXT_NONE, NULL);
		return false;
	}
	call_read_captures(call, record, order->fields, &problems);
	contract_read(record, call_body(call), FROM_CLIENT, call->arena, order->fields, &problems);
	query_read(call, record, order->fields, &problems);
	read_if_match(order, &problems);
	if (problems.count)
		respond_problem(call, PROBLEM_VALIDATION_ERROR, TEXT_NONE, &problems);
	return !problems.count;
}

/* --- sending ----------------------------------------------------------------------- */
/* Workers with a single queue, by the objects of their commands. */
static const struct {
	struct text object; /* the word before the dot of a type, and the dot */
	int queue;
	struct text name;
} single_queues[] = {
	{ { "account.", 8 }, LANE_COUNT, { "cmd.account", 11 } },
	{ { "notification.", 13 }, LANE_COUNT, { "cmd.account", 11 } },
	{ { "notice.", 7 }, LANE_COUNT, { "cmd.account", 11 } },
	{ { "calendar.", 9 }, LANE_COUNT + 1, { "cmd.desk", 8 } },
	{ { "policy.", 7 }, LANE_COUNT + 1, { "cmd.desk", 8 } },
	{ { "schedule.", 9 }, LANE_COUNT + 1, { "cmd.desk", 8 } },
	{ { "template.", 9 }, LANE_COUNT + 1, { "cmd.desk", 8 } },
	{ { "webhook.", 8 }, LANE_COUNT + 1, { "cmd.desk", 8 } },
	{ { "mailbox.", 8 }, LANE_COUNT + 1, { "cmd.desk", 8 } },
};

/* The lane of the ticket it names, else of the file, else its worker's one queue. */
static void choose_queue(struct order *order)
{
	const struct uuid *ticket = named(order, LOAD_TICKET), *file = named(order, LOAD_FILE);
	struct submission *out = &order->submission;

	for (size_t i = 0; i < sizeof single_queues / sizeof *single_queues; i++)
		if (text_starts_with(order->envelope.type, single_queues[i].object)) {
			out->queue = single_queues[i].queue;
			out->message.routing_key = single_queues[i].name;
			return;
		}
	out->queue = uuid_last_digit(ticket ? ticket : file);
	out->message.routing_key = lane_queue(order->call->arena, "cmd.ticket.", out->queue);
}

bool order_write(struct order *order)
{
	struct call *call = order->call;
	struct envelope *e = &order->envelope;
	struct buffer body;

	mint(order);
	buffer_init(&body, call->arena, call_body(call).len + 256);
	contract_write(&order->command->record, order->fields, &body);
	e->body = buffer_view(&body);
	e->type = text_of(order->command->record.type);
	e->actor = call->principal.account_id;
	e->accepted_at = clock_unix_us();
	e->correlation_id = call->request_id;
	e->reply_to = loop_reply_address(call->loop);
	order->span =
	        span_begin(call->arena, call->traceparent, SPAN_PRODUCER, "publish %s", order->command->record.type);
	e->traceparent = span_context(order->span, call->traceparent);
	e->origin = call_origin(call);
	envelope_fingerprint(e->type, e->body, e->fp);
	envelope_write(e, call->arena, &order->submission.message);
	order->submission.message.exchange = TEXT("guichet.commands");
	choose_queue(order);
	return body.len <= BODY_MAX;
}

void order_send(struct order *order, int wait_ms)
{
	struct call *call = order->call;
	struct waiter *waiter = &order->waiter;

	order->status_url = status_url(call->arena, &order->envelope, &call->principal.account_id);
	order->until_ms = call->began_ms + wait_ms;
	log_context(call->request_id, &order->envelope.id, traceparent_trace_id(call->traceparent));
	log_debug("command", LOG_VIEW("type", order->envelope.type));
	log_context_clear();
	order->submission.note.run = on_verdict;
	order->submission.loop = call->loop;
	waiter->command_id = order->envelope.id;
	memcpy(waiter->fp, order->envelope.fp, FINGERPRINT_BYTES);
	waiter->correlation_id = call->request_id;
	waiter->done = on_outcome;
	call_hold(call); /* for the note */
	call_hold(call); /* for the waiter */
	waiter_add(waiters_of(call->loop), waiter, order->until_ms + ORDER_CONFIRM_MS);
	if (revocations_are_fresh() && submission_send(&order->submission))
		return;
	span_end(order->span, true);
	settle(order, FATE_NOT_ACCEPTED);
	call_release(call);
}

/* One command, one answer. */
void order_answer(struct order *order, enum fate fate)
{
	struct call *call = order->call;

	switch (fate) {
	case FATE_TOLD:
		answer_outcome(order);
		return;
	case FATE_NOT_ACCEPTED:
		respond_problem(call, PROBLEM_NOT_ACCEPTED, TEXT_NONE, NULL);
		return;
	case FATE_UNKNOWN:
		respond_unknown_outcome(call, order->status_url);
		return;
	default:
		if (order->until_ms <= call->began_ms)
			respond_header(call, "preference-applied", TEXT("respond-async"));
		answer_accepted(call, order);
	}
}

/* All ids are known. A client that went away meanwhile has asked for nothing. */
static void name_and_send(struct call *call, void *state)
{
	struct order *order = state;
	struct problems problems = { 0 };

	if (!call->req)
		return;
	if (!order_name(order, path_fill(call->arena, order->path, &call->captures), TEXT(""), &problems)) {
		respond_problem(call, PROBLEM_VALIDATION_ERROR, TEXT_NONE, &problems);
		return;
	}
	if (!order_write(order)) {
		respond_problem(call, PROBLEM_BODY_TOO_LARGE, TEXT_NONE, NULL);
		return;
	}
	call->command_id = order->envelope.id;
	call->command_type = text_of(order->command->record.type);
	call_limit(call, CALL_NO_LIMIT, NULL, NULL); /* the order has deadlines */
	order_send(order, order_wait_ms(call));
}

void submit_command(struct call *call, const struct route *route)
{
	struct order *order = ARENA_NEW(call->arena, struct order);

	if (!principal_require(call))
		return;
	order->call = call;
	order->command = &commands[route->command];
	order->settled = order_answer;
	order->envelope.lenient = route->strictness == LENIENT && !call_prefers(call, "handling", "strict");
	order->path = route->path;
	if (read_fields(order))
		numbers_find_in(call, &order->command->record, order->fields, name_and_send, order);
}

void submit_settled(struct call *call, enum command_id command, const char *path, void *fields,
        void (*settled)(struct order *order, enum fate fate))
{
	struct order *order = ARENA_NEW(call->arena, struct order);

	order->call = call;
	order->command = &commands[command];
	order->settled = settled;
	order->path = path;
	order->fields = fields;
	name_and_send(call, order);
}

void submit_made(struct call *call, enum command_id command, const char *path, void *fields)
{
	submit_settled(call, command, path, fields, order_answer);
}
