/* main.c - guichet-mail: sends the mails that are due, by SMTP.
 *
 * Any number of these may run, on any number of machines: rows are claimed with
 * SKIP LOCKED. See sender.c for the loop, mta.c for SMTP, message.c for the text.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include "base/cache.h"
#include "base/probe.h"
#include "base/process.h"
#include "base/trust.h"
#include "queues/broker.h"
#include "sql/db.h"
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
	{ "MAIL_THREADS", SETTING_INT, &mail_threads, "2", .min = 1, .max = 16, .help = "SMTP sessions at a time" },
	{ 0 },
};

static _Noreturn void refuse(const char *setting, const char *why)
{
	fprintf(stderr, "guichet-mail: %s: %s\n", setting, why);
	exit(EX_CONFIG);
}

static void check_settings(void)
{
	const char *why = mta_url_parse(server_url, &config.url);

	if (why)
		refuse("SMTP_URL", why);
	if (!message_address_is_plain(text_of(mail_from)))
		refuse("MAIL_FROM", "must be a plain address, local@domain");
	config.from.address = mail_from;
	config.from.domain = strchr(mail_from, '@') + 1;
}

int main(int argc, char **argv)
{
	struct setting *const tables[] = { db_settings, broker_settings, cache_settings, trust_settings, probe_settings,
		mail_settings, NULL };

	process_init(argc, argv, "guichet-mail", "sends the mails that are due, by SMTP", tables);
	check_settings();
	mta_start();
	for (int i = 0; i < mail_threads; i++)
		if (!sender_start(&config, i))
			return EX_CONFIG;
	probe_start();
	return process_wait();
}
