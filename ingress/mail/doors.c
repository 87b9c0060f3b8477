/* doors.c - see doors.h. One event loop: what takes time is done by the threads of letter.c, and by PostgreSQL. */
#include "ingress/mail/doors.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/process.h"
#include "ingress/http/listen.h"
#include "ingress/http/report.h"
#include "ingress/http/tls.h"
#include "ingress/mail/conversation.h"
#include "ingress/mail/ledger.h"
#include "ingress/mail/recipients.h"
#include "queues/inbound.h"

#define DOORS_MOST 8
#define TURN_MS 20
#define LOOK_MS 1000
#define DRAIN_MS 8000

static const char *lmtp_listen, *lmtp_socket, *smtp_listen, *host_wanted;

struct setting doors_settings[] = {
	{ "MAIL_LMTP_LISTEN", SETTING_TEXT, &lmtp_listen, "127.0.0.1:2424", .max = 1024,
	        .help = "addresses where mail is taken by LMTP, host:port with commas between; empty: none" },
	{ "MAIL_LMTP_SOCKET", SETTING_TEXT, &lmtp_socket, "", .max = 100,
	        .help = "a unix socket where mail is taken by LMTP; empty: none" },
	{ "MAIL_SMTP_LISTEN", SETTING_TEXT, &smtp_listen, "", .max = 1024,
	        .help = "addresses where mail is taken by SMTP; empty: none. Never the MX of a domain" },
	{ "MAIL_HOST", SETTING_TEXT, &host_wanted, "", .max = 255,
	        .help = "what we call ourselves to who brings mail; empty: the name of this host" },
	INBOUND_BYTES_ROW,
	{ 0 },
};

struct door {
	int fd;
	h2o_socket_t *sock;
	const struct conversation_terms *terms;
};

static struct {
	h2o_globalconf_t config;
	h2o_context_t context;
	struct loop *loop;
	struct tls *tls;
	char host[256];
	struct conversation_terms lmtp, unix_lmtp, smtp;
	struct door doors[DOORS_MOST];
	int count;
	int64_t looked_ms;
} house;

static _Atomic bool open_for_mail;

void doors_allow_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* --- listening ---------------------------------------------------------------------- */
static void add_door(int fd, const struct conversation_terms *terms)
{
	if (house.count == DOORS_MOST) {
		fprintf(stderr, "%s: too many addresses to listen on\n", process_name());
		exit(1);
	}
	house.doors[house.count++] = (struct door){ .fd = fd, .terms = terms };
}

static void add_all(const char *list, const struct conversation_terms *terms)
{
	char *copy = strdup(list), *rest = copy, *word;

	if (!copy)
		abort();
	while ((word = strsep(&rest, ", ")))
		if (*word)
			add_door(listen_bind(word), terms);
	free(copy);
}

/* Who may enter its folder may bring mail. */
static int bind_unix(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	unlink(path);
	if (fd != -1 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && chmod(path, 0666) == 0 &&
	        listen(fd, 1024) == 0)
		return fd;
	fprintf(stderr, "%s: cannot listen on %s: %s\n", process_name(), path, strerror(errno));
	exit(1);
}

static void listen_everywhere(void)
{
	add_all(lmtp_listen, &house.lmtp);
	add_all(smtp_listen, &house.smtp);
	if (*lmtp_socket)
		add_door(bind_unix(lmtp_socket), &house.unix_lmtp);
	if (house.count)
		return;
	fprintf(stderr, "%s: there is no door: set MAIL_LMTP_LISTEN, MAIL_LMTP_SOCKET or MAIL_SMTP_LISTEN\n",
	        process_name());
	exit(1);
}

static bool accept_one(struct door *door)
{
	h2o_socket_t *sock = h2o_evloop_socket_accept(door->sock);

	if (sock)
		conversation_begin(door->terms, sock);
	return sock != NULL;
}

/* Some at a time, so that those who are there already are not kept waiting. */
static void on_accept(h2o_socket_t *sock, const char *err)
{
	for (int i = 0; !err && i < 64 && accept_one(sock->data); i++)
		continue;
}

static void open_doors(void)
{
	for (int i = 0; i < house.count; i++) {
		struct door *door = &house.doors[i];

		door->sock = h2o_evloop_socket_create(house.context.loop, door->fd, H2O_SOCKET_FLAG_DONT_READ);
		door->sock->data = door;
		h2o_socket_read_start(door->sock, on_accept);
	}
}

/* Who has come as far as the kernel's queue is let in, and told to come back. */
static void close_doors(void)
{
	for (int i = 0; i < house.count; i++) {
		h2o_socket_read_stop(house.doors[i].sock);
		while (accept_one(&house.doors[i]))
			continue;
		h2o_socket_close(house.doors[i].sock);
	}
	if (*lmtp_socket)
		unlink(lmtp_socket);
}

/* --- turning ------------------------------------------------------------------------ */
static void turn(bool stopping)
{
	int64_t now = clock_mono_ms();

	log_flush();
	if (h2o_evloop_run(house.context.loop, TURN_MS) != 0 && errno != EINTR)
		log_error("the event loop failed", LOG_TEXT("reason", strerror(errno)));
	recipients_turn();
	ledger_turn();
	report_tick(house.loop);
	loop_turn(house.loop);
	if (!stopping && now - house.looked_ms < LOOK_MS)
		return;
	house.looked_ms = now;
	conversations_look(stopping);
}

static void run(void *unused)
{
	int64_t end;

	(void)unused;
	log_gather(true);
	h2o_config_init(&house.config);
	h2o_config_register_host(&house.config, h2o_iovec_init(H2O_STRLIT("default")), 65535);
	h2o_context_init(&house.context, h2o_evloop_create(), &house.config);
	loop_open(house.loop, &house.context);
	recipients_open(house.loop);
	ledger_open(house.loop);
	open_doors();
	open_for_mail = true;
	while (!process_stopping())
		turn(false);
	close_doors();
	end = clock_mono_ms() + DRAIN_MS;
	while (clock_mono_ms() < end && (conversations_count() || !ledger_is_idle()))
		turn(true);
	log_gather(false);
	loop_end();
}

/* --- beginning ---------------------------------------------------------------------- */
static enum session_verdict obstacle(void)
{
	return recipients_are_fresh() ? VERDICT_TAKEN : VERDICT_NO_DATABASE;
}

static SSL_CTX *tls_now(void)
{
	return tls_context(house.tls);
}

static void make_terms(void)
{
	struct conversation_terms terms = {
		.session = { .host = house.host,
		        .message_most = inbound_bytes_most,
		        .mailbox = recipients_find,
		        .obstacle = obstacle },
		.loop = house.loop,
		.lmtp = true,
		.door = "lmtp",
	};

	house.unix_lmtp = terms;
	if (house.tls)
		terms.tls = tls_now;
	house.lmtp = terms;
	terms.lmtp = false;
	terms.door = "smtp";
	house.smtp = terms;
}

void doors_open(void)
{
	if (*host_wanted)
		snprintf(house.host, sizeof house.host, "%s", host_wanted);
	else if (gethostname(house.host, sizeof house.host - 1) != 0 || !house.host[0])
		snprintf(house.host, sizeof house.host, "localhost");
	house.loop = loop_new();
	house.tls = tls_new();
	make_terms();
	listen_everywhere();
}

void doors_start(void)
{
	process_thread("loop", run, NULL);
	while (!open_for_mail && !process_stopping())
		process_nap_ms(1);
}
