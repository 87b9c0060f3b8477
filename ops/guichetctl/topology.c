/* topology.c - "topology apply" and "topology check": the broker as queues/topology.def wants it.
 *
 *   GET definitions ─► compare ─► POST what is missing ─► GET again: is it so?
 *
 * Nothing is deleted: a queue or an exchange that exists otherwise is named, and
 * what to do with its messages is the operator's to decide.
 */
#include "ops/guichetctl/topology.h"

#include "base/clock.h"
#include "base/process.h"
#include "base/trust.h"
#include "ops/guichetctl/commands.h"
#include "queues/management.h"
#include "ops/guichetctl/secrets.h"
#include "queues/vhost.h"

#define WAIT_MS 30000
#define WAIT_TOLD_MS 2000
#define PAUSE_MS 100

struct topology {
	struct ctl *ctl;
	struct management *api;
	const char *vhost;
	json_t *wanted, *missing;
	struct topology_difference *differences;
};

/* Waits while the broker starts. */
static bool get_definitions(struct topology *t, json_t **out)
{
	const int64_t began_ms = clock_mono_ms();
	enum management_verdict verdict;
	bool told = false;

	while ((verdict = management_get(t->api, "/definitions", out)) == MANAGEMENT_AWAY) {
		int64_t waited_ms = clock_mono_ms() - began_ms;

		if (waited_ms > WAIT_MS)
			break;
		if (!told && waited_ms > WAIT_TOLD_MS) {
			say("waiting for the broker: %s", management_error(t->api));
			told = true;
		}
		process_nap_ms(PAUSE_MS);
	}
	if (verdict != MANAGEMENT_FINE)
		say_failed(t->ctl, "%s", management_error(t->api));
	return verdict == MANAGEMENT_FINE;
}

/* Fills differences and missing by a fresh look. */
static bool look(struct topology *t)
{
	json_t *actual;

	if (!get_definitions(t, &actual))
		return false;
	json_decref(t->missing);
	t->differences = topology_compare(t->ctl->arena, t->wanted, actual, &t->missing);
	json_decref(actual);
	return true;
}

static bool begin(struct topology *t, struct ctl *ctl)
{
	struct text secrets = secrets_read(ctl->arena);

	*t = (struct topology){ .ctl = ctl, .vhost = vhost_name(ctl->arena) };
	if (!secrets.data)
		return false;
	if (!t->vhost) {
		say_failed(ctl, "AMQP_URL: the vhost in its path cannot be read");
		return false;
	}
	t->api = management_open(ctl->arena);
	t->wanted = topology_wanted(t->vhost, management_user(t->api), secrets);
	return look(t);
}

static void end(struct topology *t)
{
	json_decref(t->wanted);
	json_decref(t->missing);
	management_close(&t->api);
}

static int count_of(const struct topology *t, enum topology_kind kind)
{
	int count = 0;

	for (const struct topology_difference *d = t->differences; d; d = d->next)
		count += d->kind == kind;
	return count;
}

static void describe(const struct topology_difference *d)
{
	switch (d->kind) {
	case TOPOLOGY_MISSING:
		say("%s %s is missing", d->what, d->name);
		break;
	case TOPOLOGY_DIFFERENT:
		say("%s %s differs in %s", d->what, d->name, d->member);
		break;
	case TOPOLOGY_CONFLICT:
		say("%s %s exists and differs in %s, which cannot be changed: empty it, delete it, and apply again",
		        d->what, d->name, d->member);
		break;
	case TOPOLOGY_UNKNOWN:
		say("%s %s is missing, and PROGRAM_PASSWORDS has no password for it", d->what, d->name);
		break;
	}
}

static void describe_all(const struct topology *t)
{
	for (const struct topology_difference *d = t->differences; d; d = d->next)
		describe(d);
}

static json_t *differences_json(const struct topology_difference *d)
{
	static const char *const kinds[] = { "missing", "different", "conflict", "no password" };
	json_t *list = json_array();

	for (; d; d = d->next)
		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s?}", "kind", kinds[d->kind], "what", d->what,
		                                    "name", d->name, "member", d->member));
	return list;
}

/* "5 exchanges, 22 queues, ..." */
static char *summary(struct arena *arena, const json_t *definitions)
{
	static const char *const names[] = { "vhosts", "users", "permissions", "exchanges", "queues", "bindings",
		"policies" };
	struct buffer out;

	buffer_init(&out, arena, 128);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		size_t count = json_array_size(json_object_get(definitions, names[i]));

		if (count)
			buffer_printf(&out, "%s%zu %s", out.len ? ", " : "", count, names[i]);
	}
	return buffer_cstr(&out);
}

/* Posts what is missing and looks whether it is there. */
static bool make_missing(struct topology *t, char *what)
{
	if (!*what)
		return true;
	if (management_post(t->api, "/definitions", t->missing) != MANAGEMENT_FINE) {
		say_failed(t->ctl, "%s", management_error(t->api));
		return false;
	}
	return look(t);
}

static enum ctl_exit apply(struct ctl *ctl)
{
	enum ctl_exit code = CTL_WRONG;
	struct topology t;

	if (begin(&t, ctl)) {
		char *made = summary(ctl->arena, t.missing);

		if (count_of(&t, TOPOLOGY_CONFLICT)) {
			describe_all(&t);
			say_failed(ctl, "vhost %s was left as it is", t.vhost);
		} else if (make_missing(&t, made)) {
			describe_all(&t);
			say("vhost %s: %s; %s%s", t.vhost, summary(ctl->arena, t.wanted),
			        *made ? "made or changed " : "nothing to do", made);
			if (ctl->json)
				say_json(json_pack("{s:s, s:s, s:o}", "vhost", t.vhost, "made", made, "differences",
				        differences_json(t.differences)));
			code = t.differences ? CTL_WRONG : CTL_GOOD;
		}
	}
	end(&t);
	return code;
}

static enum ctl_exit check(struct ctl *ctl)
{
	enum ctl_exit code = CTL_WRONG;
	struct topology t;

	if (begin(&t, ctl)) {
		code = t.differences ? CTL_WRONG : CTL_GOOD;
		describe_all(&t);
		if (ctl->json)
			say_json(json_pack(
			        "{s:s, s:o}", "vhost", t.vhost, "differences", differences_json(t.differences)));
		else if (!t.differences)
			printf("vhost %s is as it should be: %s\n", t.vhost, summary(ctl->arena, t.wanted));
	}
	end(&t);
	return code;
}

static enum ctl_exit redis(struct ctl *ctl)
{
	struct text secrets = secrets_read(ctl->arena);
	const char *unknown;
	struct buffer out;

	if (!secrets.data)
		return CTL_WRONG;
	buffer_init(&out, ctl->arena, 4096);
	unknown = topology_redis(secrets, &out);
	if (unknown)
		return say_failed(ctl, "PROGRAM_PASSWORDS has no password for %s", unknown);
	if (ctl->json)
		say_json(json_pack("{s:s}", "aclfile", buffer_cstr(&out)));
	else
		fputs(buffer_cstr(&out), stdout);
	return CTL_GOOD;
}

static struct setting *const redis_settings[] = { secrets_settings, NULL };
static struct setting *const settings[] = { management_settings, trust_settings, vhost_settings, secrets_settings,
	NULL };

const struct command_row topology_commands[] = {
	{ "topology", "apply", NULL, "makes the broker's vhost, exchanges, queues, bindings, policies and users",
	        "Idempotent; waits up to 30 s for a broker that is starting. Users get the passwords of\n"
	        "PROGRAM_PASSWORDS; a user that exists and has no line there keeps its own. Nothing is ever\n"
	        "deleted: a queue or exchange that exists with other properties is named, and nothing changes.",
	        NULL, settings, apply },
	{ "topology", "check", NULL, "tells where the broker differs from that; exit code 1 when it does", NULL, NULL,
	        settings, check },
	{ "topology", "redis", NULL, "prints the users of Redis, one for each program, as a file for its aclfile",
	        "Each has its channels and commands only, and the hash of its password of PROGRAM_PASSWORDS; the "
	        "default\n"
	        "user is off. Redis reads the file when it starts, and with ACL LOAD.",
	        NULL, redis_settings, redis },
	{ 0 },
};
