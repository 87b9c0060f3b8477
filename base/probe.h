/* probe.h - /live /ready /health /metrics of a program, and its reasons.
 *
 * A part of the program owns a `struct probe_check` and says in words what is
 * wrong with it; "" is fine. /ready answers 503 while any check has a reason,
 * /live 200 while the process runs, /health the list of both as JSON. While the
 * process stops it is not ready ("process":"stopping").
 * What the program can do without for a while is a check with probe_degrade(): /ready stays 200, and /health says
 * "degraded", which part it is, and since when.
 * A small HTTP server (libh2o, HTTP/1.1 only, one thread) listens on PROBE_LISTEN, for
 * ingress on METRICS_LISTEN; ingress renders health on its public routes, too, but no metrics.
 */
#ifndef BASE_PROBE_H
#define BASE_PROBE_H

#include <stdbool.h>
#include "base/settings.h"
#include "base/text.h"

struct probe_check {
	const char *name;             /* "database", "broker", ... */
	_Atomic(const char *) reason; /* a string literal: why not ready; NULL is ready */
	struct probe_check *next;
	_Atomic int registered;
	_Atomic int is_dispensable; /* the program goes on without it */
	_Atomic int64_t since_us;   /* when the present reason began */
	int holders;                /* of those that share it, how many have a reason */
};

/* Registers with the first use. reason must be a literal. Any thread. */
void probe_set(struct probe_check *check, const char *reason);

/* For a part that several threads have one each of: the check has a reason as long as any of them has. *has_reason is
 * the caller's own, false at first, and written here alone. */
void probe_share(struct probe_check *check, bool *has_reason, const char *reason);

/* The same for a part without which the program goes on. */
void probe_degrade(struct probe_check *check, const char *reason);
/* The same, when it is known since when: microseconds since 1970. */
void probe_degrade_since(struct probe_check *check, const char *reason, int64_t since_us);

/* True when every registered check that is not dispensable is ready. */
bool probe_ready(void);

/* {"success":true,"status":"healthy","message":"OK","service":...,"version":...,"port":8080,"timestamp":...,
 *  "checks":{"database":"ok","broker":"no connection"},
 *  "dependencies":{"database":{"status":"healthy"},"broker":{"status":"unhealthy","reason":...,"since":...}}}
 * status is healthy, degraded or unhealthy; success is false for the last. port: where the question came in; 0: left
 * out. */
void probe_render_health(struct buffer *out, int port);

/* The rows for PROBE_LISTEN ("127.0.0.1:9100"; "", the default: no server) and METRICS_TOKEN. */
extern struct setting probe_settings[];
/* The rows for METRICS_LISTEN, of a program that has another address for the public, and METRICS_TOKEN. */
extern struct setting metrics_settings[];

/* Where the probe listens, by either row, for who asks from the same host; "" when it does not. */
const char *probe_address(void);

/* Starts the server's thread. Exits the process with a clear message when the
 * address can't be bound. */
void probe_start(void);

#endif
