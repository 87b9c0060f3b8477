/* backup.c - "backup" and "restore": all that must be kept, in one folder, and back. What they do is ops/backup. */
#include "ops/backup/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/store.h"
#include "ops/guichetctl/backup.h"
#include "ops/guichetctl/commands.h"
#include "queues/vhost.h"
#include "sql/db.h"

#define WANTED_LOOK_US 2000000

static const char *jwt_secret, *audit_key, *mail_key, *webhook_key, *inbound_key;

static struct setting key_settings[] = {
	{ "JWT_SECRET", SETTING_TEXT, &jwt_secret, "", .secret = true, .help = "for --keys" },
	{ "AUDIT_KEY", SETTING_TEXT, &audit_key, "", .secret = true, .help = "for --keys" },
	{ "MAIL_KEY", SETTING_TEXT, &mail_key, "", .secret = true, .help = "for --keys" },
	{ "WEBHOOK_KEY", SETTING_TEXT, &webhook_key, "", .secret = true, .help = "for --keys" },
	{ "INBOUND_KEY", SETTING_TEXT, &inbound_key, "", .secret = true, .help = "for --keys" },
	{ 0 },
};

static void tell(void *context, const char *line)
{
	(void)context;
	say("%s", line);
}

/* --- keys ----------------------------------------------------------------------------------------- */
/* Whoever has the backup must not have them by it: not in its folder, and not in that of all backups. */
static bool lies_in(const char *file, const char *folder)
{
	char where[PATH_MAX], whole[PATH_MAX], above[PATH_MAX], *slash;
	size_t len;

	snprintf(above, sizeof above, "%s", file);
	slash = strrchr(above, '/');
	if (slash)
		slash[slash == above] = '\0';
	if (!realpath(slash ? above : ".", where) || !realpath(folder, whole))
		return false;
	len = strlen(whole);
	return strncmp(where, whole, len) == 0 && (!where[len] || where[len] == '/');
}

/* False after having said why. */
static bool write_keys(const struct ctl *ctl, const char *path)
{
	const struct setting *row = key_settings;
	int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600), count = 0;
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
	bool is_written;

	if (!file) {
		say_failed(ctl, "--keys: %s: %s", path, strerror(errno));
		return false;
	}
	for (; row->name; row++) {
		const char *value = *(const char **)row->out;

		if (*value) {
			fprintf(file, "%s=%s\n", row->name, value);
			count++;
		}
	}
	is_written = fflush(file) == 0 && fsync(fd) == 0;
	fclose(file);
	if (!is_written)
		say_failed(ctl, "--keys: %s cannot be written", path);
	else
		say("%d keys are in %s: keep it elsewhere than the backup", count, path);
	return is_written;
}

/* --- there ------------------------------------------------------------------------------------------ */
static struct backup_result run(struct ctl *ctl, const char *to, struct uuid id)
{
	char *vhost = vhost_name(ctl->arena);
	struct backup_result result = backup_run(ctl->arena, &(struct backup_wishes){ .to = to,
	                                                             .database = db_url(),
	                                                             .vhost = vhost ? vhost : "guichet",
	                                                             .id = id,
	                                                             .progress = tell });

	if (!result.is_done) {
		say_failed(ctl, "there is no backup: %s", result.why);
		return result;
	}
	if (*result.why)
		say("%s", result.why);
	say("%s: %" PRId64 " files, %" PRId64 " MB in all", result.folder, result.objects, result.bytes / 1000000);
	return result;
}

bool backup_take(struct ctl *ctl, const char *to)
{
	struct backup_result result = run(ctl, to, (struct uuid){ 0 });

	if (!result.is_done)
		return false;
	if (ctl->json && strcmp(ctl->command->group, "backup") == 0)
		say_json(json_pack("{s:s, s:I, s:I, s:I}", "folder", result.folder, "objects",
		        (json_int_t)result.objects, "bytes", (json_int_t)result.bytes, "missing",
		        (json_int_t)result.missing));
	return result.missing == 0;
}

static void take_wanted(struct ctl *ctl)
{
	struct ctl turn = *ctl;
	struct uuid id;
	struct db *held = backup_wanted(db_url(), &id);

	if (!held)
		return;
	turn.arena = arena_new(64 * 1024);
	run(&turn, NULL, id);
	arena_free(&turn.arena);
	db_close(&held);
}

static enum ctl_exit stay_and_take(struct ctl *ctl)
{
	if (!*backup_home() || option_text(ctl, "to") || option_text(ctl, "keys")) {
		say("--wanted stands alone, and needs BACKUPS");
		return CTL_USAGE;
	}
	mkdir(backup_home(), 0700); /* its failure is that of the first backup */
	for (;;) {
		take_wanted(ctl);
		usleep(WANTED_LOOK_US);
	}
}

static enum ctl_exit backup(struct ctl *ctl)
{
	const char *to = option_text(ctl, "to"), *keys = option_text(ctl, "keys");
	bool is_good;

	if (option_flag(ctl, "wanted"))
		return stay_and_take(ctl);
	if (!to && !*backup_home()) {
		say("say where: --to DIR, or BACKUPS");
		return CTL_USAGE;
	}
	is_good = backup_take(ctl, to);
	if (keys && (lies_in(keys, to ? to : backup_home())))
		return say_failed(ctl,
		        "--keys: %s lies with the backup: name another place, they must not get lost or stolen "
		        "together",
		        keys);
	if (keys && !write_keys(ctl, keys))
		return CTL_WRONG;
	return is_good ? CTL_GOOD : CTL_WRONG;
}

/* --- and back ----------------------------------------------------------------------------------------- */
static enum ctl_exit restore(struct ctl *ctl)
{
	struct restore_result result =
	        restore_run(ctl->arena, &(struct restore_wishes){ .from = option_text(ctl, "from"),
	                                        .database = db_url(),
	                                        .replace = option_flag(ctl, "replace"),
	                                        .progress = tell });

	if (!result.is_done)
		return say_failed(ctl, "%s", result.why);
	if (*result.counted)
		say("not as in the backup: %s", result.counted);
	say("%" PRId64 " files are back, and the database; now: guichetctl topology apply, start the programs, "
	    "guichetctl audit verify, guichetctl "
	    "store check",
	        result.objects);
	if (ctl->json)
		say_json(json_pack("{s:I, s:I, s:s}", "objects", (json_int_t)result.objects, "bytes",
		        (json_int_t)result.bytes, "differences", result.counted));
	return *result.counted ? CTL_WRONG : CTL_GOOD;
}

static const struct option_row backup_options[] = {
	{ "to", OPTION_TEXT, "DIR",
	        .help = "the folder of this backup, not there yet or empty; else a new one in BACKUPS" },
	{ "keys", OPTION_TEXT, "FILE",
	        .help = "write the keys of the settings there, for your eyes alone; not with the backup" },
	{ "wanted", OPTION_FLAG, .help = "stay, and take those into BACKUPS that administrators ask for by the API" },
	{ 0 },
};
static const struct option_row restore_options[] = {
	{ "from", OPTION_TEXT, "DIR", .required = true, .help = "the folder of the backup" },
	{ "replace", OPTION_FLAG, .help = "drop what is in the database, and write over what is in the store" },
	{ 0 },
};
static struct setting *const settings[] = { db_settings, store_settings, store_s3_settings, vhost_settings,
	backup_settings, key_settings, NULL };
static struct setting *const restore_settings[] = { db_settings, store_settings, store_s3_settings, NULL };

const struct command_row backup_commands[] = {
	{ "backup", NULL, NULL, "saves database, files and topology in one folder, while everything runs",
	        "Run it as the owner of the database; pg_dump of the server's version must be there. A backup is whole "
	        "when it\n"
	        "has a manifest.json, which is written last. Keys and passwords are not inside. Of those in BACKUPS "
	        "the last\n"
	        "BACKUPS_KEEP stay. Exit code 1 also when the store lacks files that the database names.",
	        backup_options, settings, backup },
	{ "restore", NULL, NULL, "brings a backup back into an empty database and an empty store",
	        "First guichetctl roles, and all programs stopped. All digests are compared before anything is "
	        "written. It migrates,\n"
	        "rebases the outbox and compares the number of rows. Run it as the owner of the database, on a machine "
	        "that\n"
	        "reaches the store; as root, files belong to the owner of the store's folder afterwards.",
	        restore_options, restore_settings, restore },
	{ 0 },
};
