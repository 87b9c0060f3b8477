/* main.c - guichet-mail: sends the mails that are due, by SMTP.
 *
 * Any number of these may run, on any number of machines: rows are claimed with
 * SKIP LOCKED. See sender.c for a session, mta.c for SMTP, message.c for the text.
 */
#include <stdio.h>
#include <string.h>
#include "base/store.h"
#include "queues/mail_token.h"
#include "workers/mail/attachment.h"
#include "workers/mail/dkim.h"
#include "workers/mail/message.h"
#include "workers/mail/sender.h"

static const char *server_url;
static const char *transports;
static const char *mail_from;
static const char *dkim_keys;
static int64_t mail_threads;

static struct sender_config config;

static struct setting mail_settings[] = {
	{ "SMTP_URL", SETTING_URL, &server_url, NULL, .schemes = "smtp smtps", .secret = true,
	        .help = "the server that takes our mail: "
	                "smtp://[user:password@]host[:port][?tls=none|starttls|required]; "
	                "TLS is required unless the host is loopback" },
	{ "SMTP_CA_FILE", SETTING_FILE, &config.routes.ca_file, "",
	        .help = "trusted certificates beside the system's (PEM)" },
	{ "MAIL_TRANSPORTS", SETTING_TEXT, &transports, "", .max = 8000, .secret = true,
	        .help = "more servers, [address=]smtp://... with blanks between: with an address for mails from it, "
	                "without "
	                "one for when SMTP_URL fails" },
	{ "MAIL_FROM", SETTING_TEXT, &mail_from, "support@localhost", .min = 3, .max = 254,
	        .help = "the address mail comes from; its domain names the messages" },
	{ "MAIL_FROM_NAME", SETTING_TEXT, &config.from.name, "Support", .max = 200,
	        .help = "the name that people see before that address; empty: none" },
	{ "MAIL_DKIM", SETTING_TEXT, &dkim_keys, "", .max = 4000,
	        .help = "keys that sign mail, domain:selector:/path.pem with blanks between (RSA or Ed25519); empty: "
	                "the "
	                "server signs, or nobody" },
	{ "PUBLIC_URL", SETTING_URL, &config.from.public_url, "http://localhost:8080", .schemes = "http https",
	        .help = "where people reach the desk: mails lead to PUBLIC_URL/tickets/<number>" },
	{ "MAIL_THREADS", SETTING_INT, &mail_threads, "2", .min = 1, .max = 16,
	        .help = "SMTP sessions at a time; one of them is for domains that let it wait, too" },
	{ "MAIL_PER_DOMAIN", SETTING_INT, &config.per_domain, "4", .min = 1, .max = 256,
	        .help = "sessions at a time that carry mail to one domain, of all mail workers together" },
	{ "MAIL_RATE_PER_DOMAIN", SETTING_INT, &config.rate_per_domain, "0", .min = 0, .max = 1000000,
	        .help = "mails to one domain a minute, of all mail workers together; 0: any" },
	{ 0 },
};

static bool refuse_setting(const char *setting, const char *why)
{
	fprintf(stderr, "guichet-mail: %s: %s\n", setting, why);
	return false;
}

static bool prepare(void)
{
	const char *why = mta_url_parse(server_url, &config.routes.routes[0].urls[0]);

	if (why)
		return refuse_setting("SMTP_URL", why);
	why = routes_parse(server_url, transports, &config.routes);
	if (why)
		return refuse_setting("MAIL_TRANSPORTS", why);
	if (!message_address_is_plain(text_of(mail_from)))
		return refuse_setting("MAIL_FROM", "must be a plain address, local@domain");
	why = dkim_load(dkim_keys);
	if (why)
		return refuse_setting("MAIL_DKIM", why);
	config.from.address = mail_from;
	config.from.domain = strchr(mail_from, '@') + 1;
	attachment_start();
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
	.settings = (struct setting *const[]){ mail_settings, attachment_settings, mail_token_settings, store_settings,
	        store_s3_settings, NULL },
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
