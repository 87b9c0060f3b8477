/* main.c - guichet-webhook: events, sent to whoever subscribed to them, and notifications, to browsers.
 *
 * One thread takes events and makes rows, in order, of one of these at a time (events.webhook has a single active
 * consumer). Another sends the rows that are due; so do those of all other processes.
 */
#include "workers/webhook/webhook.h"

#include "base/log.h"
#include "queues/webhook_secret.h"
#include "workers/webhook/pusher.h"
#include "workers/webhook/reach.h"

static const char *allowed;

static struct setting settings[] = {
	WEBHOOK_KEY_ROW,
	{ "WEBHOOK_ALLOW", SETTING_TEXT, &allowed, "",
	        .help = "networks (CIDR, blanks between) that webhooks may call though they are not public, also "
	                "without TLS" },
	{ "WEBHOOK_RETRY", SETTING_DURATION, &webhook_retry_ms, "10s", .min = 100, .max = 600000,
	        .help = "before a delivery is tried again; each later wait is three times as long, three hours at "
	                "most" },
	{ "PUSH_CONTACT", SETTING_TEXT, &push_contact, "",
	        .help = "whom push services may write to about us: mailto: and an address, or an https URL" },
	{ 0 },
};

static bool start(void)
{
	if (!reach_allow(allowed)) {
		log_error("WEBHOOK_ALLOW is no list of networks, like 10.1.0.0/16 fd00::/8");
		return false;
	}
	curl_global_init(CURL_GLOBAL_DEFAULT);
	return ticker_start(&sender_worker);
}

static const struct consumer_worker worker = {
	.name = "guichet-webhook",
	.about = "sends events to webhooks",
	.queues = (const char *const[]){ "events.webhook", NULL },
	.prefetch = 256,
	.dedupe = "webhook",
	.any_type = true, /* who wants everything gets what a newer version tells, too */
	.settings = settings,
	.start = start,
	.load = take_load,
	.apply = take_apply,
};

int main(int argc, char **argv)
{
	return consumer_main(argc, argv, &worker);
}
