/* diagnose_token.c - "diagnose token": what an access token says, and every reason why the ingress refuses it.
 *
 * The rules are those of queues/access_key.c and ingress/http/principal.c. The token itself is never printed, and its
 * signature neither: what is printed opens no door.
 */
#include <inttypes.h>
#include <string.h>
#include "base/clock.h"
#include "ops/guichetctl/commands.h"
#include "queues/access_key.h"
#include "sql/db.h"

#define LEEWAY_S 30
#define TOKEN_MAX ACCESS_TOKEN_MAX
#define SKEW_WARN_S 2
#define REASONS_MAX 16

static struct access_key_names names;
static const char *database_url;
static int64_t token_ttl_ms;

static struct setting settings_rows[] = {
	{ "JWT_SECRET", SETTING_TEXT, &names.secret, "", .max = 512, .secret = true,
	        .help = "the key of the ingress; without it and JWT_KEY_FILE the signature is not looked at" },
	{ "JWT_OLD_SECRETS", SETTING_TEXT, &names.old_secrets, "", .secret = true, .help = "its earlier ones" },
	{ "JWT_KEY_FILE", SETTING_FILE, &names.key_file, "", .help = "its private key" },
	{ "JWT_OLD_KEY_FILES", SETTING_TEXT, &names.old_key_files, "", .help = "its earlier ones" },
	{ "JWT_EXPIRES_IN", SETTING_DURATION, &token_ttl_ms, "24h", .min = 1000, .max = 30LL * 86400000,
	        .help = "how long a token is good, as the ingress has it" },
	{ "DATABASE_URL", SETTING_URL, &database_url, "", .schemes = "postgres postgresql", .secret = true,
	        .help = "PostgreSQL; without it account and session are not looked at" },
	{ 0 },
};

struct diagnosis {
	struct ctl *ctl;
	json_t *header, *claims;
	int64_t now_s, skew_ms; /* our clock against the database's */
	bool has_skew;
	const char *signature; /* what is known of it */
	json_t *account;       /* what the database knows; NULL: not asked */
	char *reasons[REASONS_MAX];
	const char *codes[REASONS_MAX];
	int count;
};

static void refuse(struct diagnosis *d, const char *code, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

static void refuse(struct diagnosis *d, const char *code, const char *format, ...)
{
	char reason[256];
	va_list args;

	if (d->count == REASONS_MAX)
		return;
	va_start(args, format);
	vsnprintf(reason, sizeof reason, format, args);
	va_end(args);
	d->codes[d->count] = code;
	/* What the token says may have been cut within a character. */
	d->reasons[d->count++] = text_dup(d->ctl->arena, text_mend(d->ctl->arena, text_of(reason)));
}

/* --- its parts -------------------------------------------------------------------------------- */
static const char *const verdicts[] = {
	[ACCESS_ALGORITHM] = "its algorithm is not that of the key it names, or none that is taken (HS256, ES256)",
	[ACCESS_CRITICAL] = "it wants extensions to be understood (crit), and none is",
	[ACCESS_UNKNOWN] = "it names a key (kid) that is none of these: the key was renewed, the ingress has others, "
	                   "or it is forged",
	[ACCESS_FORGED] = "its signature was not made with this key: the secret was renewed, the ingress has another, "
	                  "or it is forged",
	[ACCESS_MALFORMED] = "its header is not understood",
};

static void look_at_signature(struct diagnosis *d, struct text token)
{
	enum access_verdict verdict;
	json_t *claims;

	if (!*names.secret && !*names.key_file) {
		d->signature = "not looked at: neither JWT_SECRET nor JWT_KEY_FILE is set";
		return;
	}
	verdict = access_token_verify(d->ctl->arena, token, &claims);
	json_decref(claims);
	d->signature = verdict == ACCESS_GOOD ? "made with a key of ours" : "not made with a key of ours";
	if (verdict != ACCESS_GOOD)
		refuse(d, "AUTH_TOKEN_INVALID", "%s", verdicts[verdict]);
}

/* False: it is no token. */
static bool take_apart(struct diagnosis *d, struct text token)
{
	const char *first = memchr(token.data, '.', token.len);
	const char *second = first ? memchr(first + 1, '.', (size_t)(token.data + token.len - first - 1)) : NULL;

	if (token.len > TOKEN_MAX || !second)
		return false;
	d->header = access_token_part(d->ctl->arena, (struct text){ token.data, (size_t)(first - token.data) });
	d->claims = access_token_part(d->ctl->arena, (struct text){ first + 1, (size_t)(second - first - 1) });
	if (!d->header || !d->claims)
		return false;
	look_at_signature(d, token);
	return true;
}

/* --- what it claims ---------------------------------------------------------------------------- */
static const char *word(const json_t *object, const char *name)
{
	const char *value = json_string_value(json_object_get(object, name));

	return value ? value : "";
}

static int64_t number(const struct diagnosis *d, const char *name)
{
	return json_integer_value(json_object_get(d->claims, name));
}

static void judge_claims(struct diagnosis *d)
{
	struct uuid account;

	if (strcmp(word(d->claims, "iss"), "guichet") != 0)
		refuse(d, "AUTH_TOKEN_INVALID", "it was issued by '%.40s', not by guichet", word(d->claims, "iss"));
	if (!uuid_parse(text_of(word(d->claims, "sub")), &account) || uuid_is_none(&account))
		refuse(d, "AUTH_TOKEN_INVALID", "it names no account (sub)");
}

static void judge_times(struct diagnosis *d)
{
	int64_t exp = number(d, "exp"), iat = number(d, "iat"), nbf = number(d, "nbf"), ttl_s = token_ttl_ms / 1000;

	if (exp <= 0 || iat <= 0)
		refuse(d, "AUTH_TOKEN_INVALID", "it does not say when it was signed and when it ends (iat, exp)");
	else if (iat > d->now_s + LEEWAY_S)
		refuse(d, "AUTH_TOKEN_INVALID", "it was signed %" PRId64 " s from now: a clock is wrong",
		        iat - d->now_s);
	if (nbf > d->now_s + LEEWAY_S)
		refuse(d, "AUTH_TOKEN_INVALID", "it is not good before %" PRId64 " s from now (nbf)", nbf - d->now_s);
	if (exp > 0 && exp < d->now_s)
		refuse(d, "AUTH_TOKEN_EXPIRED", "it ended %" PRId64 " s ago", d->now_s - exp);
	else if (iat > 0 && iat + ttl_s < d->now_s)
		refuse(d, "AUTH_TOKEN_EXPIRED",
		        "it was signed more than JWT_EXPIRES_IN (%" PRId64 " s) ago, and is good no longer than that",
		        ttl_s);
}

/* --- what is known of it ------------------------------------------------------------------------ */
static void judge_account(struct diagnosis *d, const struct db_result *r)
{
	int64_t epoch = db_int(r, 0, 3);

	d->skew_ms = clock_unix_ms() - db_int(r, 0, 7);
	d->has_skew = true;
	d->account = json_pack("{s:o, s:o, s:b, s:I, s:o, s:o}", "email", say_member(db_text(r, 0, 0)), "role",
	        say_member(db_text(r, 0, 1)), "isActive", db_bool(r, 0, 2), "epoch", (json_int_t)epoch,
	        "sessionRevokedAt", say_member(db_text(r, 0, 5)), "sessionEndsAt", say_member(db_text(r, 0, 6)));
	if (db_is_null(r, 0, 0)) {
		refuse(d, "AUTH_TOKEN_INVALID", "there is no such account in this database");
		return;
	}
	if (!db_bool(r, 0, 2))
		refuse(d, "ACCOUNT_DISABLED", "the account is disabled: guichetctl user enable --email %.*s",
		        (int)db_text(r, 0, 0).len, db_text(r, 0, 0).data);
	if (number(d, "epoch") < epoch)
		refuse(d, "AUTH_TOKEN_REVOKED",
		        "it is of epoch %" PRId64 ", and the account of %" PRId64
		        ": its password or role was changed, or it was signed out everywhere",
		        number(d, "epoch"), epoch);
	if (!db_is_null(r, 0, 5))
		refuse(d, "AUTH_TOKEN_REVOKED", "its session was ended at %.*s", (int)db_text(r, 0, 5).len,
		        db_text(r, 0, 5).data);
}

/* False after having said why. */
static bool ask_database(struct diagnosis *d)
{
	struct uuid account, session;
	struct db_result *r;
	struct db *db;
	bool is_told;

	if (!*database_url || !uuid_parse(text_of(word(d->claims, "sub")), &account))
		return true;
	if (!uuid_parse(text_of(word(d->claims, "sid")), &session))
		session = (struct uuid){ 0 };
	db = db_open(database_url);
	r = db_send(db, QUERY_ctl_token_account, P_UUID(&account), P_UUID(&session));
	is_told = db_sync(db);
	if (is_told)
		judge_account(d, r);
	else
		say_failed(d->ctl, "account and session cannot be read: %s", db_message(db));
	db_close(&db);
	return is_told;
}

/* --- the answer ---------------------------------------------------------------------------------- */
static json_t *reasons_json(const struct diagnosis *d)
{
	json_t *list = json_array();

	for (int i = 0; i < d->count; i++)
		json_array_append_new(list, json_pack("{s:s, s:s}", "code", d->codes[i], "why", d->reasons[i]));
	return list;
}

static void write_moment(const struct diagnosis *d, const char *name, const char *what)
{
	int64_t at_s = number(d, name);
	char moment[CLOCK_TEXT_BYTES];

	if (at_s <= 0 || at_s > 32503680000) /* the year 3000 */
		return;
	clock_format(at_s * 1000000, moment);
	printf("%-11s %s, %" PRId64 " s %s\n", what, moment, at_s > d->now_s ? at_s - d->now_s : d->now_s - at_s,
	        at_s > d->now_s ? "from now" : "ago");
}

static void write_text(const struct diagnosis *d)
{
	char *header = json_dumps(d->header, JSON_COMPACT | JSON_ENSURE_ASCII),
	     *claims = json_dumps(d->claims, JSON_INDENT(2) | JSON_ENSURE_ASCII);

	printf("header      %s\nclaims      %s\n", header, claims);
	free(header);
	free(claims);
	write_moment(d, "iat", "signed");
	write_moment(d, "nbf", "not before");
	write_moment(d, "exp", "ends");
	printf("signature   %s\n", d->signature);
	if (d->has_skew)
		printf("clock       ours is %" PRId64 " ms ahead of the database's%s\n", d->skew_ms,
		        d->skew_ms / 1000 > SKEW_WARN_S || d->skew_ms / 1000 < -SKEW_WARN_S
		                ? ": set it right, tokens go by it"
		                : "");
	printf("account     %s\n", !d->account ? "not looked at: DATABASE_URL is not set, or the token names none"
	                                       : word(d->account, "email"));
	for (int i = 0; i < d->count; i++) {
		printf("refused     %s: ", d->codes[i]);
		say_text(stdout, text_of(d->reasons[i]), 0);
		printf("\n");
	}
	if (!d->count)
		printf("accepted    as far as was looked at\n");
}

static struct text token_of(struct ctl *ctl)
{
	char *line = arena_alloc(ctl->arena, TOKEN_MAX + 16);

	if (strcmp(ctl->operands[0], "-") != 0)
		return text_of(ctl->operands[0]);
	return text_of(fgets(line, TOKEN_MAX + 16, stdin) ? line : "");
}

static enum ctl_exit diagnose(struct ctl *ctl)
{
	struct diagnosis d = { .ctl = ctl, .now_s = clock_unix_ms() / 1000 };
	struct text token;
	const char *why;

	if (ctl->operand_count != 1) {
		say("name one token, or - for a line of standard input");
		return CTL_USAGE;
	}
	why = access_keys_load(&names);
	if (why)
		return say_failed(ctl, "%s", why);
	token = text_trim(token_of(ctl));
	if (token.len > 7 && text_equal_nocase((struct text){ token.data, 7 }, TEXT("Bearer ")))
		token = text_trim((struct text){ token.data + 7, token.len - 7 });
	if (!take_apart(&d, token))
		return say_failed(
		        ctl, "that is no access token: it has not three parts of base64url with JSON in the first two");
	judge_claims(&d);
	judge_times(&d);
	if (!ask_database(&d))
		return CTL_WRONG;
	if (ctl->json)
		say_json(json_pack("{s:O, s:O, s:s, s:O?, s:o, s:b, s:o}", "header", d.header, "claims", d.claims,
		        "signature", d.signature, "account", d.account, "clockAheadMs",
		        d.has_skew ? json_integer(d.skew_ms) : json_null(), "isAccepted", d.count == 0, "refusedFor",
		        reasons_json(&d)));
	else
		write_text(&d);
	json_decref(d.header);
	json_decref(d.claims);
	json_decref(d.account);
	return d.count ? CTL_WRONG : CTL_GOOD;
}

static struct setting *const settings[] = { settings_rows, NULL };

const struct command_row diagnose_token_commands[] = {
	{ "diagnose", "token", "TOKEN|-", "tells what is in an access token, and every reason why it is refused",
	        "Header, claims, times, who signed it, whether account and session still allow it. The token is not "
	        "printed\n"
	        "again. With - it is read from standard input, where no list of processes shows it. Exit code 1: it is "
	        "refused.",
	        NULL, settings, diagnose },
	{ 0 },
};
