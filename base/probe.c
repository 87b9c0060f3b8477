/* probe.c - what is wrong with the program, in words, and /health's body.
 *
 * The checks form a list that only grows; a check pushes itself onto its head.
 * While the process stops there is one reason more, "process": "stopping", so
 * that no new work is sent here while the old is being finished.
 */
#include <stdatomic.h>
#include "base/clock.h"
#include "base/probe.h"
#include "base/process.h"

static struct probe_check *_Atomic checks;

static void enrol(struct probe_check *check)
{
	struct probe_check *head;

	if (atomic_load_explicit(&check->registered, memory_order_relaxed) || atomic_exchange(&check->registered, 1))
		return;
	head = atomic_load(&checks);
	do
		check->next = head;
	while (!atomic_compare_exchange_weak(&checks, &head, check));
}

void probe_set(struct probe_check *check, const char *reason)
{
	atomic_store(&check->reason, reason && *reason ? reason : NULL);
	enrol(check);
}

bool probe_ready(void)
{
	if (process_stopping())
		return false;
	for (const struct probe_check *check = atomic_load(&checks); check; check = check->next)
		if (atomic_load(&check->reason))
			return false;
	return true;
}

/* "checks":{"database":"ok","broker":"no connection"} */
static void write_checks(struct buffer *out)
{
	buffer_json_name(out, "checks");
	buffer_text(out, TEXT("{"));
	if (process_stopping())
		buffer_json_member(out, "process", TEXT("stopping"));
	for (const struct probe_check *check = atomic_load(&checks); check; check = check->next) {
		const char *reason = atomic_load(&check->reason);

		buffer_json_member(out, check->name, text_of(reason ? reason : "ok"));
	}
	buffer_text(out, TEXT("}"));
}

void probe_render_health(struct buffer *out)
{
	const bool ready = probe_ready();
	char now[CLOCK_TEXT_BYTES];

	clock_format(clock_unix_us(), now);
	buffer_text(out, TEXT("{"));
	buffer_json_member_bool(out, "success", ready);
	buffer_json_member(out, "status", text_of(ready ? "healthy" : "unhealthy"));
	buffer_json_member(out, "message", text_of(ready ? "OK" : "Not ready"));
	buffer_json_member(out, "service", text_of(process_name()));
	buffer_json_member(out, "version", text_of(process_version()));
	buffer_json_member(out, "timestamp", text_of(now));
	write_checks(out);
	buffer_text(out, TEXT("}"));
}
