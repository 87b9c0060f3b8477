/* sla_simulate_report.c - what a simulation comes to: counted, on its way, and written. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "ops/guichetctl/sla_simulate.h"

#define SECOND 1000000LL
#define BAR 40

static void keep_missed(struct simulation *s, const struct missed *missed)
{
	if (s->missed_count == s->missed_room) {
		s->missed_room = s->missed_room ? 2 * s->missed_room : 1024;
		s->missed = realloc(s->missed, s->missed_room * sizeof *s->missed);
		if (!s->missed)
			abort(); /* out of memory */
	}
	s->missed[s->missed_count] = *missed;
	s->missed[s->missed_count++].number = text_copy(s->ctl->arena, missed->number);
}

void simulation_count(
        struct simulation *s, const struct replay_ticket *ticket, const struct replay_outcome outcomes[SLA_TARGETS])
{
	bool governed = false;

	for (int i = 0; i < SLA_TARGETS; i++) {
		const struct replay_outcome *o = &outcomes[i];
		struct tally *tally = &s->tallies[i][o->priority];

		if (!o->promised)
			continue;
		governed = true;
		tally->promised++;
		if (!o->breached)
			continue;
		tally->breached++;
		tally->over_sum_us += o->over_us;
		tally->over_worst_us = o->over_us > tally->over_worst_us ? o->over_us : tally->over_worst_us;
		if (option_flag(s->ctl, "list"))
			keep_missed(s, &(struct missed){ ticket->number, i, o->priority, o->over_us });
	}
	s->tickets++;
	s->governed += governed;
}

void simulation_progress(const struct simulation *s)
{
	static int64_t quarter;
	int64_t total = s->total > s->tickets ? s->total : s->tickets;
	int done = total ? (int)(BAR * s->tickets / total) : BAR;

	if (isatty(STDERR_FILENO)) {
		fprintf(stderr, "\r[%-*.*s] %3d %%  %" PRId64 " of %" PRId64 " tickets%s", BAR, done,
		        "########################################", done * 100 / BAR, s->tickets, total,
		        done == BAR ? "\n" : "");
	} else if (done * 4 / BAR > quarter) {
		quarter = done * 4 / BAR;
		say("%d %%, %" PRId64 " of %" PRId64 " tickets", (int)quarter * 25, s->tickets, total);
	}
}

/* "2 h 05 min", of working time. */
static const char *span(int64_t us, char out[32])
{
	int64_t minutes = (us + 59 * SECOND) / (60 * SECOND);

	if (minutes >= 60)
		snprintf(out, 32, "%" PRId64 " h %02" PRId64 " min", minutes / 60, minutes % 60);
	else
		snprintf(out, 32, "%" PRId64 " min", minutes);
	return out;
}

static const char *shown(enum sla_target target)
{
	static const char *const names[SLA_TARGETS] = { "first response", "next response", "resolution" };

	return names[target];
}

static void write_text(const struct simulation *s)
{
	char mean[32], worst[32];

	printf("%" PRId64 " tickets, of which the policy governs %" PRId64 "\n\n%-15s %-8s %10s %10s %8s  %-14s %s\n",
	        s->tickets, s->governed, "target", "priority", "promised", "breached", "share", "mean over", "worst");
	for (int t = 0; t < SLA_TARGETS; t++)
		for (int p = ticket_priority_count - 1; p >= PRIORITY_LOW; p--) {
			const struct tally *tally = &s->tallies[t][p];

			if (!tally->promised)
				continue;
			printf("%-15s %-8s %10" PRId64 " %10" PRId64 " %6.1f %%", shown(t), ticket_priority_words[p],
			        tally->promised, tally->breached, 100.0 * tally->breached / tally->promised);
			if (tally->breached)
				printf("  %-14s %s", span(tally->over_sum_us / tally->breached, mean),
				        span(tally->over_worst_us, worst));
			printf("\n");
		}
	if (s->missed_count)
		printf("\n");
	for (size_t i = 0; i < s->missed_count; i++)
		printf("%.*s  %-15s %-8s %s\n", (int)s->missed[i].number.len, s->missed[i].number.data,
		        shown(s->missed[i].target), ticket_priority_words[s->missed[i].priority],
		        span(s->missed[i].over_us, mean));
}

static json_t *tally_json(const struct tally *tally, int target, int priority)
{
	return json_pack("{s:s, s:s, s:I, s:I, s:o, s:I}", "target", sla_target_names[target], "priority",
	        ticket_priority_words[priority], "promised", (json_int_t)tally->promised, "breached",
	        (json_int_t)tally->breached, "meanOverSeconds",
	        tally->breached ? json_integer(tally->over_sum_us / tally->breached / SECOND) : json_null(),
	        "worstOverSeconds", (json_int_t)(tally->over_worst_us / SECOND));
}

static void write_json(const struct simulation *s)
{
	json_t *results = json_array(), *missed = json_array(), *all;

	for (int t = 0; t < SLA_TARGETS; t++)
		for (int p = ticket_priority_count - 1; p >= PRIORITY_LOW; p--)
			if (s->tallies[t][p].promised)
				json_array_append_new(results, tally_json(&s->tallies[t][p], t, p));
	for (size_t i = 0; i < s->missed_count; i++)
		json_array_append_new(
		        missed, json_pack("{s:o, s:s, s:s, s:I}", "ticket", say_member(s->missed[i].number), "target",
		                        sla_target_names[s->missed[i].target], "priority",
		                        ticket_priority_words[s->missed[i].priority], "overSeconds",
		                        (json_int_t)(s->missed[i].over_us / SECOND)));
	all = json_pack("{s:I, s:I, s:o}", "tickets", (json_int_t)s->tickets, "governed", (json_int_t)s->governed,
	        "results", results);
	if (option_flag(s->ctl, "list"))
		json_object_set(all, "missed", missed);
	json_decref(missed);
	say_json(all);
}

void simulation_write(const struct simulation *s)
{
	if (s->ctl->json)
		write_json(s);
	else
		write_text(s);
}
