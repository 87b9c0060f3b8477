/* mta.c - see mta.h. */
#include "workers/mail/mta.h"

#include <openssl/ssl.h>
#include <auth-client.h>
#include <errno.h>
#include <libesmtp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "workers/mail/message.h"
#include "workers/mail/outcome.h"
#include "workers/mail/reach.h"
#include "workers/mail/transcript.h"

#define CONNECT_MS 5000
#define COMMAND_MS 30000
#define TRANSFER_MS 120000
#define REACHED_MS 60000 /* so long a server is taken to be there */
#define PUMP_MS 500
#define SLOW_MS 5000 /* for the answer to RCPT */

struct mta {
	const struct mta_url *url;
	SSL_CTX *tls;
	int64_t reached_ms; /* when a session last went well; 0: never, or the last one failed */
	bool failing;       /* the last one failed, which was said */
};

/* A mail of the session, and libesmtp's names for it. */
struct letter {
	struct talk *talk;
	struct mail *mail;
	smtp_message_t message;
	smtp_recipient_t recipient;
	int64_t asked_ms; /* its recipient was asked for; 0: not yet, or that was answered */
	struct text said; /* what was said of it, kept when the next mail begins */
};

/* One session as its callbacks see it. */
struct talk {
	const struct mta *mta;
	const struct mta_ear *ear;
	struct arena *arena;
	struct letter letters[MAIL_SESSION];
	int count;
	struct letter *present; /* the one whose MAIL was answered last */
	struct transcript transcript;
	bool over; /* no further mail is sent */
	int64_t pumped_ms, mark_us;
	int socket;         /* of the TLS connection, or -1 */
	bool tls_asked;     /* STARTTLS was sent */
	bool asked;         /* AUTH was sent */
	bool authenticated; /* and answered 235 */
	char refusal[512];  /* the last 4xx or 5xx line */
	const char *trouble;
	struct text why; /* a mail has no answer of its own */
};

static struct metric send_seconds = { .name = "guichet_mail_send_seconds",
	.labels = "",
	.help = "From the start of a mail's transaction with the server to its answer",
	.kind = METRIC_HISTOGRAM };

/* Why OpenSSL refused the certificate of the session that this thread has. */
static _Thread_local const char *certificate_trouble;

static int on_certificate(int good, X509_STORE_CTX *store)
{
	if (!good)
		certificate_trouble = X509_verify_cert_error_string(X509_STORE_CTX_get_error(store));
	return good;
}

void mta_start(void)
{
	auth_client_init();
}

struct mta *mta_new(const struct mta_url *url, const char *ca_file)
{
	struct mta *mta = calloc(1, sizeof *mta);

	if (!mta)
		abort();
	mta->url = url;
	mta->tls = SSL_CTX_new(TLS_client_method());
	if (!mta->tls || !SSL_CTX_set_min_proto_version(mta->tls, TLS1_2_VERSION) ||
	        !SSL_CTX_set_default_verify_paths(mta->tls) ||
	        (*ca_file && !SSL_CTX_load_verify_locations(mta->tls, ca_file, NULL))) {
		log_error("TLS can't be set up", LOG_TEXT("ca_file", ca_file));
		mta_free(&mta);
		return NULL;
	}
	SSL_CTX_set_verify(mta->tls, SSL_VERIFY_PEER, on_certificate);
	return mta;
}

void mta_free(struct mta **mta)
{
	if (!*mta)
		return;
	SSL_CTX_free((*mta)->tls);
	free(*mta);
	*mta = NULL;
}

/* --- outcomes ---------------------------------------------------------------- */
/* The server's words when it said any, else ours. */
static struct text words_of(const smtp_status_t *status, struct text otherwise, struct arena *arena)
{
	if (status->code < 200 || status->code == 354)
		return otherwise;
	if (status->enh_class)
		return message_one_line(
		        arena, text_of(arena_printf(arena, "%d %d.%d.%d %s", status->code, status->enh_class,
		                       status->enh_subject, status->enh_detail, status->text ? status->text : "")));
	return message_one_line(
	        arena, text_of(arena_printf(arena, "%d %s", status->code, status->text ? status->text : "")));
}

/* The transcript goes on with the next mail: what was said of the present one is kept with it. */
static void keep_said(struct talk *talk)
{
	if (talk->present)
		talk->present->said = transcript_of(&talk->transcript, talk->arena);
}

/* Of a mail that was not begun: how the session did. */
static struct text said_of(const struct letter *letter, struct arena *arena)
{
	if (letter->said.data)
		return letter->said;
	return letter == letter->talk->present ? transcript_of(&letter->talk->transcript, arena)
	                                       : transcript_head(&letter->talk->transcript, arena);
}

static void judge(struct letter *letter, struct text otherwise, struct arena *arena)
{
	const smtp_status_t *sender = smtp_reverse_path_status(letter->message);
	const smtp_status_t *to = smtp_recipient_status(letter->recipient);
	const smtp_status_t *transfer = smtp_message_transfer_status(letter->message);
	const smtp_status_t *speaks = transfer;

	letter->mail->outcome = outcome_judge(sender->code, to->code, transfer->code);
	letter->mail->judged = outcome_is_judged(sender->code, to->code, transfer->code);
	if (sender->code / 100 != 2)
		speaks = sender;
	else if (to->code / 100 != 2)
		speaks = to;
	letter->mail->begun = sender->code / 100 == 2 && letter == letter->talk->present && !letter->talk->over;
	if (letter->asked_ms && clock_mono_ms() - letter->asked_ms >= SLOW_MS)
		letter->mail->slow = true;
	letter->mail->reply = words_of(speaks, otherwise, arena);
	letter->mail->transcript = said_of(letter, arena);
}

/* --- callbacks --------------------------------------------------------------- */
static void serve(struct talk *talk)
{
	int64_t now = clock_mono_ms();

	if (now - talk->pumped_ms < PUMP_MS)
		return;
	talk->pumped_ms = now;
	talk->ear->pump(talk->ear->arg);
}

/* Such an answer is neither kept nor logged: of its words only the code. */
static bool repeats_password(const struct mta_url *url, const char *line, size_t len)
{
	return *url->password && memmem(line, len, url->password, strlen(url->password));
}

static void hear_line(struct talk *talk, const char *line, size_t len)
{
	if (len < 3)
		return;
	if (talk->asked && memcmp(line, "235", 3) == 0)
		talk->authenticated = true;
	if (line[0] == '4' || line[0] == '5')
		snprintf(talk->refusal, sizeof talk->refusal, "%.*s",
		        repeats_password(talk->mta->url, line, len) ? 3 : (int)len, line);
}

/* A mail without the login it needs is not begun: libesmtp shows a command before
 * it sends it, and a socket that is shut down sends nothing. */
static void guard(struct talk *talk, const char *command, size_t len)
{
	if (len >= 8 && memcmp(command, "STARTTLS", 8) == 0)
		talk->tls_asked = true;
	if (len > 5 && memcmp(command, "AUTH ", 5) == 0)
		talk->asked = true;
	if (len < 5 || memcmp(command, "MAIL ", 5) != 0)
		return;
	if (*talk->mta->url->user && !talk->authenticated) {
		talk->trouble = talk->asked ? "the server refuses our login" : "the server offers no login";
		shutdown(talk->socket, SHUT_RDWR);
	}
}

static void on_bytes(const char *bytes, int len, int writing, void *arg)
{
	struct talk *talk = arg;
	const char *end = bytes + len;

	serve(talk);
	if (writing && len >= 5 && memcmp(bytes, "MAIL ", 5) == 0)
		keep_said(talk);
	transcript_add(&talk->transcript, writing, bytes, (size_t)len);
	if (writing) {
		guard(talk, bytes, (size_t)len);
		return;
	}
	while (bytes < end) {
		const char *stop = memchr(bytes, '\n', (size_t)(end - bytes));

		hear_line(talk, bytes, (size_t)((stop ? stop : end) - bytes));
		bytes = stop ? stop + 1 : end;
	}
}

static struct letter *letter_of(struct talk *talk, smtp_message_t message)
{
	struct letter *letter = talk->letters;

	while (letter->message != message)
		letter++;
	return letter;
}

/* Between this answer and the one to RCPT nothing but the recipient's domain is waited for. */
static void hear_sender(struct talk *talk, smtp_message_t message)
{
	talk->present = letter_of(talk, message);
	if (smtp_reverse_path_status(message)->code / 100 == 2)
		talk->present->asked_ms = clock_mono_ms();
}

static void hear_recipient(struct letter *letter)
{
	letter->mail->slow = letter->asked_ms && clock_mono_ms() - letter->asked_ms >= SLOW_MS;
	letter->asked_ms = 0;
}

static void hear_answer(struct talk *talk, smtp_message_t message)
{
	struct letter *letter = letter_of(talk, message);

	judge(letter, TEXT(""), talk->arena);
	talk->over = !talk->ear->answered(letter->mail, talk->ear->arg);
	if (talk->over)
		talk->trouble = "the session ended early";
}

/* libesmtp drops the connection when a mail can't be read; nothing of it was sent then. */
static const char *on_content(void **context, int *len, void *arg)
{
	struct letter *letter = arg;

	if (len && letter->talk->over) {
		*len = 0;
		errno = ECANCELED;
		return NULL;
	}
	return _smtp_message_str_cb(context, len, (void *)letter->mail->content.data);
}

/* The answers to certificates are "no" by default; here they get a name. */
static void on_event(smtp_session_t session, int event, void *arg, ...)
{
	struct talk *talk = arg;
	va_list args;

	(void)session;
	serve(talk);
	va_start(args, arg);
	switch (event) {
	case SMTP_EV_CONNECT:
		talk->mark_us = clock_mono_us();
		reach_hurry(talk->mta->url->port);
		break;
	case SMTP_EV_MAILSTATUS:
		(void)va_arg(args, const char *);
		hear_sender(talk, va_arg(args, smtp_message_t));
		break;
	case SMTP_EV_RCPTSTATUS:
		if (talk->present)
			hear_recipient(talk->present);
		break;
	case SMTP_EV_MESSAGESENT:
		metric_observe(&send_seconds, clock_mono_us() - talk->mark_us);
		hear_answer(talk, va_arg(args, smtp_message_t));
		talk->mark_us = clock_mono_us();
		break;
	case SMTP_EV_STARTTLS_OK:
		talk->socket = SSL_get_fd(va_arg(args, SSL *));
		break;
	case SMTP_EV_EXTNA_STARTTLS:
		talk->trouble = "the server offers no STARTTLS";
		break;
	case SMTP_EV_INVALID_PEER_CERTIFICATE:
		talk->trouble = X509_verify_cert_error_string(va_arg(args, long));
		break;
	case SMTP_EV_WRONG_PEER_CERTIFICATE:
		talk->trouble = "the server's certificate is for another name";
		break;
	case SMTP_EV_NO_PEER_CERTIFICATE:
		talk->trouble = "the server shows no certificate";
		break;
	default:
		break;
	}
	va_end(args);
}

static int on_login(auth_client_request_t request, char **result, int fields, void *arg)
{
	const struct mta_url *url = arg;

	for (int i = 0; i < fields; i++) {
		if (request[i].flags & AUTH_USER)
			result[i] = (char *)url->user;
		else if (request[i].flags & AUTH_PASS)
			result[i] = (char *)url->password;
		else
			return 0;
	}
	return 1;
}

/* --- a session --------------------------------------------------------------- */
/* Why a mail got no answer of its own. */
static struct text why_not(const struct talk *talk, int error, struct arena *arena)
{
	const char *why = talk->trouble;
	char words[128];

	if (!why && talk->tls_asked && talk->socket < 0)
		why = arena_printf(arena, "TLS failed: %s",
		        certificate_trouble ? certificate_trouble : "the handshake was broken off");
	if (why && *talk->refusal)
		why = arena_printf(arena, "%s: %s", why, talk->refusal);
	if (!why && *talk->refusal)
		why = talk->refusal;
	if (!why && error)
		why = smtp_strerror(error, words, sizeof words);
	return message_one_line(arena, text_of(why ? why : "the session ended without an answer"));
}

static void set_up(smtp_session_t session, struct mta *mta, auth_context_t login, struct talk *talk)
{
	static const int quick[] = { Timeout_GREETING, Timeout_ENVELOPE, Timeout_DATA };
	static const int slow[] = { Timeout_TRANSFER, Timeout_DATA2 };
	const struct mta_url *url = mta->url;
	char address[300];

	snprintf(address, sizeof address, "%s:%d", url->host, url->port);
	smtp_set_server(session, address);
	smtp_set_eventcb(session, on_event, talk);
	smtp_set_monitorcb(session, on_bytes, talk, 0);
	smtp_option_require_all_recipients(session, 1);
	for (size_t i = 0; i < sizeof(quick) / sizeof(quick[0]); i++)
		smtp_set_timeout(session, quick[i] | Timeout_OVERRIDE_RFC2822_MINIMUM, COMMAND_MS);
	for (size_t i = 0; i < sizeof(slow) / sizeof(slow[0]); i++)
		smtp_set_timeout(session, slow[i] | Timeout_OVERRIDE_RFC2822_MINIMUM, TRANSFER_MS);
	if (url->tls != MTA_TLS_NONE) {
		smtp_starttls_enable(session, url->tls == MTA_TLS_REQUIRED ? Starttls_REQUIRED : Starttls_ENABLED);
		smtp_starttls_set_ctx(session, mta->tls); /* it takes a reference of its own */
	}
	if (login) {
		auth_set_mechanism_flags(login, AUTH_PLUGIN_PLAIN, 0);
		auth_set_interact_cb(login, on_login, (void *)url);
		smtp_auth_set_context(session, login);
	}
}

static bool reach(struct mta *mta, struct arena *arena, struct text *out_why)
{
	const char *why;

	if (mta->reached_ms && clock_mono_ms() - mta->reached_ms < REACHED_MS)
		return true;
	why = reach_try(mta->url->host, mta->url->port, CONNECT_MS);
	if (why)
		*out_why = message_one_line(arena, text_of(why));
	return why == NULL;
}

static bool is_to_be_sent(const struct mail *mail)
{
	return mail->content.data && !mail->recorded;
}

static void defer_all(struct mail *mails, int count, struct text why)
{
	for (int i = 0; i < count; i++) {
		if (!is_to_be_sent(&mails[i]))
			continue;
		mails[i].outcome = MAIL_DEFERRED;
		mails[i].judged = mails[i].begun = false;
		mails[i].reply = why;
		mails[i].transcript = TEXT_NONE;
	}
}

static void add_mails(smtp_session_t session, struct mail *mails, int count, struct talk *talk)
{
	for (int i = 0; i < count; i++) {
		struct letter *letter = &talk->letters[talk->count];

		if (!is_to_be_sent(&mails[i]))
			continue;
		talk->count++;
		letter->talk = talk;
		letter->mail = &mails[i];
		letter->message = smtp_add_message(session);
		smtp_set_reverse_path(letter->message, text_dup(talk->arena, mails[i].return_path));
		letter->recipient = smtp_add_recipient(letter->message, text_dup(talk->arena, mails[i].forward));
		smtp_set_messagecb(letter->message, on_content, letter);
	}
}

static bool run_session(struct mta *mta, struct mail *mails, int count, struct talk *talk)
{
	smtp_session_t session = smtp_create_session();
	auth_context_t login = *mta->url->user ? auth_create_context() : NULL;
	struct text otherwise;
	bool answered = false;

	set_up(session, mta, login, talk);
	add_mails(session, mails, count, talk);
	certificate_trouble = NULL;
	otherwise = why_not(talk, smtp_start_session(session) ? 0 : smtp_errno(), talk->arena);
	for (int i = 0; i < talk->count; i++) {
		if (!talk->letters[i].mail->recorded)
			judge(&talk->letters[i], otherwise, talk->arena);
		answered = answered || smtp_reverse_path_status(talk->letters[i].message)->code / 100 == 2;
	}
	smtp_destroy_session(session);
	if (login)
		auth_destroy_context(login);
	talk->why = otherwise;
	return answered;
}

bool mta_send(struct mta *mta, struct mail *mails, int count, const struct mta_ear *ear, struct arena *arena)
{
	struct talk talk = {
		.mta = mta, .ear = ear, .arena = arena, .socket = -1, .transcript.secret = mta->url->password
	};
	struct text why;
	bool any = false, good;

	for (int i = 0; i < count; i++)
		any = any || is_to_be_sent(&mails[i]);
	if (!any)
		return true;
	if (reach(mta, arena, &why)) {
		good = run_session(mta, mails, count, &talk);
	} else {
		good = false;
		talk.why = why;
		defer_all(mails, count, why);
	}
	if (!good && !mta->failing)
		log_error("the mail server takes nothing", LOG_VIEW("reason", talk.why),
		        LOG_TEXT("host", mta->url->host));
	if (good && mta->failing)
		log_info("the mail server takes mail again", LOG_TEXT("host", mta->url->host));
	mta->failing = !good;
	mta->reached_ms = good ? clock_mono_ms() : 0;
	return good;
}
