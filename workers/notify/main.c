/* main.c - guichet-notify: turns events into mail to be sent.
 *
 * One mails row and one wake-up for the mail worker (through the outbox) are written for
 * each telling (notify.h), in the transaction that marks the event as seen. The mails row
 * is the truth, the wake-up may be lost.
 */
#include "workers/notify/notify.h"
#include "workers/outbox.h"

/* What a batch writes. */
struct writing {
	struct consumption *c;
	const struct known *known;
	struct rows mails, outbox;
	bool woken[2]; /* has a wake-up been written: [0] for mails that can wait, [1] for urgent ones */
};

static bool is_pressing(const struct told *told)
{
	struct text priority = told->ticket ? told->ticket->priority : arrival_data(told->arrival, "priority");

	return text_equal(priority, TEXT("urgent")) || text_equal(priority, TEXT("high"));
}

static void write_mail(struct rows *mails, const struct telling *telling, const struct told *told,
        const struct uuid *mail_id, struct text fields)
{
	struct buffer *out = rows_begin(mails);

	rows_uuid(out, "id", mail_id);
	buffer_json_member_int(out, "priority", is_pressing(told) ? 1 : 2);
	buffer_json_member(out, "template", text_of(telling->template));
	buffer_json_member(out, "language", told->to->language);
	buffer_json_member(out, "recipient", told->to->email);
	rows_uuid(out, "recipient_id", &told->to->id);
	if (told->to->tie == TIE_APART)
		rows_uuid(out, "ticket_id", &told->to->own_id);
	else
		buffer_json_member(out, "ticket_id", arrival_text(told->arrival, "ticketId"));
	rows_uuid(out, "event_id", &told->arrival->envelope.id);
	buffer_json_member_raw(out, "fields", fields);
	rows_end(mails);
}

/* The mails are rows; a message only wakes a sender, who then takes all that is due. */
static void write_wake_up(struct rows *outbox, const struct told *told, const struct uuid *mail_id, int64_t now_us)
{
	struct said said = { .id = *mail_id,
		.now_us = now_us,
		.correlation_id = told->arrival->envelope.correlation_id,
		.traceparent = told->arrival->envelope.traceparent };

	outbox_work(rows_begin(outbox), &said, WORK_mail_due, &(struct mail_due){ .mail_id = *mail_id },
	        is_pressing(told) ? TEXT("work.mail.high") : TEXT("work.mail.normal"));
	rows_end(outbox);
}

/* The title in the subject: the first that the ticket had. */
static struct text subject_title(const struct told *told)
{
	if (told->to->tie == TIE_APART)
		return told->to->own_first_title;
	return told->ticket ? told->ticket->first_title : arrival_data(told->arrival, "title");
}

/* Writes it down when there is something to tell. */
static void tell(struct writing *w, const struct telling *telling, const struct told *told, uint32_t n)
{
	struct uuid mail_id = uuid_derive_at(w->c->now_us / 1000, "mail", &told->arrival->envelope.id, n);
	struct buffer fields;

	buffer_init(&fields, w->c->arena, 512);
	buffer_string(&fields, "{");
	if (!telling->fields(told, &fields))
		return;
	buffer_json_member(&fields, "subjectTitle", subject_title(told));
	buffer_string(&fields, "}");
	write_mail(&w->mails, telling, told, &mail_id, buffer_view(&fields));
	if (!w->woken[is_pressing(told)])
		write_wake_up(&w->outbox, told, &mail_id, w->c->now_us);
	w->woken[is_pressing(told)] = true;
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
			if (done.count > before)
				tell(w, &tellings[t], told, (uint32_t)before);
		}
	}
}

static void notify_apply(struct consumption *c)
{
	struct writing w = { .c = c, .known = known_read(c) };

	rows_init(&w.mails, c->arena);
	rows_init(&w.outbox, c->arena);
	for (int i = 0; i < c->count; i++) {
		struct told told = { .arrival = &c->arrivals[i], .known = w.known, .arena = c->arena };

		if (!c->arrivals[i].fresh || !c->arrivals[i].body)
			continue;
		told.ticket = known_ticket(w.known, arrival_ticket(&c->arrivals[i]));
		told.comment = known_comment(w.known, arrival_id(&c->arrivals[i], "commentId"));
		tell_all(&w, &told);
	}
	if (!w.mails.count)
		return;
	db_send(c->db, QUERY_notify_mail_store, P_TEXT(rows_done(&w.mails)));
	db_send(c->db, QUERY_outbox_store, P_TEXT(rows_done(&w.outbox)));
}

static const char *const queues[] = { "events.notify", NULL };

static const struct consumer_worker worker = {
	.name = "guichet-notify",
	.about = "Turns events into mail to be sent.",
	.queues = queues,
	.prefetch = 128,
	.dedupe = "notify",
	.load = known_load,
	.apply = notify_apply,
};

int main(int argc, char **argv)
{
	return consumer_main(argc, argv, &worker);
}
