/* engine.c - see engine.h. */
#include "workers/scan/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/process.h"

#define ASK_MS 5000

static const char *clamd_url;
static bool enabled;
static int64_t signatures_max_age_ms;
static struct clamd_url url;

struct setting engine_settings[] = {
	{ "ENABLE_VIRUS_SCAN", SETTING_BOOL, &enabled, "true",
	        .help = "false: files are let through without a look, and each of them says so" },
	{ "CLAMD_URL", SETTING_TEXT, &clamd_url, "unix:/run/clamav/clamd.ctl", .min = 6, .max = 300,
	        .help = "clamd, which looks at files: unix:/path or tcp://host:port" },
	{ "SCAN_SIGNATURES_MAX_AGE", SETTING_DURATION, &signatures_max_age_ms, "7d", .min = 3600000, .max = 31536000000,
	        .help = "older signatures are an alarm" },
	{ 0 },
};

static struct metric engine_up = { .name = "guichet_scan_engine_up",
	.labels = "",
	.help = "Whether clamd looks at files, and finds the EICAR test file",
	.kind = METRIC_GAUGE };
static struct metric signatures_age = { .name = "guichet_scan_signatures_age_seconds",
	.labels = "",
	.help = "Age of clamd's database; 0 when it does not say",
	.kind = METRIC_GAUGE };

struct engine {
	struct clamd *clamd;
	char name[CLAMD_ANSWER];
	char trouble[160];
	int64_t ask_after_ms;
	int failures;
	bool up, is_old;
};

bool engine_prepare(void)
{
	const char *why = enabled ? clamd_url_parse(clamd_url, &url) : NULL;

	if (why)
		fprintf(stderr, "%s: CLAMD_URL: %s\n", process_name(), why);
	return !why;
}

int64_t engine_signatures_at(const char *version)
{
	const char *number = strchr(version, '/'), *date = number ? strchr(number + 1, '/') : NULL;
	struct tm made = { 0 };

	return date && strptime(date + 1, "%a %b %d %H:%M:%S %Y", &made) ? (int64_t)timegm(&made) : 0;
}

/* --- is it there, and does it find anything? ---------------------------------------------- */
static bool fail(struct engine *e, const char *why)
{
	if (e->up || !e->failures)
		log_error("clamd does not look at files: they wait", LOG_TEXT("error", why));
	snprintf(e->trouble, sizeof e->trouble, "%s", why);
	e->up = false;
	e->ask_after_ms = clock_mono_ms() + clock_backoff_ms(e->failures++, 250, 5000);
	metric_set(&engine_up, 0);
	return false;
}

/* The test file, written backwards so that nobody finds it in this program. */
static void write_eicar(char out[69])
{
	static const char backwards[] = "*H+H$!ELIF-TSET-SURIVITNA-DRADNATS-RACIE$}7)CC7)^P(45XZP\\4[PA@%P!O5X";

	for (size_t i = 0; i < sizeof backwards - 1; i++)
		out[i] = backwards[sizeof backwards - 2 - i];
	out[sizeof backwards - 1] = '\0';
}

static bool finds_eicar(struct engine *e)
{
	char eicar[69], answer[CLAMD_ANSWER];

	write_eicar(eicar);
	if (!clamd_begin(e->clamd) || !clamd_bytes(e->clamd, eicar, strlen(eicar)) || !clamd_end(e->clamd, answer))
		return fail(e, clamd_error(e->clamd));
	if (verdict_of(text_of(answer)).state != SCAN_INFECTED)
		return fail(e, "its database does not know even the EICAR test file");
	return true;
}

static void look_at_age(struct engine *e)
{
	int64_t made_at = engine_signatures_at(e->name);
	int64_t age_s = made_at ? clock_unix_ms() / 1000 - made_at : 0;
	bool is_old = age_s > signatures_max_age_ms / 1000;

	metric_set(&signatures_age, age_s);
	if (is_old && !e->is_old)
		log_error("clamd's signatures are old: freshclam does not bring new ones", LOG_TEXT("engine", e->name));
	e->is_old = is_old;
}

bool engine_ready(struct engine *e)
{
	char name[CLAMD_ANSWER];

	if (!enabled)
		return true;
	if (clock_mono_ms() < e->ask_after_ms)
		return e->up;
	if (!clamd_version(e->clamd, name))
		return fail(e, clamd_error(e->clamd));
	if (!finds_eicar(e))
		return false;
	if (!e->up)
		log_notice("clamd looks at files", LOG_TEXT("engine", name));
	snprintf(e->name, sizeof e->name, "%s", name);
	e->up = true;
	e->failures = 0;
	e->ask_after_ms = clock_mono_ms() + ASK_MS;
	metric_set(&engine_up, 1);
	look_at_age(e);
	return true;
}

const char *engine_name(const struct engine *engine)
{
	return engine->name;
}

const char *engine_trouble(const struct engine *e)
{
	if (!enabled)
		return "ENABLE_VIRUS_SCAN=false: nobody looks at files";
	return e->up ? NULL : e->trouble;
}

const char *engine_age_trouble(const struct engine *e)
{
	return e->is_old ? "its signatures are too old" : NULL;
}

/* --- one content ---------------------------------------------------------------------------- */
bool engine_begin(struct engine *e)
{
	return !enabled || clamd_begin(e->clamd) || fail(e, clamd_error(e->clamd));
}

bool engine_bytes(struct engine *e, const void *bytes, size_t count)
{
	return !enabled || clamd_bytes(e->clamd, bytes, count);
}

struct verdict engine_end(struct engine *e)
{
	char answer[CLAMD_ANSWER];

	if (!enabled)
		return verdict_say(SCAN_CLEAN, "");
	if (clamd_end(e->clamd, answer))
		return verdict_of(text_of(answer));
	e->ask_after_ms = 0; /* perhaps it has died */
	return verdict_say(SCAN_PENDING, clamd_error(e->clamd));
}

void engine_abort(struct engine *e)
{
	if (enabled)
		clamd_abort(e->clamd);
}

struct engine *engine_new(void (*pump)(void *arg), void *arg)
{
	struct engine *e = calloc(1, sizeof *e);

	if (!e)
		abort();
	if (enabled) {
		e->clamd = clamd_new(&url, pump, arg);
	} else {
		snprintf(e->name, sizeof e->name, ENGINE_NONE);
		log_warn("ENABLE_VIRUS_SCAN=false: files are let through without a look");
	}
	return e;
}

void engine_free(struct engine **engine)
{
	clamd_free(&(*engine)->clamd);
	free(*engine);
	*engine = NULL;
}
