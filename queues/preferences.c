/* preferences.c - see preferences.h. */
#include "queues/preferences.h"

#include <stdio.h>
#include <string.h>

#define DAY_S 86400
#define MORNING 480 /* digests, when no time is chosen */

enum { MAY, MUST };

const struct topic topics[notification_topic_count] = {
#define VOCABULARY(name, ...) __VA_ARGS__
#define WORD(...)
#define TOPIC(enumerator, word, must, email, in_app, french, english)                                                  \
	[enumerator] = { word, must,                                                                                   \
		{ [CHANNEL_EMAIL] = email,                                                                             \
		        [CHANNEL_IN_APP] = in_app,                                                                     \
		        [CHANNEL_PUSH] = in_app,                                                                       \
		        [CHANNEL_SMS] = WISH_OFF },                                                                    \
		{ [LANGUAGE_FR] = french, [LANGUAGE_EN] = english } },
#include "queues/vocabulary.def"
};

static const char *const weekdays[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };

/* --- reading ----------------------------------------------------------------------------- */
struct reading {
	char *pointer;
	const char *why; /* the first thing that is wrong */
};

static void fault(struct reading *r, const char *why, const char *a, const char *b, const char *c)
{
	if (r->why)
		return;
	r->why = why;
	snprintf(r->pointer, PREFERENCES_POINTER_BYTES, "/%s%s%s%s%s", a, b ? "/" : "", b ? b : "", c ? "/" : "",
	        c ? c : "");
}

static enum notification_wish wish_of(const json_t *value)
{
	if (json_is_boolean(value))
		return json_is_true(value) ? WISH_ON : WISH_OFF;
	return (enum notification_wish)word_find(
	        text_of(json_string_value(value)), notification_wish_words, notification_wish_count);
}

static void read_wish(struct reading *r, enum notification_topic topic, const char *name, const json_t *value,
        struct preferences *out)
{
	unsigned channel = word_find(text_of(name), notification_channel_words, notification_channel_count);
	enum notification_wish wish = wish_of(value);
	const char *word = topics[topic].word;

	if (!channel)
		fault(r, "is no channel: email, in_app, push or sms", "notifications", word, name);
	else if (!wish)
		fault(r, "must be on, off or digest", "notifications", word, name);
	else if (wish == WISH_DIGEST && channel != CHANNEL_EMAIL)
		fault(r, "must be on or off: only e-mail has digests", "notifications", word, name);
	else if (wish == WISH_DIGEST && topic == TOPIC_DIGEST)
		fault(r, "must be on or off", "notifications", word, name);
	else if (wish != WISH_ON && topics[topic].must)
		fault(r, "cannot be declined", "notifications", word, name);
	else
		out->wishes[topic][channel] = wish;
}

static void read_wishes(struct reading *r, const json_t *json, struct preferences *out)
{
	const char *name, *channel;
	json_t *wishes, *value;

	if (json && !json_is_object(json))
		fault(r, "must be an object of topics", "notifications", NULL, NULL);
	json_object_foreach((json_t *)json, name, wishes)
	{
		unsigned topic = word_find(text_of(name), notification_topic_words, notification_topic_count);

		if (!topic)
			fault(r, "is no topic", "notifications", name, NULL);
		else if (!json_is_object(wishes))
			fault(r, "must be an object of channels", "notifications", name, NULL);
		else
			json_object_foreach(wishes, channel, value)
			        read_wish(r, (enum notification_topic)topic, channel, value, out);
	}
}

/* "07:30"; -1: none. */
static int minutes_of(const json_t *value)
{
	const char *s = json_string_value(value);
	int hour, minute, end = 0;

	if (!s || strlen(s) != 5 || strspn(s, "0123456789:") != 5 || sscanf(s, "%2d:%2d%n", &hour, &minute, &end) != 2)
		return -1;
	return end == 5 && hour < 24 && minute < 60 ? hour * 60 + minute : -1;
}

static int minutes(struct reading *r, const json_t *object, const char *parent, const char *name)
{
	int at = minutes_of(json_object_get(object, name));

	if (at < 0)
		fault(r, "must be a time of the day, like 22:00", parent, name, NULL);
	return at < 0 ? 0 : at;
}

static void unknown_members(struct reading *r, const json_t *object, const char *parent, const char *known)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)object, name, value)
	{
		char marked[40];

		snprintf(marked, sizeof marked, " %s ", name);
		if (!strstr(known, marked))
			fault(r, "is unknown", parent, name, NULL);
	}
}

static unsigned read_days(struct reading *r, const json_t *list)
{
	unsigned days = 0;

	if (!list)
		return 0x7f;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *word = json_string_value(json_array_get(list, i));
		int day = 0;

		while (day < 7 && (!word || strcmp(word, weekdays[day])))
			day++;
		if (day == 7)
			fault(r, "must be a list of weekdays, mon to sun", "quietHours", "days", NULL);
		days |= 1u << day;
	}
	if (!days || json_array_size(list) > 7)
		fault(r, "must be a list of weekdays, mon to sun", "quietHours", "days", NULL);
	return days & 0x7f;
}

static void read_quiet(struct reading *r, const json_t *json, struct preferences *out)
{
	if (!json || json_is_null(json))
		return;
	if (!json_is_object(json))
		fault(r, "must be an object with from and to", "quietHours", NULL, NULL);
	unknown_members(r, json, "quietHours", " from to days ");
	out->quiet_from = minutes(r, json, "quietHours", "from");
	out->quiet_to = minutes(r, json, "quietHours", "to");
	out->quiet_days = read_days(r, json_object_get(json, "days"));
	if (out->quiet_from == out->quiet_to)
		fault(r, "must be another time than from", "quietHours", "to", NULL);
	out->quiet = out->quiet_from != out->quiet_to && out->quiet_days;
}

static void read_digest(struct reading *r, const json_t *json, struct preferences *out)
{
	const char *every = json_string_value(json_object_get(json, "every"));

	out->digest_at = MORNING;
	if (!json)
		return;
	if (!json_is_object(json))
		fault(r, "must be an object with every", "digest", NULL, NULL);
	unknown_members(r, json, "digest", " every at ");
	if (!every || (strcmp(every, "hourly") && strcmp(every, "daily")))
		fault(r, "must be hourly or daily", "digest", "every", NULL);
	out->daily = every && !strcmp(every, "daily");
	if (json_object_get(json, "at"))
		out->digest_at = minutes(r, json, "digest", "at");
}

static void read_subscriptions(const json_t *list, struct preferences *out)
{
	for (size_t i = 0; i < json_array_size(list) && i < SUBSCRIPTIONS_MOST; i++) {
		const json_t *one = json_array_get(list, i);
		struct text priority = text_of(json_string_value(json_object_get(one, "priority")));

		out->subscriptions[out->subscription_count++] = (struct subscription){
			text_of(json_string_value(json_object_get(one, "category"))),
			text_of(json_string_value(json_object_get(one, "tag"))),
			(enum ticket_priority)word_find(priority, ticket_priority_words, ticket_priority_count)
		};
	}
}

const char *preferences_read(const json_t *json, struct preferences *out, char pointer[PREFERENCES_POINTER_BYTES])
{
	struct reading r = { pointer, NULL };

	*out = (struct preferences){ 0 };
	read_wishes(&r, json_object_get(json, "notifications"), out);
	read_quiet(&r, json_object_get(json, "quietHours"), out);
	read_digest(&r, json_object_get(json, "digest"), out);
	read_subscriptions(json_object_get(json, "subscriptions"), out);
	out->pushes = json_array_size(json_object_get(json, "push")) > 0;
	return r.why;
}

enum notification_wish preferences_wish(const struct preferences *preferences, enum notification_topic topic,
        enum notification_channel channel, bool *out_chosen)
{
	enum notification_wish chosen = preferences->wishes[topic][channel];

	*out_chosen = chosen && !topics[topic].must;
	return *out_chosen ? chosen : topics[topic].by_default[channel];
}

/* --- the person's clock --------------------------------------------------------------------- */
static int64_t offset_at(const struct zone *zone, int64_t unix_s)
{
	return zone ? zone->changes[zone_change_at(zone, unix_s)].offset : 0;
}

/* The instant at which the person's clock shows that many seconds. What it shows twice is the first, what it skips is
 * as late as the clock would be without the skip. */
static int64_t instant_of(const struct zone *zone, int64_t wall_s)
{
	int64_t at = wall_s - offset_at(zone, wall_s - DAY_S);

	return wall_s - offset_at(zone, at);
}

static int64_t wall_of(const struct zone *zone, int64_t now_us)
{
	int64_t now_s = now_us / 1000000;

	return now_s + offset_at(zone, now_s);
}

/* Do quiet hours begin on that day? Days are counted from 1970-01-01, a Thursday. */
static bool begins_on(const struct preferences *preferences, int64_t day)
{
	return preferences->quiet_days & 1u << ((day + 3) % 7);
}

int64_t preferences_quiet_until(const struct preferences *p, const struct zone *zone, int64_t now_us)
{
	int64_t wall = wall_of(zone, now_us), day = wall / DAY_S, minute = wall % DAY_S / 60, end;

	if (!p->quiet)
		return 0;
	if (p->quiet_from < p->quiet_to && begins_on(p, day) && minute >= p->quiet_from && minute < p->quiet_to)
		end = day;
	else if (p->quiet_from > p->quiet_to && begins_on(p, day) && minute >= p->quiet_from)
		end = day + 1;
	else if (p->quiet_from > p->quiet_to && begins_on(p, day - 1) && minute < p->quiet_to)
		end = day;
	else
		return 0;
	return instant_of(zone, end * DAY_S + p->quiet_to * 60) * 1000000;
}

int64_t preferences_digest_at(const struct preferences *p, const struct zone *zone, int64_t now_us)
{
	int64_t wall = wall_of(zone, now_us), next = wall - wall % 3600 + 3600, due, quiet;

	if (p->daily)
		next = wall - wall % DAY_S + p->digest_at * 60;
	if (p->daily && next <= wall)
		next += DAY_S;
	due = instant_of(zone, next) * 1000000;
	if (due <= now_us) /* the clock was put back in between */
		due += 3600LL * 1000000;
	quiet = preferences_quiet_until(p, zone, due);
	return quiet ? quiet : due;
}
