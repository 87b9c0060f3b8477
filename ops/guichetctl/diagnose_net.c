/* diagnose_net.c - "diagnose net": the way to each server that the settings name: name, connection, TLS, and how long
 * each takes. */
#include <netdb.h>
#include <string.h>
#include "base/clock.h"
#include "base/stream.h"
#include "base/trust.h"
#include "ops/doctor/doctor.h"
#include "ops/doctor/place.h"
#include "ops/doctor/servers.h"
#include "ops/guichetctl/commands.h"

#define STEP_MS 3000
#define ADDRESSES_SHOWN 8

struct peer {
	const char *name, *url, *tls_scheme;
	int port, tls_port;
};

struct way {
	struct place place;
	char addresses[512];
	int64_t name_us, tcp_us, tls_us;
	int64_t certificate_ends_s;
	char why[STREAM_WHY]; /* "": all went well */
};

/* --- the way -------------------------------------------------------------------------------------- */
static bool resolve(struct way *way)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found = NULL;
	int64_t begun_us = clock_mono_us();
	int status = getaddrinfo(way->place.host, NULL, &hints, &found), count = 0;
	char address[NI_MAXHOST];

	way->name_us = clock_mono_us() - begun_us;
	if (status != 0)
		snprintf(way->why, sizeof way->why, "%s", gai_strerror(status));
	for (const struct addrinfo *a = found; a && count < ADDRESSES_SHOWN; a = a->ai_next)
		if (getnameinfo(a->ai_addr, a->ai_addrlen, address, sizeof address, NULL, 0, NI_NUMERICHOST) == 0) {
			size_t len = strlen(way->addresses);

			snprintf(
			        way->addresses + len, sizeof way->addresses - len, "%s%s", count++ ? " " : "", address);
		}
	if (found)
		freeaddrinfo(found);
	return status == 0;
}

/* How long it took to open, in microseconds; -1: why tells. */
static int64_t reach(struct way *way, bool tls)
{
	int64_t begun_us = clock_mono_us();
	struct stream *stream = stream_open(way->place.host, way->place.port, tls, STEP_MS, way->why);
	int64_t took_us = stream ? clock_mono_us() - begun_us : -1;

	if (stream)
		way->certificate_ends_s = stream_certificate_ends(stream);
	stream_close(&stream);
	return took_us;
}

static void go(struct way *way)
{
	if (!resolve(way))
		return;
	way->tcp_us = reach(way, false);
	if (way->tcp_us >= 0 && way->place.tls)
		way->tls_us = reach(way, true);
}

/* --- the answer ------------------------------------------------------------------------------------ */
static void write_text(const struct peer *peer, const struct way *way)
{
	char day[CLOCK_TEXT_BYTES] = "";

	printf("%-5s %-12s %s:%d  name %.1f ms (%s)", *way->why ? "fail" : "ok", peer->name, way->place.host,
	        way->place.port, (double)way->name_us / 1000, way->addresses);
	if (way->tcp_us > 0)
		printf(", TCP %.1f ms", (double)way->tcp_us / 1000);
	if (way->tls_us > 0) {
		clock_format(way->certificate_ends_s * 1000000, day);
		printf(", with TLS %.1f ms, certificate until %.10s", (double)way->tls_us / 1000, day);
	}
	printf("%s%s\n", *way->why ? ": " : "", way->why);
}

static json_t *way_json(const struct peer *peer, const struct way *way)
{
	return json_pack("{s:s, s:s, s:i, s:s, s:f, s:f, s:f, s:I, s:s}", "server", peer->name, "host", way->place.host,
	        "port", way->place.port, "addresses", way->addresses, "nameMs", (double)way->name_us / 1000, "tcpMs",
	        (double)way->tcp_us / 1000, "tlsMs", (double)way->tls_us / 1000, "certificateEndsAt",
	        (json_int_t)way->certificate_ends_s, "error", way->why);
}

static enum ctl_exit diagnose(struct ctl *ctl)
{
	const struct peer peers[] = {
		{ "database", servers.database, NULL, 5432, 5432 },
		{ "broker", servers.amqp, "amqps", 5672, 5671 },
		{ "management", servers.management, "https", 80, 443 },
		{ "redis", servers.redis, "rediss", 6379, 6379 },
		{ "smtp", servers.smtp, NULL, 25, 25 },
		{ "clamd", servers.clamd, NULL, 3310, 3310 },
		{ "mail in", servers.lmtp, NULL, 24, 24 },
		{ "s3", servers.s3, "https", 80, 443 },
		{ "ingress", servers.ingress, "https", 80, 443 },
	};
	json_t *list = json_array();
	enum ctl_exit code = CTL_GOOD;

	for (size_t i = 0; i < sizeof peers / sizeof *peers; i++) {
		struct way way = { 0 };

		if (!*peers[i].url || *peers[i].url == '/' || strncmp(peers[i].url, "unix:", 5) == 0 ||
		        !place_of(ctl->arena, peers[i].url, peers[i].port, peers[i].tls_scheme, peers[i].tls_port,
		                &way.place))
			continue; /* not set, or a socket of this machine */
		go(&way);
		if (*way.why)
			code = CTL_WRONG;
		if (ctl->json)
			json_array_append_new(list, way_json(&peers[i], &way));
		else
			write_text(&peers[i], &way);
	}
	if (ctl->json)
		say_json(json_incref(list));
	json_decref(list);
	return code;
}

static struct setting *const settings[] = { doctor_settings, trust_settings, NULL };

const struct command_row diagnose_net_commands[] = {
	{ "diagnose", "net", NULL, "the way to each server of the settings: name, connection, TLS, with times",
	        "Each step has three seconds. A server that begins TLS in the middle of its talk (PostgreSQL, SMTP) is "
	        "reached in\n"
	        "clear here: doctor looks at that. Exit code 1 when one is not reached.",
	        NULL, settings, diagnose },
	{ 0 },
};
