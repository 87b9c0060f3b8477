/* conversation.c - see conversation.h. */
#include "ingress/mail/conversation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include "base/clock.h"
#include "base/metrics.h"
#include "base/trace.h"
#include "ingress/mail/ledger.h"
#include "ingress/mail/letter.h"
#include "ingress/mail/peers.h"
#include "ingress/mail/proxy.h"
#include "ingress/mail/reader.h"
#include "ingress/mail/refusal.h"
#include "queues/inbound.h"

#define MESSAGE_MS (30 * 60 * 1000) /* for all of a message to arrive */
#define HANDSHAKE_MS 30000
#define LEAVE_MS 2000 /* for the last reply to be read */
#define ROW_BYTES 2048

static int64_t idle_ms, conversations_most;

struct setting conversation_settings[] = {
	{ "MAIL_IDLE", SETTING_DURATION, &idle_ms, "5m", .min = 1000, .max = 3600000,
	        .help = "how long who brings mail may say nothing" },
	{ "MAIL_CONNECTIONS", SETTING_INT, &conversations_most, "12000", .min = 1, .max = 1000000,
	        .help = "connections for mail at a time" },
	{ 0 },
};

enum stage { PROXY, TALKING, SPILLING, KEEPING, SECURING, LEAVING };

struct conversation {
	const struct conversation_terms *terms;
	h2o_socket_t *sock; /* NULL: it has gone, and a thread still has the letter */
	h2o_linklist_t link;
	enum stage stage;
	int64_t since_ms, message_ms;
	int64_t whole_us; /* when the message was whole */
	struct peer *peer;
	struct session session;
	struct reader reader;
	struct letter *letter; /* from DATA to the answer; NULL within: it is passed over */
	bool in_message;
	enum session_verdict verdict; /* of a message that is passed over */
	enum session_step next;       /* when what is being written is written */
	struct ledger_entry entry;    /* of the letter; its row lies in the session's arena */
	struct span *span;            /* of a message that is being taken; NULL: nobody keeps it */
	char *writing;
};

static struct metric accepted = { .name = "guichet_mail_accepted_total",
	.labels = "",
	.kind = METRIC_COUNTER,
	.help = "Messages that were taken: stored, and in the ledger" };
static struct metric seconds = { .name = "guichet_mail_accept_seconds",
	.labels = "",
	.kind = METRIC_HISTOGRAM,
	.help = "From the last byte of a message to the answer" };
static struct metric open_now = { .name = "guichet_mail_connections",
	.labels = "",
	.kind = METRIC_GAUGE,
	.help = "Connections with those who bring mail" };

static h2o_linklist_t all = { &all, &all };
static int count;

static void work(struct conversation *c);

int conversations_count(void)
{
	return count;
}

/* --- its end --------------------------------------------------------------------------- */
/* Who has gone while a thread or the database has the message is waited for. */
static void end(struct conversation *c)
{
	if (c->sock) {
		h2o_socket_close(c->sock);
		c->sock = NULL;
		h2o_linklist_unlink(&c->link);
		count--;
		metric_add(&open_now, -1);
		peers_leave(&c->peer);
	}
	if (c->stage == SPILLING || c->stage == KEEPING)
		return;
	letter_free(&c->letter);
	session_forget(&c->session);
	free(c->writing);
	free(c);
}

static void on_farewell(h2o_socket_t *sock, const char *err)
{
	struct conversation *c = sock->data;

	h2o_buffer_consume(&sock->input, sock->input->size);
	if (err)
		end(c);
}

/* The last reply is read by who has not read it yet: what was sent meanwhile must not reset the connection. */
static void leave(struct conversation *c)
{
	c->stage = LEAVING;
	c->since_ms = clock_mono_ms();
	shutdown(h2o_socket_get_fd(c->sock), SHUT_WR);
	h2o_socket_read_start(c->sock, on_farewell);
}

/* --- TLS ------------------------------------------------------------------------------- */
static void on_secured(h2o_socket_t *sock, const char *err)
{
	struct conversation *c = sock->data;

	if (err) {
		end(c);
		return;
	}
	session_secured(&c->session);
	c->stage = TALKING;
	work(c);
}

/* What was sent before the handshake, by whomever, is thrown away (CVE-2011-0411). */
static void secure(struct conversation *c)
{
	c->stage = SECURING;
	h2o_buffer_consume(&c->sock->input, c->sock->input->size);
	memset(&c->reader, 0, sizeof c->reader);
	h2o_socket_ssl_handshake(c->sock, c->terms->tls(), NULL, on_secured);
}

/* --- replies --------------------------------------------------------------------------- */
static void on_written(h2o_socket_t *sock, const char *err)
{
	struct conversation *c = sock->data;

	free(c->writing);
	c->writing = NULL;
	if (err)
		end(c);
	else if (c->next == SESSION_ENDS)
		leave(c);
	else if (c->next == SESSION_SECURES)
		secure(c);
	else
		work(c);
}

/* One scratch buffer for all: whoever fills it writes it in the same turn. */
static struct buffer begin_replies(void)
{
	static struct arena *scratch;
	struct buffer out;

	if (!scratch)
		scratch = arena_new(16384);
	arena_reset(scratch);
	buffer_init(&out, scratch, 1024);
	return out;
}

static void write_replies(struct conversation *c, const struct buffer *out, enum session_step next)
{
	h2o_iovec_t bytes;

	c->next = next;
	if (!out->len)
		return;
	c->writing = malloc(out->len);
	if (!c->writing)
		abort();
	memcpy(c->writing, out->data, out->len);
	bytes = h2o_iovec_init(c->writing, out->len);
	h2o_socket_read_stop(c->sock);
	h2o_socket_write(c->sock, &bytes, 1, on_written);
}

/* --- a message ------------------------------------------------------------------------- */
static void answer(struct conversation *c, enum session_verdict verdict)
{
	struct buffer out = begin_replies();

	c->in_message = false;
	c->stage = TALKING;
	if (!c->sock) {
		end(c);
		return;
	}
	session_verdict(&c->session, verdict, &out);
	write_replies(c, &out, SESSION_GOES_ON);
}

/* The letter may be wanted no more, but a row may say that it is there. */
static void on_ledger(struct ledger_entry *entry, enum ledger_fate fate)
{
	struct conversation *c = H2O_STRUCT_FROM_MEMBER(struct conversation, entry, entry);

	span_end(c->span, fate != LEDGER_TAKEN);
	c->span = NULL;
	if (fate == LEDGER_REFUSED)
		letter_discard(&c->letter, c->terms->loop);
	letter_free(&c->letter);
	if (fate == LEDGER_TAKEN) {
		metric_add(&accepted, 1);
		metric_observe(&seconds, clock_mono_us() - c->whole_us);
	}
	answer(c, fate == LEDGER_TAKEN ? VERDICT_TAKEN : VERDICT_NO_DATABASE);
}

static struct text row_of(struct conversation *c, const char *peer)
{
	struct inbound mail = { .id = c->letter->id,
		.door = c->terms->door,
		.peer = text_of(peer),
		.from = c->session.sender,
		.recipients = c->session.recipients,
		.recipient_count = c->session.count,
		.size = c->letter->size,
		.traceparent = traceparent_fresh(c->session.arena) };
	struct buffer row;

	c->span = span_begin_first(c->session.arena, mail.traceparent, SPAN_SERVER, 0);
	span_name(c->span, "mail by %s", c->terms->door);

	memcpy(mail.sha256, c->letter->sha256, sizeof mail.sha256);
	buffer_init(&row, c->session.arena, ROW_BYTES);
	inbound_write(&mail, &row);
	return buffer_view(&row);
}

static enum session_verdict verdict_of(enum store_outcome outcome)
{
	return outcome == STORE_FULL ? VERDICT_DISK_FULL : VERDICT_NO_DISK;
}

static void on_kept(struct letter *letter)
{
	struct conversation *c = letter->arg;
	enum store_outcome outcome = letter->outcome;

	if (outcome != STORE_DONE) {
		letter_free(&c->letter);
		answer(c, verdict_of(outcome));
		return;
	}
	if (!c->sock) { /* nobody waits for the answer: it will be sent again */
		letter_discard(&c->letter, c->terms->loop);
		answer(c, VERDICT_NO_DISK);
		return;
	}
	c->entry = (struct ledger_entry){ .row = row_of(c, peers_text(c->peer)), .done = on_ledger };
	ledger_put(&c->entry);
}

static void finish_message(struct conversation *c)
{
	c->whole_us = clock_mono_us();
	c->stage = KEEPING;
	if (c->letter && letter_keep(c->letter, c->terms->loop, on_kept))
		return;
	if (c->letter)
		c->verdict = VERDICT_BUSY;
	letter_free(&c->letter);
	answer(c, c->verdict);
}

/* From here on the rest of the message is passed over. */
static void pass_over(struct conversation *c, enum session_verdict verdict)
{
	c->verdict = verdict;
	letter_free(&c->letter);
}

static void on_spilled(struct letter *letter)
{
	struct conversation *c = letter->arg;

	c->stage = TALKING;
	if (!c->sock) {
		end(c);
		return;
	}
	if (letter->outcome != STORE_DONE)
		pass_over(c, verdict_of(letter->outcome));
	c->since_ms = clock_mono_ms();
	work(c);
}

static void begin_message(struct conversation *c)
{
	reader_expect_message(&c->reader);
	c->in_message = true;
	c->message_ms = clock_mono_ms();
	c->letter = letter_new(c);
	c->verdict = VERDICT_BUSY;
}

static void add(struct conversation *c, struct text piece)
{
	if (!c->letter)
		return;
	if (c->letter->size + (int64_t)piece.len > c->terms->session.message_most) {
		pass_over(c, VERDICT_TOO_LARGE);
		return;
	}
	letter_add(c->letter, piece);
	if (!letter_is_full(c->letter))
		return;
	if (letter_spill(c->letter, c->terms->loop, on_spilled))
		c->stage = SPILLING;
	else
		pass_over(c, VERDICT_BUSY);
}

/* --- what was read --------------------------------------------------------------------- */
static enum session_step follow(struct conversation *c, enum reader_event event, struct text piece, struct buffer *out)
{
	switch (event) {
	case READER_LINE:
		return session_command(&c->session, piece, out);
	case READER_LONG:
		return session_long_command(&c->session, out);
	case READER_SMUGGLED:
		session_verdict(&c->session, VERDICT_SMUGGLED, out);
		return SESSION_ENDS;
	case READER_BYTES:
		add(c, piece);
		break;
	case READER_END:
		finish_message(c);
		break;
	case READER_MORE:
		break;
	}
	return SESSION_GOES_ON;
}

/* A message is a turn of its own: the replies before it go out first, because who sends waits for them. */
static struct text read_on(struct conversation *c, struct text in, struct buffer *out, enum session_step *step)
{
	enum reader_event event = READER_LINE;
	struct text piece;

	*step = SESSION_GOES_ON;
	while (c->stage == TALKING && *step == SESSION_GOES_ON && !c->writing && event != READER_MORE) {
		event = reader_next(&c->reader, &in, &piece);
		*step = follow(c, event, piece, out);
		if (*step == SESSION_MESSAGE) {
			begin_message(c);
			return in;
		}
	}
	return in;
}

/* Who is silent for long shall not keep a buffer. */
static void consume(h2o_socket_t *sock, size_t bytes)
{
	h2o_buffer_consume(&sock->input, bytes);
	if (sock->input->size)
		return;
	h2o_buffer_dispose(&sock->input);
	h2o_buffer_init(&sock->input, &h2o_socket_buffer_prototype);
}

static void greet(struct conversation *c);

static void read_proxy(struct conversation *c)
{
	struct text in = { c->sock->input->bytes, c->sock->input->size };
	struct sockaddr_storage address = { .ss_family = AF_UNSPEC };
	enum proxy_verdict verdict = proxy_read(&in, &address);

	if (verdict == PROXY_WRONG) {
		refusal_count(REFUSAL_PEER);
		end(c);
		return;
	}
	consume(c->sock, c->sock->input->size - in.len);
	if (verdict == PROXY_MORE)
		return;
	if (address.ss_family != AF_UNSPEC)
		h2o_socket_setpeername(c->sock, (struct sockaddr *)&address,
		        address.ss_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6));
	greet(c);
}

static void on_read(h2o_socket_t *sock, const char *err)
{
	struct conversation *c = sock->data;

	c->since_ms = clock_mono_ms();
	if (err)
		end(c);
	else if (c->stage == PROXY)
		read_proxy(c);
	else
		work(c);
}

/* Goes on with what there is, then waits for more; or for who has the message now. */
static void work(struct conversation *c)
{
	struct text in = { c->sock->input->bytes, c->sock->input->size }, rest;
	struct buffer out;
	enum session_step step;

	if (c->writing || c->stage != TALKING)
		return;
	h2o_socket_read_stop(c->sock);
	out = begin_replies();
	rest = read_on(c, in, &out, &step);
	consume(c->sock, in.len - rest.len);
	if (!c->writing)
		write_replies(c, &out, step);
	if (!c->writing && c->stage == TALKING)
		h2o_socket_read_start(c->sock, on_read);
}

/* --- its beginning --------------------------------------------------------------------- */
static void send_away(struct conversation *c, const char *line)
{
	struct buffer out = begin_replies();

	refusal_count(REFUSAL_PEER);
	session_farewell(&c->session, line, &out);
	write_replies(c, &out, SESSION_ENDS);
}

/* The peer is known: it may stay or not. */
static void greet(struct conversation *c)
{
	struct sockaddr_storage address = { .ss_family = AF_UNIX };
	struct buffer out;

	h2o_socket_getpeername(c->sock, (struct sockaddr *)&address);
	c->stage = TALKING;
	if (!peers_permit((struct sockaddr *)&address)) {
		send_away(c, "4.7.0 you are not known here");
		return;
	}
	c->peer = peers_enter((struct sockaddr *)&address);
	if (!c->peer || count > conversations_most) {
		send_away(c, "4.3.2 too many connections");
		return;
	}
	out = begin_replies();
	session_greet(&c->session, &out);
	write_replies(c, &out, SESSION_GOES_ON);
}

void conversation_begin(const struct conversation_terms *terms, h2o_socket_t *sock)
{
	struct conversation *c = calloc(1, sizeof *c);
	struct sockaddr_storage address = { .ss_family = AF_UNIX };

	if (!c)
		abort();
	c->terms = terms;
	c->sock = sock;
	c->sock->data = c;
	c->since_ms = clock_mono_ms();
	c->session =
	        (struct session){ .terms = &terms->session, .lmtp = terms->lmtp, .offers_tls = terms->tls != NULL };
	h2o_linklist_insert(&all, &c->link);
	count++;
	metric_add(&open_now, 1);
	h2o_socket_getpeername(sock, (struct sockaddr *)&address);
	if (peers_is_proxy((struct sockaddr *)&address)) {
		c->stage = PROXY;
		h2o_socket_read_start(sock, on_read);
		return;
	}
	greet(c);
}

/* --- looking at all -------------------------------------------------------------------- */
static void tell_and_leave(struct conversation *c, const char *line)
{
	struct buffer out = begin_replies();

	if (c->writing || c->stage == PROXY || c->stage == SECURING) {
		end(c);
		return;
	}
	session_farewell(&c->session, line, &out);
	write_replies(c, &out, SESSION_ENDS);
}

static void look(struct conversation *c, int64_t now, bool stopping)
{
	int64_t lasted = now - c->since_ms;

	if (c->stage == SPILLING || c->stage == KEEPING)
		return;
	if (c->stage == LEAVING ? lasted > LEAVE_MS : c->stage == SECURING && lasted > HANDSHAKE_MS)
		end(c);
	else if (c->stage == LEAVING)
		return;
	else if (stopping && !c->in_message)
		tell_and_leave(c, "4.3.2 closing, come back soon");
	else if (lasted > idle_ms || (c->in_message && now - c->message_ms > MESSAGE_MS))
		tell_and_leave(c, "4.4.2 that has taken too long");
}

void conversations_look(bool stopping)
{
	int64_t now = clock_mono_ms();

	for (h2o_linklist_t *at = all.next, *next; at != &all; at = next) {
		next = at->next;
		look(H2O_STRUCT_FROM_MEMBER(struct conversation, link, at), now, stopping);
	}
}
