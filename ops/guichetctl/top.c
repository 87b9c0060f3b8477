/* top.c - "top": the queues, live. Redrawn every two seconds; where there is no terminal, one snapshot. */
#include <inttypes.h>
#include <string.h>
#include "base/clock.h"
#include "base/trust.h"
#include "ops/guichetctl/commands.h"
#include "queues/management.h"
#include "ops/guichetctl/queue_look.h"
#include "ops/guichetctl/screen.h"
#include "queues/vhost.h"
#include "sql/db.h"

#define EVERY_MS 2000
#define HEAD_ROWS 4

struct top {
	struct db *db;
	struct management *api;
	struct queue_looks looks;
	enum queue_order order;
	const char *wrong; /* what could not be asked the last time */
};

static void look(struct top *top, struct arena *arena)
{
	struct queue_look *now = ARENA_NEW(arena, struct queue_look);

	top->wrong = queue_look(arena, top->db, top->api, now);
	if (!top->wrong)
		queue_looks_add(&top->looks, now);
}

/* A line cut to the screen's width, and its end. */
static void put(const char *line, int columns, bool live)
{
	printf("%.*s%s\n", columns, line, live ? "\033[K" : "");
}

static void write_head(const struct top *top, const struct queue_look *now, int columns, bool live)
{
	int64_t depth = 0, resting = 0;
	char line[512], moment[CLOCK_TEXT_BYTES];

	for (int i = 0; now && i < now->count; i++) {
		depth += now->queues[i].ready + now->queues[i].unacked;
		resting += now->queues[i].paused;
	}
	clock_format(clock_unix_us(), moment);
	snprintf(line, sizeof line,
	        "guichet %.19s   %" PRId64 " messages, %" PRId64 " dead letters, %" PRId64 " queues rest", moment,
	        depth, now ? now->dead : 0, resting);
	put(line, columns, live);
	if (top->wrong)
		snprintf(line, sizeof line, "CANNOT BE ASKED: %s", top->wrong);
	else
		snprintf(line, sizeof line, "%s%s",
		        now && *now->silent ? "silent: " : "every program says that it is there",
		        now ? now->silent : "");
	put(line, columns, live);
	put(live ? "q ends, a sorts by age, d by depth, n by name" : "", columns, live);
}

static void draw(struct top *top, struct arena *arena, bool live)
{
	const struct queue_look *last = queue_looks_last(&top->looks);
	struct queue_look *sorted = ARENA_NEW(arena, struct queue_look);
	int rows = QUEUES_MAX + HEAD_ROWS + 1, columns = 80;
	char line[128];

	if (live) {
		screen_size(&rows, &columns);
		screen_begin();
	}
	write_head(top, last, columns, live);
	put(QUEUE_HEAD, columns, live);
	*sorted = last ? *last : (struct queue_look){ 0 };
	queue_look_sort(sorted, top->order);
	for (int i = 0; i < sorted->count && i < rows - HEAD_ROWS - 1; i++) {
		queue_line(&sorted->queues[i], line, sizeof line);
		put(line, columns, live);
	}
	if (live)
		screen_end();
}

/* Until the next look; false: it is over. */
static bool wait_for_keys(struct top *top, struct arena *arena)
{
	int64_t end = clock_mono_ms() + EVERY_MS, left;

	while ((left = end - clock_mono_ms()) > 0) {
		int key = screen_key((int)left);

		if (key == 'q')
			return false;
		if (key == 'a' || key == 'd' || key == 'n')
			top->order = key == 'a' ? QUEUES_BY_AGE : key == 'd' ? QUEUES_BY_DEPTH : QUEUES_BY_NAME;
		draw(top, arena, true);
	}
	return true;
}

static void go_on(struct top *top)
{
	struct arena *arena = arena_new(64 * 1024);

	do {
		arena_reset(arena);
		look(top, arena);
		draw(top, arena, true);
	} while (wait_for_keys(top, arena));
	screen_close();
	arena_free(&arena);
}

static enum ctl_exit snapshot(struct ctl *ctl, struct top *top)
{
	look(top, ctl->arena);
	if (top->wrong)
		return say_failed(ctl, "%s", top->wrong);
	draw(top, ctl->arena, false);
	return CTL_GOOD;
}

static enum ctl_exit top(struct ctl *ctl)
{
	struct top *top = ARENA_NEW(ctl->arena, struct top);
	const char *by = option_text(ctl, "sort");
	enum ctl_exit code = CTL_GOOD;

	*top = (struct top){ .order = !by || strcmp(by, "depth") == 0 ? QUEUES_BY_DEPTH
		                      : strcmp(by, "age") == 0        ? QUEUES_BY_AGE
		                                                      : QUEUES_BY_NAME };
	top->db = database_open(ctl);
	if (!top->db)
		return CTL_WRONG;
	top->api = management_open(ctl->arena);
	if (!ctl->json && screen_open())
		go_on(top);
	else
		code = snapshot(ctl, top);
	management_close(&top->api);
	db_close(&top->db);
	return code;
}

static const struct option_row options[] = {
	{ "sort", OPTION_WORD, "ORDER", .words = "depth age name", .help = "depth unless given" },
	{ 0 },
};

static struct setting *const settings[] = { db_settings, management_settings, trust_settings, vhost_settings, NULL };

const struct command_row top_commands[] = {
	{ "top", NULL, NULL, "shows the queues live, drawn anew every two seconds; q ends it",
	        "Rates are those of the last ten seconds. Where there is no terminal it is one snapshot; as JSON: "
	        "queues --json.",
	        options, settings, top },
	{ 0 },
};
