/* dependencies.c - see dependencies.h. */
#include "ingress/http/dependencies.h"

#include "base/clock.h"
#include "base/probe.h"

#define LOOK_MS 5000

/* In the order of the query's parameter. */
static struct {
	struct probe_check check;
	const char *reason;
} dependencies[] = {
	{ { .name = "smtp" }, "does not take mail: mails wait" },
	{ { .name = "clamd" }, "does not look at files as it should: they wait, or are let through unseen" },
};
#define NAMES "{smtp,clamd}"

/* What is not known stays as it was. */
static void on_rows(void *arg, enum db_fault fault, const struct db_result *rows)
{
	(void)arg;
	if (fault != DB_FINE)
		return;
	for (int i = 0; i < db_rows(rows); i++) {
		if (db_bool(rows, i, 0))
			probe_degrade(&dependencies[i].check, NULL);
		else
			probe_degrade_since(&dependencies[i].check, dependencies[i].reason, db_int(rows, i, 1));
	}
}

void dependencies_tick(struct loop *loop)
{
	static int64_t next_ms;
	int64_t now = clock_mono_ms();

	if (loop_index(loop) != 0 || now < next_ms)
		return;
	next_ms = now + LOOK_MS;
	loop_query(loop, QUERY_dependency_state, 1, (const struct db_param[]){ P_TEXT(TEXT(NAMES)) }, on_rows, NULL);
}
