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
#include <sys/random.h>
#include <unistd.h>
#include "base/arena.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/process.h"
#include "sql/db.h"
#include "workers/mail/message.h"
#include "workers/mail/outcome.h"

#define GATHER_MS 100    /* from one session to the next, so that they carry more than a mail each */
#define RELEASE_MS 10000 /* also how long others have to come back after the database was away */
#define ANSWER_MS 10000  /* so long a session waits for an answer to be recorded */

struct sender {
	const struct sender_config *config;
	struct mta *mta;
	int number; /* our name in mails.worker, locked on this connection */
	int mta_failures;
	int64_t release_after_ms, send_after_ms, session_after_ms;
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
	.help = "Whether the last SMTP session got as far as a mail",
	.kind = METRIC_GAUGE };

/* --- who we are ---------------------------------------------------------------- */
static int random_number(void)
{
	unsigned n = 0;

	if (getrandom(&n, sizeof n, 0) != sizeof n)
		abort();
	return (int)(n >> 1);
}

/* False: another session has the number, or the database failed. */
static bool lock_number(struct ticker *t)
{
	const struct sender *s = t->own;
	struct db_result *got;

	db_reset(t->trunk.db);
	got = db_send(t->trunk.db, QUERY_mail_sender_lock, P_INT(s->number));
	return db_sync(t->trunk.db) && db_bool(got, 0, 0);
}

/* Locks the number that we had before, so that the rows we have claimed stay ours. When a dead connection still holds
 * it, we take another number; the claimed rows keep the old one. */
bool sender_hold(struct ticker *t)
{
	struct sender *s = t->own;

	if (!lock_number(t)) {
		if (db_fault(t->trunk.db) != DB_FINE)
			return false;
		s->number = random_number();
		if (!lock_number(t))
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
	};
	s->now_us = db_int(rows, row, 8);
}

static bool claim(struct ticker *t)
{
	struct sender *s = t->own;
	struct db_result *rows;

	arena_reset(t->trunk.arena);
	s->count = 0;
	db_begin(t->trunk.db);
	rows = db_send(t->trunk.db, QUERY_mail_claim, P_INT(s->number), P_INT(MAIL_SESSION));
	if (!db_commit(t->trunk.db))
		return ticker_database_failed(t);
	ticker_database_answered(t);
	s->count = db_rows(rows);
	s->claimed_as = s->number;
	for (int i = 0; i < s->count; i++)
		read_mail(s, t->trunk.arena, rows, i);
	return true;
}

/* --- record ------------------------------------------------------------------ */
static void tell_log(const struct mail *m)
{
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

	if (!release_orphans(t) || !claim(t) || !s->count)
		return false;
	for (int i = 0; i < s->count; i++)
		message_compose(&s->mails[i], &s->config->from, t->trunk.arena);
	s->session_after_ms = clock_mono_ms() + (s->count < MAIL_SESSION ? GATHER_MS : 0);
	fault_point("mail.claimed");
	good = mta_send(s->mta, &s->config->from, s->mails, s->count, &ear, t->trunk.arena);
	metric_set(&server_up, good);
	if (good)
		s->mta_failures = 0;
	else
		s->send_after_ms = clock_mono_ms() + clock_backoff_ms(s->mta_failures++, 1000, 30000);
	record_rest(t);
	return good;
}

/* After a session that was not full the next one waits a moment, so that it carries more than one mail. */
bool sender_work(struct ticker *t)
{
	const struct sender *s = t->own;
	int64_t left_ms = s->session_after_ms - clock_mono_ms();

	if (clock_mono_ms() < s->send_after_ms)
		return false;
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
	s->number = random_number();
	s->mta = mta_new(&config->url, config->ca_file);
	return s->mta != NULL;
}

void sender_close(struct ticker *t)
{
	struct sender *s = t->own;

	mta_free(&s->mta);
	free(s);
}
