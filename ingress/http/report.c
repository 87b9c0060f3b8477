/* report.c - see report.h. */
#include "ingress/http/report.h"

#include "base/arena.h"
#include "base/process.h"
#include "queues/instance.h"

static void on_answer(void *unused, enum db_fault fault, const struct db_result *rows)
{
	(void)unused;
	if (fault == DB_FINE)
		instance_obey(db_text(rows, 0, 0));
	else
		instance_missed();
}

static void on_gone(void *unused, enum db_fault fault, const struct db_result *rows)
{
	(void)unused;
	(void)fault;
	(void)rows;
}

static void say_goodbye(struct loop *loop)
{
	static _Atomic bool said;

	if (!said && loop_write(loop, QUERY_instance_gone, 1, (const struct db_param[]){ P_UUID(instance_id()) },
	                     on_gone, NULL))
		said = true;
}

void report_tick(struct loop *loop)
{
	struct instance_words words;
	struct arena *arena;

	if (process_stopping()) {
		say_goodbye(loop);
		return;
	}
	if (!instance_is_due())
		return;
	arena = arena_new(4096);
	words = instance_render(arena);
	if (!loop_write(loop, QUERY_instance_seen, 4,
	            (const struct db_param[]){
	                    P_TEXT(words.program), P_UUID(instance_id()), P_TEXT(words.about), P_TEXT(words.facts) },
	            on_answer, NULL))
		instance_missed();
	arena_free(&arena);
}
