/* settle.c - see settle.h.
 *
 *   BEGIN ─ lock what the message says it is ─ is it still ours to settle? ─ what is known ─► verdict
 *         ─ accounts of people who write for the first time ─ attachments into the store ─ commands, outcome ─ COMMIT
 *
 * The lock is on the message's hash: two transmissions of one message, to two mailboxes say, are decided one after the
 * other, and the second sees what became of the first. Files have ids that come out the same when all of it is done
 * again, so a transaction that fails leaves nothing but bytes that nobody knows, and those are written again.
 */
#include "workers/intake/settling.h"

#include <stdio.h>
#include <string.h>
#include "queues/address.h"

#define ROUNDS_MOST 2 /* decisions that the ticket's lane may refuse */

static const char *mail_from, *server_name;
static int64_t hour_most, day_most, answers_most, hard_bounces;
static char own_address[ADDRESS_BYTES_MAX + 1];

struct setting settle_settings[] = {
	{ "MAIL_FROM", SETTING_TEXT, &mail_from, "support@localhost", .min = 3, .max = 254,
	        .help = "the desk's own address: mail to it is taken, mail from it is nobody's request" },
	{ "MAIL_AUTHSERV_ID", SETTING_TEXT, &server_name, "", .max = 255,
	        .help = "the name by which our own mail server signs Authentication-Results; empty: nothing is "
	                "believed, "
	                "and staff cannot act by mail" },
	{ "INTAKE_ANSWERS_HOUR", SETTING_INT, &hour_most, "5", .min = 0, .max = 10000,
	        .help = "how often an address is told in an hour that its mail has come" },
	{ "INTAKE_ANSWERS_DAY", SETTING_INT, &day_most, "20", .min = 0, .max = 100000, .help = "the same in a day" },
	{ "INTAKE_REPLIES_HOUR", SETTING_INT, &answers_most, "30", .min = 1, .max = 100000,
	        .help = "answers of an address that a ticket takes in an hour; more wait for staff" },
	{ "INTAKE_HARD_BOUNCES", SETTING_INT, &hard_bounces, "2", .min = 1, .max = 100,
	        .help = "mails that came back for good from an address before nothing more is sent there" },
	{ 0 },
};

bool settle_prepare(void)
{
	struct arena *arena = arena_new(1024);
	struct text address = address_normalized(arena, text_of(mail_from));
	bool good = address.data != NULL || strchr(mail_from, '@');

	if (!good)
		fprintf(stderr, "guichet-intake: MAIL_FROM: must be a plain address, local@domain\n");
	snprintf(own_address, sizeof own_address, "%s", address.data ? text_dup(arena, address) : mail_from);
	arena_free(&arena);
	return good;
}

const char *settle_own_address(void)
{
	return own_address;
}

int64_t settle_hard_bounces(void)
{
	return hard_bounces;
}

/* --- what is known --------------------------------------------------------------------------------- */
static void write_ids(struct buffer *out, const char *member, const struct uuid *ids, int count)
{
	buffer_json_name(out, member);
	buffer_string(out, "[");
	for (int i = 0; i < count; i++) {
		buffer_string(out, i ? "," : "");
		buffer_json_text(out, uuid_text(out->arena, &ids[i]));
	}
	buffer_string(out, "]");
}

static void write_texts(struct buffer *out, const char *member, const struct text_list *texts)
{
	buffer_json_name(out, member);
	buffer_string(out, "[");
	for (int i = 0; i < texts->count; i++) {
		buffer_string(out, i ? "," : "");
		buffer_json_text(out, texts->items[i]);
	}
	buffer_string(out, "]");
}

static struct text question(const struct settling *s)
{
	struct buffer out;

	buffer_init(&out, s->arena, 2048);
	buffer_string(&out, "{");
	rows_uuid(&out, "id", &s->taken->id);
	write_texts(&out, "addresses", &s->lead.addresses);
	buffer_json_member(&out, "own", text_of(own_address));
	buffer_json_member(&out, "from", s->letter->from.address);
	buffer_json_member(&out, "fromPlain", lead_plain(s->letter->from.address, s->arena));
	buffer_json_member(&out, "forwardPlain", lead_plain(s->letter->forward_from.address, s->arena));
	rows_uuid(&out, "ticket", &s->lead.ticket_id);
	write_ids(&out, "mails", s->lead.mails.ids, s->lead.mails.count);
	write_texts(&out, "hashes", &s->lead.hashes);
	buffer_json_member(&out, "number", s->lead.number);
	buffer_json_member(&out, "messageHash", s->letter->message_hash);
	buffer_json_member(&out, "bodyHash", s->letter->body_hash);
	rows_uuid(&out, "bounced", &s->lead.bounced);
	buffer_string(&out, "}");
	return buffer_view(&out);
}

/* False: the database failed, or (out_mine) another has settled it meanwhile. */
static bool look_up(struct settling *s, bool *out_mine)
{
	struct db *db = s->t->trunk.db;
	struct db_result *mine, *known;

	db_send(db, QUERY_intake_begin, P_TEXT(s->letter->message_hash));
	mine = db_send(db, QUERY_intake_mine, P_UUID(&s->taken->id));
	known = db_send(db, QUERY_intake_known, P_TEXT(question(s)));
	if (!db_sync(db))
		return false;
	*out_mine = db_rows(mine) == 1;
	return *out_mine && known_read(db_text(known, 0, 0), s->arena, &s->known);
}

/* A form on the web writes in its own name, and says in Reply-To who has filled it in: for that nobody vouches,
 * whatever our mail server says of the form. */
static bool look_again_for_reply_to(struct settling *s)
{
	bool mine;

	if (!s->known.trust_reply_to || !s->letter->reply_to.address.data)
		return true;
	s->letter->from = s->letter->reply_to;
	if (s->trust == TRUST_PASS)
		s->trust = TRUST_NONE;
	return look_up(s, &mine);
}

/* --- one mail ------------------------------------------------------------------------------------------ */
static void begin(
        struct settling *s, struct ticker *t, struct store *store, const struct taken *taken, struct letter *letter)
{
	*s = (struct settling){ .t = t,
		.arena = t->trunk.arena,
		.store = store,
		.taken = taken,
		.letter = letter,
		.ticket_id = taken->ticket_id };
	rows_init(&s->outbox, s->arena);
	db_begin(t->trunk.db);
}

/* Of a failure of the database the caller still wants to know what it was. */
static enum settled end(struct settling *s, enum settled settled)
{
	if (settled == SETTLED_NOT_NOW)
		db_rollback(s->t->trunk.db);
	return settled;
}

/* Another has settled it meanwhile, or the database failed. */
static enum settled give_up(struct settling *s, bool mine)
{
	if (mine)
		return SETTLED_FAILED;
	db_rollback(s->t->trunk.db);
	return SETTLED_DONE;
}

/* texts: TEXT_NONE when it cannot be read any more; then what it said before stays. */
static enum settled read_again(struct settling *s, struct text texts)
{
	db_send(s->t->trunk.db, QUERY_intake_reread, P_UUID(&s->taken->id), P_TEXT(texts));
	return db_commit(s->t->trunk.db) ? SETTLED_DONE : SETTLED_FAILED;
}

enum settled settle_letter(
        struct ticker *t, struct store *store, const struct taken *taken, struct letter *letter, int message, int parts)
{
	const struct limits limits = { hour_most, day_most, answers_most };
	struct settling s;
	bool mine = true;

	begin(&s, t, store, taken, letter);
	if (taken->outcome)
		return end(&s, read_again(&s, row_of_texts(&s)));
	lead_read(taken, letter, s.arena, &s.lead);
	s.trust = trust_of(letter, text_of(server_name));
	if (!look_up(&s, &mine) || !look_again_for_reply_to(&s))
		return give_up(&s, mine);
	verdict_reach(taken, letter, &s.known, s.trust, &limits, &s.verdict);
	if (taken->rounds >= ROUNDS_MOST &&
	        (s.verdict.outcome == INBOUND_TICKET || s.verdict.outcome == INBOUND_REPLY)) {
		s.verdict = (struct verdict){ .outcome = INBOUND_QUARANTINED,
			.reason = "what was asked of its ticket was refused" };
	}
	return end(&s, outcome_reach(&s, message, parts));
}

enum settled settle_aside(
        struct ticker *t, struct store *store, const struct taken *taken, int message, const char *why)
{
	struct letter *letter = ARENA_NEW(t->trunk.arena, struct letter);
	struct text raw = keep_map(message);
	struct settling s;
	bool mine = true;

	letter->subject = letter->text = letter->visible_text = letter->folded_text = TEXT("");
	letter->visible_html = letter->folded_html = letter->message_id = letter->from.name = TEXT("");
	letter_hash(letter, raw.data ? raw : TEXT(""), t->trunk.arena);
	keep_unmap(raw);
	begin(&s, t, store, taken, letter);
	if (taken->outcome)
		return end(&s, read_again(&s, TEXT_NONE));
	lead_read(taken, letter, s.arena, &s.lead);
	if (!look_up(&s, &mine))
		return give_up(&s, mine);
	s.verdict.reason = why;
	return end(&s, outcome_quarantine(&s, message));
}
