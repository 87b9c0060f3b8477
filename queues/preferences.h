/* preferences.h - what somebody has chosen to be told, by which channel and when; the JSON of accounts.notifications.
 *
 *   {"notifications": {"ticket_updated": {"email": "digest"}},        a topic, a channel, a wish (vocabulary.def)
 *    "quietHours": {"from": "22:00", "to": "07:00", "days": ["mon"]},  on the person's own clock; days: on which they
 * begin "digest": {"every": "daily", "at": "08:00"},                      hourly: at the full hour "subscriptions":
 * [{"id": "...", "category": "hardware", "priority": "high", "tag": "vip"}]}
 *
 * What is absent is as the topic's row says. The account worker writes it, the notify worker decides by it, and both
 * read it here.
 */
#ifndef QUEUES_PREFERENCES_H
#define QUEUES_PREFERENCES_H

#include <jansson.h>
#include "base/zone.h"
#include "queues/catalogue.h"

/* Of one person. */
#define SUBSCRIPTIONS_MOST 50
#define PREFERENCES_POINTER_BYTES 96

/* A row of TOPICs. */
struct topic {
	const char *word;
	bool must;
	enum notification_wish by_default[notification_channel_count];
	const char *title[language_count];
};
extern const struct topic topics[notification_topic_count];

/* Filters; what is absent fits everything. */
struct subscription {
	struct text category, tag;
	enum ticket_priority priority;
};

struct preferences {
	enum notification_wish wishes[notification_topic_count][notification_channel_count]; /* 0: nothing is chosen */
	bool quiet;
	int quiet_from, quiet_to; /* minutes of the day */
	unsigned quiet_days;      /* bit 0: Monday */
	bool daily;
	int digest_at; /* minutes of the day */
	struct subscription subscriptions[SUBSCRIPTIONS_MOST];
	int subscription_count;
	bool pushes; /* there is a browser to push to */
};

/* Reads it, borrowing the texts of subscriptions from json; NULL is nothing chosen. The result is NULL, or what is
 * wrong at the place that pointer then names (RFC 6901); the rest is read all the same. */
const char *preferences_read(const json_t *json, struct preferences *out, char pointer[PREFERENCES_POINTER_BYTES]);

/* What counts for the topic and the channel, and whether the person has chosen it. */
enum notification_wish preferences_wish(const struct preferences *preferences, enum notification_topic topic,
        enum notification_channel channel, bool *out_chosen);

/* When the quiet hours end in which that instant is; 0: it is in none. zone NULL: UTC. */
int64_t preferences_quiet_until(const struct preferences *preferences, const struct zone *zone, int64_t now_us);
/* When the next digest is due, quiet hours looked at. */
int64_t preferences_digest_at(const struct preferences *preferences, const struct zone *zone, int64_t now_us);

#endif
