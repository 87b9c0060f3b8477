/* audit_verify.c - "audit verify": whether the trail is what was written.
 *
 * Who can write the table but has not the key cannot change a row, drop one or put
 * one in. Rows cut off at the end leave a chain that holds: for that there is the
 * head, which the audit worker logs hourly and --expect compares with.
 *
 * The trail is cut into stretches of rows, which threads with a connection each take one after the other. A stretch
 * begins with the hash of the row before it, as it is stored, and that row is checked by the stretch it belongs to: so
 * all stretches together are the chain.
 */
#include "ops/guichetctl/audit_verify.h"

#include <inttypes.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>
#include "ops/guichetctl/audit_row.h"
#include "sql/db.h"

#define HASH_CHARS (2 * CHAIN_HASH_BYTES)
#define STRETCH_ROWS 50000
#define THREADS_MAX 8

static const char *audit_key;

struct setting audit_key_settings[] = {
	{ "AUDIT_KEY", SETTING_HEX, &audit_key, NULL, .min = 64, .max = 128, .secret = true,
	        .help = "the key of the audit chain, as the audit worker has it" },
	{ 0 },
};

/* What the whole is about; read by all threads. Behind the lock: what they have found. */
struct verification {
	struct ctl *ctl;
	int64_t from, last; /* the first row, and the last when this began: stretches lie between */
	int64_t expect_seq; /* 0: nothing is expected */
	uint8_t expect_hash[CHAIN_HASH_BYTES];
	int64_t pruned_seq; /* the trail begins behind it; 0: at its beginning */
	uint8_t pruned_hash[CHAIN_HASH_BYTES];
	char pruned_head[32 + HASH_CHARS];

	pthread_mutex_t lock;
	int64_t next; /* the first row that no thread has taken */
	int64_t end;  /* the last row that was checked, and its hash */
	uint8_t end_hash[CHAIN_HASH_BYTES];
	bool vouched;       /* an event of the trail says where it was pruned */
	const char *broken; /* what differs at broken_seq, the first such row; NULL: nothing */
	int64_t broken_seq;
	char *failure; /* why the database cannot be read; NULL: it can */
};

/* One thread's place. */
struct walk {
	struct verification *v;
	struct db *db;
	struct chain chain;
	int64_t until; /* the stretch's last row */
	bool vouched;
};

static void break_at(struct verification *v, int64_t seq, const char *what)
{
	pthread_mutex_lock(&v->lock);
	if (!v->broken || seq < v->broken_seq) {
		v->broken_seq = seq;
		v->broken = what;
	}
	pthread_mutex_unlock(&v->lock);
}

static struct audit_row read_row(const struct db_result *r, int i)
{
	return (struct audit_row){ .seq = db_int(r, i, 0),
		.action = db_text(r, i, 1),
		.actor_id = db_uuid(r, i, 2),
		.resource_id = db_uuid(r, i, 3),
		.event_id = db_uuid(r, i, 4),
		.command_id = db_uuid(r, i, 5),
		.payload = db_text(r, i, 6),
		.payload_sha256 = db_text(r, i, 7),
		.prev_hash = db_text(r, i, 8),
		.row_hash = db_text(r, i, 9),
		.origin = db_text(r, i, 10) };
}

/* Does the event audit.pruned name the place where this trail begins? */
static bool vouches(const struct verification *v, const struct audit_row *row)
{
	json_t *payload;
	const char *head;
	bool same;

	if (!v->pruned_seq || !text_equal(row->action, TEXT("AUDIT_PRUNED")) || !row->payload.data)
		return false;
	payload = json_loadb(row->payload.data, row->payload.len, 0, NULL);
	head = json_string_value(json_object_get(json_object_get(payload, "data"), "head"));
	same = head && strcmp(head, v->pruned_head) == 0;
	json_decref(payload);
	return same;
}

/* False: the row is not as it was written, and what comes behind it need not be looked at. */
static bool check_row(struct walk *w, const struct audit_row *row)
{
	struct verification *v = w->v;
	const char *what = audit_row_check(&w->chain, row);

	if (!what && row->seq == v->expect_seq && memcmp(w->chain.hash, v->expect_hash, CHAIN_HASH_BYTES) != 0)
		what = "its hash is not the expected one";
	if (what)
		break_at(v, row->seq, what);
	else
		w->vouched = w->vouched || vouches(v, row);
	return !what;
}

/* The next rows after seq, up to the stretch's end; NULL with the reason in the connection. */
static struct db_result *page(struct walk *w, int64_t seq, int64_t until)
{
	struct db_result *rows;

	db_reset(w->db);
	rows = db_send(w->db, QUERY_audit_page, P_INT(seq), P_INT(until));
	return db_sync(w->db) ? rows : NULL;
}

/* --- stretches ------------------------------------------------------------------ */
/* The hash before the stretch's first row. False: the database failed. */
static bool take_anchor(struct walk *w, int64_t first)
{
	const struct verification *v = w->v;
	struct db_result *rows;

	memset(w->chain.hash, 0, CHAIN_HASH_BYTES);
	w->chain.seq = first - 1;
	if (first - 1 == v->pruned_seq) {
		memcpy(w->chain.hash, v->pruned_hash, CHAIN_HASH_BYTES);
		return true;
	}
	rows = page(w, first - 2, first - 1);
	if (rows && (!db_rows(rows) || !text_unhex(db_text(rows, 0, 9), w->chain.hash, CHAIN_HASH_BYTES)))
		break_at(w->v, first - 1, "the row is not there, so there is nothing to go on from");
	return rows != NULL;
}

static bool walk_stretch(struct walk *w)
{
	struct db_result *rows;
	int count;

	do {
		rows = page(w, w->chain.seq, w->until);
		if (!rows)
			return false;
		count = db_rows(rows);
		for (int i = 0; i < count; i++) {
			struct audit_row row = read_row(rows, i);

			if (!check_row(w, &row))
				return true;
		}
	} while (count > 0);
	if (w->chain.seq < w->until)
		break_at(w->v, w->chain.seq + 1, "the row is gone");
	return true;
}

/* The first row of the next stretch; 0: there is none, or the stretches before it are broken. */
static int64_t take_stretch(struct walk *w)
{
	struct verification *v = w->v;
	int64_t first = 0;

	pthread_mutex_lock(&v->lock);
	if (!v->failure && !v->broken && v->next <= v->last) {
		first = v->next;
		v->next += STRETCH_ROWS;
		w->until = v->next > v->last ? v->last : v->next - 1;
	}
	pthread_mutex_unlock(&v->lock);
	return first;
}

static void end_stretch(struct walk *w, bool fine)
{
	struct verification *v = w->v;

	pthread_mutex_lock(&v->lock);
	if (!fine && !v->failure)
		v->failure = text_dup(v->ctl->arena, text_of(db_message(w->db)));
	v->vouched = v->vouched || w->vouched;
	if (w->chain.seq > v->end) {
		v->end = w->chain.seq;
		memcpy(v->end_hash, w->chain.hash, CHAIN_HASH_BYTES);
	}
	pthread_mutex_unlock(&v->lock);
}

static void *run(void *arg)
{
	struct walk w = { .v = arg, .db = db_open(db_url()) };
	int64_t first;

	chain_begin(&w.chain, audit_key);
	while ((first = take_stretch(&w)))
		end_stretch(&w, take_anchor(&w, first) && walk_stretch(&w));
	explicit_bzero(&w.chain, sizeof w.chain);
	db_close(&w.db);
	return NULL;
}

static void walk_all(struct verification *v)
{
	int64_t wanted = (v->last - v->from) / STRETCH_ROWS + 1, cores = sysconf(_SC_NPROCESSORS_ONLN);
	pthread_t threads[THREADS_MAX];
	int count = 0;

	wanted = wanted > cores ? cores : wanted;
	while (count < wanted && count < THREADS_MAX && pthread_create(&threads[count], NULL, run, v) == 0)
		count++;
	if (!count)
		run(v);
	while (count)
		pthread_join(threads[--count], NULL);
}

/* --- the beginning and the end ------------------------------------------------------ */
/* Where the trail was pruned it begins behind the last row that went. */
static void read_segment(struct verification *v, const struct db_result *segment)
{
	if (!db_rows(segment))
		return;
	v->pruned_seq = db_int(segment, 0, 0);
	snprintf(v->pruned_head, sizeof v->pruned_head, "%" PRId64 ":%.*s", v->pruned_seq, HASH_CHARS,
	        db_text(segment, 0, 1).data);
	if (!text_unhex(db_text(segment, 0, 1), v->pruned_hash, CHAIN_HASH_BYTES))
		break_at(v, v->pruned_seq, "what was noted of the pruned segment is no hash");
}

/* False: the database failed. */
static bool read_bounds(struct verification *v, struct db *db)
{
	struct db_result *segment = db_send_params(db, QUERY_ctl_audit_segment, 0, NULL);
	struct db_result *head = db_send_params(db, QUERY_audit_head, 0, NULL);
	int64_t from = option_number(v->ctl, "from", 1);

	if (!db_sync(db))
		return false;
	read_segment(v, segment);
	v->from = v->next = from > v->pruned_seq + 1 ? from : v->pruned_seq + 1;
	v->end = v->from - 1;
	v->last = db_rows(head) ? db_int(head, 0, 0) : 0;
	if (v->from == v->pruned_seq + 1)
		memcpy(v->end_hash, v->pruned_hash, CHAIN_HASH_BYTES);
	if (v->from > v->last + 1)
		break_at(v, v->from - 1, "the row is not there, so there is nothing to start from");
	return true;
}

static void check_ends(struct verification *v)
{
	if (v->broken)
		return;
	if (v->pruned_seq && v->from == v->pruned_seq + 1 && !v->vouched)
		break_at(v, v->from, "rows before it were pruned, and no event of the trail says so (yet)");
	else if (v->end < v->expect_seq)
		break_at(v, v->end + 1, "the trail ends before the expected head");
}

static enum ctl_exit tell_verdict(const struct verification *v)
{
	int64_t checked = (v->broken ? v->broken_seq - 1 : v->end) - (v->from - 1);
	char hash[HASH_CHARS + 1];

	checked = checked < 0 ? 0 : checked;
	text_hex(v->end_hash, CHAIN_HASH_BYTES, hash);
	if (v->ctl->json)
		say_json(json_pack("{s:b, s:I, s:I, s:s?, s:o, s:s?}", "intact", !v->broken, "checked",
		        (json_int_t)checked, "seq", (json_int_t)(v->from - 1 + checked), "hash",
		        v->broken ? NULL : hash, "brokenAt", v->broken ? json_integer(v->broken_seq) : json_null(),
		        "reason", v->broken));
	else if (v->broken)
		printf("broken at seq %" PRId64 ": %s (%" PRId64 " rows before it are intact)\n", v->broken_seq,
		        v->broken, checked);
	else
		printf("intact: %" PRId64 " rows checked, head %" PRId64 ":%s\n", checked, v->end, hash);
	return v->broken ? CTL_WRONG : CTL_GOOD;
}

/* SEQ:HASH */
static bool read_expected(struct verification *v)
{
	const char *given = option_text(v->ctl, "expect"), *colon = given ? strchr(given, ':') : NULL;

	if (!given)
		return true;
	if (colon && text_to_int((struct text){ given, (size_t)(colon - given) }, &v->expect_seq) &&
	        v->expect_seq > 0 && text_unhex(text_of(colon + 1), v->expect_hash, CHAIN_HASH_BYTES))
		return true;
	say("--expect: '%s' is not SEQ:HASH, as audit head prints it", given);
	return false;
}

enum ctl_exit audit_verify(struct ctl *ctl)
{
	struct verification v = { .ctl = ctl, .lock = PTHREAD_MUTEX_INITIALIZER };
	enum ctl_exit code;
	struct db *db;

	if (!read_expected(&v))
		return CTL_USAGE;
	db = database_open(ctl);
	if (!db)
		return CTL_WRONG;
	if (!read_bounds(&v, db)) {
		code = database_failed(ctl, db, "the trail cannot be read");
	} else {
		if (!v.broken && v.from <= v.last)
			walk_all(&v);
		check_ends(&v);
		code = v.failure ? say_failed(ctl, "the trail cannot be read: %s", v.failure) : tell_verdict(&v);
	}
	db_close(&db);
	return code;
}
