/* directory.c - see directory.h. The only file that knows libldap. */
#include "ingress/account/directory.h"

#include <ldap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sysexits.h>
#include "base/log.h"
#include "base/trust.h"
#include "ingress/http/crew.h"
#include "ingress/http/respond.h"

#define THREADS 4
#define QUEUE_MAX 64
#define STEP_S 2      /* of a connection, and of each question */
#define CALL_MS 14000 /* all of them */
#define GROUPS_MOST 1000

static const char *url, *bind_dn, *bind_password, *base, *filter, *role_map;

struct setting directory_settings[] = {
	{ "LDAP_URL", SETTING_TEXT, &url, "", .max = 500,
	        .help = "the directory whose people sign in with their passwords there (ldaps://host, or ldap://host, "
	                "which "
	                "turns to TLS); empty: none" },
	{ "LDAP_BIND_DN", SETTING_TEXT, &bind_dn, "", .max = 500, .help = "who we are there; empty: nobody" },
	{ "LDAP_BIND_PASSWORD", SETTING_TEXT, &bind_password, "", .max = 500, .secret = true,
	        .help = "and our password" },
	{ "LDAP_BASE", SETTING_TEXT, &base, "", .max = 500, .help = "below what people and groups are looked for" },
	{ "LDAP_FILTER", SETTING_TEXT, &filter, "(mail=%s)", .max = 500,
	        .help = "what finds somebody; %s is the address that signs in" },
	{ "LDAP_ROLES", SETTING_TEXT, &role_map, "", .max = 4000,
	        .help = "which group (its cn) makes what: group=role with blanks between, the highest counts, none is "
	                "user; "
	                "empty: roles are given here" },
	{ 0 },
};

static struct crew crew = CREW(crew, .thread = "directory", .most = QUEUE_MAX);

/* Has an arena of its own, which outlives the call's answer. */
struct question {
	struct crew_job job; /* first: its call back leads here */
	struct arena *arena;
	struct text email, password;
	void (*then)(struct call *call, void *state, enum directory_verdict verdict, const struct federated *person);
	void *state;
	/* Found out. */
	enum directory_verdict verdict;
	struct text subject, first_name, last_name;
	enum account_role role;
};

/* --- settings ------------------------------------------------------------------------------------- */
bool directory_is_set(void)
{
	return *url != '\0';
}

struct text directory_issuer(void)
{
	return TEXT("ldap");
}

static bool is_here(void)
{
	static const char *const begins[] = { "ldap://127.0.0.1", "ldap://[::1]", "ldap://localhost" };

	for (size_t i = 0; i < sizeof begins / sizeof *begins; i++) {
		size_t len = strlen(begins[i]);

		if (!strncmp(url, begins[i], len) && (!url[len] || url[len] == ':' || url[len] == '/'))
			return true;
	}
	return false;
}

static const char *wrong_setting(void)
{
	const char *percent = strchr(filter, '%');

	if ((strncmp(url, "ldap://", 7) != 0 && strncmp(url, "ldaps://", 8) != 0) || strpbrk(url, " ,"))
		return "LDAP_URL is one ldap:// or ldaps://";
	if (!percent || percent[1] != 's')
		return "LDAP_FILTER has %s where the address goes";
	if (*bind_dn && !*bind_password)
		return "LDAP_BIND_PASSWORD is missing: a bind without one is nobody's";
	if (federation_roles_wrong(role_map))
		return "LDAP_ROLES wants group=role with blanks between; roles are user, agent, manager and admin";
	return NULL;
}

void directory_start(void)
{
	const char *wrong = directory_is_set() ? wrong_setting() : NULL;

	if (wrong) {
		fprintf(stderr, "guichet-ingress: %s\n", wrong);
		exit(EX_CONFIG);
	}
	if (directory_is_set())
		crew_start(&crew, THREADS);
}

/* --- texts ------------------------------------------------------------------------------------------ */
/* As a value in a filter (RFC 4515 section 3): what could be anything but itself is written as its code. */
static void write_value(struct buffer *out, struct text value)
{
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.data[i];

		if (c < ' ' || c >= 0x7f || strchr("*()\\", c))
			buffer_printf(out, "\\%02x", c);
		else
			buffer_append(out, &value.data[i], 1);
	}
}

static const char *filter_for(struct arena *arena, const char *pattern, struct text value)
{
	struct buffer out;

	buffer_init(&out, arena, 256);
	for (const char *at = pattern; *at; at++) {
		if (at[0] == '%' && at[1] == 's') {
			write_value(&out, value);
			at++;
		} else {
			buffer_append(&out, at, 1);
		}
	}
	return buffer_cstr(&out);
}

/* --- steps: an LDAP result code each ------------------------------------------------------------------ */
static int secure(LDAP *ldap)
{
	int demand = LDAP_OPT_X_TLS_DEMAND, least = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2, is_server = 0;

	ldap_set_option(ldap, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand);
	ldap_set_option(ldap, LDAP_OPT_X_TLS_PROTOCOL_MIN, &least);
	if (*trust_file())
		ldap_set_option(ldap, LDAP_OPT_X_TLS_CACERTFILE, trust_file());
	if (ldap_set_option(ldap, LDAP_OPT_X_TLS_NEWCTX, &is_server) != LDAP_OPT_SUCCESS)
		return LDAP_CONNECT_ERROR;
	return strncmp(url, "ldaps:", 6) ? ldap_start_tls_s(ldap, NULL, NULL) : LDAP_SUCCESS;
}

static int connect_to(LDAP **out)
{
	const struct timeval step = { .tv_sec = STEP_S };
	int version = LDAP_VERSION3, code = ldap_initialize(out, url);

	if (code != LDAP_SUCCESS)
		return code;
	ldap_set_option(*out, LDAP_OPT_PROTOCOL_VERSION, &version);
	ldap_set_option(*out, LDAP_OPT_NETWORK_TIMEOUT, &step);
	ldap_set_option(*out, LDAP_OPT_TIMEOUT, &step);
	ldap_set_option(*out, LDAP_OPT_REFERRALS, LDAP_OPT_OFF);
	return is_here() ? LDAP_SUCCESS : secure(*out);
}

static int bind_as(LDAP *ldap, const char *dn, struct text password)
{
	struct berval secret = { .bv_len = password.len, .bv_val = (char *)password.data };

	return ldap_sasl_bind_s(ldap, dn, LDAP_SASL_SIMPLE, &secret, NULL, NULL, NULL);
}

static int bind_as_us(LDAP *ldap)
{
	return bind_as(ldap, bind_dn, *bind_dn ? text_of(bind_password) : TEXT(""));
}

static int search(LDAP *ldap, const char *wanted, const char *const *attributes, int most, LDAPMessage **out)
{
	struct timeval step = { .tv_sec = STEP_S };
	int code = ldap_search_ext_s(
	        ldap, base, LDAP_SCOPE_SUBTREE, wanted, (char **)attributes, 0, NULL, NULL, &step, most, out);

	return code == LDAP_SIZELIMIT_EXCEEDED ? LDAP_SUCCESS : code;
}

/* The first value, in the arena; TEXT_NONE: there is none. */
static struct text value_of(LDAP *ldap, LDAPMessage *entry, const char *attribute, struct arena *arena)
{
	struct berval **values = ldap_get_values_len(ldap, entry, attribute);
	struct text out = TEXT_NONE;

	if (values && values[0])
		out = text_copy(arena, (struct text){ values[0]->bv_val, values[0]->bv_len });
	ldap_value_free_len(values);
	return out;
}

/* What stays the same when somebody is renamed: entryUUID (RFC 4530), Active Directory's objectGUID, or at worst the
 * name itself. */
static struct text subject_of(LDAP *ldap, LDAPMessage *entry, const char *dn, struct arena *arena)
{
	struct text uuid = value_of(ldap, entry, "entryUUID", arena), guid;
	char *hex;

	if (uuid.len && text_is_utf8(uuid, NULL))
		return uuid;
	guid = value_of(ldap, entry, "objectGUID", arena);
	if (!guid.len)
		return text_of(arena_copy(arena, dn, strlen(dn)));
	hex = arena_alloc(arena, 2 * guid.len + 1);
	text_hex(guid.data, guid.len, hex);
	return text_of(hex);
}

/* Of the groups that have the entry as a member. */
static int find_role(LDAP *ldap, const char *dn, struct question *q)
{
	static const char *const attributes[] = { "cn", NULL };
	LDAPMessage *found = NULL;
	int code;

	q->role = federation_role(role_map, 0, TEXT(""));
	if (!*role_map)
		return LDAP_SUCCESS;
	code = bind_as_us(ldap);
	if (code == LDAP_SUCCESS)
		code = search(ldap, filter_for(q->arena, "(|(member=%s)(uniqueMember=%s))", text_of(dn)), attributes,
		        GROUPS_MOST, &found);
	for (LDAPMessage *e = ldap_first_entry(ldap, found); e; e = ldap_next_entry(ldap, e))
		q->role = federation_role(role_map, q->role, value_of(ldap, e, "cn", q->arena));
	ldap_msgfree(found);
	return code;
}

/* --- one question --------------------------------------------------------------------------------------- */
/* What is no answer to the question whether the password is right. */
static bool is_trouble(int code)
{
	return code < 0 || code == LDAP_BUSY || code == LDAP_UNAVAILABLE || code == LDAP_TIMELIMIT_EXCEEDED ||
	       code == LDAP_CONFIDENTIALITY_REQUIRED || code == LDAP_OPERATIONS_ERROR;
}

static int prove(LDAP *ldap, LDAPMessage *entry, struct question *q)
{
	char *dn = ldap_get_dn(ldap, entry);
	int code;

	if (!dn)
		return LDAP_DECODING_ERROR;
	q->subject = subject_of(ldap, entry, dn, q->arena);
	q->first_name = value_of(ldap, entry, "givenName", q->arena);
	q->last_name = value_of(ldap, entry, "sn", q->arena);
	code = bind_as(ldap, dn, q->password);
	q->verdict = is_trouble(code) ? DIRECTORY_AWAY : code == LDAP_SUCCESS ? DIRECTORY_PROVEN : DIRECTORY_WRONG;
	if (q->verdict == DIRECTORY_PROVEN && (code = find_role(ldap, dn, q)) != LDAP_SUCCESS)
		q->verdict = DIRECTORY_AWAY;
	ldap_memfree(dn);
	return code;
}

/* Nobody has that address, or several have it: a bind that cannot succeed takes its time. */
static int prove_nobody(LDAP *ldap, struct question *q)
{
	bind_as(ldap, arena_printf(q->arena, "cn=nobody has this name,%s", base), q->password);
	q->verdict = DIRECTORY_WRONG;
	return LDAP_SUCCESS;
}

static int look(LDAP *ldap, struct question *q)
{
	static const char *const attributes[] = { "givenName", "sn", "entryUUID", "objectGUID", NULL };
	LDAPMessage *found = NULL;
	int code = bind_as_us(ldap);

	if (code == LDAP_SUCCESS)
		code = search(ldap, filter_for(q->arena, filter, q->email), attributes, 2, &found);
	if (code == LDAP_SUCCESS)
		code = ldap_count_entries(ldap, found) == 1 ? prove(ldap, ldap_first_entry(ldap, found), q)
		                                            : prove_nobody(ldap, q);
	ldap_msgfree(found);
	return code;
}

static void ask(struct crew_job *job)
{
	struct question *q = (struct question *)job;
	LDAP *ldap = NULL;
	int code;

	q->verdict = DIRECTORY_AWAY;
	code = connect_to(&ldap);
	if (code == LDAP_SUCCESS)
		code = look(ldap, q);
	if (q->verdict == DIRECTORY_AWAY)
		log_warn("the directory does not answer, or not as it should",
		        LOG_TEXT("reason", ldap_err2string(code)));
	if (ldap)
		ldap_unbind_ext_s(ldap, NULL, NULL);
	explicit_bzero((char *)q->password.data, q->password.len);
}

/* --- for a call -------------------------------------------------------------------------------------------- */
static void question_free(struct question *q)
{
	explicit_bzero((char *)q->password.data, q->password.len);
	arena_free(&q->arena);
	free(q);
}

static struct federated *read_person(struct call *call, const struct question *q)
{
	struct federated *person = ARENA_NEW(call->arena, struct federated);

	person->issuer = directory_issuer();
	person->subject = text_copy(call->arena, q->subject);
	person->email = text_copy(call->arena, q->email);
	person->first_name = text_copy(call->arena, q->first_name);
	person->last_name = text_copy(call->arena, q->last_name);
	person->is_proven = true;
	person->by_password = true;
	person->role = q->role;
	return person;
}

static void on_asked(struct call *call, struct crew_job *job)
{
	struct question *q = (struct question *)job;

	if (call->req)
		q->then(call, q->state, q->verdict, q->verdict == DIRECTORY_PROVEN ? read_person(call, q) : NULL);
	question_free(q);
}

static void answer_away(struct call *call, void *unused)
{
	(void)unused;
	respond_problem(call, PROBLEM_AUTH_PROVIDER_UNAVAILABLE, TEXT_NONE, NULL);
}

void directory_ask(struct call *call, struct text email, struct text password,
        void (*then)(struct call *call, void *state, enum directory_verdict verdict, const struct federated *person),
        void *state)
{
	struct question *q;

	if (!password.len) {
		then(call, state, DIRECTORY_WRONG, NULL);
		return;
	}
	q = calloc(1, sizeof *q);
	if (!q)
		abort(); /* out of memory */
	q->arena = arena_new(4096);
	q->email = text_copy(q->arena, email);
	q->password = text_copy(q->arena, password);
	q->then = then;
	q->state = state;
	q->job.work = ask;
	q->job.then = on_asked;
	call_limit(call, call->began_ms + CALL_MS, answer_away, NULL);
	if (crew_run(&crew, call, &q->job))
		return;
	question_free(q);
	respond_problem(call, PROBLEM_SERVICE_UNAVAILABLE, TEXT_NONE, NULL);
}
