/* mail_ledger.c - "mail ledger": what became of all mail that was taken; "mail inbound": the last of it, or what waits
 * for staff; "mail reparse": one is read again. */
#include <inttypes.h>
#include <string.h>
#include "ops/guichetctl/commands.h"
#include "ops/guichetctl/list.h"
#include "sql/db.h"

static const char *const counts[] = { "received", "waiting", "ticket", "reply", "bounce", "auto", "duplicate",
	"quarantined", "unapplied", "approvals", "oldestWaitingSeconds" };

static bool is_well(const json_t *ledger)
{
	return json_is_true(json_object_get(ledger, "agrees")) &&
	       json_integer_value(json_object_get(ledger, "unapplied")) == 0;
}

static enum ctl_exit show(const struct ctl *ctl, json_t *ledger)
{
	enum ctl_exit exit = is_well(ledger) ? CTL_GOOD : CTL_WRONG;

	if (ctl->json) {
		say_json(ledger);
		return exit;
	}
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
		printf("%-22s %" JSON_INTEGER_FORMAT "\n", counts[i],
		        json_integer_value(json_object_get(ledger, counts[i])));
	if (!json_is_true(json_object_get(ledger, "agrees")))
		say("the sums disagree: a mail has no outcome, or two");
	else if (exit != CTL_GOOD)
		say("what was asked of tickets is not done: does the ticket worker run?");
	json_decref(ledger);
	return exit;
}

static enum ctl_exit ledger(struct ctl *ctl)
{
	struct db *db = database_open(ctl);
	enum ctl_exit exit;
	struct db_result *r;

	if (!db)
		return CTL_WRONG;
	db_reset(db);
	r = db_send_params(db, QUERY_ctl_mail_ledger, 0, NULL);
	if (db_sync(db)) {
		struct text json = db_text(r, 0, 0);

		exit = show(ctl, json_loadb(json.data, json.len, 0, NULL));
	} else {
		exit = database_failed(ctl, db, "the ledger cannot be read");
	}
	db_close(&db);
	return exit;
}

/* --- one mail --------------------------------------------------------------------------------- */
static const struct shown columns[] = {
	{ "id", SHOWN_TEXT, 37 },
	{ "acceptedAt", SHOWN_TEXT, 20 },
	{ "door", SHOWN_TEXT, 7 },
	{ "outcome", SHOWN_TEXT, 12 },
	{ "approval", SHOWN_TEXT, 9 },
	{ "ticket", SHOWN_TEXT, 15 },
	{ "from", SHOWN_TEXT, 32 },
	{ "subject", SHOWN_TEXT, 40 },
	{ NULL },
};

static enum ctl_exit inbound(struct ctl *ctl)
{
	return list_show(ctl, "mails", QUERY_ctl_mail_inbound, columns);
}

static enum ctl_exit reparse_by(struct ctl *ctl, struct db *db, const struct uuid *id)
{
	struct uuid told = uuid_new();
	struct db_result *r;
	struct text verdict;

	db_begin(db);
	r = db_send(db, QUERY_inbound_manage, P_NULL, P_UUID(&told), P_TEXT(TEXT("reparse")), P_UUID(id), P_NULL,
	        P_NULL, P_NULL, P_NULL);
	if (!db_commit(db))
		return database_failed(ctl, db, "nothing was changed");
	verdict = db_text(r, 0, 0);
	if (text_equal(verdict, TEXT("missing")))
		return say_failed(ctl, "there is no mail %s", ctl->operands[0]);
	if (!text_equal(verdict, TEXT("ok")))
		return say_failed(ctl, "it waits to be read already, or is a duplicate");
	if (ctl->json)
		say_json(json_pack("{s:s, s:b}", "id", ctl->operands[0], "isReadAgain", 1));
	else
		printf("%s is read again\n", ctl->operands[0]);
	return CTL_GOOD;
}

static enum ctl_exit reparse(struct ctl *ctl)
{
	enum ctl_exit exit;
	struct uuid id;
	struct db *db;

	if (ctl->operand_count != 1 || !uuid_parse(text_of(ctl->operands[0]), &id)) {
		say("say which mail: its id, as guichetctl mail inbound shows it");
		return CTL_USAGE;
	}
	db = database_open(ctl);
	if (!db)
		return CTL_WRONG;
	exit = reparse_by(ctl, db, &id);
	db_close(&db);
	return exit;
}

static struct setting *const settings[] = { db_settings, NULL };

const struct command_row mail_ledger_commands[] = {
	{ "mail", "ledger", NULL, "counts what became of all mail that was taken",
	        "Exit code 1 when the sums disagree, or what was asked of tickets is not done a minute later.\n", NULL,
	        settings, ledger },
	{ "mail", "inbound", NULL, "lists the last 50 mails that came, and what became of them", NULL, NULL, settings,
	        inbound },
	{ "mail", "reparse", "MAIL", "reads a mail again",
	        "One that was put aside is decided anew; of a ticket or an answer what it says is written anew, and "
	        "nothing else.\n",
	        NULL, settings, reparse },
	{ 0 },
};
