/* db_connect.c - one address of DATABASE_URL after the other.
 *
 * libpq walks through several hosts, and through several addresses of one name, by itself. But when
 * driven by PQconnectPoll it never leaves an address that accepts and then says nothing, or that swallows
 * packets. So the list is taken apart here, down to addresses, and each gets its 5 s.
 * Resolving a name is the one thing that still can take long.
 *
 * A message of libpq about a URL it can't read may quote the password: it is
 * not logged.
 */
#include "sql/db_private.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include "base/log.h"
#include "base/process.h"

#define OPTIONS_MAX 80
#define HOST_BYTES 512

static const char *database_url;

struct setting db_settings[] = {
	{ .name = "DATABASE_URL",
	        .kind = SETTING_URL,
	        .out = &database_url,
	        .fallback = NULL,
	        .schemes = "postgres postgresql",
	        .secret = true,
	        .help = "PostgreSQL, as libpq writes it: postgresql://user:password@host:5432/guichet; "
	                "several hosts with commas" },
	{ .name = NULL },
};

const char *db_url(void)
{
	return database_url;
}

static const char *option(const PQconninfoOption *options, const char *name)
{
	for (; options->keyword; options++) {
		if (strcmp(options->keyword, name) == 0)
			return options->val && *options->val ? options->val : NULL;
	}
	return NULL;
}

static int count_items(const char *list)
{
	int n = 1;

	for (; *list; list++)
		n += *list == ',';
	return n;
}

/* The item of that index; the only one stands for all. */
static const char *item(const char *list, int index, char out[HOST_BYTES])
{
	if (count_items(list) == 1)
		index = 0;
	for (; index > 0 && list; index--) {
		list = strchr(list, ',');
		list = list ? list + 1 : NULL;
	}
	snprintf(out, HOST_BYTES, "%.*s", list ? (int)strcspn(list, ",") : 0, list ? list : "");
	return out;
}

/* --- addresses ----------------------------------------------------------------------- */
/* Of a name, the address of that index, in numbers; returns how many there are. A name that is none, a folder of
 * sockets, or one that is not known now counts as one, with nothing in out. */
static int address_of(const char *name, int index, char out[HOST_BYTES])
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found = NULL;
	int count = 0;

	*out = '\0';
	if (!*name || *name == '/' || *name == '@' || getaddrinfo(name, NULL, &hints, &found) != 0)
		return 1;
	for (const struct addrinfo *a = found; a; a = a->ai_next)
		if (count++ == index &&
		        getnameinfo(a->ai_addr, a->ai_addrlen, out, HOST_BYTES, NULL, 0, NI_NUMERICHOST))
			*out = '\0';
	freeaddrinfo(found);
	return count;
}

/* The target of that index: host is its item of the list, address the one to use ("": libpq's choice).
 * Returns how many targets there are. */
static int find_target(const PQconninfoOption *options, int index, int *out_host, char out_address[HOST_BYTES])
{
	const char *hosts = option(options, "hostaddr");
	bool named = !hosts && (hosts = option(options, "host"));
	int n = hosts ? count_items(hosts) : 1, total = 0;
	char name[HOST_BYTES], address[HOST_BYTES];

	*out_host = 0;
	*out_address = '\0';
	for (int i = 0; i < n; i++) {
		int here = named ? address_of(item(hosts, i, name), index - total, address) : 1;

		if (index >= total && index < total + here) {
			*out_host = i;
			snprintf(out_address, HOST_BYTES, "%s", named ? address : "");
		}
		total += here;
	}
	return total;
}

int db_target_count(const char *url)
{
	PQconninfoOption *options = PQconninfoParse(url, NULL);
	char address[HOST_BYTES];
	int host, n;

	if (!options) {
		log_error("DATABASE_URL is nothing libpq can read");
		return 0;
	}
	n = find_target(options, 0, &host, address);
	PQconninfoFree(options);
	return n;
}

/* --- connecting ---------------------------------------------------------------------- */
struct option_list {
	const char *names[OPTIONS_MAX + 1];
	const char *values[OPTIONS_MAX + 1];
	int count;
};

static void add(struct option_list *list, const char *name, const char *value)
{
	if (value && list->count < OPTIONS_MAX) {
		list->names[list->count] = name;
		list->values[list->count++] = value;
	}
}

static void add_unless_given(
        struct option_list *list, const PQconninfoOption *given, const char *name, const char *value)
{
	if (!option(given, name))
		add(list, name, value);
}

PGconn *db_connect_start(const char *url, int target)
{
	PQconninfoOption *given = PQconninfoParse(url, NULL);
	struct option_list list = { .count = 0 };
	char items[3][HOST_BYTES], address[HOST_BYTES];
	int lists = 0, host;
	PGconn *conn;

	if (!given)
		return NULL;
	find_target(given, target, &host, address);
	for (const PQconninfoOption *o = given; o->keyword; o++) {
		bool per_host = strcmp(o->keyword, "host") == 0 || strcmp(o->keyword, "hostaddr") == 0 ||
		                strcmp(o->keyword, "port") == 0;

		if (o->val && *o->val)
			add(&list, o->keyword, per_host ? item(o->val, host, items[lists++]) : o->val);
	}
	if (*address)
		add(&list, "hostaddr", address);
	add_unless_given(&list, given, "application_name", process_name());
	add_unless_given(&list, given, "target_session_attrs", "read-write");
	add_unless_given(&list, given, "client_encoding", "UTF8");
	add_unless_given(&list, given, "connect_timeout", "5");
	add_unless_given(&list, given, "keepalives_idle", "15");
	add_unless_given(&list, given, "keepalives_interval", "5");
	add_unless_given(&list, given, "keepalives_count", "3");
	add_unless_given(&list, given, "tcp_user_timeout", "15000");
	conn = PQconnectStartParams(list.names, list.values, 0);
	PQconninfoFree(given);
	return conn;
}

static void on_notice(void *arg, const PGresult *notice)
{
	const char *message = PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY);

	(void)arg;
	log_debug("database says", LOG_TEXT("notice", message ? message : ""));
}

bool db_connect_done(PGconn *conn)
{
	PQsetNoticeReceiver(conn, on_notice, NULL);
	/* Details quote values; the log must not meet them in PQerrorMessage. */
	PQsetErrorVerbosity(conn, PQERRORS_TERSE);
	return PQsetnonblocking(conn, 1) == 0 && PQenterPipelineMode(conn) == 1;
}
