/* doctor.c - "doctor": all that ops/doctor finds, a line each, the worst first, with what to do; and "status", the same
 * in short. */
#include "ops/doctor/doctor.h"

#include <string.h>
#include "base/log.h"
#include "base/trust.h"
#include "ops/guichetctl/commands.h"

#define MB 1000000

static void write_line(const struct doctor_finding *f, bool with_todo)
{
	printf("%-5s ", doctor_word(f->verdict));
	say_text(stdout, text_of(f->what), 13);
	say_text(stdout, text_of(f->sentence), 0);
	putchar('\n');
	if (with_todo && f->verdict != DOCTOR_OK && f->todo) {
		printf("%-20s→ ", "");
		say_text(stdout, text_of(f->todo), 0);
		putchar('\n');
	}
}

static void write_text(const struct doctor_report *report, bool with_todo)
{
	for (int i = 0; i < report->count; i++)
		write_line(&report->findings[i], with_todo);
	if (!with_todo)
		return;
	if (report->fails || report->warns)
		printf("%d must be mended now, %d can wait, %d are well\n", report->fails, report->warns, report->oks);
	else
		printf("all is well: %d looked at\n", report->oks);
}

static void write_json(const struct doctor_report *report)
{
	json_t *list = json_array();

	for (int i = 0; i < report->count; i++) {
		const struct doctor_finding *f = &report->findings[i];

		json_array_append_new(list,
		        json_pack("{s:s, s:s, s:s, s:s, s:s?}", "id", f->id, "verdict", doctor_word(f->verdict), "what",
		                f->what, "sentence", f->sentence, "todo", f->verdict == DOCTOR_OK ? NULL : f->todo));
	}
	say_json(json_pack("{s:s, s:i, s:i, s:i, s:o}", "verdict",
	        doctor_word(report->fails   ? DOCTOR_FAIL
	                    : report->warns ? DOCTOR_WARN
	                                    : DOCTOR_OK),
	        "fail", report->fails, "warn", report->warns, "ok", report->oks, "findings", list));
}

static enum ctl_exit look(struct ctl *ctl, const struct doctor_wishes *wishes, bool with_todo)
{
	const struct doctor_report *report;

	log_level_override(TEXT("critical")); /* what the libraries would log is in the findings */
	report = doctor_look(ctl->arena, wishes);
	if (ctl->json)
		write_json(report);
	else
		write_text(report, with_todo);
	return report->fails ? CTL_WRONG : CTL_GOOD;
}

static enum ctl_exit doctor(struct ctl *ctl)
{
	return look(ctl,
	        &(struct doctor_wishes){ .quick = option_flag(ctl, "quick"),
	                .disk_min_bytes = option_number(ctl, "disk-mb", DOCTOR_DISK_MIN_MB) * MB },
	        true);
}

static enum ctl_exit status(struct ctl *ctl)
{
	return look(ctl, &(struct doctor_wishes){ .quick = true, .disk_min_bytes = (int64_t)DOCTOR_DISK_MIN_MB * MB },
	        false);
}

static const struct option_row options[] = {
	{ "quick", OPTION_FLAG, .help = "ask neither mail servers, clamd nor the store" },
	{ "disk-mb", OPTION_NUMBER, "N", .help = "a disk with less free room fails, in MB; 5120" },
	{ 0 },
};
static struct setting *const settings[] = { doctor_settings, trust_settings, NULL };

const struct command_row doctor_commands[] = {
	{ "doctor", NULL, NULL, "finds out what is wrong, and says what to do about it",
	        "Asks everything that Guichet needs, side by side, and takes ten seconds at most. Each line begins "
	        "with\n"
	        "fail (it must be mended now), warn (it can wait) or ok, the worst first; below what is not ok stands\n"
	        "what to do. What only follows from something else is left out. Exit code 1 when anything fails. It "
	        "reads the\n"
	        "settings of the programs; what is not set is not looked at. Nothing is changed and no mail is sent.",
	        options, settings, doctor },
	{ "status", NULL, NULL, "shows on one screen how everything is; exit code 1 when something fails",
	        "What doctor --quick finds, without what to do about it. Each line begins with fail (it cannot wait), "
	        "warn (it can)\n"
	        "or ok, the worst first. guichetctl queues shows each queue, guichetctl programs each program.",
	        NULL, settings, status },
	{ 0 },
};
