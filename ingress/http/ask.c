/* ask.c - see ask.h. */
#include "ingress/http/ask.h"

#include "ingress/http/loop.h"
#include "ingress/http/respond.h"

/* In the call's arena. */
struct question {
	struct call *call;
	ask_rows_fn *then;
	ask_fault_fn *otherwise;
	void *state;
};

static void answer_fault(struct call *call, void *unused, enum db_fault fault)
{
	(void)unused;
	(void)fault;
	respond_problem(call, PROBLEM_SERVICE_UNAVAILABLE, TEXT_NONE, NULL);
}

static void on_answer(void *arg, enum db_fault fault, const struct db_result *rows)
{
	struct question *q = arg;
	struct call *call = q->call;

	if (fault == DB_FINE)
		q->then(call, q->state, rows);
	else
		q->otherwise(call, q->state, fault);
	call_release(call);
}

static struct question *question_new(struct call *call, ask_rows_fn *then, ask_fault_fn *otherwise, void *state)
{
	struct question *q = ARENA_NEW(call->arena, struct question);

	*q = (struct question){ call, then, otherwise, state };
	call_hold(call);
	return q;
}

void ask_read_or(struct call *call, enum query query, int count, const struct db_param *params, ask_rows_fn *then,
        ask_fault_fn *otherwise, void *state)
{
	struct question *q = question_new(call, then, otherwise, state);

	if (!loop_query(call->loop, query, count, params, on_answer, q))
		on_answer(q, DB_LOST, NULL);
}

void ask_read(
        struct call *call, enum query query, int count, const struct db_param *params, ask_rows_fn *then, void *state)
{
	ask_read_or(call, query, count, params, then, answer_fault, state);
}

void ask_write_or(struct call *call, enum query query, int count, const struct db_param *params, ask_rows_fn *then,
        ask_fault_fn *otherwise, void *state)
{
	struct question *q = question_new(call, then, otherwise, state);

	if (!loop_write(call->loop, query, count, params, on_answer, q))
		on_answer(q, DB_LOST, NULL);
}

void ask_write(
        struct call *call, enum query query, int count, const struct db_param *params, ask_rows_fn *then, void *state)
{
	ask_write_or(call, query, count, params, then, answer_fault, state);
}
