/* probe.h - /live /ready /health /metrics of a program, and its reasons.
 *
 * A part of the program owns a `struct probe_check` and says in words what is
 * wrong with it; "" is fine. /ready answers 503 while any check has a reason,
 * /live 200 while the process runs, /health the list of both as JSON. While the
 * process stops it is not ready ("process":"stopping").
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
};

/* Registers with the first use. reason must be a literal. Any thread. */
void probe_set(struct probe_check *check, const char *reason);

/* True when every registered check is ready. */
bool probe_ready(void);

/* {"success":true,"status":"healthy","message":"OK","service":...,"version":...,
 *  "timestamp":...,"checks":{"database":"ok","broker":"no connection"}} ; status is
 *  healthy or unhealthy, success says the same. */
void probe_render_health(struct buffer *out);

/* The row for PROBE_LISTEN ("127.0.0.1:9100"; "", the default: no server). */
extern struct setting probe_settings[];
/* The row for METRICS_LISTEN, of a program that has another address for the public. */
extern struct setting metrics_settings[];

/* Starts the server's thread. Exits the process with a clear message when the
 * address can't be bound. */
void probe_start(void);

#endif
