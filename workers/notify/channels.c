/* channels.c - by which channel somebody is told, and when. See notify.h.
 *
 *   declined?  the person's wish, else the topic's default (queues/preferences.h); what cannot be declined goes at once
 *   digest     mail: with others, at the next full hour or at the person's time
 *   quiet      mail: when the quiet hours end
 *   burst      mail: when NOTIFY_BURST has passed since the last mail about that ticket; the first goes at once
 *
 * In the app everything is told at once: nothing rings there. A browser rings, so nothing is pushed in quiet hours, nor
 * told later: it is in the app.
 */
#include "workers/notify/notify.h"

static int64_t burst_ms;

struct setting channels_settings[] = {
	{ "NOTIFY_BURST", SETTING_DURATION, &burst_ms, "30s", .min = 0, .max = 3600000,
	        .help = "what happens at a ticket within that time after a mail becomes one more mail; 0: a mail for "
	                "each event" },
	{ 0 },
};

int64_t channels_burst_s(void)
{
	return burst_ms / 1000;
}

static const struct zone *zone_of(const struct told *told)
{
	const char *why;

	return told->to->timezone.len ? zone_read(told->arena, told->to->timezone, &why) : NULL;
}

static struct burst *burst_of(struct known *known, const struct told *told)
{
	struct burst *burst = known->bursts;

	for (; burst < known->bursts + known->burst_count; burst++)
		if (uuid_equal(&burst->ticket_id, &told->ticket->id) && uuid_equal(&burst->person_id, &told->to->id))
			return burst;
	if (known->burst_count == known->burst_room)
		return NULL;
	known->burst_count++;
	*burst = (struct burst){ .ticket_id = told->ticket->id, .person_id = told->to->id };
	return burst;
}

/* The confirmation of a request is no news, and news of many tickets is of none. */
static bool makes_bursts(const struct telling *telling, const struct told *told)
{
	return told->ticket && burst_ms && !topics[telling->topic].must && telling->topic != TOPIC_TICKET_NEW;
}

static struct decision wait_until(int64_t due_us, const char *preference, const char *decided)
{
	return (struct decision){ WAITING, due_us, preference, decided };
}

static struct decision decide_mail(struct known *known, const struct telling *telling, const struct told *told,
        const char *preference, int64_t now_us)
{
	struct decision at_once = { TOLD, 0, preference, "told" };
	struct burst *burst = makes_bursts(telling, told) ? burst_of(known, told) : NULL;
	int64_t quiet_us = told->to->preferences->quiet
	                           ? preferences_quiet_until(told->to->preferences, zone_of(told), now_us)
	                           : 0;

	if (quiet_us)
		return wait_until(quiet_us, preference, "quiet hours");
	if (burst && burst->due_us > now_us)
		return wait_until(burst->due_us, preference, "burst");
	if (burst && burst->opened_us && now_us - burst->opened_us < burst_ms * 1000) {
		burst->due_us = burst->opened_us + burst_ms * 1000;
		return wait_until(burst->due_us, preference, "burst");
	}
	if (burst)
		burst->opened_us = now_us;
	return at_once;
}

/* Mail about a new ticket is for those who asked for such, if there are any. */
static bool is_left_to_others(const struct known *known, const struct telling *telling, const struct told *told)
{
	return telling->topic == TOPIC_TICKET_NEW && whom_somebody_has_subscribed(known, told->ticket) &&
	       !whom_has_subscribed(told->to, told->ticket);
}

static const char *said_of(bool chosen, enum notification_wish wish, struct arena *arena)
{
	return arena_printf(arena, "%s: %s", chosen ? "chosen" : "default", notification_wish_word(wish));
}

struct decision channels_decide(struct known *known, const struct telling *telling, const struct told *told,
        enum notification_channel channel, int64_t now_us)
{
	const struct preferences *preferences = told->to->preferences;
	bool chosen, digests_chosen, mail = channel == CHANNEL_EMAIL;
	enum notification_wish wish = preferences_wish(preferences, telling->topic, channel, &chosen);
	const char *preference;

	if (mail && told->to->unproven)
		return (struct decision){ DECLINED, 0, "the address is not proven", "declined" };
	if (mail && !chosen && telling->topic == TOPIC_TICKET_NEW && whom_has_subscribed(told->to, told->ticket))
		wish = WISH_ON;
	preference = topics[telling->topic].must ? "mandatory" : said_of(chosen, wish, told->arena);
	if (mail && !chosen && is_left_to_others(known, telling, told))
		return (struct decision){ DECLINED, 0, "default: mail is for those who have subscribed", "declined" };
	if (wish == WISH_OFF)
		return (struct decision){ DECLINED, 0, preference, "declined" };
	if (channel == CHANNEL_PUSH && !topics[telling->topic].must && preferences->quiet &&
	        preferences_quiet_until(preferences, zone_of(told), now_us))
		return (struct decision){ DECLINED, 0, "quiet hours", "declined" };
	if (!mail || topics[telling->topic].must)
		return (struct decision){ TOLD, 0, preference, "told" };
	if (wish != WISH_DIGEST)
		return decide_mail(known, telling, told, preference, now_us);
	if (preferences_wish(preferences, TOPIC_DIGEST, channel, &digests_chosen) == WISH_OFF)
		return (struct decision){ DECLINED, 0, "chosen: no digests", "declined" };
	return wait_until(preferences_digest_at(preferences, zone_of(told), now_us), preference, "digest");
}
