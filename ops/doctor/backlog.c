/* backlog.c - what waits or has failed, by the tables: dead letters, the outbox, mail, mailboxes that are fetched. */
#include <inttypes.h>
#include "ops/doctor/examiner.h"
#include "ops/doctor/tables.h"
#include "sql/db.h"

#define OUTBOX_WARN_S 10
#define OUTBOX_FAIL_S 60
#define OUTBOX_MANY 100000
#define BACKUP_OLD_S (2 * 86400)
#define BACKUP_WANTED_S 120

static void judge_dead(struct examiner *e, struct db *db)
{
	struct db_result *r = db_send_params(db, QUERY_doctor_dead, 0, NULL);
	bool is_read = db_sync(db);

	if (is_read && db_rows(r) == 0)
		examiner_fine(e, "dead", "dead letters", "none is open");
	for (int i = 0; is_read && i < db_rows(r); i++) {
		char *id = text_dup(e->arena, db_text(r, i, 5)), *type = text_dup(e->arena, db_text(r, i, 0));
		char *queue = text_dup(e->arena, db_text(r, i, 1));

		examiner_find(e, DOCTOR_WARN, "dead.open", "dead letters",
		        arena_printf(e->arena,
		                "Look at it (guichetctl dead show %s), mend the reason, then guichetctl dead replay "
		                "--all --type %s",
		                id, type),
		        "%" PRId64
		        " message%s of the type %s in the queue %s could not be processed, the oldest %s ago: %s",
		        db_int(r, i, 3), db_int(r, i, 3) == 1 ? "" : "s", type, queue, examiner_age(e, db_int(r, i, 4)),
		        text_dup(e->arena, db_text(r, i, 2)));
	}
	db_reset(db);
}

/* Rows wait and the cursor stands still: nobody relays. */
static void judge_outbox(struct examiner *e, struct db *db)
{
	struct db_result *r = db_send_params(db, QUERY_ctl_outbox_status, 0, NULL);
	int64_t moved_s, waiting;
	struct doctor_finding *f = NULL;

	if (!db_sync(db)) {
		db_reset(db);
		return;
	}
	moved_s = db_int(r, 0, 2);
	waiting = db_int(r, 0, 4);
	if (db_bool(r, 0, 3))
		f = examiner_find(e, DOCTOR_FAIL, "outbox.foreign", "outbox",
		        "Run as the owner of the database: guichetctl outbox rebase --yes",
		        "the relay waits: its cursor is of another cluster, as after a restore");
	else if (waiting && moved_s > OUTBOX_WARN_S && (db_is_null(r, 0, 5) || db_int(r, 0, 5) > OUTBOX_WARN_S))
		f = examiner_find(e, moved_s > OUTBOX_FAIL_S ? DOCTOR_FAIL : DOCTOR_WARN, "outbox.stands", "outbox",
		        "Look at the log of guichet-relay, and at transactions that are open for long (guichetctl "
		        "diagnose db)",
		        "%" PRId64 " events wait in the outbox, and the last went out %s ago", waiting,
		        examiner_age(e, moved_s));
	else if (waiting >= OUTBOX_MANY)
		f = examiner_find(e, DOCTOR_WARN, "outbox.long", "outbox",
		        "Wait: it goes out as fast as the broker takes it", "more than %d events wait in the outbox",
		        OUTBOX_MANY);
	else
		examiner_fine(e, "outbox", "outbox", "%" PRId64 " events wait", waiting);
	if (f) {
		f->because[0] = "broker";
		f->because[1] = "program relay";
	}
	db_reset(db);
}

static void judge_servers(struct examiner *e, struct db *db)
{
	struct db_result *r = db_send_params(db, QUERY_doctor_servers_down, 0, NULL);

	for (int i = 0; db_sync(db) && i < db_rows(r); i++) {
		char *name = text_dup(e->arena, db_text(r, i, 0));

		examiner_find(e, DOCTOR_WARN, "server.down", "servers",
		        "Mend that server or its setting; what waits for it goes on by itself within half a minute",
		        "%s did not do its part for %s: %s", name, examiner_age(e, db_int(r, i, 1)),
		        text_dup(e->arena, db_text(r, i, 2)))
		        ->because[0] = name;
	}
	db_reset(db);
	r = db_send_params(db, QUERY_doctor_mailboxes, 0, NULL);
	for (int i = 0; db_sync(db) && i < db_rows(r); i++)
		examiner_find(e, DOCTOR_WARN, "mail_in.mailbox", "mail in",
		        "Look at the log of guichet-fetch; an account that is fetched no more leaves this list after "
		        "30 days",
		        "nothing was fetched from the mailbox %s for %s", text_dup(e->arena, db_text(r, i, 0)),
		        examiner_age(e, db_int(r, i, 1)))
		        ->because[0] = "program fetch";
	db_reset(db);
}

static void judge_mail(struct examiner *e, struct db *db)
{
	struct db_result *r = db_send_params(db, QUERY_doctor_mail, 0, NULL);

	if (db_sync(db)) {
		if (db_int(r, 0, 0)) {
			struct doctor_finding *f = examiner_find(e, DOCTOR_WARN, "mail.overdue", "mail out",
			        "See why: guichetctl mail queue, guichetctl mail test ADDRESS",
			        "%" PRId64 " mails are overdue by more than 5 minutes", db_int(r, 0, 0));

			f->because[0] = "smtp";
			f->because[1] = "program mail";
		}
		if (db_int(r, 0, 2))
			examiner_find(e, DOCTOR_WARN, "mail.failed", "mail out",
			        "See which (guichetctl mail queue), mend the address or the server, then guichetctl "
			        "mail retry",
			        "%" PRId64
			        " mails were given up since yesterday, the last one when its server said: %s",
			        db_int(r, 0, 2), text_dup(e->arena, db_text(r, 0, 3)));
		if (!db_int(r, 0, 0) && !db_int(r, 0, 2))
			examiner_fine(e, "mail", "mail out",
			        "%" PRId64 " mails wait, none is overdue or was given up since yesterday",
			        db_int(r, 0, 1));
	}
	db_reset(db);
}

static void judge_backups(struct examiner *e, struct db *db)
{
	static const char todo[] =
	        "Take one: guichetctl backup; then see why the nightly one fails (docs/OPERATIONS.md, Backups)";
	struct db_result *r = db_send_params(db, QUERY_doctor_backup, 0, NULL);
	bool is_read = db_sync(db);

	if (is_read && db_rows(r) == 0)
		examiner_fine(e, "backups", "backups", "none was taken by guichetctl backup");
	else if (is_read && !db_bool(r, 0, 0))
		examiner_find(e, DOCTOR_WARN, "backup.failed", "backups", todo, "the last backup failed %s ago: %s",
		        examiner_age(e, db_int(r, 0, 2)), text_dup(e->arena, db_text(r, 0, 1)));
	else if (is_read && db_int(r, 0, 3) > BACKUP_OLD_S)
		examiner_find(e, DOCTOR_WARN, "backup.old", "backups", todo, "the last good backup is %s old",
		        examiner_age(e, db_int(r, 0, 3)));
	else if (is_read)
		examiner_fine(e, "backups", "backups", "the last good one is %s old", examiner_age(e, db_int(r, 0, 3)));
	db_reset(db);
}

static void judge_wanted_backup(struct examiner *e, struct db *db)
{
	struct db_result *r = db_send_params(db, QUERY_doctor_backup_wanted, 0, NULL);

	if (db_sync(db) && db_rows(r) > 0 && db_int(r, 0, 0) > BACKUP_WANTED_S)
		examiner_find(e, DOCTOR_WARN, "backup.untaken", "backups",
		        "Have guichetctl backup --wanted run: see docs/OPERATIONS.md, Backups",
		        "a backup was asked for %s ago, and nothing takes it", examiner_age(e, db_int(r, 0, 0)));
	db_reset(db);
}

void tables_judge_backlog(struct examiner *e, struct db *db)
{
	judge_dead(e, db);
	judge_outbox(e, db);
	judge_servers(e, db);
	judge_mail(e, db);
	judge_backups(e, db);
	judge_wanted_backup(e, db);
}
