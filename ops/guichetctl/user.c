/* user.c - "user add", "user role", "user disable", "user enable", "user passwd", "user list".
 *
 * Each change is one statement with its event, so the audit trail has it. A changed
 * role, state or password raises the account's epoch, which ends what was signed in before.
 *
 * Tells user.registered, user.role_changed, user.disabled, user.enabled, user.password_changed;
 * actorId is null: Guichet itself, by the hand of its operator.
 */
#include <string.h>
#include "base/password.h"
#include "ops/guichetctl/commands.h"
#include "ops/guichetctl/terminal.h"
#include "queues/contract.h"
#include "sql/db.h"

#define LIST_MAX 1000
#define ROLES "user agent manager admin"
#define LANGUAGES "fr en"

/* The same rules as for someone who registers. */
static bool check_field(struct ctl *ctl, const char *option, const char *member)
{
	const struct record *form = &actions[ACTION_account_register].record;
	struct account_register out = { 0 };
	struct problems problems = { 0 };
	const char *value = option_text(ctl, option);

	if (!value ||
	        contract_set(form, field_find(form, text_of(member)), text_of(value), ctl->arena, &out, &problems))
		return true;
	say("--%s: %s", option, problems.items[0].detail);
	return false;
}

static struct text option_or(const struct ctl *ctl, const char *name, const char *fallback)
{
	const char *value = option_text(ctl, name);

	return text_of(value ? value : fallback);
}

/* The only time a generated password is seen. */
static void tell_password(enum password_source source, struct text password)
{
	if (source == PASSWORD_GENERATED)
		printf("password: %.*s\n", (int)password.len, password.data);
}

static void tell(const struct ctl *ctl, const struct uuid *id, const char *email, const char *what,
        enum password_source source, struct text password)
{
	char shown[UUID_TEXT_BYTES];
	json_t *answer;

	uuid_format(id, shown);
	if (!ctl->json) {
		printf("%s %s (%s)\n", what, email, shown);
		tell_password(source, password);
		return;
	}
	answer = json_pack("{s:s, s:s, s:s}", "id", shown, "email", email, "result", what);
	if (source == PASSWORD_GENERATED)
		json_object_set_new(answer, "password", say_member(password));
	say_json(answer);
}

/* --- add ------------------------------------------------------------------------ */
/* The account that has the address; none when there is none. */
static struct uuid find(struct db *db, const char *email)
{
	struct db_result *found;

	db_reset(db);
	found = db_send(db, QUERY_ctl_user_find, P_TEXT(text_of(email)));
	db_sync(db);
	return db_uuid(found, 0, 0);
}

static enum ctl_exit taken(struct ctl *ctl, const struct uuid *id, const char *email)
{
	if (!option_flag(ctl, "if-absent"))
		return say_failed(ctl, "there is an account with the address %s already", email);
	tell(ctl, id, email, "present", PASSWORD_READ, TEXT_NONE);
	return CTL_GOOD;
}

static enum ctl_exit insert(struct ctl *ctl, struct db *db, struct text password, enum password_source source)
{
	const char *email = option_text(ctl, "email");
	struct uuid id = uuid_new(), event = uuid_new();
	char hash[PASSWORD_HASH_BYTES];
	struct db_result *added;

	password_hash(password, hash);
	db_begin(db);
	added = db_send(db, QUERY_ctl_user_add, P_UUID(&id), P_TEXT(text_of(email)),
	        P_TEXT(option_or(ctl, "role", "user")), P_TEXT(option_or(ctl, "first-name", "")),
	        P_TEXT(option_or(ctl, "last-name", "")), P_TEXT(option_or(ctl, "language", "fr")),
	        P_TEXT(text_of(hash)), P_UUID(&event));
	if (!db_commit(db))
		return database_failed(ctl, db, "the account was not added");
	if (db_rows(added) == 0) {
		id = find(db, email);
		return taken(ctl, &id, email);
	}
	tell(ctl, &id, text_dup(ctl->arena, db_text(added, 0, 1)), "added", source, password);
	return CTL_GOOD;
}

static enum ctl_exit add(struct ctl *ctl)
{
	const char *email = option_text(ctl, "email");
	enum password_source source;
	enum ctl_exit code;
	struct text password;
	struct uuid id;
	struct db *db;

	if (!check_field(ctl, "email", "email") || !check_field(ctl, "first-name", "firstName") ||
	        !check_field(ctl, "last-name", "lastName"))
		return CTL_USAGE;
	db = database_open(ctl);
	if (!db)
		return CTL_WRONG;
	id = find(db, email);
	if (db_fault(db) != DB_FINE) {
		code = database_failed(ctl, db, "the account was not added");
	} else if (!uuid_is_none(&id)) {
		code = taken(ctl, &id, email);
	} else {
		/* Asked for only when there is a use for it. */
		password = terminal_password(ctl, &source);
		code = password.data ? insert(ctl, db, password, source) : CTL_USAGE;
	}
	db_close(&db);
	return code;
}

/* --- role ----------------------------------------------------------------------- */
static enum ctl_exit change_role(struct ctl *ctl, struct db *db)
{
	const char *email = option_text(ctl, "email"), *role = option_text(ctl, "role");
	struct uuid event = uuid_new(), id;
	struct db_result *changed;

	db_begin(db);
	changed = db_send(db, QUERY_ctl_user_role, P_TEXT(text_of(email)), P_TEXT(text_of(role)), P_UUID(&event));
	if (!db_commit(db))
		return database_failed(ctl, db, "the role was not changed");
	if (db_rows(changed) == 0)
		return say_failed(ctl, "there is no account with the address %s", email);
	id = db_uuid(changed, 0, 0);
	tell(ctl, &id, email, db_bool(changed, 0, 2) ? "changed" : "unchanged", PASSWORD_READ, TEXT_NONE);
	return CTL_GOOD;
}

static enum ctl_exit role(struct ctl *ctl)
{
	struct db *db;
	enum ctl_exit code;

	if (!check_field(ctl, "email", "email"))
		return CTL_USAGE;
	db = database_open(ctl);
	code = db ? change_role(ctl, db) : CTL_WRONG;
	db_close(&db);
	return code;
}

/* --- disable, enable ------------------------------------------------------------- */
static enum ctl_exit change_active(struct ctl *ctl, struct db *db, bool active)
{
	const char *email = option_text(ctl, "email");
	struct uuid event = uuid_new(), id;
	struct db_result *changed;

	db_begin(db);
	changed = db_send(db, QUERY_ctl_user_active, P_TEXT(text_of(email)),
	        P_TEXT(active ? TEXT("true") : TEXT("false")),
	        P_TEXT(active ? TEXT("user.enabled") : TEXT("user.disabled")), P_UUID(&event));
	if (!db_commit(db))
		return database_failed(ctl, db, "the account was not changed");
	if (db_rows(changed) == 0)
		return say_failed(ctl, "there is no account with the address %s", email);
	id = db_uuid(changed, 0, 0);
	tell(ctl, &id, email,
	        !db_bool(changed, 0, 1) ? "unchanged"
	        : active                ? "enabled"
	                                : "disabled",
	        PASSWORD_READ, TEXT_NONE);
	return CTL_GOOD;
}

static enum ctl_exit set_active(struct ctl *ctl, bool active)
{
	enum ctl_exit code;
	struct db *db;

	if (!check_field(ctl, "email", "email"))
		return CTL_USAGE;
	db = database_open(ctl);
	code = db ? change_active(ctl, db, active) : CTL_WRONG;
	db_close(&db);
	return code;
}

static enum ctl_exit disable(struct ctl *ctl)
{
	return set_active(ctl, false);
}

static enum ctl_exit enable(struct ctl *ctl)
{
	return set_active(ctl, true);
}

/* --- passwd --------------------------------------------------------------------- */
static enum ctl_exit change_password(struct ctl *ctl, struct db *db, struct text password, enum password_source source)
{
	const char *email = option_text(ctl, "email");
	struct uuid event = uuid_new(), id;
	char hash[PASSWORD_HASH_BYTES];
	struct db_result *changed;

	password_hash(password, hash);
	db_begin(db);
	changed = db_send(db, QUERY_ctl_user_passwd, P_TEXT(text_of(email)), P_TEXT(text_of(hash)), P_UUID(&event));
	if (!db_commit(db))
		return database_failed(ctl, db, "the password was not changed");
	if (db_rows(changed) == 0)
		return say_failed(ctl, "there is no account with the address %s", email);
	id = db_uuid(changed, 0, 0);
	tell(ctl, &id, email, "changed", source, password);
	return CTL_GOOD;
}

static enum ctl_exit passwd(struct ctl *ctl)
{
	enum password_source source;
	struct text password;
	enum ctl_exit code;
	struct db *db;

	if (!check_field(ctl, "email", "email"))
		return CTL_USAGE;
	password = terminal_password(ctl, &source);
	if (!password.data)
		return CTL_USAGE;
	db = database_open(ctl);
	code = db ? change_password(ctl, db, password, source) : CTL_WRONG;
	db_close(&db);
	return code;
}

/* --- list ----------------------------------------------------------------------- */
static json_t *account_json(const struct db_result *r, int row)
{
	return json_pack("{s:o, s:o, s:o, s:b, s:o, s:o, s:o, s:o, s:o}", "id", say_member(db_text(r, row, 0)), "email",
	        say_member(db_text(r, row, 1)), "role", say_member(db_text(r, row, 2)), "active", db_bool(r, row, 3),
	        "firstName", say_member(db_text(r, row, 4)), "lastName", say_member(db_text(r, row, 5)), "language",
	        say_member(db_text(r, row, 6)), "createdAt", say_member(db_text(r, row, 7)), "lastLoginAt",
	        say_member(db_text(r, row, 8)));
}

static void write_accounts(const struct ctl *ctl, const struct db_result *r)
{
	json_t *list = ctl->json ? json_array() : NULL;

	for (int row = 0; row < db_rows(r); row++) {
		if (list) {
			json_array_append_new(list, account_json(r, row));
			continue;
		}
		say_text(stdout, db_text(r, row, 0), 38);
		say_text(stdout, db_text(r, row, 2), 9);
		say_text(stdout, db_bool(r, row, 3) ? TEXT("active") : TEXT("disabled"), 10);
		say_text(stdout, db_text(r, row, 1), 0);
		fputc('\n', stdout);
	}
	if (list)
		say_json(list);
}

static enum ctl_exit list(struct ctl *ctl)
{
	int64_t limit = option_number(ctl, "limit", LIST_MAX);
	struct db *db = database_open(ctl);
	enum ctl_exit code = CTL_GOOD;
	struct db_result *accounts;

	if (!db)
		return CTL_WRONG;
	accounts = db_send(db, QUERY_ctl_user_list, P_TEXT(text_of(option_text(ctl, "role"))), P_INT(limit));
	if (!db_sync(db))
		code = database_failed(ctl, db, "the accounts cannot be read");
	else
		write_accounts(ctl, accounts);
	db_close(&db);
	return code;
}

/* --- rows ------------------------------------------------------------------------ */
#define EMAIL                                                                                                          \
	{                                                                                                              \
		"email", OPTION_TEXT, "E", .required = true, .help = "whose account"                                   \
	}
#define PASSWORD_STDIN                                                                                                 \
	{                                                                                                              \
		"password-stdin", OPTION_FLAG, .help = "read the password from standard input, one line"               \
	}

static const struct option_row add_options[] = {
	EMAIL,
	{ "role", OPTION_WORD, "R", ROLES, .help = "what the account may do; user unless given" },
	{ "first-name", OPTION_TEXT, "NAME", .help = "up to 100 characters" },
	{ "last-name", OPTION_TEXT, "NAME", .help = "up to 100 characters" },
	{ "language", OPTION_WORD, "L", LANGUAGES, .help = "of mail; fr unless given" },
	{ "if-absent", OPTION_FLAG, .help = "an account with that address is fine, and stays as it is" },
	PASSWORD_STDIN,
	{ 0 },
};
static const struct option_row role_options[] = {
	EMAIL,
	{ "role", OPTION_WORD, "R", ROLES, .required = true, .help = "the new role" },
	{ 0 },
};
static const struct option_row active_options[] = { EMAIL, { 0 } };
static const struct option_row passwd_options[] = { EMAIL, PASSWORD_STDIN, { 0 } };
static const struct option_row list_options[] = {
	{ "role", OPTION_WORD, "R", ROLES, .help = "only accounts with that role" },
	{ "limit", OPTION_NUMBER, "N", .help = "at most so many; 1000 unless given" },
	{ 0 },
};

static struct setting *const settings[] = { db_settings, NULL };

#define PASSWORD_ABOUT                                                                                                 \
	"Without --password-stdin the password is asked for on the terminal; without a terminal one\n"                 \
	"is drawn and printed, once. It has 8 to 128 characters."

const struct command_row user_commands[] = {
	{ "user", "add", NULL, "adds an account", PASSWORD_ABOUT, add_options, settings, add },
	{ "user", "role", NULL, "gives an account another role, and ends what it is signed in to", NULL, role_options,
	        settings, role },
	{ "user", "disable", NULL, "lets an account sign in no more, and ends what it is signed in to", NULL,
	        active_options, settings, disable },
	{ "user", "enable", NULL, "lets a disabled account sign in again", NULL, active_options, settings, enable },
	{ "user", "passwd", NULL, "gives an account another password, and ends its sessions", PASSWORD_ABOUT,
	        passwd_options, settings, passwd },
	{ "user", "list", NULL, "lists accounts", NULL, list_options, settings, list },
	{ 0 },
};
