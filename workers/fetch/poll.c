/* poll.c - see poll.h.
 *
 * New is what has a UID above the cursor, read or not. Where there is no cursor yet, an account that moves its messages
 * takes all there are, and any other those that nobody has read. A folder whose UIDVALIDITY is another one has new UIDs
 * for the same messages: then all are taken that nobody has read or that came since the day before the last poll. The
 * intake worker knows those that came twice by what they say.
 */
#include "workers/fetch/poll.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/process.h"
#include "queues/address.h"
#include "queues/inbound.h"
#include "workers/fetch/batch.h"

#define REST_MS 1000
#define AWAY_MOST_MS (5 * 60 * 1000)
#define REFUSED_MOST_MS (30 * 60 * 1000) /* servers lock accounts that try too often */
#define DOUBLINGS_MOST 20

int64_t poll_threads;
static const char *accounts_wanted, *mail_from;
static int64_t every_ms;

struct setting poll_settings[] = {
	{ "IMAP_ACCOUNTS", SETTING_TEXT, &accounts_wanted, "", .max = 16000, .secret = true,
	        .help = "mailboxes that mail is fetched from, with blanks between: "
	                "imaps://user:password@host/INBOX?to=ADDRESS[&after=seen|keep|move:FOLDER][&oauth=FILE]" },
	{ "IMAP_EVERY", SETTING_DURATION, &every_ms, "60s", .min = 200, .max = 86400000,
	        .help = "how often each of them is looked into" },
	{ "MAIL_FROM", SETTING_TEXT, &mail_from, "support@localhost", .min = 3, .max = 254,
	        .help = "the desk's own address: mail to it is taken, mail from it is nobody's request" },
	INBOUND_BYTES_ROW,
	{ 0 },
};

static struct account accounts[POLL_ACCOUNTS_MOST];
static struct oauth *oauths[POLL_ACCOUNTS_MOST];
static int account_count;
static struct text own_address;

/* --- accounts --------------------------------------------------------------------------- */
static bool refuse(int number, const char *why)
{
	fprintf(stderr, "guichet-fetch: IMAP_ACCOUNTS: account %d: %s\n", number, why);
	return false;
}

static bool add_account(struct arena *arena, const char *url)
{
	struct account *account = &accounts[account_count];
	const char *why;

	if (account_count == POLL_ACCOUNTS_MOST)
		return refuse(account_count + 1, "there are 16 at most");
	if (!account_read(arena, text_of(url), account, &why))
		return refuse(account_count + 1, why);
	for (int i = 0; i < account_count; i++)
		if (!strcmp(accounts[i].name, account->name))
			return refuse(account_count + 1, "its folder is there twice");
	oauths[account_count++] = account->oauth ? oauth_of(account->oauth) : NULL;
	return true;
}

/* What is read here lives as long as the process. */
bool poll_prepare(void)
{
	static struct arena *arena;
	char *rest, *word;

	arena = arena_new(16384);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	own_address = address_normalized(arena, text_of(mail_from));
	rest = arena_copy(arena, accounts_wanted, strlen(accounts_wanted));
	while ((word = strsep(&rest, " \t\r\n")))
		if (*word && !add_account(arena, word))
			return false;
	poll_threads = account_count ? account_count : 1;
	return true;
}

/* --- what is told of an account --------------------------------------------------------- */
static bool tell(struct ticker *t, const char *wrong)
{
	struct poll *p = t->own;
	const char *said = wrong ? wrong : p->unmarked ? p->unmarked : "";
	struct text name = text_of(p->account->name);
	struct db_result *left;

	metric_set(&p->up, !wrong);
	if (!wrong)
		metric_set(&p->polled, clock_unix_ms() / 1000);
	db_reset(t->trunk.db);
	left = db_send(t->trunk.db, QUERY_fetch_left, P_TEXT(name));
	if (!p->has_told || strncmp(said, p->told, sizeof p->told - 1) != 0)
		db_send(t->trunk.db, QUERY_fetch_told, P_TEXT(name), P_TEXT(wrong ? TEXT("false") : TEXT("true")),
		        P_TEXT(*said ? text_of(said) : TEXT_NONE));
	if (!db_sync(t->trunk.db))
		return false;
	metric_set(&p->left, db_int(left, 0, 0));
	if (*said && strncmp(said, p->told, sizeof p->told - 1) != 0)
		log_warn(wrong ? "a mailbox cannot be polled" : "messages that were taken cannot be marked",
		        LOG_TEXT("account", p->account->name), LOG_TEXT("reason", said));
	else if (!*said && *p->told)
		log_notice("a mailbox is polled again", LOG_TEXT("account", p->account->name));
	snprintf(p->told, sizeof p->told, "%s", said);
	p->has_told = true;
	return true;
}

bool poll_fails(struct poll *p, const char *why)
{
	if (!p->wrong)
		p->wrong = arena_printf(p->arena, "%s", why);
	return false;
}

/* --- the beginning of a poll ------------------------------------------------------------ */
/* An address that is no mailbox of ours, or one that rests, keeps its mail where it is. */
static bool is_wanted(struct ticker *t)
{
	struct poll *p = t->own;
	struct db_result *row;

	if (text_equal(p->account->to, own_address))
		return true;
	db_reset(t->trunk.db);
	row = db_send(t->trunk.db, QUERY_fetch_mailbox, P_TEXT(p->account->to));
	if (!db_sync(t->trunk.db))
		return false;
	return db_bool(row, 0, 0) ||
	       poll_fails(p, arena_printf(p->arena, "%s is no mailbox that takes mail", p->account->to.data));
}

/* A token that is refused is replaced once. */
static bool sign_in(struct poll *p)
{
	enum imap_fate fate = IMAP_REFUSED;
	const char *token = NULL, *wrong = NULL;

	for (int try = 0; try < (p->oauth ? 2 : 1) && fate == IMAP_REFUSED; try++) {
		if (p->oauth && !(token = oauth_token(p->oauth, p->arena, token, &wrong)))
			return poll_fails(p, wrong);
		imap_close(&p->imap);
		p->imap = imap_open(p->account, token, &fate);
	}
	p->is_refused = fate == IMAP_REFUSED;
	if (fate == IMAP_DONE)
		return true;
	return poll_fails(
	        p, arena_printf(p->arena, "%s%s", p->is_refused ? "the login is refused: " : "", imap_said(p->imap)));
}

static bool choose(struct poll *p)
{
	if (mailbox_select(p->imap, p->account->folder, &p->mailbox) != IMAP_DONE)
		return poll_fails(p, arena_printf(p->arena, "the folder cannot be opened: %s", imap_said(p->imap)));
	return p->mailbox.uidvalidity > 0 || poll_fails(p, "the server gives its messages no lasting numbers");
}

/* --- which messages --------------------------------------------------------------------- */
/* Sets the cursor. NULL: the database failed. */
static const char *criteria(struct ticker *t)
{
	struct poll *p = t->own;
	struct db_result *row;
	bool is_known;

	db_reset(t->trunk.db);
	row = db_send(t->trunk.db, QUERY_fetch_cursor, P_TEXT(text_of(p->account->name)));
	if (!db_sync(t->trunk.db))
		return NULL;
	is_known = db_rows(row) > 0;
	p->is_fresh = !is_known || db_int(row, 0, 0) != p->mailbox.uidvalidity;
	p->cursor = p->is_fresh ? 0 : db_int(row, 0, 1);
	if (!p->is_fresh || p->account->after == ACCOUNT_MOVE)
		return "";
	if (!is_known)
		return "UNSEEN";
	return arena_printf(p->arena, "OR UNSEEN SINCE %.*s", (int)db_text(row, 0, 2).len, db_text(row, 0, 2).data);
}

static bool is_among(const struct db_result *troubles, int64_t uid)
{
	for (int i = 0; i < db_rows(troubles); i++)
		if (db_int(troubles, i, 0) == uid)
			return true;
	return false;
}

/* Messages that failed are left out, but those that are due again: they come apart, behind the new ones. */
static bool sort_out(struct ticker *t, struct uid_list *list, struct uid_list *out_again)
{
	struct poll *p = t->own;
	struct db_result *troubles;
	int kept = 0;

	db_reset(t->trunk.db);
	troubles = db_send(
	        t->trunk.db, QUERY_fetch_troubles, P_TEXT(text_of(p->account->name)), P_INT(p->mailbox.uidvalidity));
	if (!db_sync(t->trunk.db))
		return false;
	for (int i = 0; i < list->count; i++)
		if (!is_among(troubles, list->uids[i]))
			list->uids[kept++] = list->uids[i];
	list->count = kept;
	*out_again = (struct uid_list){ ARENA_ARRAY(p->arena, int64_t, (size_t)db_rows(troubles) + 1), 0 };
	for (int i = 0; i < db_rows(troubles); i++)
		if (db_bool(troubles, i, 1))
			out_again->uids[out_again->count++] = db_int(troubles, i, 0);
	return true;
}

/* --- a poll ----------------------------------------------------------------------------- */
static bool finish(struct ticker *t, int64_t last)
{
	struct poll *p = t->own;

	if (p->is_fresh && p->mailbox.uidnext - 1 > last)
		last = p->mailbox.uidnext - 1;
	db_reset(t->trunk.db);
	db_send(t->trunk.db, QUERY_fetch_advance, P_TEXT(text_of(p->account->name)), P_INT(p->mailbox.uidvalidity),
	        P_INT(last));
	return db_sync(t->trunk.db);
}

static bool take_new(struct ticker *t)
{
	struct poll *p = t->own;
	struct uid_list list, again;
	const char *wanted = criteria(t);
	int64_t last;

	if (!wanted)
		return false;
	if (mailbox_list(p->imap, p->arena, p->cursor, wanted, &list) != IMAP_DONE)
		return poll_fails(p, imap_said(p->imap));
	last = list.count ? list.uids[list.count - 1] : p->cursor;
	return sort_out(t, &list, &again) && batch_take_all(t, &list) && batch_take_all(t, &again) && finish(t, last);
}

static bool poll_once(struct ticker *t)
{
	struct poll *p = t->own;
	bool good;

	arena_reset(p->arena);
	p->wrong = p->unmarked = NULL;
	p->is_refused = false;
	good = is_wanted(t) && sign_in(p) && choose(p) && take_new(t);
	imap_close(&p->imap);
	return good;
}

static void set_due(struct poll *p)
{
	int most = p->is_refused ? REFUSED_MOST_MS : AWAY_MOST_MS;

	if (!p->wrong) {
		p->failures = 0;
		p->due_ms = clock_mono_ms() + every_ms;
		return;
	}
	p->due_ms =
	        clock_mono_ms() + clock_backoff_ms(p->failures, (int)every_ms, every_ms > most ? (int)every_ms : most);
	p->failures += p->failures < DOUBLINGS_MOST;
}

bool poll_work(struct ticker *t)
{
	struct poll *p = t->own;

	if (!p->account || clock_mono_ms() < p->due_ms)
		return false;
	poll_once(t);
	if (process_stopping())
		return false;
	if (db_fault(t->trunk.db) != DB_FINE || !tell(t, p->wrong))
		return ticker_database_failed(t);
	ticker_database_answered(t);
	set_due(p);
	return false;
}

/* --- its life --------------------------------------------------------------------------- */
void poll_rest(struct ticker *t)
{
	struct poll *p = t->own;
	int64_t left_ms = p->account && t->holds ? p->due_ms - clock_mono_ms() : REST_MS;

	if (!t->holds)
		left_ms = ticker_pause_ms(t);
	if (left_ms > 0)
		process_nap_ms(left_ms < REST_MS ? (int)left_ms : REST_MS);
}

/* One process polls an account: the others wait for its connection to end. */
bool poll_hold(struct ticker *t)
{
	struct poll *p = t->own;
	struct db_result *got;

	p->has_told = false;
	if (!p->account)
		return true;
	db_reset(t->trunk.db);
	got = db_send(t->trunk.db, QUERY_fetch_lock, P_TEXT(text_of(p->account->name)));
	return db_sync(t->trunk.db) && db_bool(got, 0, 0);
}

/* The name stands in quotes there. */
static const char *label(struct arena *arena, const char *name)
{
	struct buffer out;

	buffer_init(&out, arena, 256);
	buffer_string(&out, "{account=\"");
	for (; *name; name++) {
		buffer_string(&out, *name == '"' || *name == '\\' ? "\\" : "");
		buffer_append(&out, name, 1);
	}
	buffer_string(&out, "\"}");
	return buffer_cstr(&out);
}

static void make_metrics(struct poll *p)
{
	static struct arena *labels; /* as long as the process: who reads metrics does not ask whose they are */
	const char *text;

	if (!labels)
		labels = arena_new(4096);
	text = label(labels, p->account->name);
	p->up = (struct metric){ .name = "guichet_imap_up",
		.labels = text,
		.help = "Whether the last poll has seen all of the mailbox",
		.kind = METRIC_GAUGE };
	p->taken = (struct metric){ .name = "guichet_imap_taken_total",
		.labels = text,
		.help = "Messages that were fetched and taken",
		.kind = METRIC_COUNTER };
	p->left = (struct metric){ .name = "guichet_imap_left",
		.labels = text,
		.help = "Messages that cannot be taken and are not tried again: they lie in their mailbox",
		.kind = METRIC_GAUGE };
	p->polled = (struct metric){ .name = "guichet_imap_last_poll_seconds",
		.labels = text,
		.help = "When all of the mailbox was last seen, in seconds since 1970",
		.kind = METRIC_GAUGE };
	metric_set(&p->up, 0);
	metric_add(&p->taken, 0);
}

bool poll_open(struct ticker *t)
{
	struct poll *p = calloc(1, sizeof *p);

	if (!p)
		abort();
	t->own = p;
	if (t->number >= account_count)
		return true;
	p->account = &accounts[t->number];
	p->oauth = oauths[t->number];
	p->store = store_open();
	p->arena = arena_new(64 << 10);
	make_metrics(p);
	return true;
}

/* Metrics stay where they are: they may be read to the last moment. */
void poll_close(struct ticker *t)
{
	struct poll *p = t->own;

	store_close(&p->store);
	arena_free(&p->arena);
}
