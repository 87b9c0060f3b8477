/* ledger.c - see ledger.h. */
#include "ingress/mail/ledger.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"

#define BATCH_MOST 256
#define BATCH_BYTES ((size_t)1024 * 1024)
#define WAIT_MS 8000 /* for the database, before who brought it is sent away */
#define PAUSE_MS 100

static struct {
	struct loop *loop;
	struct ledger_entry *first, **end; /* waiting */
	struct ledger_entry *batch[BATCH_MOST];
	int count; /* in the batch that is under way; 0: none is */
	int alone; /* the next so many go one by one: one of them is at fault */
	int64_t not_before_ms;
	struct arena *arena;
} ledger;

static struct metric commits = { .name = "guichet_mail_commits_total",
	.labels = "",
	.kind = METRIC_COUNTER,
	.help = "Transactions that wrote mail into the ledger; accepted mails a transaction are a batch" };
static struct metric commit_seconds = { .name = "guichet_mail_commit_seconds",
	.labels = "",
	.kind = METRIC_HISTOGRAM,
	.help = "How long such a transaction took" };

static int64_t sent_us;

void ledger_open(struct loop *loop)
{
	ledger.loop = loop;
	ledger.end = &ledger.first;
	ledger.arena = arena_new(BATCH_BYTES / 4);
}

void ledger_put(struct ledger_entry *entry)
{
	entry->next = NULL;
	entry->sent = false;
	entry->until_ms = clock_mono_ms() + WAIT_MS;
	*ledger.end = entry;
	ledger.end = &entry->next;
}

bool ledger_is_idle(void)
{
	return !ledger.first && !ledger.count;
}

static struct ledger_entry *take_first(void)
{
	struct ledger_entry *entry = ledger.first;

	ledger.first = entry->next;
	if (!ledger.first)
		ledger.end = &ledger.first;
	return entry;
}

/* Back to the beginning, in their order. */
static void put_back(struct ledger_entry *const *entries, int count)
{
	while (count-- > 0) {
		entries[count]->next = ledger.first;
		if (!ledger.first)
			ledger.end = &entries[count]->next;
		ledger.first = entries[count];
	}
}

/* --- what became of a batch ----------------------------------------------------------- */
static void mark_found(const struct db_result *rows, int count)
{
	for (int i = 0; i < db_rows(rows); i++) {
		int64_t place = db_int(rows, i, 0);

		if (place >= 1 && place <= count)
			ledger.batch[place - 1]->found = true;
	}
}

/* Those that are there are done; another transaction is just writing the others, or all failed. */
static void settle(struct ledger_entry **batch, int count)
{
	struct ledger_entry *again[BATCH_MOST];
	int left = 0;

	for (int i = 0; i < count; i++) {
		if (batch[i]->found)
			batch[i]->done(batch[i], LEDGER_TAKEN);
		else
			again[left++] = batch[i];
	}
	put_back(again, left);
	if (left)
		ledger.not_before_ms = clock_mono_ms() + PAUSE_MS;
}

/* One of several says what the database refuses: each alone, so that it is the only one. */
static void single_out(enum db_fault fault, int count)
{
	if (fault != DB_MESSAGE)
		return;
	if (count > 1) {
		ledger.alone = count;
		return;
	}
	log_error("the ledger refuses a message");
	ledger.batch[0]->until_ms = 0;
}

static void on_written(void *arg, enum db_fault fault, const struct db_result *rows)
{
	struct ledger_entry *batch[BATCH_MOST];
	int count = ledger.count;

	(void)arg;
	metric_add(&commits, 1);
	metric_observe(&commit_seconds, clock_mono_us() - sent_us);
	if (fault == DB_FINE)
		mark_found(rows, count);
	for (int i = 0; i < count; i++) {
		batch[i] = ledger.batch[i];
		batch[i]->sent = batch[i]->sent || fault == DB_LOST;
	}
	ledger.count = 0;
	single_out(fault, count);
	settle(batch, count);
}

/* --- sending one ---------------------------------------------------------------------- */
static struct text write_batch(void)
{
	int most = ledger.alone ? 1 : BATCH_MOST;
	struct buffer rows;

	arena_reset(ledger.arena);
	buffer_init(&rows, ledger.arena, BATCH_BYTES / 16);
	buffer_string(&rows, "[");
	while (ledger.first && ledger.count < most && rows.len < BATCH_BYTES) {
		struct ledger_entry *entry = take_first();

		buffer_string(&rows, ledger.count ? "," : "");
		buffer_text(&rows, entry->row);
		entry->found = false;
		ledger.batch[ledger.count++] = entry;
	}
	buffer_string(&rows, "]");
	ledger.alone -= ledger.alone > 0;
	return buffer_view(&rows);
}

/* Who has waited long enough may come again later. */
static void give_up(int64_t now)
{
	while (ledger.first && ledger.first->until_ms < now) {
		struct ledger_entry *entry = take_first();

		entry->done(entry, entry->sent ? LEDGER_UNKNOWN : LEDGER_REFUSED);
	}
}

void ledger_turn(void)
{
	int64_t now = clock_mono_ms();
	struct text rows;
	int count;

	if (ledger.count || !ledger.first)
		return;
	give_up(now);
	if (!ledger.first || now < ledger.not_before_ms)
		return;
	rows = write_batch();
	sent_us = clock_mono_us();
	if (loop_write(ledger.loop, QUERY_inbound_take, 1, (struct db_param[]){ P_TEXT(rows) }, on_written, NULL))
		return;
	count = ledger.count;
	ledger.count = 0;
	put_back(ledger.batch, count);
	ledger.not_before_ms = now + PAUSE_MS;
}
