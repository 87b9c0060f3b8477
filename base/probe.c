/* probe.c - what is wrong with the program, in words, and /health's body.
 *
 * The checks form a list that only grows; a check pushes itself onto its head.
 * While the process stops there is one reason more, "process": "stopping", so
 * that no new work is sent here while the old is being finished.
 */
#include <pthread.h>
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

static void set(struct probe_check *check, const char *reason, int64_t since_us)
{
	const char *before = atomic_load(&check->reason), *now = reason && *reason ? reason : NULL;

	if (now && !before)
		atomic_store(&check->since_us, since_us);
	atomic_store(&check->reason, now);
	enrol(check);
}

void probe_set(struct probe_check *check, const char *reason)
{
	set(check, reason, clock_unix_us());
}

/* Counting and saying are one step: a thread whose count was not the last could otherwise speak last. */
void probe_share(struct probe_check *check, bool *has_reason, const char *reason)
{
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	const bool has = reason && *reason;

	pthread_mutex_lock(&mutex);
	check->holders += has - *has_reason;
	*has_reason = has;
	if (has || !check->holders)
		probe_set(check, reason);
	pthread_mutex_unlock(&mutex);
}

void probe_degrade_since(struct probe_check *check, const char *reason, int64_t since_us)
{
	atomic_store(&check->is_dispensable, 1);
	set(check, reason, since_us);
}

void probe_degrade(struct probe_check *check, const char *reason)
{
	probe_degrade_since(check, reason, clock_unix_us());
}

bool probe_ready(void)
{
	if (process_stopping())
		return false;
	for (const struct probe_check *check = atomic_load(&checks); check; check = check->next)
		if (atomic_load(&check->reason) && !atomic_load(&check->is_dispensable))
			return false;
	return true;
}

static bool is_degraded(void)
{
	for (const struct probe_check *check = atomic_load(&checks); check; check = check->next)
		if (atomic_load(&check->reason) && atomic_load(&check->is_dispensable))
			return true;
	return false;
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

static void write_dependency(struct buffer *out, const struct probe_check *check)
{
	const char *reason = atomic_load(&check->reason);
	char since[CLOCK_TEXT_BYTES];

	buffer_json_name(out, check->name);
	buffer_text(out, TEXT("{"));
	buffer_json_member(out, "status",
	        text_of(!reason ? "healthy" : (atomic_load(&check->is_dispensable) ? "degraded" : "unhealthy")));
	if (reason) {
		clock_format(atomic_load(&check->since_us), since);
		buffer_json_member(out, "reason", text_of(reason));
		buffer_json_member(out, "since", text_of(since));
	}
	buffer_text(out, TEXT("}"));
}

static void write_dependencies(struct buffer *out)
{
	buffer_json_name(out, "dependencies");
	buffer_text(out, TEXT("{"));
	for (const struct probe_check *check = atomic_load(&checks); check; check = check->next)
		write_dependency(out, check);
	buffer_text(out, TEXT("}"));
}

void probe_render_health(struct buffer *out, int port)
{
	const bool ready = probe_ready(), degraded = is_degraded();
	char now[CLOCK_TEXT_BYTES];

	clock_format(clock_unix_us(), now);
	buffer_text(out, TEXT("{"));
	buffer_json_member_bool(out, "success", ready);
	buffer_json_member(out, "status", text_of(!ready ? "unhealthy" : (degraded ? "degraded" : "healthy")));
	buffer_json_member(out, "message", text_of(ready ? "OK" : "Not ready"));
	buffer_json_member(out, "service", text_of(process_name()));
	buffer_json_member(out, "version", text_of(process_version()));
	if (port)
		buffer_json_member_int(out, "port", port);
	buffer_json_member(out, "timestamp", text_of(now));
	write_checks(out);
	write_dependencies(out);
	buffer_text(out, TEXT("}"));
}
