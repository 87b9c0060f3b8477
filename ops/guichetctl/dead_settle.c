/* dead_settle.c - "dead replay" and "dead discard": what becomes of letters, by id or by filter.
 *
 * The same as by the API (sql/functions/dead_replay.sql, dead_discard.sql), a stretch at a time, each in a transaction
 * of its own with the events for the trail. What dies again meanwhile is left for the next time: letters count that had
 * died when it began.
 */
#include <inttypes.h>
#include <string.h>
#include "base/clock.h"
#include "base/process.h"
#include "ops/guichetctl/dead.h"
#include "ops/guichetctl/terminal.h"
#include "queues/dead_known.h"

#define AT_A_TIME 500
#define SECOND_MS 1000

struct settling {
	struct ctl *ctl;
	struct db *db;
	struct text choice;
	bool trial;
	int64_t rate; /* a second; 0: no limit */
	int64_t changed, already, refused, more;
	json_t *reasons;
};

/* One that dies again from now on is not among them. */
static bool until_now(struct settling *s)
{
	struct db_result *now = db_send_params(s->db, QUERY_ctl_now, 0, NULL);

	if (!db_sync(s->db))
		return false;
	if (!option_text(s->ctl, "older-than"))
		s->choice = text_of(
		        arena_printf(s->ctl->arena, "%.*s%s\"until\":\"%.*s\"}", (int)s->choice.len - 1, s->choice.data,
		                s->choice.len > 2 ? "," : "", (int)db_text(now, 0, 0).len, db_text(now, 0, 0).data));
	return true;
}

static void keep_reasons(struct settling *s, const struct db_result *r)
{
	json_decref(s->reasons);
	s->reasons = json_loadb(db_text(r, 0, 5).data, db_text(r, 0, 5).len, 0, NULL);
}

/* --- replay ------------------------------------------------------------------------- */
/* A stretch; false: see the fault. */
static bool replay_some(struct settling *s, int64_t most, int64_t *out_sent)
{
	struct uuid told = uuid_new();
	struct db_result *r;

	db_reset(s->db);
	db_begin(s->db);
	r = db_send(s->db, QUERY_dead_replay, P_NULL, P_UUID(&told), P_TEXT(s->choice),
	        P_TEXT(dead_known(s->ctl->arena)), P_INT(most),
	        P_TEXT(option_flag(s->ctl, "again") ? TEXT("t") : TEXT("f")), P_TEXT(s->trial ? TEXT("t") : TEXT("f")),
	        P_NULL, P_NULL, P_NULL);
	if (!db_commit(s->db))
		return false;
	if (text_equal(db_text(r, 0, 0), TEXT("missing"))) {
		s->refused = 1;
		s->reasons =
		        json_pack("[{s:s, s:s}]", "id", s->ctl->operands[0], "why", "there is no such dead letter");
		return true;
	}
	*out_sent = db_int(r, 0, 1);
	s->changed += *out_sent;
	s->already = db_int(r, 0, 2);
	s->refused = db_int(r, 0, 3);
	s->more = db_int(r, 0, 4);
	keep_reasons(s, r);
	return true;
}

/* Without a rate as quick as it goes; with one a stretch lasts as long as it may. */
static bool replay_all(struct settling *s)
{
	int64_t most = s->rate && s->rate < AT_A_TIME ? s->rate : AT_A_TIME, sent;

	if (s->ctl->operand_count || s->trial)
		most = INT32_MAX;
	do {
		int64_t begun = clock_mono_ms();

		sent = 0;
		if (!replay_some(s, most, &sent))
			return false;
		if (s->rate && s->more && sent)
			process_nap_ms((int)(sent * SECOND_MS / s->rate - (clock_mono_ms() - begun)));
	} while (sent && s->more && !s->trial);
	return true;
}

static void name_refused(const struct settling *s)
{
	const json_t *reason;
	size_t i;

	json_array_foreach(s->reasons, i, reason)
	{
		say("%s cannot be replayed: %s", json_string_value(json_object_get(reason, "id")),
		        json_string_value(json_object_get(reason, "why")));
	}
}

static enum ctl_exit tell_replayed(struct settling *s)
{
	name_refused(s);
	if (s->ctl->json) {
		say_json(json_pack("{s:I, s:I, s:I, s:b, s:O}", "replayed", (json_int_t)s->changed, "already",
		        (json_int_t)s->already, "refused", (json_int_t)s->refused, "isTrial", s->trial, "reasons",
		        s->reasons));
	} else {
		printf("%" PRId64 " %s, %" PRId64 " refused\n", s->changed, s->trial ? "would be replayed" : "replayed",
		        s->refused);
		if (s->already && s->ctl->operand_count)
			printf("%" PRId64 " had been replayed before: nothing was done (--again sends it once more)\n",
			        s->already);
	}
	json_decref(s->reasons);
	return s->refused ? CTL_WRONG : CTL_GOOD;
}

static bool settle_begin(struct ctl *ctl, struct settling *s)
{
	s->db = database_open(ctl);
	return s->db != NULL;
}

enum ctl_exit dead_replay(struct ctl *ctl)
{
	struct settling s = { .ctl = ctl, .trial = option_flag(ctl, "dry-run"), .rate = option_number(ctl, "rate", 0) };
	bool narrow, all = option_flag(ctl, "all");
	enum ctl_exit code;

	if (!dead_choice(ctl, NULL, &s.choice, &narrow))
		return CTL_USAGE;
	if ((!narrow && !all) || (all && ctl->operand_count) || (option_flag(ctl, "again") && !ctl->operand_count)) {
		say("dead replay takes ids (with --again if need be), filters, or --all");
		return CTL_USAGE;
	}
	if (!settle_begin(ctl, &s))
		return CTL_WRONG;
	if ((ctl->operand_count || until_now(&s)) && replay_all(&s))
		code = tell_replayed(&s);
	else
		code = database_failed(ctl, s.db, arena_printf(ctl->arena, "only %" PRId64 " are replayed", s.changed));
	db_close(&s.db);
	return code;
}

/* --- discard ------------------------------------------------------------------------- */
/* NULL, or what is wrong (a literal). */
static const char *discard_some(struct settling *s, bool trial, int64_t most, int64_t *out_count)
{
	struct uuid told = uuid_new();
	struct db_result *r;

	db_reset(s->db);
	db_begin(s->db);
	r = db_send(s->db, QUERY_dead_discard, P_NULL, P_UUID(&told), P_TEXT(s->choice),
	        P_TEXT(text_of(option_text(s->ctl, "why"))), P_INT(most), P_TEXT(trial ? TEXT("t") : TEXT("f")), P_NULL,
	        P_NULL, P_NULL);
	if (!db_commit(s->db))
		return "the database refuses it";
	if (text_equal(db_text(r, 0, 0), TEXT("missing")))
		return "there is no such dead letter";
	if (text_equal(db_text(r, 0, 0), TEXT("conflict")))
		return "not all of them are open any more";
	*out_count = db_int(r, 0, 1);
	s->more = db_int(r, 0, 2);
	return NULL;
}

static const char *discard_all(struct settling *s)
{
	const char *wrong;
	int64_t count;

	do {
		count = 0;
		wrong = discard_some(s, false, AT_A_TIME, &count);
		s->changed += count;
	} while (!wrong && count && s->more);
	return wrong;
}

/* How many there are, and whether they are meant. */
static const char *asked_for(struct settling *s, bool *out_meant)
{
	int64_t count = 0;
	const char *wrong = discard_some(s, true, INT32_MAX, &count);

	*out_meant = false;
	if (wrong)
		return wrong;
	if (s->trial)
		s->changed = count;
	else
		*out_meant =
		        option_flag(s->ctl, "yes") ||
		        terminal_confirms(arena_printf(s->ctl->arena,
		                "%" PRId64
		                " dead letters will never be applied, and what they asked for is lost. Discard them?",
		                count));
	return NULL;
}

static enum ctl_exit tell_discarded(const struct settling *s)
{
	if (s->ctl->json)
		say_json(json_pack("{s:I, s:b}", "discarded", (json_int_t)s->changed, "isTrial", s->trial));
	else
		printf("%" PRId64 " %s\n", s->changed, s->trial ? "would be discarded" : "discarded");
	return CTL_GOOD;
}

enum ctl_exit dead_discard(struct ctl *ctl)
{
	struct settling s = { .ctl = ctl, .trial = option_flag(ctl, "dry-run") };
	enum ctl_exit code = CTL_WRONG;
	const char *wrong;
	bool narrow, meant;

	if (!dead_choice(ctl, NULL, &s.choice, &narrow))
		return CTL_USAGE;
	if (!narrow) {
		say("dead discard takes ids or filters");
		return CTL_USAGE;
	}
	if (!settle_begin(ctl, &s))
		return CTL_WRONG;
	if (!ctl->operand_count && !until_now(&s))
		wrong = "the database cannot be asked";
	else
		wrong = asked_for(&s, &meant);
	if (!wrong && meant)
		wrong = discard_all(&s);
	if (wrong)
		code = say_failed(ctl, "%s: %" PRId64 " discarded", wrong, s.changed);
	else if (meant || s.trial)
		code = tell_discarded(&s);
	else
		say("nothing was discarded");
	db_close(&s.db);
	return code;
}
