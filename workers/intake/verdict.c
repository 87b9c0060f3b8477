/* verdict.c - what becomes of a mail.
 *
 *   the same as one before                          duplicate
 *   it says that a mail of ours failed, or a complaint   bounce
 *   it comes from an address of ours                auto, whatever it leads to: a desk that answers itself never ends
 *   it tells of delivery, or answers by itself       auto; with a ticket: kept there for staff
 *   it leads to a ticket its sender has part in      reply
 *   it leads to another's ticket                     reply that waits for staff, or (mailbox) a ticket of its own
 *   its sender is disabled                           quarantined, for staff to look at
 *   anything else                                    ticket
 *
 * What leads to a ticket says which, never who: that is From, as long as our own mail server does not say that it is
 * forged. Staff acts by mail only when our server vouches for From. A number in the subject leads nobody to a ticket he
 * has no part in.
 */
#include "workers/intake/intake.h"

static bool is(struct text kind, const char *word)
{
	return text_equal(kind, text_of(word));
}

/* Somebody's machine has answered; nobody has asked for anything. */
static bool is_auto_reply(const struct letter *letter)
{
	return is(letter->kind, "auto") || is(letter->kind, "challenge") || is(letter->kind, "delivery-report");
}

static bool is_believed(const struct known *known, enum trust trust)
{
	return trust == TRUST_PASS || (trust == TRUST_NONE && !known->sender_staff);
}

static const struct candidate *find_ticket(const struct known *known)
{
	for (int i = 0; i < known->ticket_count; i++)
		if (known->tickets[i].part || !known->tickets[i].by_number)
			return &known->tickets[i];
	return NULL;
}

/* Staff has a part in every ticket; a number in the subject counts for them, too. */
static const struct candidate *ticket_for(const struct known *known, enum trust trust)
{
	if (known->sender_staff && trust == TRUST_PASS && known->ticket_count)
		return &known->tickets[0];
	return find_ticket(known);
}

static bool has_part(const struct known *known, const struct candidate *ticket, enum trust trust)
{
	if (known->sender_staff)
		return trust == TRUST_PASS;
	return ticket->part && known->sender_active && is_believed(known, trust);
}

static bool is_from_archive(const struct taken *taken)
{
	return text_equal(taken->door, TEXT("import"));
}

/* Two machines that do not say what they are, and have part in one ticket, would answer each other through it for ever:
 * after too many answers the next ones wait. */
static void reply(const struct taken *taken, const struct known *known, enum trust trust, const struct limits *limits,
        struct verdict *out)
{
	bool too_many = out->ticket->answers >= limits->answers && !is_from_archive(taken);

	out->outcome = INBOUND_REPLY;
	out->waits = (too_many || !has_part(known, out->ticket, trust)) && !taken->approved;
	if (taken->approved)
		out->reason = "an answer that staff has let in";
	else if (out->waits)
		out->reason = too_many              ? "one answer too many in an hour"
		              : known->sender_staff ? "an answer in the name of staff, for which no mail server vouches"
		              : trust == TRUST_FAIL ? "an answer whose sender our mail server holds for forged"
		                                    : "an answer by somebody who has no part in the ticket";
	else
		out->reason = out->ticket->by_number ? "an answer, by the number in its subject" : "an answer";
	out->orders = !out->waits && known->sender_staff && trust == TRUST_PASS && known->commands;
}

static void new_ticket(const struct taken *taken, const struct letter *letter, const struct known *known,
        enum trust trust, const struct limits *limits, struct verdict *out)
{
	out->outcome = INBOUND_TICKET;
	out->ticket = NULL;
	out->reason = "a new ticket";
	out->forwarded = letter->is_forward && letter->forward_from.address.data && !known->forward_ours &&
	                 known->sender_staff && trust == TRUST_PASS;
	out->acknowledge = !is_from_archive(taken) && letter->from.address.data && !letter->auto_reason.len &&
	                   known->answers && !known->stopped && trust != TRUST_FAIL && known->hour < limits->hour &&
	                   known->day < limits->day;
}

static void put_aside(struct verdict *out, enum inbound_outcome outcome, const char *reason)
{
	out->outcome = outcome;
	out->reason = reason;
}

static bool is_settled_by_kind(const struct letter *letter, const struct known *known, struct verdict *out)
{
	if (!uuid_is_none(&known->duplicate_of))
		put_aside(out, INBOUND_DUPLICATE, "the same message has come before");
	else if (is(letter->kind, "bounce"))
		put_aside(out, INBOUND_BOUNCE, "it says that a mail could not be delivered");
	else if (is(letter->kind, "complaint"))
		put_aside(out, INBOUND_BOUNCE, "a complaint about a mail");
	else if (known->ours)
		put_aside(out, INBOUND_AUTO, "it comes from an address of our own");
	else if (is_auto_reply(letter) && !out->ticket)
		put_aside(out, INBOUND_AUTO, "written automatically, and about no ticket");
	else
		return false;
	out->ticket = NULL;
	return true;
}

void verdict_reach(const struct taken *taken, const struct letter *letter, const struct known *known, enum trust trust,
        const struct limits *limits, struct verdict *out)
{
	*out = (struct verdict){ .ticket = ticket_for(known, trust) };
	if (taken->rejected) {
		put_aside(out, INBOUND_REPLY, "an answer that staff has not let in");
	} else if (is_settled_by_kind(letter, known, out)) {
		return;
	} else if (is_auto_reply(letter)) {
		put_aside(out, INBOUND_AUTO, "written automatically");
		out->automatic = true;
	} else if (out->ticket && (known->strangers_wait || taken->approved || has_part(known, out->ticket, trust))) {
		reply(taken, known, trust, limits, out);
	} else if (known->has_sender && !known->sender_active) {
		put_aside(out, INBOUND_QUARANTINED, "its sender's account is disabled");
		out->ticket = NULL;
	} else {
		new_ticket(taken, letter, known, trust, limits, out);
	}
}
