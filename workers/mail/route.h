/* route.h - by which server a mail goes: SMTP_URL, or the transports of its sender's address.
 *
 * MAIL_TRANSPORTS is a list of [address=]smtp://..., blanks between. Those with an address are for mails from it, one
 * after the other when one fails; those without stand in for SMTP_URL when that fails.
 *
 * A route whose servers have all failed is closed, and its mails wait; after 1 s to 30 s, more each time, it is tried
 * with one of them. A server that has failed is passed over for 30 s while there is another.
 */
#ifndef WORKERS_MAIL_ROUTE_H
#define WORKERS_MAIL_ROUTE_H

#include "workers/mail/mta.h"

#define ROUTES_MOST 32
#define ROUTE_SERVERS 8

struct route_config {
	char address[256]; /* "": of all senders that have none of their own */
	struct mta_url urls[ROUTE_SERVERS];
	int count;
};

struct routes_config {
	struct route_config routes[ROUTES_MOST]; /* the first is everybody's */
	int count;
	const char *ca_file;
};

struct routes;

/* NULL, or why a setting is refused; lives until the next call. */
const char *routes_parse(const char *server_url, const char *transports, struct routes_config *out);

/* For one thread. NULL when TLS can't be set up. */
struct routes *routes_new(const struct routes_config *config);
void routes_free(struct routes **routes);

/* Addresses with routes of their own, and those of them that may be used now, blanks between; and the first route. */
struct text routes_named(const struct routes *routes, struct arena *arena);
struct text routes_open(const struct routes *routes, struct arena *arena);
bool routes_first_is_open(const struct routes *routes);

/* A route that has failed and is open again, or has just worked again: what waits for it is to be woken, one mail or
 * many. Its address, NULL when there is none; *out_most 1 or 1000. */
const char *routes_waking(struct routes *routes, int *out_most);
/* So many were woken: fewer than asked for means that none is left. */
void routes_woken(struct routes *routes, const char *address, int64_t count);

/* Sends each mail by the route of its sender, as mta_send does, and marks those that no server of it took as down.
 * False when every route that was needed failed. */
bool routes_send(struct routes *routes, struct mail *mails, int count, const struct mta_ear *ear, struct arena *arena);

/* Whether the last session of every route got as far as a mail. */
bool routes_are_up(const struct routes *routes);

#endif
