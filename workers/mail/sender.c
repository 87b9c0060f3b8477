/* sender.c - claim, send, record; woken by messages, at least once a second (workers/ticker.h).
 *
 *   wait ─► claim up to 20 due rows, commit ─► one SMTP session ─────────────────┐
 *            ▲                                  each: content ─► answer ─► record, commit
 *            └──────────── until nothing is due ◄──── record the rest, commit ◄──┘  then ack
 *
 * The mails row is the truth; a message only says that there is one, so a broker
 * that is away delays mail by a second and loses none. The row says "sending"
 * before the server hears of the mail, and what the server said is recorded before
 * the next mail of the session begins. So one mail of each sender, and no more, can
 * be sent twice: when this process, its machine or its database connection dies
 * between the server's 250 and the commit behind it (RFC 1047); Message-ID and Date
 * are then the same.
 */
#include "workers/mail/sender.h"

#include <stdlib.h>
#include <unistd.h>
#include "base/arena.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/process.h"
#include "base/trace.h"
#include "sql/db.h"
#include "workers/mail/tally.h"
#include "workers/mail/message.h"
#include "workers/mail/outcome.h"
#include "workers/mail/wording.h"

#define GATHER_MS 100    /* from one session to the next, so that they carry more than a mail each */
#define SLOW_SESSION 3   /* mails to a domain that lets a session wait */
#define RELEASE_MS 10000 /* also how long others have to come back after the database was away */
#define ANSWER_MS 10000  /* so long a session waits for an answer to be recorded */

struct sender {
	const struct sender_config *config;
	struct routes *routes;
	struct wording *wording;
	int number;     /* our name in mails.worker, locked on this connection */
	bool slow_turn; /* the next claim is of a domain that lets sessions wait */
	int64_t release_after_ms, session_after_ms;
	int64_t give_up_ms; /* set when the process stops: recording ends then */

	struct mail mails[MAIL_SESSION]; /* of one session; their texts are in the ticker's arena */
	int count;
	int claimed_as;
	int64_t now_us; /* the database's, when the rows were claimed */
};

static struct metric sent_total = {
	.name = "guichet_mail_sent_total", .labels = "", .help = "Mails the server has accepted", .kind = METRIC_COUNTER
};
static struct metric deferred_total = { .name = "guichet_mail_deferred_total",
	.labels = "",
	.help = "Attempts that are to be repeated later",
	.kind = METRIC_COUNTER };
static struct metric failed_total = {
	.name = "guichet_mail_failed_total", .labels = "", .help = "Mails given up", .kind = METRIC_COUNTER
};
static struct metric server_up = { .name = "guichet_mail_server_up",
	.labels = "",
	.help = "Whether the last SMTP session of each transport got as far as a mail",
	.kind = METRIC_GAUGE };

static struct metric breaker = { .name = "guichet_circuit_breaker_state",
	.labels = "{name=\"smtp\"}",
	.help = "1 while nothing is sent by SMTP_URL because it has failed",
	.kind = METRIC_GAUGE };

/* --- who we are ---------------------------------------------------------------- */
/* Locks the number that we had before, so that the rows we have claimed stay ours. When a dead connection still holds
 * it, we take another number; the claimed rows keep the old one. */
bool sender_hold(struct ticker *t)
{
	struct sender *s = t->own;

	if (!ticker_lock_number(t, QUERY_mail_sender_lock, s->number)) {
		if (db_fault(t->trunk.db) != DB_FINE)
			return false;
		s->number = ticker_random_number();
		if (!ticker_lock_number(t, QUERY_mail_sender_lock, s->number))
			return false;
	}
	s->release_after_ms = clock_mono_ms() + RELEASE_MS;
	return true;
}

/* --- claim ------------------------------------------------------------------- */
/* Gives back the rows that dead senders had claimed. Only to be called while we have claimed none. */
static bool release_orphans(struct ticker *t)
{
	struct sender *s = t->own;
	struct db_result *released;

	if (clock_mono_ms() < s->release_after_ms)
		return true;
	s->release_after_ms = clock_mono_ms() + RELEASE_MS;
	db_begin(t->trunk.db);
	released = db_send_params(t->trunk.db, QUERY_mail_release, 0, NULL);
	if (!db_commit(t->trunk.db))
		return ticker_database_failed(t);
	if (db_int(released, 0, 0))
		log_warn("mails of a dead sender go out again", LOG_INT("count", db_int(released, 0, 0)));
	return true;
}

static void read_mail(struct sender *s, struct arena *arena, const struct db_result *rows, int row)
{
	struct mail *m = &s->mails[row];

	*m = (struct mail){
		.id = db_uuid(rows, row, 0),
		.ticket_id = db_uuid(rows, row, 1),
		.template = text_copy(arena, db_text(rows, row, 2)),
		.language = text_copy(arena, db_text(rows, row, 3)),
		.recipient = text_copy(arena, db_text(rows, row, 4)),
		.attempts = (int)db_int(rows, row, 5),
		.created_us = db_int(rows, row, 6),
		.fields = text_copy(arena, db_text(rows, row, 7)),
		.refused_us = db_int(rows, row, 9),
		.first_id = db_uuid(rows, row, 10),
		.recipient_id = db_uuid(rows, row, 11),
		.from = text_copy(arena, db_text(rows, row, 12)),
		.unsubscribe = text_copy(arena, db_text(rows, row, 13)),
		.suppressed = text_copy(arena, db_text(rows, row, 14)),
		.from_name = text_copy(arena, db_text(rows, row, 15)),
		.signature = text_copy(arena, db_text(rows, row, 16)),
		.theirs = text_copy(arena, db_text(rows, row, 17)),
	};
	m->span = span_begin(
	        arena, db_text(rows, row, 18), SPAN_CLIENT, "mail %.*s", (int)m->template.len, m->template.data);
	s->now_us = db_int(rows, row, 8);
}

/* slow: of one domain that has let a session wait, and few of it. */
static bool claim(struct ticker *t, bool slow)
{
	struct sender *s = t->own;
	struct db_result *rows;

	arena_reset(t->trunk.arena);
	s->count = 0;
	db_begin(t->trunk.db);
	db_send_params(t->trunk.db, QUERY_mail_claim_lock, 0, NULL);
	rows = db_send(t->trunk.db, QUERY_mail_claim, P_INT(s->number), P_INT(slow ? SLOW_SESSION : MAIL_SESSION),
	        P_INT(s->config->per_domain), P_INT(s->config->rate_per_domain), P_INT(slow),
	        P_TEXT(routes_named(s->routes, t->trunk.arena)), P_TEXT(routes_open(s->routes, t->trunk.arena)),
	        P_INT(routes_first_is_open(s->routes)));
	if (!db_commit(t->trunk.db))
		return ticker_database_failed(t);
	ticker_database_answered(t);
	s->count = db_rows(rows);
	s->claimed_as = s->number;
	for (int i = 0; i < s->count; i++)
		read_mail(s, t->trunk.arena, rows, i);
	return true;
}

/* The first sender of a process takes turns, so that what is slow never has more than one of them. */
static bool claim_some(struct ticker *t)
{
	struct sender *s = t->own;

	s->slow_turn = t->number == 0 && !s->slow_turn;
	if (s->slow_turn && (!claim(t, true) || s->count))
		return s->count > 0;
	return claim(t, false) && s->count;
}

/* Mails that wait for a server which may be there again. */
static bool wake_waiting(struct ticker *t)
{
	struct sender *s = t->own;
	struct db_result *woken;
	const char *address;
	int most;

	while ((address = routes_waking(s->routes, &most)) != NULL) {
		arena_reset(t->trunk.arena);
		db_begin(t->trunk.db);
		woken = db_send(t->trunk.db, QUERY_mail_wake, P_TEXT(text_of(address)),
		        P_TEXT(routes_named(s->routes, t->trunk.arena)), P_INT(most));
		if (!db_commit(t->trunk.db))
			return ticker_database_failed(t);
		routes_woken(s->routes, address, db_int(woken, 0, 0));
	}
	return true;
}

/* --- record ------------------------------------------------------------------ */
static void tell_log(const struct mail *m)
{
	tally_mail(m);
	switch (m->outcome) {
	case MAIL_SENT:
		log_info("mail sent", LOG_UUID("mail_id", &m->id), LOG_UUID("ticket_id", &m->ticket_id),
		        LOG_INT("attempts", m->attempts));
		metric_add(&sent_total, 1);
		break;
	case MAIL_DEFERRED:
		log_info("mail deferred", LOG_UUID("mail_id", &m->id), LOG_INT("attempts", m->attempts),
		        LOG_VIEW("reply", m->reply));
		metric_add(&deferred_total, 1);
		break;
	case MAIL_FAILED:
		log_warn("mail failed", LOG_UUID("mail_id", &m->id), LOG_INT("attempts", m->attempts),
		        LOG_VIEW("reply", m->reply));
		metric_add(&failed_total, 1);
		break;
	}
	span_note_int(m->span, "guichet.mail.attempts", m->attempts);
	span_end(m->span, m->outcome != MAIL_SENT);
	log_debug("mail recipient", LOG_UUID("mail_id", &m->id), LOG_VIEW("recipient", m->recipient));
}

static bool record_once(struct ticker *t, struct text outcomes, struct text notes)
{
	const struct sender *s = t->own;
	struct db_result *counts;

	if (!ticker_is_ready(t))
		return false;
	db_begin(t->trunk.db);
	counts = db_send(t->trunk.db, QUERY_mail_record, P_TEXT(outcomes), P_TEXT(notes), P_INT(s->claimed_as));
	if (!db_commit(t->trunk.db))
		return ticker_database_failed(t);
	ticker_database_answered(t);
	if (db_int(counts, 0, 1))
		trunk_poke_relay(&t->trunk);
	return true;
}

/* When the process stops, recording ends in time, and another sender finds the rows. */
static bool out_of_time(struct sender *s, int64_t until_ms)
{
	int64_t now = clock_mono_ms();

	if (process_stopping() && !s->give_up_ms)
		s->give_up_ms = now + (PROCESS_DRAIN_S - 3) * 1000;
	return now > until_ms || (s->give_up_ms && now > s->give_up_ms);
}

/* Waits in place until the outcomes are safe: nothing else may be sent before. False:
 * they are not, and it is until_ms or the process stops. */
static bool record(struct ticker *t, struct mail *mails, int count, int64_t until_ms)
{
	struct sender *s = t->own;
	struct text outcomes, notes;

	for (int i = 0; i < count; i++)
		outcome_expire(&mails[i], s->now_us);
	outcomes = outcome_rows(mails, count, t->trunk.arena);
	notes = outcome_notes(mails, count, s->now_us, t->trunk.arena);
	fault_point("mail.answered");
	while (!record_once(t, outcomes, notes)) {
		if (out_of_time(s, until_ms))
			return false;
		trunk_pump(&t->trunk);
		usleep(100000); /* a nap would end at once while the process stops */
	}
	for (int i = 0; i < count; i++) {
		if (!mails[i].recorded)
			tell_log(&mails[i]);
		mails[i].recorded = true;
	}
	return true;
}

/* Between the server's answer and the next mail of the session. The server is not kept
 * waiting for ever: without a database the session ends, and record_rest waits. It ends
 * too when our number had to change, for the rows may soon be another's. */
static bool on_answer(struct mail *mail, void *arg)
{
	struct ticker *t = arg;
	const struct sender *s = t->own;

	return record(t, mail, 1, clock_mono_ms() + ANSWER_MS) && s->number == s->claimed_as;
}

/* What had no answer to its content, or an answer that could not be recorded yet. */
static void record_rest(struct ticker *t)
{
	struct sender *s = t->own;
	int rest = 0;

	for (int i = 0; i < s->count; i++)
		rest += !s->mails[i].recorded;
	if (rest && !record(t, s->mails, s->count, INT64_MAX))
		log_error("outcomes could not be recorded: these mails may go out again", LOG_INT("count", rest));
}

/* --- one session ---------------------------------------------------------------- */
/* False: nothing is due, or nothing can be done now. */
static bool send_some(struct ticker *t)
{
	const struct mta_ear ear = { trunk_pump, on_answer, t };
	struct sender *s = t->own;
	bool good;

	if (!release_orphans(t) || !wake_waiting(t) || !claim_some(t))
		return false;
	if (!wording_prepare(s->wording, t->trunk.db, s->mails, s->count, t->trunk.arena))
		ticker_database_failed(t);
	for (int i = 0; i < s->count; i++)
		message_compose(&s->mails[i], &s->config->from, t->trunk.arena);
	s->session_after_ms = clock_mono_ms() + (s->count < MAIL_SESSION ? GATHER_MS : 0);
	fault_point("mail.claimed");
	good = routes_send(s->routes, s->mails, s->count, &ear, t->trunk.arena);
	metric_set(&server_up, routes_are_up(s->routes));
	metric_set(&breaker, !routes_first_is_open(s->routes));
	record_rest(t);
	return good;
}

/* After a session that was not full the next one waits a moment, so that it carries more than one mail. */
bool sender_work(struct ticker *t)
{
	const struct sender *s = t->own;
	int64_t left_ms = s->session_after_ms - clock_mono_ms();

	if (left_ms > 0)
		process_nap_ms((int)left_ms);
	return send_some(t);
}

bool sender_open(struct ticker *t, const struct sender_config *config)
{
	struct sender *s = calloc(1, sizeof *s);

	if (!s)
		abort();
	t->own = s;
	s->config = config;
	s->number = ticker_random_number();
	s->wording = wording_new();
	s->routes = routes_new(&config->routes);
	return s->routes != NULL;
}

void sender_close(struct ticker *t)
{
	struct sender *s = t->own;

	routes_free(&s->routes);
	wording_free(&s->wording);
	free(s);
}
