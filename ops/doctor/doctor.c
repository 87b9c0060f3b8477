/* doctor.c - all examinations side by side, and one report of them: see doctor.h. */
#include "ops/doctor/doctor.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/log.h"
#include "ops/doctor/examiner.h"

#define ARENA_BYTES (64 * 1024)

struct examination {
	const char *what;
	void (*run)(struct examiner *e);
	const char *todo; /* when it never comes back */
	bool is_slow;     /* not for the quick ones */
};

static const struct examination examinations[] = {
	{ "database", examine_database,
	        "Look whether PostgreSQL's machine is up and reached by the network, and whether it is overloaded",
	        false },
	{ "broker", examine_broker,
	        "Look whether RabbitMQ's machine is up and reached by the network, and at RabbitMQ's log", false },
	{ "redis", examine_redis, "Look whether the machine of Redis is up and reached by the network", false },
	{ "smtp", examine_smtp, "Look whether the mail server of SMTP_URL is up and reached by the network", true },
	{ "mail in", examine_lmtp, "Look whether guichet-mail-ingress runs, and at its log", true },
	{ "clamd", examine_clamd, "Look whether clamd runs, and at its log", true },
	{ "store", examine_store, "Look whether the disk or the server of STORE_URL answers at all", true },
	{ "disk", examine_disks, "A disk hangs: look at the mounts (df) and at the kernel's log (dmesg)", false },
	{ "certificate", examine_certificate, "A disk hangs: look at the mounts (df)", false },
	{ "secrets", examine_secrets, "Run it again", false },
	{ "ingress", examine_ingress, "Look whether guichet-ingress runs, and at its log", false },
};
enum { EXAMINATIONS = sizeof examinations / sizeof *examinations };

/* One of them under way. Both the thread and the caller hold it; who lets go last frees it. */
struct patient {
	const struct examination *examination;
	struct examiner examiner;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool is_done, is_left;
};

static void end_patient(struct patient *p)
{
	arena_free(&p->examiner.arena);
	pthread_cond_destroy(&p->changed);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

static void *examine(void *arg)
{
	struct patient *p = arg;
	bool is_left;

	log_thread_name("doctor");
	p->examination->run(&p->examiner);
	pthread_mutex_lock(&p->lock);
	p->is_done = true;
	is_left = p->is_left;
	pthread_cond_signal(&p->changed);
	pthread_mutex_unlock(&p->lock);
	if (is_left)
		end_patient(p);
	return NULL;
}

static struct patient *begin(const struct examination *examination, const struct doctor_wishes *wishes)
{
	struct patient *p = calloc(1, sizeof *p);
	pthread_condattr_t by_mono;
	pthread_attr_t detached;
	pthread_t thread;

	if (!p)
		abort();
	p->examination = examination;
	p->examiner.arena = arena_new(ARENA_BYTES);
	p->examiner.wishes = *wishes;
	pthread_mutex_init(&p->lock, NULL);
	pthread_condattr_init(&by_mono);
	pthread_condattr_setclock(&by_mono, CLOCK_MONOTONIC);
	pthread_cond_init(&p->changed, &by_mono);
	pthread_condattr_destroy(&by_mono);
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	if (pthread_create(&thread, &detached, examine, p) != 0)
		abort();
	pthread_attr_destroy(&detached);
	return p;
}

/* --- gathering ------------------------------------------------------------------------- */
struct gathering {
	struct arena *arena;
	struct doctor_finding *all;
	int count;
};

static const char *kept(struct arena *arena, const char *text)
{
	return text ? arena_printf(arena, "%s", text) : NULL;
}

static void keep(struct gathering *g, const struct doctor_finding *f)
{
	g->all[g->count++] = (struct doctor_finding){ .id = kept(g->arena, f->id),
		.verdict = f->verdict,
		.what = kept(g->arena, f->what),
		.sentence = kept(g->arena, f->sentence),
		.todo = kept(g->arena, f->todo),
		.subject = kept(g->arena, f->subject),
		.because = { kept(g->arena, f->because[0]), kept(g->arena, f->because[1]) } };
}

/* Waits for it as long as there is time, and takes what it found. */
static void gather(struct gathering *g, struct patient *p, int64_t until_ms)
{
	const struct timespec until = { until_ms / 1000, until_ms % 1000 * 1000000 };
	bool is_done;

	pthread_mutex_lock(&p->lock);
	while (!p->is_done && pthread_cond_timedwait(&p->changed, &p->lock, &until) == 0)
		;
	is_done = p->is_done;
	p->is_left = true;
	if (!is_done)
		keep(g, &(struct doctor_finding){ .id = "silent",
		                .verdict = DOCTOR_FAIL,
		                .what = p->examination->what,
		                .sentence = "there was no answer within 8 s",
		                .todo = p->examination->todo,
		                .subject = p->examination->what });
	pthread_mutex_unlock(&p->lock);
	if (!is_done)
		return;
	for (int i = 0; i < p->examiner.count; i++)
		keep(g, &p->examiner.findings[i]);
	end_patient(p);
}

/* Does another finding explain this one? */
static bool is_explained(const struct gathering *g, const struct doctor_finding *f)
{
	for (int i = 0; i < g->count; i++) {
		const struct doctor_finding *cause = &g->all[i];

		for (int b = 0; b < 2; b++)
			if (cause != f && cause->verdict != DOCTOR_OK && cause->subject && f->because[b] &&
			        strcmp(cause->subject, f->because[b]) == 0)
				return true;
	}
	return false;
}

/* The worst first, in the order of the examinations otherwise. */
static struct doctor_report *report_of(struct gathering *g)
{
	struct doctor_report *report = ARENA_NEW(g->arena, struct doctor_report);

	report->findings = ARENA_ARRAY(g->arena, struct doctor_finding, (size_t)g->count + 1);
	for (int verdict = DOCTOR_FAIL; verdict >= DOCTOR_OK; verdict--)
		for (int i = 0; i < g->count; i++)
			if ((int)g->all[i].verdict == verdict && !is_explained(g, &g->all[i])) {
				report->findings[report->count++] = g->all[i];
				report->oks += verdict == DOCTOR_OK;
				report->warns += verdict == DOCTOR_WARN;
				report->fails += verdict == DOCTOR_FAIL;
			}
	return report;
}

struct doctor_report *doctor_look(struct arena *arena, const struct doctor_wishes *wishes)
{
	struct gathering g = { .arena = arena,
		.all = ARENA_ARRAY(arena, struct doctor_finding, EXAMINATIONS * FINDINGS_MAX) };
	const int64_t until_ms = clock_mono_ms() + EXAMINATION_MS;
	struct patient *patients[EXAMINATIONS] = { NULL };

	curl_global_init(CURL_GLOBAL_DEFAULT); /* not while threads run */
	for (int i = 0; i < EXAMINATIONS; i++)
		if (!wishes->quick || !examinations[i].is_slow)
			patients[i] = begin(&examinations[i], wishes);
	for (int i = 0; i < EXAMINATIONS; i++)
		if (patients[i])
			gather(&g, patients[i], until_ms);
	return report_of(&g);
}

const char *doctor_word(enum doctor_verdict verdict)
{
	static const char *const words[] = { "ok", "warn", "fail" };

	return words[verdict];
}
