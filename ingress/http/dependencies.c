/* dependencies.c - see dependencies.h. */
#include "ingress/http/dependencies.h"

#include "base/clock.h"
#include "base/probe.h"

#define LOOK_MS 5000

static struct probe_check smtp = { .name = "smtp" };

/* What is not known stays as it was. */
static void on_rows(void *arg, enum db_fault fault, const struct db_result *rows)
{
	(void)arg;
	if (fault != DB_FINE)
		return;
	if (!db_rows(rows) || db_bool(rows, 0, 0))
		probe_degrade(&smtp, NULL);
	else
		probe_degrade_since(&smtp, "does not take mail: mails wait", db_int(rows, 0, 1));
}

void dependencies_tick(struct loop *loop)
{
	static int64_t next_ms;
	int64_t now = clock_mono_ms();

	if (loop_index(loop) != 0 || now < next_ms)
		return;
	next_ms = now + LOOK_MS;
	loop_query(loop, QUERY_dependency_state, 0, NULL, on_rows, NULL);
}
