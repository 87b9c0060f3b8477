/* programs.c - the programs: which are dead, which hang, what the others say of themselves, and what rests.
 *
 * Each writes a row every two seconds (queues/instance.h). A silent one whose process still lives on this machine hangs
 * or is stopped; one whose process is gone has died; of one on another machine nobody here can tell the two apart.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "ops/doctor/examiner.h"
#include "ops/doctor/tables.h"
#include "queues/programs.h"
#include "sql/db.h"

#define SILENT_S 10
#define CLOCK_WARN_MS 5000 /* what is written is up to two seconds old, on a busy machine more */
#define CLOCK_FAIL_MS 30000
#define START_SLACK_S 5

struct instance {
	const char *program, *host, *version, *seen;
	int64_t pid, started_s, silent_s, ahead_ms;
};

struct instances {
	struct instance *all;
	int count;
};

static struct instances read_instances(struct examiner *e, struct db *db)
{
	struct db_result *r = db_send_params(db, QUERY_doctor_instances, 0, NULL);
	struct instances found = { NULL, 0 };

	if (db_sync(db)) {
		found.count = db_rows(r);
		found.all = ARENA_ARRAY(e->arena, struct instance, (size_t)found.count + 1);
		for (int i = 0; i < found.count; i++)
			found.all[i] = (struct instance){ .program = text_dup(e->arena, db_text(r, i, 0)),
				.host = text_dup(e->arena, db_text(r, i, 1)),
				.pid = db_int(r, i, 2),
				.version = text_dup(e->arena, db_text(r, i, 3)),
				.started_s = db_int(r, i, 4),
				.silent_s = db_int(r, i, 5),
				.seen = text_dup(e->arena, db_text(r, i, 6)),
				.ahead_ms = db_int(r, i, 7) };
	}
	db_reset(db);
	return found;
}

/* --- the process --------------------------------------------------------------------------- */
/* When the process of that number began, in seconds since 1970, and its state ('T': stopped); 0: there is none. */
static int64_t process_began(int64_t pid, char *out_state)
{
	char path[64], line[1024] = "";
	const char *behind;
	long long ticks = 0;
	double up_s = 0;
	FILE *file;

	snprintf(path, sizeof path, "/proc/%" PRId64 "/stat", pid);
	file = fopen(path, "re");
	if (file && !fgets(line, sizeof line, file))
		*line = '\0';
	if (file)
		fclose(file);
	behind = strrchr(line, ')');
	if (!behind ||
	        sscanf(behind + 1, " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %lld",
	                out_state, &ticks) != 2)
		return 0;
	file = fopen("/proc/uptime", "re");
	if (file && fscanf(file, "%lf", &up_s) != 1)
		up_s = 0;
	if (file)
		fclose(file);
	return (int64_t)time(NULL) - (int64_t)(up_s - (double)ticks / (double)sysconf(_SC_CLK_TCK));
}

/* Its state in /proc when it lives on this machine; '\0' otherwise. A process that began after the row was written has
 * only got the same number. */
static char state_here(const struct instance *i)
{
	char host[256] = "", state = '\0';
	int64_t began_s;

	if (gethostname(host, sizeof host - 1) != 0 || strcmp(host, i->host) != 0)
		return '\0';
	began_s = process_began(i->pid, &state);
	return began_s && state != 'Z' && began_s <= i->started_s + START_SLACK_S ? state : '\0';
}

/* --- dead and frozen ------------------------------------------------------------------------ */
/* As its unit, its container and its file are called. */
static char *unit_of(struct examiner *e, const char *program)
{
	char *name = arena_printf(e->arena, "%s", program);

	for (char *at = name; (at = strchr(at, '_'));)
		*at = '-';
	return name;
}

static const char *subject_of(struct examiner *e, const char *program)
{
	return arena_printf(e->arena, "program %s", program);
}

static void find_frozen(struct examiner *e, const struct instance *i, bool is_last, char state)
{
	const char *stopped = state == 'T' ? ", because somebody has stopped it (SIGSTOP)" : "";
	const char *todo = state == 'T'
	                           ? arena_printf(e->arena,
	                                     "Let it go on (kill -CONT %" PRId64 "), or end it (kill -KILL %" PRId64
	                                     "): its supervisor starts another, and nothing is lost",
	                                     i->pid, i->pid)
	                           : arena_printf(e->arena,
	                                     "Keep what it does for whoever mends it (gdb -p %" PRId64
	                                     " -batch -ex 'thread apply all bt'), then kill -KILL %" PRId64
	                                     ": its supervisor starts another, and nothing is lost",
	                                     i->pid, i->pid);

	examiner_find(e, is_last ? DOCTOR_FAIL : DOCTOR_WARN, "program.frozen", "programs", todo,
	        "%s hangs: its process %" PRId64 " on %s lives, and has said nothing for %s%s", i->program, i->pid,
	        i->host, examiner_age(e, i->silent_s), stopped)
	        ->subject = subject_of(e, i->program);
}

static void find_silent(struct examiner *e, const struct instance *i, bool is_last)
{
	char host[256] = "";
	bool is_here = gethostname(host, sizeof host - 1) == 0 && strcmp(host, i->host) == 0;

	examiner_find(e, is_last ? DOCTOR_FAIL : DOCTOR_WARN, "program.dead", "programs",
	        arena_printf(e->arena,
	                "Start it (systemctl start guichet@%s) and look at its log (journalctl -u guichet@%s); what it "
	                "has "
	                "to do waits and is not lost",
	                unit_of(e, i->program), unit_of(e, i->program)),
	        is_here ? "%s is dead: its process %" PRId64 " on %s is gone, and was last heard of at %s"
	                : "%s is dead, hangs, or cannot reach the database: process %" PRId64
	                  " on %s was last heard of at %s",
	        i->program, i->pid, i->host, i->seen)
	        ->subject = subject_of(e, i->program);
}

static bool has_successor(const struct instances *all, const struct instance *old)
{
	for (int i = 0; i < all->count; i++)
		if (all->all[i].silent_s <= SILENT_S && strcmp(all->all[i].program, old->program) == 0 &&
		        strcmp(all->all[i].host, old->host) == 0)
			return true;
	return false;
}

/* Every process of the program. The rows of one that was killed stay for a day: one that has a successor is past. */
static void judge_program(struct examiner *e, const struct instances *all, const struct program *program)
{
	int living = 0, told = 0;

	for (int i = 0; i < all->count; i++)
		living += strcmp(all->all[i].program, program->name) == 0 && all->all[i].silent_s <= SILENT_S;
	for (int i = 0; i < all->count; i++) {
		const struct instance *one = &all->all[i];
		char state;

		if (strcmp(one->program, program->name) != 0 || one->silent_s <= SILENT_S)
			continue;
		state = state_here(one);
		if (state)
			find_frozen(e, one, !living, state);
		else if ((living || told) && (told || has_successor(all, one)))
			continue;
		else
			find_silent(e, one, !living);
		told++;
	}
	if (!living && !told)
		examiner_find(e, DOCTOR_FAIL, "program.dead", "programs",
		        arena_printf(e->arena, "Start it: systemctl start guichet@%s, or docker compose up -d",
		                unit_of(e, program->name)),
		        "%s does not run: nobody was heard of for a day", program->name)
		        ->subject = subject_of(e, program->name);
}

/* --- what they say of themselves --------------------------------------------------------------- */
static void judge_clocks(struct examiner *e, const struct instances *all)
{
	for (int i = 0; i < all->count; i++) {
		const struct instance *one = &all->all[i];
		int64_t by_ms = llabs(one->ahead_ms);

		if (one->silent_s <= SILENT_S && by_ms > CLOCK_WARN_MS)
			examiner_find(e, by_ms < CLOCK_FAIL_MS ? DOCTOR_WARN : DOCTOR_FAIL, "clock.program", "clock",
			        arena_printf(e->arena,
			                "Set the clock of %s (timedatectl set-ntp true) and see that NTP runs there",
			                one->host),
			        "the clock of %s on %s is %s %s PostgreSQL's", one->program, one->host,
			        examiner_age(e, by_ms / 1000), one->ahead_ms > 0 ? "ahead of" : "behind");
	}
}

static void judge_versions(struct examiner *e, const struct instances *all)
{
	const struct instance *first = NULL;

	for (int i = 0; i < all->count; i++) {
		const struct instance *one = &all->all[i];

		if (one->silent_s > SILENT_S)
			continue;
		if (first && strcmp(first->version, one->version) != 0) {
			examiner_find(e, DOCTOR_WARN, "program.versions", "programs",
			        "Finish the update: bring every program to the same version, the ingress last "
			        "(docs/OPERATIONS.md, Bring up to date)",
			        "programs of two versions run: %s is %s, %s is %s", first->program, first->version,
			        one->program, one->version);
			return;
		}
		first = first ? first : one;
	}
}

/* What a program calls the part that it misses, and of whom we call it the trouble. */
static const char *cause_of(const char *part)
{
	static const char *const causes[][2] = { { "database", "database" }, { "broker", "broker" },
		{ "confirms", "broker" }, { "redis", "redis" }, { "smtp", "smtp" }, { "clamd", "clamd" },
		{ "store", "store" }, { "revocations", "database" }, { "outbox", "broker" },
		{ "mailboxes", "database" } };

	for (size_t i = 0; i < sizeof causes / sizeof *causes; i++)
		if (strcmp(causes[i][0], part) == 0)
			return causes[i][1];
	return NULL;
}

static void judge_troubles(struct examiner *e, struct db *db)
{
	struct db_result *r = db_send_params(db, QUERY_doctor_troubles, 0, NULL);

	for (int i = 0; db_sync(db) && i < db_rows(r); i++) {
		char *part = text_dup(e->arena, db_text(r, i, 0)), *why = text_dup(e->arena, db_text(r, i, 1));
		char *who = text_dup(e->arena, db_text(r, i, 2));

		examiner_find(e, db_bool(r, i, 4) ? DOCTOR_FAIL : DOCTOR_WARN, "program.unwell", "programs",
		        arena_printf(e->arena,
		                "Look at the log of %s, which names the reason; it goes on by itself when that is "
		                "mended",
		                who),
		        "%s, of %s: %s (for %s)", part, who, why ? why : "no reason given",
		        examiner_age(e, db_int(r, i, 3)))
		        ->because[0] = cause_of(part);
	}
	db_reset(db);
}

static void judge_pauses(struct examiner *e, struct db *db)
{
	struct db_result *r = db_send_params(db, QUERY_ctl_pauses, 0, NULL);

	for (int i = 0; db_sync(db) && i < db_rows(r); i++) {
		char *target = text_dup(e->arena, db_text(r, i, 0)), *why = text_dup(e->arena, db_text(r, i, 1));
		char *since = text_dup(e->arena, db_text(r, i, 2)), *until = text_dup(e->arena, db_text(r, i, 3));
		char *who = text_dup(e->arena, db_text(r, i, 4));
		bool is_queue = strchr(target, '.') || strcmp(target, "dead") == 0 || strcmp(target, "unrouted") == 0;

		examiner_find(e, DOCTOR_WARN, "paused", "pauses",
		        arena_printf(e->arena, "When the reason is gone: guichetctl resume %s", target),
		        "%s %s was paused by %s since %s%s%s, because: %s; what comes waits",
		        is_queue ? "queue" : "program", target, who, since, until ? ", until " : "", until ? until : "",
		        why)
		        ->subject = arena_printf(e->arena, "%s %s", is_queue ? "queue" : "program", target);
	}
	db_reset(db);
}

void tables_judge_programs(struct examiner *e, struct db *db)
{
	struct instances all = read_instances(e, db);
	int before = e->count;

	for (int i = 0; i < program_count; i++)
		if (programs[i].kind != PROGRAM_TOOL)
			judge_program(e, &all, &programs[i]);
	judge_clocks(e, &all);
	judge_versions(e, &all);
	judge_troubles(e, db);
	if (e->count == before)
		examiner_fine(e, "programs", "programs", "each of them runs and is well");
	judge_pauses(e, db);
}
