/* tell.c - what is written of a batch of events: notifications, and mail to be sent. See notify.h.
 *
 * A row of notifications is written for each telling (notify.h) and channel, and for what goes by mail at once a row of
 * mails with the same id; all in the transaction that marks the event as seen. The rows are the truth, the wake-up for
 * the mail worker (through the outbox) may be lost. What has waited is told by a statement of its own, once a second
 * (sql/functions/notifications_due.sql).
 */
#include "workers/notify/notify.h"
#include "workers/outbox.h"

#define BODY_BYTES 600 /* of a comment, in a list */

enum urgency { URGENT = 1, ORDINARY, PATIENT };

/* What a batch writes. */
struct writing {
	struct consumption *c;
	struct known *known;
	struct rows notifications, mails, outbox;
	bool woken[PATIENT + 1]; /* has a wake-up been written for mails of that urgency? */
};

/* One telling to one person, before the channels. */
struct message_of {
	const struct telling *telling;
	const struct told *told;
	struct text fields;
	uint32_t n; /* which person of the event's */
};

static enum urgency urgency_of(const struct told *told)
{
	struct text priority = told->ticket ? told->ticket->priority : arrival_data(told->arrival, "priority");

	if (told->notice)
		priority = told->notice->priority;
	if (text_equal(arrival_data(told->arrival, "severity"), TEXT("critical")))
		return URGENT;
	if (text_equal(priority, TEXT("urgent")) || text_equal(priority, TEXT("high")))
		return URGENT;
	return told->notice && text_equal(priority, TEXT("low")) ? PATIENT : ORDINARY;
}

/* --- what a list shows --------------------------------------------------------------- */
static struct text number_of(const struct told *told)
{
	if (told->to->tie == TIE_APART)
		return told->to->own_number;
	return told->ticket ? told->ticket->number : arrival_data(told->arrival, "number");
}

static struct text title_of(const struct message_of *m)
{
	const struct told *told = m->told;
	bool english = text_equal(told->to->language, TEXT("en"));
	const char *topic = topics[m->telling->topic].title[english ? LANGUAGE_EN : LANGUAGE_FR];
	struct text number = number_of(told);
	struct text title = told->ticket ? told->ticket->title : arrival_data(told->arrival, "title");

	if (told->notice)
		return told->notice->subject;
	if (told->to->tie == TIE_APART)
		title = told->to->own_title;
	if (fields_alert_name(told).data)
		return text_of(arena_printf(told->arena, "%s: %s", topic, fields_alert_name(told).data));
	if (!number.len)
		return text_of(topic);
	return text_of(arena_printf(told->arena, "%s: #%.*s %.*s", topic, (int)number.len, number.data, (int)title.len,
	        title.len ? title.data : ""));
}

/* Cut between characters. */
static struct text body_of(const struct told *told)
{
	struct text alert = fields_alert(told);
	struct text body = told->notice    ? told->notice->content
	                   : told->comment ? told->comment->content
	                   : alert.len     ? alert
	                                   : TEXT("");

	if (body.len <= BODY_BYTES)
		return body;
	body.len = BODY_BYTES;
	while (body.len && ((unsigned char)body.data[body.len] & 0xc0) == 0x80)
		body.len--;
	return body;
}

/* --- what is written ----------------------------------------------------------------- */
static struct uuid ticket_of(const struct told *told)
{
	return told->to->tie == TIE_APART ? told->to->own_id : told->ticket ? told->ticket->id : (struct uuid){ { 0 } };
}

static void write_why(struct buffer *out, const struct message_of *m, const struct decision *decision)
{
	buffer_json_name(out, "why");
	buffer_string(out, "{");
	buffer_json_member(out, "rule", text_of(whom_rule(m->telling, m->told)));
	buffer_json_member(out, "preference", text_of(decision->preference));
	buffer_json_member(out, "decided", text_of(decision->decided));
	buffer_json_member_bool(out, "staff", m->told->to->staff);
	buffer_string(out, "}");
}

/* In the app title and body say all; a notice leads to what its sender gave with it. */
static struct text shown_fields(const struct told *told)
{
	if (!told->notice)
		return TEXT("{}");
	return text_of(
	        arena_printf(told->arena, "{\"noticeId\":\"%s\"}", uuid_text(told->arena, &told->notice->id).data));
}

static void write_notification(struct writing *w, const struct message_of *m, enum notification_channel channel,
        const struct uuid *id, const struct decision *decision)
{
	static const char *const states[] = { [TOLD] = "told", [WAITING] = "waiting", [DECLINED] = "declined" };
	const struct uuid ticket_id = ticket_of(m->told), none = { { 0 } };
	struct buffer *out = rows_begin(&w->notifications);
	bool mail = channel == CHANNEL_EMAIL;

	rows_uuid(out, "id", id);
	rows_uuid(out, "event_id", &m->told->arrival->envelope.id);
	buffer_json_member(out, "event_type", m->told->arrival->envelope.type);
	rows_uuid(out, "recipient_id", &m->told->to->id);
	buffer_json_member(out, "channel", text_of(notification_channel_word(channel)));
	buffer_json_member(out, "topic", text_of(topics[m->telling->topic].word));
	buffer_json_member(out, "template", text_of(m->telling->template));
	rows_uuid(out, "ticket_id", &ticket_id);
	buffer_json_member(out, "state", text_of(states[decision->state]));
	rows_time(out, "due_at", decision->state == WAITING ? decision->due_us : 0);
	rows_uuid(out, "mail_id", mail && decision->state == TOLD ? id : &none);
	buffer_json_member_int(out, "priority", urgency_of(m->told));
	buffer_json_member(out, "language", m->told->to->language);
	buffer_json_member(out, "title", title_of(m));
	buffer_json_member(out, "body", body_of(m->told));
	buffer_json_member_raw(out, "fields", mail ? m->fields : shown_fields(m->told));
	write_why(out, m, decision);
	rows_end(&w->notifications);
}

/* An answer to somebody's own request is no list to leave. */
static bool may_be_left(const struct message_of *m)
{
	return !topics[m->telling->topic].must && !(m->told->to->tie == TIE_OWNER && m->told->comment);
}

/* With the place in the trace that led to the mail: its row has no column for that. */
static struct text traced(struct writing *w, const struct message_of *m)
{
	struct text traceparent = m->told->arrival->envelope.traceparent;
	struct buffer out;

	if (!traceparent.len)
		return m->fields;
	buffer_init(&out, w->c->arena, m->fields.len + 128);
	buffer_string(&out, "{");
	buffer_json_member(&out, "traceparent", traceparent);
	buffer_string(&out, ",");
	buffer_append(&out, m->fields.data + 1, m->fields.len - 1);
	return buffer_view(&out);
}

static void write_mail(struct writing *w, const struct message_of *m, const struct uuid *id)
{
	const struct told *told = m->told;
	const struct uuid ticket_id = ticket_of(told);
	struct text topic = text_of(topics[m->telling->topic].word);
	struct buffer *out = rows_begin(&w->mails);

	rows_uuid(out, "id", id);
	buffer_json_member_int(out, "priority", urgency_of(told));
	buffer_json_member(out, "template", text_of(m->telling->template));
	buffer_json_member(out, "language", told->to->language);
	buffer_json_member(out, "recipient", told->to->email);
	rows_uuid(out, "recipient_id", &told->to->id);
	rows_uuid(out, "ticket_id", &ticket_id);
	rows_uuid(out, "event_id", &told->arrival->envelope.id);
	buffer_json_member(out, "topic", topics[m->telling->topic].must ? TEXT_NONE : topic);
	buffer_json_member(out, "unsubscribe", may_be_left(m) ? topic : TEXT_NONE);
	buffer_json_member_raw(out, "fields", traced(w, m));
	rows_end(&w->mails);
}

/* The mails are rows; a message only wakes a sender, who then takes all that is due. */
static void write_wake_up(struct writing *w, const struct told *told, const struct uuid *mail_id)
{
	static const char *const queues[] = {
		[URGENT] = "work.mail.high", [ORDINARY] = "work.mail.normal", [PATIENT] = "work.mail.low"
	};
	enum urgency urgency = urgency_of(told);
	struct said said = { .id = *mail_id,
		.now_us = w->c->now_us,
		.correlation_id = told->arrival->envelope.correlation_id,
		.traceparent = told->arrival->envelope.traceparent };

	if (w->woken[urgency])
		return;
	w->woken[urgency] = true;
	outbox_work(rows_begin(&w->outbox), &said, WORK_mail_due, &(struct mail_due){ .mail_id = *mail_id },
	        text_of(queues[urgency]));
	rows_end(&w->outbox);
}

/* The title in the subject: the first that the ticket had. */
static struct text subject_title(const struct told *told)
{
	if (told->notice)
		return told->notice->subject;
	if (fields_alert_name(told).data)
		return fields_alert_name(told);
	if (told->to->tie == TIE_APART)
		return told->to->own_first_title;
	return told->ticket ? told->ticket->first_title : arrival_data(told->arrival, "title");
}

static void tell_by(struct writing *w, const struct message_of *m, enum notification_channel channel)
{
	struct decision decision = channels_decide(w->known, m->telling, m->told, channel, w->c->now_us);
	static const char *const labels[] = {
		[CHANNEL_EMAIL] = "mail", [CHANNEL_IN_APP] = "in_app", [CHANNEL_PUSH] = "push"
	};
	struct uuid id = uuid_derive_at(w->c->now_us / 1000, labels[channel], &m->told->arrival->envelope.id, m->n);

	write_notification(w, m, channel, &id, &decision);
	if (channel != CHANNEL_EMAIL || decision.state != TOLD)
		return;
	write_mail(w, m, &id);
	write_wake_up(w, m->told, &id);
}

/* Whose files go with the mail (sql/queries/mail.sql). */
static void add_comment(const struct told *told, struct buffer *fields)
{
	if (!told->comment || told->comment->internal || told->to->tie == TIE_APART ||
	        text_equal(told->arrival->envelope.type, TEXT("ticket.comment_edited")))
		return;
	buffer_json_name(fields, "commentIds");
	buffer_printf(fields, "[\"%s\"]", uuid_text(told->arena, &told->comment->id).data);
}

/* Writes it down when there is something to tell. */
static void tell(struct writing *w, const struct telling *telling, const struct told *told, uint32_t n)
{
	struct message_of m = { .telling = telling, .told = told, .n = n };
	struct buffer fields;

	buffer_init(&fields, w->c->arena, 512);
	buffer_string(&fields, "{");
	if (!telling->fields(told, &fields))
		return;
	buffer_json_member(&fields, "subjectTitle", subject_title(told));
	add_comment(told, &fields);
	buffer_string(&fields, "}");
	m.fields = buffer_view(&fields);
	tell_by(w, &m, CHANNEL_EMAIL);
	tell_by(w, &m, CHANNEL_IN_APP);
	if (told->to->preferences->pushes)
		tell_by(w, &m, CHANNEL_PUSH);
}

/* Everybody it concerns, each once. */
static void tell_all(struct writing *w, struct told *told)
{
	struct id_set done = { 0 };

	for (int t = 0; t < telling_count; t++) {
		if (!arrival_concerns(told->arrival, &tellings[t]))
			continue;
		for (int p = 0; p < w->known->people_count; p++) {
			int before = done.count;

			told->to = &w->known->people[p];
			if (!whom_concerns(&tellings[t], told))
				continue;
			id_set_add(&done, w->c->arena, told->to->id);
			if (done.count == before)
				continue;
			known_preferences(&w->known->people[p], w->c->arena);
			tell(w, &tellings[t], told, (uint32_t)before);
		}
	}
}

void notify_apply(struct consumption *c)
{
	struct writing w = { .c = c, .known = known_read(c) };

	known_add_mentioned(c, w.known);
	rows_init(&w.notifications, c->arena);
	rows_init(&w.mails, c->arena);
	rows_init(&w.outbox, c->arena);
	for (int i = 0; i < c->count; i++) {
		struct told told = { .arrival = &c->arrivals[i], .known = w.known, .arena = c->arena };

		if (!c->arrivals[i].fresh || !c->arrivals[i].body)
			continue;
		told.ticket = known_ticket(w.known, arrival_ticket(&c->arrivals[i]));
		told.comment = known_comment(w.known, arrival_id(&c->arrivals[i], "commentId"));
		told.notice = known_notice(w.known, arrival_notice(&c->arrivals[i]));
		tell_all(&w, &told);
	}
	if (w.notifications.count)
		db_send(c->db, QUERY_notify_store, P_TEXT(rows_done(&w.notifications)));
	if (!w.mails.count)
		return;
	db_send(c->db, QUERY_notify_mail_store, P_TEXT(rows_done(&w.mails)));
	db_send(c->db, QUERY_outbox_store, P_TEXT(rows_done(&w.outbox)));
}

/* --- what has waited -------------------------------------------------------------------- */
#define DUE_MOST 500

bool notify_due(struct db *db)
{
	struct db_result *told = db_send(db, QUERY_notify_due, P_INT(DUE_MOST));

	return db_sync(db) && db_int(told, 0, 0) == DUE_MOST;
}
