/* route.c - see route.h. */
#include "workers/mail/route.h"

#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "base/clock.h"
#include "workers/mail/message.h"

#define PASSED_OVER_MS 30000
#define CLOSED_LEAST_MS 1000
#define CLOSED_MOST_MS 30000
#define WAKE_EVERY_MS 1000
#define WAKE_MOST 1000

struct server {
	struct mta *mta;
	int64_t not_before_ms; /* it has failed */
};

struct route {
	const struct route_config *config;
	struct server servers[ROUTE_SERVERS];
	int failures;     /* of all servers, one after the other */
	int64_t after_ms; /* closed until then */
	bool probes;      /* open again, and no mail has been woken for it yet */
	bool wakes;       /* works, and mails may still wait for it */
	int64_t woken_ms; /* when it was last looked for such mails */
};

struct routes {
	struct route all[ROUTES_MOST];
	int count;
};

/* --- settings --------------------------------------------------------------------- */
static struct route_config *config_for(struct routes_config *out, struct text address)
{
	for (int i = 0; i < out->count; i++)
		if (text_equal(address, text_of(out->routes[i].address)))
			return &out->routes[i];
	if (out->count == ROUTES_MOST || address.len >= sizeof out->routes->address)
		return NULL;
	memcpy(out->routes[out->count].address, address.data, address.len);
	return &out->routes[out->count++];
}

static const char *add_transport(struct routes_config *out, const char *word)
{
	const char *scheme = strstr(word, "smtp://"), *equals = scheme && scheme > word ? scheme - 1 : NULL;
	struct text address = { word, equals ? (size_t)(equals - word) : 0 };
	struct route_config *route;

	if (!scheme || (equals && (*equals != '=' || !message_address_is_plain(address))))
		return "expected [address=]smtp://host, with blanks between several";
	route = config_for(out, address);
	if (!route || route->count == ROUTE_SERVERS)
		return "31 addresses with 8 servers each are the most";
	return mta_url_parse(scheme, &route->urls[route->count++]);
}

const char *routes_parse(const char *server_url, const char *transports, struct routes_config *out)
{
	char *list = strdup(transports), *rest = list;
	const char *why = mta_url_parse(server_url, &out->routes[0].urls[0]);

	out->count = out->routes[0].count = 1;
	for (char *word = strtok_r(list, " ", &rest); word && !why; word = strtok_r(NULL, " ", &rest))
		why = add_transport(out, word);
	free(list);
	return why;
}

struct routes *routes_new(const struct routes_config *config)
{
	struct routes *routes = calloc(1, sizeof *routes);

	if (!routes)
		abort();
	for (int r = 0; routes && r < config->count; r++) {
		struct route *route = &routes->all[routes->count++];

		route->config = &config->routes[r];
		for (int i = 0; routes && i < route->config->count; i++) {
			route->servers[i].mta = mta_new(&route->config->urls[i], config->ca_file);
			if (!route->servers[i].mta)
				routes_free(&routes);
		}
	}
	return routes;
}

void routes_free(struct routes **routes)
{
	if (!*routes)
		return;
	for (int r = 0; r < (*routes)->count; r++)
		for (int i = 0; i < ROUTE_SERVERS; i++)
			mta_free(&(*routes)->all[r].servers[i].mta);
	free(*routes);
	*routes = NULL;
}

/* --- which are open ------------------------------------------------------------------ */
static bool is_open(const struct route *route)
{
	return clock_mono_ms() >= route->after_ms;
}

static struct text addresses(const struct routes *routes, bool open_alone, struct arena *arena)
{
	struct buffer out;

	buffer_init(&out, arena, 64);
	for (int i = 1; i < routes->count; i++)
		if (!open_alone || is_open(&routes->all[i]))
			buffer_printf(&out, "%s%s", out.len ? " " : "", routes->all[i].config->address);
	return text_of(buffer_cstr(&out));
}

struct text routes_named(const struct routes *routes, struct arena *arena)
{
	return addresses(routes, false, arena);
}

struct text routes_open(const struct routes *routes, struct arena *arena)
{
	return addresses(routes, true, arena);
}

bool routes_first_is_open(const struct routes *routes)
{
	return is_open(&routes->all[0]);
}

bool routes_are_up(const struct routes *routes)
{
	for (int i = 0; i < routes->count; i++)
		if (routes->all[i].failures)
			return false;
	return true;
}

const char *routes_waking(struct routes *routes, int *out_most)
{
	for (int i = 0; i < routes->count; i++) {
		struct route *route = &routes->all[i];

		if (!route->wakes && !(route->probes && is_open(route)))
			continue;
		*out_most = route->wakes ? WAKE_MOST : 1;
		return route->config->address;
	}
	return NULL;
}

void routes_woken(struct routes *routes, const char *address, int64_t count)
{
	struct route *route = routes->all;

	while (route->config->address != address)
		route++;
	route->probes = false;
	route->wakes = route->wakes && count == WAKE_MOST;
	route->woken_ms = clock_mono_ms();
}

/* --- sending ---------------------------------------------------------------------------- */
static struct route *route_of(struct routes *routes, const struct mail *mail)
{
	for (int i = 1; i < routes->count && mail->from.len; i++)
		if (text_equal(mail->from, text_of(routes->all[i].config->address)))
			return &routes->all[i];
	return &routes->all[0];
}

/* The servers one after the other, until one takes mail. Those that failed lately come when no other is left. */
static bool try_servers(
        struct route *route, struct mail *mails, int count, const struct mta_ear *ear, struct arena *arena)
{
	for (int late = 0; late < 2; late++)
		for (int i = 0; i < route->config->count; i++) {
			struct server *server = &route->servers[i];

			if ((clock_mono_ms() < server->not_before_ms) != (late == 1))
				continue;
			if (mta_send(server->mta, mails, count, ear, arena)) {
				server->not_before_ms = 0;
				return true;
			}
			server->not_before_ms = clock_mono_ms() + PASSED_OVER_MS;
			ear->pump(ear->arg);
		}
	return false;
}

static void close_route(struct route *route, struct mail *mails, int count)
{
	route->after_ms = clock_mono_ms() + clock_backoff_ms(route->failures++, CLOSED_LEAST_MS, CLOSED_MOST_MS);
	route->probes = true;
	route->wakes = false;
	for (int i = 0; i < count; i++)
		mails[i].down = mails[i].content.data && !mails[i].recorded;
}

/* Another sender may have put mails back for the server when this one had woken all there were, and may see no session
 * of its own: whoever gets through looks again, once a second at most. */
static bool may_others_wait(const struct route *route)
{
	return route->failures || clock_mono_ms() - route->woken_ms >= WAKE_EVERY_MS;
}

static bool send_by(struct route *route, struct mail *mails, int count, const struct mta_ear *ear, struct arena *arena)
{
	if (!try_servers(route, mails, count, ear, arena)) {
		close_route(route, mails, count);
		return false;
	}
	route->wakes = route->wakes || may_others_wait(route);
	route->failures = 0;
	route->after_ms = 0;
	return true;
}

/* Mails come in the order they were claimed in; those of one route are put side by side. */
bool routes_send(struct routes *routes, struct mail *mails, int count, const struct mta_ear *ear, struct arena *arena)
{
	int done = 0;
	bool good = false;

	while (done < count) {
		struct route *route = route_of(routes, &mails[done]);
		int end = done + 1;

		for (int i = end; i < count; i++) {
			struct mail moved = mails[i];

			if (route_of(routes, &moved) != route)
				continue;
			mails[i] = mails[end];
			mails[end++] = moved;
		}
		good = send_by(route, mails + done, end - done, ear, arena) || good;
		done = end;
	}
	return good;
}
