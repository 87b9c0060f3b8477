/* feed.c - see feed.h. */
#include "ingress/stream/feed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "ingress/http/loop.h"

#define KEYS 4096 /* lists of clients, by what they want */
#define PAGE 200
#define PAGE_ALONE 50 /* for one client, who has not room for much */
#define BUSY_MS 50
#define IDLE_MS 250
#define POKED_MS 15 /* from one look to the next, however often somebody says that there is more */

struct feed {
	struct loop *loop;
	enum feed_kind kind;
	struct place at;
	bool asks;
	int count; /* clients, live or not */
	int64_t next_ms;
	uint64_t heard; /* loop_news() at the last look */
	struct client *all, *by_key[KEYS];
};

static struct feed *feeds[LOOPS_MAX][FEED_KINDS];

struct feed *feed_of(struct loop *loop, enum feed_kind kind)
{
	struct feed **feed = &feeds[loop_index(loop)][kind];

	if (*feed)
		return *feed;
	*feed = calloc(1, sizeof **feed);
	if (!*feed)
		abort();
	(*feed)->loop = loop;
	(*feed)->kind = kind;
	return *feed;
}

const struct place *feed_place(const struct feed *feed)
{
	return &feed->at;
}

/* --- who listens --------------------------------------------------------------------------- */
static struct client **list_of(struct feed *feed, const struct uuid *key)
{
	unsigned n;

	if (uuid_is_none(key))
		return &feed->all;
	memcpy(&n, key->bytes + 12, sizeof n); /* random, of any version */
	return &feed->by_key[n % KEYS];
}

static void go_live(struct client *client)
{
	struct client **list = list_of(client->feed, &client->key);

	client->live = true;
	client->next = *list;
	client->before = list;
	if (*list)
		(*list)->before = &client->next;
	*list = client;
}

void feed_leave(struct client *client)
{
	client->feed->count--;
	if (!client->live)
		return;
	*client->before = client->next;
	if (client->next)
		client->next->before = client->before;
	client->live = false;
}

/* --- rows ----------------------------------------------------------------------------------- */
static struct place place_of(const struct db_result *rows, int row)
{
	struct place place = { .id = db_int(rows, row, 2) };
	struct text day = db_text(rows, row, 0);
	int64_t xid = 0;

	memcpy(place.day, day.data, day.len < 8 ? day.len : 8);
	text_to_int(db_text(rows, row, 1), &xid);
	place.xid = (uint64_t)xid;
	return place;
}

static struct news news_of(const struct db_result *rows, int row)
{
	return (struct news){ .place = place_of(rows, row),
		.type = db_text(rows, row, 3),
		.key = db_uuid(rows, row, 4),
		.for_staff = db_bool(rows, row, 5),
		.data = db_text(rows, row, 6) };
}

/* The last row is no news: it says up to where there are none. A full page ends with its last row. */
static struct place place_behind(const struct db_result *rows, int page, struct place at)
{
	int last = db_rows(rows) - 1;
	struct place place = at;

	if (last >= page)
		place = place_of(rows, page - 1);
	else if (last >= 0)
		place = place_of(rows, last);
	return place_compare(&place, &at) > 0 ? place : at;
}

static bool ask(
        struct feed *feed, const struct place *at, int page, const struct uuid *only, db_loop_fn *done, void *arg)
{
	char xid[24];
	struct db_param params[4] = { [1] = P_INT(at->id), [2] = P_INT(page) };

	snprintf(xid, sizeof xid, "%llu", (unsigned long long)at->xid);
	params[0] = P_TEXT(text_of(xid));
	params[3] = feed->kind == FEED_EVENTS ? P_TEXT(text_of(at->day)) : P_UUID(only);
	return loop_query(feed->loop, feed->kind == FEED_EVENTS ? QUERY_stream_events : QUERY_stream_notifications, 4,
	        params, done, arg);
}

/* --- for all --------------------------------------------------------------------------------- */
static void offer_to(struct client *list, struct news *news)
{
	for (struct client *client = list, *next; client; client = next) {
		next = client->next;
		client_offer(client, news);
	}
}

static void on_news(void *arg, enum db_fault fault, const struct db_result *rows)
{
	struct feed *feed = arg;
	int count = fault == DB_FINE ? db_rows(rows) - 1 : 0;

	feed->asks = false;
	feed->next_ms = clock_mono_ms() + (fault == DB_FINE && count >= PAGE ? 0 : count > 0 ? BUSY_MS : IDLE_MS);
	if (fault != DB_FINE)
		return;
	for (int i = 0; i < count; i++) {
		struct news news = news_of(rows, i);

		offer_to(feed->all, &news);
		if (!uuid_is_none(&news.key))
			offer_to(*list_of(feed, &news.key), &news);
		news_end(&news);
	}
	feed->at = place_behind(rows, PAGE, feed->at);
}

void feed_turn(struct feed *feed)
{
	const struct uuid everybody = { 0 };
	int64_t now = clock_mono_ms();
	uint64_t news = loop_news();

	if (!feed->count || feed->asks)
		return;
	if (news != feed->heard && feed->next_ms > now + POKED_MS)
		feed->next_ms = now + POKED_MS;
	feed->heard = news;
	if (now < feed->next_ms)
		return;
	feed->asks = ask(feed, &feed->at, PAGE, &everybody, on_news, feed);
	if (!feed->asks)
		feed->next_ms = now + IDLE_MS;
}

/* --- for one ---------------------------------------------------------------------------------- */
static void on_caught(void *arg, enum db_fault fault, const struct db_result *rows)
{
	struct client *client = arg;
	int count = fault == DB_FINE ? db_rows(rows) - 1 : 0;

	client->asks = false;
	if (fault != DB_FINE || client->gone)
		return;
	for (int i = 0; i < count; i++) {
		struct news news = news_of(rows, i);

		client_offer(client, &news);
		news_end(&news);
	}
	if (!client->gone && !client->ends)
		client->seen = place_behind(rows, PAGE_ALONE, client->seen);
}

bool feed_catch_up(struct client *client)
{
	if (client->live || client->asks || client->gone || client->ends || !client_is_drained(client))
		return client->live;
	if (place_compare(&client->seen, &client->feed->at) >= 0) {
		go_live(client);
		return true;
	}
	client->asks = ask(client->feed, &client->seen, PAGE_ALONE, &client->key, on_caught, client);
	return false;
}

void feed_join(struct feed *feed, struct client *client, const struct place *now)
{
	client->feed = feed;
	if (!feed->count++ && !feed->asks)
		feed->at = *now;
	feed_catch_up(client);
}
