/* stats.c - "stats": the figures of one program, as its /metrics has them; again and again what has changed since. */
#include <string.h>
#include <unistd.h>
#include "base/process.h"
#include "base/trust.h"
#include "ops/guichetctl/commands.h"
#include "ops/guichetctl/fetch.h"
#include "sql/db.h"

#define EVERY_S 2

static const char *metrics_token;

static struct setting stats_settings[] = {
	{ "METRICS_TOKEN", SETTING_TEXT, &metrics_token, "", .max = 255, .secret = true,
	        .help = "what /metrics wants as a bearer token" },
	{ 0 },
};

/* --- where ------------------------------------------------------------------------------- */
/* The address of the probe of a process of this program on this host; NULL after having said why there is none. */
static const char *address_of(struct ctl *ctl, const char *program)
{
	char host[256] = "";
	struct db_result *found;
	struct db *db = database_open(ctl);
	const char *url = NULL;

	if (!db)
		return NULL;
	gethostname(host, sizeof host - 1);
	found = db_send(db, QUERY_ctl_probe, P_TEXT(text_of(program)), P_TEXT(text_of(host)));
	if (!db_sync(db))
		database_failed(ctl, db, "programs cannot be looked up");
	else if (db_rows(found) == 0)
		say_failed(ctl, "no %s with a probe runs on %s: --url asks one elsewhere", program, host);
	else
		url = arena_printf(ctl->arena, "http://%s/metrics", db_text(found, 0, 0).data);
	db_close(&db);
	return url;
}

/* --- what ---------------------------------------------------------------------------------- */
/* Lines of the text format: name, perhaps labels, a value; comments begin with #. NULL: it cannot be read. */
static json_t *figures_of(struct ctl *ctl, const char *url, const char *match)
{
	struct text rest = fetch_with(ctl, url, metrics_token);
	json_t *figures;

	if (!rest.data)
		return NULL;
	figures = json_object();
	while (rest.len) {
		const char *end = memchr(rest.data, '\n', rest.len);
		size_t len = end ? (size_t)(end - rest.data) : rest.len;
		const char *blank = memrchr(rest.data, ' ', len);
		char *name =
		        blank ? text_dup(ctl->arena, (struct text){ rest.data, (size_t)(blank - rest.data) }) : NULL;

		if (name && *name != '#' && (!match || strstr(name, match)))
			json_object_set_new(figures, name, json_real(strtod(blank + 1, NULL)));
		rest = (struct text){ rest.data + len + (end ? 1 : 0), rest.len - len - (end ? 1 : 0) };
	}
	return figures;
}

static void write_figures(const json_t *figures)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)figures, name, value)
	{
		printf("%15.10g  ", json_real_value(value));
		say_text(stdout, text_of(name), 0);
		fputc('\n', stdout);
	}
}

/* What is another than before, with the difference. */
static json_t *changes_of(const json_t *before, const json_t *now)
{
	json_t *changes = json_object(), *value;
	const char *name;

	json_object_foreach((json_t *)now, name, value)
	{
		double was = json_real_value(json_object_get(before, name)), is = json_real_value(value);

		if (is != was)
			json_object_set_new(changes, name, json_pack("{s:f, s:f}", "value", is, "delta", is - was));
	}
	return changes;
}

static void write_changes(const struct ctl *ctl, json_t *changes)
{
	const char *name;
	json_t *change;

	if (ctl->json) {
		json_dumpf(changes, stdout, JSON_COMPACT); /* a line for each turn */
		fputc('\n', stdout);
	}
	json_object_foreach(changes, name, change)
	{
		if (ctl->json)
			break;
		printf("%15.10g %+12.6g  ", json_real_value(json_object_get(change, "value")),
		        json_real_value(json_object_get(change, "delta")));
		say_text(stdout, text_of(name), 0);
		fputc('\n', stdout);
	}
	if (!ctl->json)
		printf("--- %zu changed\n", json_object_size(changes));
	fflush(stdout);
}

/* Until it is interrupted, or the program does not answer any more, or so many turns are over. */
static enum ctl_exit watch(struct ctl *ctl, const char *url, const char *match, json_t *before)
{
	int64_t every_s = option_number(ctl, "every", EVERY_S), turns = option_number(ctl, "turns", INT64_MAX);
	struct arena *kept = ctl->arena;

	for (int64_t turn = 0; turn < turns; turn++) {
		json_t *now, *changes;

		process_nap_ms((int)every_s * 1000);
		ctl->arena = arena_new(256 * 1024);
		now = figures_of(ctl, url, match);
		arena_free(&ctl->arena);
		ctl->arena = kept;
		if (!now)
			return CTL_WRONG;
		changes = changes_of(before, now);
		write_changes(ctl, changes);
		json_decref(changes);
		json_object_clear(before);
		json_object_update(before, now);
		json_decref(now);
	}
	return CTL_GOOD;
}

static enum ctl_exit stats(struct ctl *ctl)
{
	const char *url = option_text(ctl, "url"), *match = option_text(ctl, "match");
	enum ctl_exit code = CTL_GOOD;
	json_t *figures;

	if ((ctl->operand_count == 1) == (url != NULL) || ctl->operand_count > 1 ||
	        option_number(ctl, "every", EVERY_S) > 3600 || option_number(ctl, "every", EVERY_S) < 1) {
		say("name one program, or its address with --url; --every is a second at least, an hour at most");
		return CTL_USAGE;
	}
	if (!url)
		url = address_of(ctl, ctl->operands[0]);
	figures = url ? figures_of(ctl, url, match) : NULL;
	if (!figures)
		return CTL_WRONG;
	if (option_flag(ctl, "watch"))
		code = watch(ctl, url, match, figures);
	else if (ctl->json)
		say_json(json_pack("{s:O}", "metrics", figures));
	else
		write_figures(figures);
	json_decref(figures);
	return code;
}

static const struct option_row options[] = {
	{ "watch", OPTION_FLAG, .help = "goes on, and tells what has changed and by how much" },
	{ "every", OPTION_NUMBER, "SECONDS", .help = "with --watch: how often, 2 unless given" },
	{ "turns", OPTION_NUMBER, "N", .help = "with --watch: ends after so many" },
	{ "match", OPTION_TEXT, "WORD", .help = "only figures whose name or labels hold this" },
	{ "url", OPTION_TEXT, "URL", .help = "asks there: http://HOST:PORT/metrics" },
	{ 0 },
};

static struct setting *const settings[] = { db_settings, trust_settings, stats_settings, NULL };

const struct command_row stats_commands[] = {
	{ "stats", NULL, "[PROGRAM]", "tells the figures of a program, or with --watch how they change",
	        "A program on this host is found by the address of its probe, which it says of itself; --url asks one "
	        "elsewhere.",
	        options, settings, stats },
	{ 0 },
};
