/* main.c - guichet-mail: sends the mails that are due, by SMTP.
 *
 * Any number of these may run, on any number of machines: rows are claimed with
 * SKIP LOCKED. See sender.c for a session, mta.c for SMTP, message.c for the text.
 */
#include <stdio.h>
#include <string.h>
#include "workers/mail/message.h"
#include "workers/mail/sender.h"

static const char *server_url;
static const char *mail_from;
static int64_t mail_threads;

static struct sender_config config;

static struct setting mail_settings[] = {
	{ "SMTP_URL", SETTING_URL, &server_url, NULL, .schemes = "smtp smtps", .secret = true,
	        .help = "the server that takes our mail: "
	                "smtp://[user:password@]host[:port][?tls=none|starttls|required]; "
	                "TLS is required unless the host is loopback" },
	{ "SMTP_CA_FILE", SETTING_FILE, &config.ca_file, "", .help = "trusted certificates beside the system's (PEM)" },
	{ "MAIL_FROM", SETTING_TEXT, &mail_from, "support@localhost", .min = 3, .max = 254,
	        .help = "the address mail comes from; its domain names the messages" },
	{ "PUBLIC_URL", SETTING_URL, &config.from.public_url, "http://localhost:8080", .schemes = "http https",
	        .help = "where people reach the desk: mails lead to PUBLIC_URL/tickets/<number>" },
	{ "MAIL_THREADS", SETTING_INT, &mail_threads, "2", .min = 1, .max = 16, .help = "SMTP sessions at a time" },
	{ 0 },
};

static bool refuse_setting(const char *setting, const char *why)
{
	fprintf(stderr, "guichet-mail: %s: %s\n", setting, why);
	return false;
}

static bool prepare(void)
{
	const char *why = mta_url_parse(server_url, &config.url);

	if (why)
		return refuse_setting("SMTP_URL", why);
	if (!message_address_is_plain(text_of(mail_from)))
		return refuse_setting("MAIL_FROM", "must be a plain address, local@domain");
	config.from.address = mail_from;
	config.from.domain = strchr(mail_from, '@') + 1;
	mta_start();
	return true;
}

static bool open_sender(struct ticker *t)
{
	return sender_open(t, &config);
}

static const struct ticker_worker mail_worker = {
	.name = "guichet-mail",
	.about = "sends the mails that are due, by SMTP",
	.settings = mail_settings,
	.prepare = prepare,
	.thread = "sender",
	.threads = &mail_threads,
	.queues = (const char *const[]){ "work.mail.high", "work.mail.normal", "work.mail.low", NULL },
	.prefetch = 64,
	.open = open_sender,
	.close = sender_close,
	.hold = sender_hold,
	.work = sender_work,
};

int main(int argc, char **argv)
{
	return ticker_main(argc, argv, &mail_worker);
}
