/* mail_import.c - "mail import": the messages of an archive, as if they had been brought, with door "import": nobody is
 * told of them, and nothing is answered.
 *
 * It writes into the store and the ledger by itself. What a message is known by is the mailbox and its digest, and its
 * id follows from them: however often an archive is imported, and wherever that ended, a message is there once.
 */
#include <errno.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/store.h"
#include "ops/guichetctl/commands.h"
#include "ops/guichetctl/mail_archive.h"
#include "queues/address.h"
#include "queues/file_place.h"
#include "queues/inbound.h"
#include "sql/db.h"

#define BATCH_MOST 64
#define BATCH_BYTES (16 * 1024 * 1024)
#define BAR_EVERY_MS 200
#define BAR_COLUMNS 30

struct import {
	struct ctl *ctl;
	struct db *db;
	struct store *store;
	struct text mailbox;
	int64_t total_bytes, read_bytes, messages, known, too_large, told_ms;
	const char *wrong; /* NULL: nothing, or what the database has said */

	struct arena *arena; /* of a batch */
	struct inbound mails[BATCH_MOST];
	struct text bytes[BATCH_MOST];
	int count;
	size_t batch_bytes;
};

/* --- how far it is ---------------------------------------------------------------------- */
static void show_bar(struct import *import, bool last)
{
	int64_t now = clock_mono_ms();
	double part = import->total_bytes ? (double)import->read_bytes / (double)import->total_bytes : 1;
	int full = (int)(part * BAR_COLUMNS + 0.5);

	if (import->ctl->json || !isatty(STDERR_FILENO) || (!last && now - import->told_ms < BAR_EVERY_MS))
		return;
	import->told_ms = now;
	fprintf(stderr, "\r[%.*s%*s] %3d %%  %" PRId64 " messages, %" PRId64 " known%s", full,
	        "==============================", BAR_COLUMNS - full, "", (int)(part * 100), import->messages,
	        import->known, last ? "\n" : "");
}

/* --- a batch ---------------------------------------------------------------------------- */
/* Which of them the ledger has already: those need not be stored again. */
static bool find_known(struct import *import, bool known[BATCH_MOST])
{
	struct db_result *found;
	struct buffer keys;

	buffer_init(&keys, import->arena, 4096);
	buffer_string(&keys, "[");
	for (int i = 0; i < import->count; i++) {
		buffer_string(&keys, i ? "," : "");
		buffer_json_text(&keys, import->mails[i].door_key);
	}
	buffer_string(&keys, "]");
	db_reset(import->db);
	found = db_send(import->db, QUERY_ctl_imported, P_TEXT(buffer_view(&keys)));
	if (!db_sync(import->db))
		return false;
	for (int r = 0; r < db_rows(found); r++)
		for (int i = 0; i < import->count; i++)
			known[i] = known[i] || text_equal(db_text(found, r, 0), import->mails[i].door_key);
	return true;
}

static bool store_one(struct import *import, int i)
{
	struct store_writer *writer = NULL;
	enum store_outcome outcome = store_write_begin(import->store, &writer);
	char key[FILE_KEY_ROOM];

	if (outcome == STORE_DONE)
		outcome = store_write(writer, import->bytes[i].data, import->bytes[i].len);
	file_key_mail(import->mails[i].id, key);
	if (outcome == STORE_DONE)
		outcome = store_write_commit(&writer, BUCKET_MAIL, key, import->mails[i].sha256);
	store_write_abort(&writer);
	if (outcome != STORE_DONE)
		import->wrong = arena_printf(import->ctl->arena, "the store takes nothing: %s", store_error());
	return outcome == STORE_DONE;
}

static bool write_rows(struct import *import, struct text rows)
{
	db_begin(import->db);
	db_send(import->db, QUERY_inbound_take, P_TEXT(rows));
	return db_commit(import->db);
}

/* All of it is stored, then written into the ledger at once. */
static bool take_batch(struct import *import)
{
	bool known[BATCH_MOST] = { false }, good = find_known(import, known);
	struct buffer rows;
	int fresh = 0;

	buffer_init(&rows, import->arena, 64 * 1024);
	buffer_string(&rows, "[");
	for (int i = 0; i < import->count && good; i++) {
		import->known += known[i];
		if (known[i])
			continue;
		good = store_one(import, i);
		buffer_string(&rows, fresh++ ? "," : "");
		inbound_write(&import->mails[i], &rows);
	}
	buffer_string(&rows, "]");
	good = good && (!fresh || write_rows(import, buffer_view(&rows)));
	arena_reset(import->arena);
	import->count = 0;
	import->batch_bytes = 0;
	return good;
}

/* --- a message -------------------------------------------------------------------------- */
static void describe(struct import *import, struct inbound *mail, struct text message)
{
	char hex[65];

	*mail = (struct inbound){ .door = "import",
		.peer = TEXT("guichetctl"),
		.from = TEXT_NONE,
		.recipients = &import->mailbox,
		.recipient_count = 1,
		.size = (int64_t)message.len };
	if (!EVP_Digest(message.data, message.len, mail->sha256, NULL, EVP_sha256(), NULL))
		abort();
	text_hex(mail->sha256, sizeof mail->sha256, hex);
	mail->door_key = text_of(arena_printf(import->arena, "%s %s", import->mailbox.data, hex));
	mail->id = uuid_derive((struct text[]){ TEXT("import"), mail->door_key }, 2);
}

static bool visit(void *context, struct text message, int64_t read_bytes)
{
	struct import *import = context;

	import->read_bytes = read_bytes;
	import->messages++;
	show_bar(import, false);
	if ((int64_t)message.len > inbound_bytes_most) {
		import->too_large++;
		return true;
	}
	describe(import, &import->mails[import->count], message);
	for (int i = 0; i < import->count; i++)
		if (uuid_equal(&import->mails[i].id, &import->mails[import->count].id)) {
			import->known++;
			return true;
		}
	import->bytes[import->count++] = text_copy(import->arena, message);
	import->batch_bytes += message.len;
	return (import->count < BATCH_MOST && import->batch_bytes < BATCH_BYTES) || take_batch(import);
}

/* --- the command ------------------------------------------------------------------------ */
static enum ctl_exit tell(struct import *import)
{
	import->read_bytes = import->total_bytes;
	show_bar(import, true);
	if (import->ctl->json)
		say_json(json_pack("{s:I, s:I, s:I, s:I}", "messages", (json_int_t)import->messages, "taken",
		        (json_int_t)(import->messages - import->known - import->too_large), "known",
		        (json_int_t)import->known, "tooLarge", (json_int_t)import->too_large));
	else
		printf("%" PRId64 " messages: %" PRId64 " taken, %" PRId64 " known already, %" PRId64 " too large\n",
		        import->messages, import->messages - import->known - import->too_large, import->known,
		        import->too_large);
	return import->too_large ? CTL_WRONG : CTL_GOOD;
}

static enum ctl_exit import_all(struct import *import, enum archive_form form)
{
	const char *path = import->ctl->operands[0];

	import->total_bytes = archive_bytes(path);
	errno = import->total_bytes < 0 ? errno : 0;
	if (import->total_bytes >= 0 && archive_walk(path, form, visit, import) &&
	        (!import->count || take_batch(import)))
		return tell(import);
	if (import->wrong)
		return say_failed(import->ctl, "%s", import->wrong);
	if (db_fault(import->db) != DB_FINE)
		return database_failed(import->ctl, import->db, "the messages cannot be written");
	return say_failed(import->ctl, "%s: %s", path, strerror(errno));
}

static enum ctl_exit run_import(struct ctl *ctl)
{
	enum archive_form form = option_flag(ctl, "mbox")      ? ARCHIVE_MBOX
	                         : option_flag(ctl, "maildir") ? ARCHIVE_MAILDIR
	                                                       : ARCHIVE_GUESSED;
	struct import *import;
	enum ctl_exit code;

	if (ctl->operand_count != 1) {
		say("mail import wants one path");
		return CTL_USAGE;
	}
	import = ARENA_NEW(ctl->arena, struct import);
	import->ctl = ctl;
	import->mailbox = address_normalized(ctl->arena, text_of(option_text(ctl, "mailbox")));
	if (!import->mailbox.data)
		return say_failed(ctl, "%s is no address", option_text(ctl, "mailbox"));
	import->db = database_open(ctl);
	if (!import->db)
		return CTL_WRONG;
	import->store = store_open();
	import->arena = arena_new(256 * 1024);
	code = import_all(import, form);
	arena_free(&import->arena);
	store_close(&import->store);
	db_close(&import->db);
	return code;
}

static struct setting import_settings[] = {
	INBOUND_BYTES_ROW,
	{ 0 },
};
static const struct option_row options[] = {
	{ "mailbox", OPTION_TEXT, .shown = "ADDRESS", .required = true, .help = "the mailbox it was sent to" },
	{ "mbox", OPTION_FLAG, .help = "it is an mbox, whatever it looks like" },
	{ "maildir", OPTION_FLAG, .help = "it is a Maildir, or a folder with a file for each message" },
	{ 0 },
};
static struct setting *const settings[] = { db_settings, store_settings, store_s3_settings, import_settings, NULL };

const struct command_row mail_import_commands[] = {
	{ "mail", "import", "PATH", "takes the messages of an mbox, a Maildir, a folder or a file",
	        "Nobody is notified and nothing is answered. It may be repeated: what is there already stays as it "
	        "is.\n"
	        "Run it as the account of the programs, who own the folder of files.",
	        options, settings, run_import },
	{ 0 },
};
