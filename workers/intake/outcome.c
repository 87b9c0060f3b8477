/* outcome.c - what each verdict leads to: files, commands, the row. See settling.h. */
#include "workers/intake/settling.h"

#include "base/fault.h"
#include "base/metrics.h"
#include "queues/address.h"

static struct metric outcomes[] = {
#define OUTCOME(word)                                                                                                  \
	{                                                                                                              \
		.name = "guichet_inbound_settled_total", .labels = "{outcome=\"" word "\"}", .kind = METRIC_COUNTER,   \
		.help = "Mails that have an outcome"                                                                   \
	}
	[INBOUND_TICKET] = OUTCOME("ticket"),
	[INBOUND_REPLY] = OUTCOME("reply"),
	[INBOUND_BOUNCE] = OUTCOME("bounce"),
	[INBOUND_AUTO] = OUTCOME("auto"),
	[INBOUND_DUPLICATE] = OUTCOME("duplicate"),
	[INBOUND_QUARANTINED] = OUTCOME("quarantined"),
};

static enum settled finish(struct settling *s, bool texts)
{
	struct db *db = s->t->trunk.db;

	db_send(db, QUERY_intake_settle, P_TEXT(row_of_outcome(s)), P_TEXT(texts ? row_of_texts(s) : TEXT_NONE),
	        P_TEXT(rows_done(&s->outbox)));
	fault_point("intake.settling");
	if (!db_commit(db))
		return SETTLED_FAILED;
	fault_point("intake.settled");
	metric_add(&outcomes[s->verdict.outcome], 1);
	if (s->outbox.count)
		trunk_poke_relay(&s->t->trunk);
	return SETTLED_DONE;
}

static bool keep_all(struct settling *s, int parts)
{
	return keep_attachments(s->store, s->taken, s->letter, parts, uuid_last_digit(&s->ticket_id));
}

static void new_ticket_id(struct settling *s)
{
	s->ticket_id =
	        uuid_derive_at(s->taken->accepted_us / 1000, "ticket", &s->taken->id, (uint32_t)s->taken->rounds);
}

static enum settled settle_ticket(struct settling *s, int parts)
{
	struct text_list watchers = { 0 };
	struct uuid owner_id;
	bool active = true;

	new_ticket_id(s);
	if (s->letter->from.address.data ? !people_find(s, &s->letter->from, &s->sender_id, &active)
	                                 : !people_find_nobody(s, &s->sender_id))
		return SETTLED_FAILED;
	owner_id = s->actor_id = s->sender_id;
	if (s->verdict.forwarded && !people_find(s, &s->letter->forward_from, &owner_id, &active))
		return SETTLED_FAILED;
	if (!active)
		owner_id = s->sender_id;
	if (!people_find_watchers(s, &watchers))
		return SETTLED_FAILED;
	if (!keep_all(s, parts))
		return SETTLED_NOT_NOW;
	ask_ticket(s, owner_id, &watchers);
	return finish(s, true);
}

static bool find_assignee(struct settling *s, struct text word, struct uuid *out)
{
	struct text address = address_normalized(s->arena, word);
	struct db_result *found;

	if (text_equal_nocase(word, TEXT("me")) || !address.data) {
		*out = s->sender_id;
		return true;
	}
	found = db_send(s->t->trunk.db, QUERY_intake_account, P_TEXT(address));
	if (!db_sync(s->t->trunk.db))
		return false;
	*out = db_rows(found) ? db_uuid(found, 0, 0) : s->sender_id;
	return true;
}

/* For good: whoever approved it makes him a watcher. */
static bool is_let_in(const struct taken *taken)
{
	return taken->approved && taken->let_in && !uuid_is_none(&taken->approved_by);
}

static enum settled settle_reply(struct settling *s, int parts)
{
	struct orders orders = { .rest = s->letter->visible_text };
	struct uuid assignee = { { 0 } };
	bool active = true;

	s->ticket_id = s->verdict.ticket->id;
	if (s->verdict.waits)
		return finish(s, true);
	s->comment_id =
	        uuid_derive_at(s->taken->accepted_us / 1000, "comment", &s->taken->id, (uint32_t)s->taken->rounds);
	if (s->letter->from.address.data ? !people_find(s, &s->letter->from, &s->sender_id, &active)
	                                 : !people_find_nobody(s, &s->sender_id))
		return SETTLED_FAILED;
	/* Of who was let in once the desk says it, and his files stay in the mail. */
	if (!s->taken->approved || is_let_in(s->taken))
		s->actor_id = s->sender_id;
	if (!uuid_is_none(&s->actor_id) && !keep_all(s, parts))
		return SETTLED_NOT_NOW;
	if (is_let_in(s->taken))
		ask_watch(s);
	if (s->verdict.orders)
		orders_read(s->letter->visible_text, &orders);
	if (orders.assignee.len && !find_assignee(s, orders.assignee, &assignee))
		return SETTLED_FAILED;
	ask_comment(s, orders.rest.len || !s->verdict.orders ? orders.rest : s->letter->visible_text, orders.internal);
	if (s->verdict.orders)
		ask_orders(s, &orders, assignee);
	return finish(s, true);
}

/* What a machine has answered is kept with its ticket, for staff. */
static enum settled settle_automatic(struct settling *s)
{
	const struct candidate *ticket = s->verdict.ticket;

	if (!s->verdict.automatic || !ticket)
		return finish(s, true);
	s->ticket_id = ticket->id;
	s->sender_id = s->known.sender_id;
	s->comment_id =
	        uuid_derive_at(s->taken->accepted_us / 1000, "comment", &s->taken->id, (uint32_t)s->taken->rounds);
	s->actor_id = (struct uuid){ { 0 } };
	ask_comment(s, s->letter->visible_text, false);
	return finish(s, true);
}

static bool is_final(const struct failed_recipient *failed)
{
	return text_equal(failed->kind, TEXT("hard"));
}

/* Only a mail of ours, named by its return path, says whose address it is about: whoever writes to us could name
 * any. */
static enum settled settle_bounce(struct settling *s)
{
	bool complaint = text_equal(s->letter->kind, TEXT("complaint"));
	struct failed_recipient none = { .kind = complaint ? TEXT("complaint") : TEXT("soft"),
		.status = TEXT(""),
		.reason = complaint ? TEXT("complaint") : TEXT("") };
	const struct failed_recipient *failed = s->letter->failed_count && !complaint ? &s->letter->failed[0] : &none;
	struct db_result *said;

	if (uuid_is_none(&s->known.bounced)) {
		s->verdict.reason = "it says that a mail failed, but names none of ours";
		return finish(s, true);
	}
	said = db_send(s->t->trunk.db, QUERY_intake_bounced, P_UUID(&s->taken->id), P_UUID(&s->known.bounced),
	        P_TEXT(s->known.bounced_recipient), P_TEXT(is_final(failed) || complaint ? failed->kind : TEXT("soft")),
	        P_TEXT(failed->status), P_TEXT(failed->reason), P_INT(settle_hard_bounces()));
	if (!db_sync(s->t->trunk.db))
		return SETTLED_FAILED;
	if (db_bool(said, 0, 0) && !uuid_is_none(&s->known.bounced_ticket) && (is_final(failed) || complaint) &&
	        !text_equal(s->known.bounced_template, TEXT("ticket_undelivered"))) {
		s->ticket_id = s->known.bounced_ticket;
		ask_note(s, failed, db_bool(said, 0, 1));
	}
	return finish(s, true);
}

enum settled outcome_quarantine(struct settling *s, int message)
{
	struct text_list watchers = { 0 };

	s->verdict.outcome = INBOUND_QUARANTINED;
	s->verdict.acknowledge = false;
	s->why_aside = s->verdict.reason;
	new_ticket_id(s);
	if (!people_find_nobody(s, &s->actor_id))
		return SETTLED_FAILED;
	if (!keep_message(s->store, s->taken, s->letter, message, uuid_last_digit(&s->ticket_id)))
		return SETTLED_NOT_NOW;
	s->letter->text = text_of(arena_printf(s->arena,
	        "Ce courriel a été mis de côté / This mail was put aside: %s.\n\nDe / From: %.*s\nObjet / Subject: "
	        "%.*s\n\n/api/v1/admin/mail/inbound/%s/raw",
	        s->verdict.reason, (int)s->letter->from.address.len,
	        s->letter->from.address.data ? s->letter->from.address.data : "", (int)s->letter->subject.len,
	        s->letter->subject.data ? s->letter->subject.data : "", uuid_text(s->arena, &s->taken->id).data));
	ask_ticket(s, s->actor_id, &watchers);
	return finish(s, true);
}

enum settled outcome_reach(struct settling *s, int message, int parts)
{
	switch (s->verdict.outcome) {
	case INBOUND_TICKET:
		return settle_ticket(s, parts);
	case INBOUND_REPLY:
		if (!s->verdict.ticket || s->taken->rejected)
			return finish(s, true);
		return settle_reply(s, parts);
	case INBOUND_BOUNCE:
		return settle_bounce(s);
	case INBOUND_AUTO:
		return settle_automatic(s);
	case INBOUND_QUARANTINED:
		return outcome_quarantine(s, message);
	default:
		return finish(s, false);
	}
}
