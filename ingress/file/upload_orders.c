/* upload_orders.c - the commands of an upload, their outcomes, the wait for the scan, and what is done with bytes that
 * nobody will ask for. */
#include "base/clock.h"
#include "ingress/file/upload.h"
#include "ingress/http/ask.h"
#include "ingress/http/respond.h"

#define LOOK_FIRST_MS 20
#define LOOK_MOST_MS 320

struct upload *upload_of(struct crew_job *job)
{
	return (struct upload *)job;
}

bool upload_is_done(const struct upload *u, int i)
{
	return u->fates[i] == FATE_TOLD && u->orders[i].outcome.status < 300;
}

bool upload_waits(const struct upload *u, int i)
{
	return upload_is_done(u, i) && (u->states[i] == SCAN_PENDING || u->states[i] == scan_state_absent);
}

struct text upload_ids(const struct upload *u)
{
	struct buffer out;

	buffer_init(&out, u->call->arena, 512);
	buffer_string(&out, "{");
	for (int i = 0; i < u->spool.count; i++) {
		if (!upload_is_done(u, i))
			continue;
		buffer_string(&out, out.len > 1 ? "," : "");
		buffer_text(&out, uuid_text(u->call->arena, &u->spool.files[i].id));
	}
	buffer_string(&out, "}");
	return buffer_view(&out);
}

/* --- bytes that nobody will ask for --------------------------------------------------- */
static void on_removed(struct call *call, struct crew_job *job)
{
	(void)call;
	spool_end(&upload_of(job)->spool);
}

void upload_remove_kept(struct upload *u)
{
	bool any = false;

	for (int i = 0; i < u->spool.count; i++)
		any = any || u->spool.files[i].kept;
	u->spool.job.work = spool_remove;
	u->spool.job.then = on_removed;
	if (!any || !disk_run(u->call, &u->spool.job))
		spool_end(&u->spool);
}

/* With a key another request may have made the same file: then only what was refused for itself is nobody's, and what
 * was scanned lies elsewhere already. */
static bool is_nobodys(const struct upload *u, int i)
{
	const struct order *order = &u->orders[i];

	if (u->fates[i] == FATE_NOT_ACCEPTED)
		return !u->keyed;
	if (u->fates[i] != FATE_TOLD)
		return false;
	if (order->outcome.status >= 300)
		return !text_equal(order->outcome.code, TEXT("IDEMPOTENCY_KEY_REUSED"));
	return u->keyed && u->states[i] != SCAN_PENDING && u->states[i] != scan_state_absent;
}

void upload_end(struct upload *u)
{
	for (int i = 0; i < u->spool.count; i++)
		u->spool.files[i].kept = u->spool.files[i].kept && is_nobodys(u, i);
	upload_remove_kept(u);
}

/* --- waiting for the scan --------------------------------------------------------------- */
static void look(struct call *call, void *arg);

static void note_states(struct upload *u, const struct db_result *rows)
{
	for (int row = 0; row < db_rows(rows); row++) {
		struct uuid id = db_uuid(rows, row, 0);

		for (int i = 0; i < u->spool.count; i++)
			if (uuid_equal(&u->spool.files[i].id, &id))
				u->states[i] = word_find(db_text(rows, row, 1), scan_state_words, scan_state_count);
	}
}

static void on_states(struct call *call, void *state, const struct db_result *rows)
{
	struct upload *u = state;
	int64_t now = clock_mono_ms();
	bool some_wait = false;

	note_states(u, rows);
	for (int i = 0; i < u->spool.count; i++)
		some_wait = some_wait || upload_waits(u, i);
	if (call->req && some_wait && now + u->step_ms < u->until_ms) {
		call_limit(call, now + u->step_ms, look, u);
		u->step_ms = 2 * u->step_ms < LOOK_MOST_MS ? 2 * u->step_ms : LOOK_MOST_MS;
		return;
	}
	call_limit(call, now + ORDER_CONFIRM_MS, upload_answer_accepted, u);
	upload_answer(u);
	upload_end(u);
}

static void on_no_states(struct call *call, void *state, enum db_fault fault)
{
	(void)fault;
	upload_answer_accepted(call, state);
	upload_end(state);
}

static void ask_states(struct upload *u)
{
	call_limit(u->call, u->until_ms + ORDER_CONFIRM_MS, upload_answer_accepted, u);
	ask_read_or(u->call, QUERY_files_scanned, 1, (struct db_param[]){ P_TEXT(upload_ids(u)) }, on_states,
	        on_no_states, u);
}

/* It is time to look again. */
static void look(struct call *call, void *arg)
{
	(void)call;
	ask_states(arg);
}

/* --- the commands ----------------------------------------------------------------------- */
static void answer_alone(struct order *order, enum fate fate)
{
	struct call *call = order->call;

	if (fate == FATE_TOLD) {
		answer_outcome(order);
	} else if (fate == FATE_NOT_ACCEPTED) {
		respond_problem(call, PROBLEM_NOT_ACCEPTED, TEXT_NONE, NULL);
	} else if (fate == FATE_UNKNOWN) {
		respond_unknown_outcome(call, order->status_url);
	} else {
		if (!order_wait_ms(call))
			respond_header(call, "preference-applied", TEXT("respond-async"));
		answer_accepted(call, order);
	}
}

static void on_settled(struct order *order, enum fate fate)
{
	struct upload *u = order->owner;
	bool any = false;

	u->fates[order - u->orders] = fate;
	if (--u->unsettled)
		return;
	for (int i = 0; i < u->spool.count; i++)
		any = any || upload_is_done(u, i);
	if (any) {
		ask_states(u);
		return;
	}
	answer_alone(&u->orders[0], u->fates[0]);
	upload_end(u);
}

/* The client waits from the moment that its bytes are durable. */
void upload_send(struct upload *u)
{
	int wait_ms = order_wait_ms(u->call) + (int)(clock_mono_ms() - u->call->began_ms);

	for (int i = 0; i < u->spool.count; i++) {
		u->orders[i].settled = on_settled;
		u->orders[i].owner = u;
		order_write(&u->orders[i]);
	}
	u->call->command_id = u->orders[0].envelope.id;
	u->call->command_type = text_of(u->orders[0].command->record.type);
	call_limit(u->call, CALL_NO_LIMIT, NULL, NULL); /* the orders have deadlines */
	u->until_ms = u->call->began_ms + wait_ms;
	u->step_ms = LOOK_FIRST_MS;
	u->unsettled = u->spool.count;
	call_hold(u->call);
	for (int i = 0; i < u->spool.count; i++)
		order_send(&u->orders[i], wait_ms);
	call_release(u->call);
}
