/* mail_parse.c - "mail parse": what Guichet understands of messages.
 *
 * The same reader as the intake worker's, so that anybody may see beforehand what becomes of his own mail. It asks
 * neither database nor network.
 */
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/mail_reader.h"
#include "ops/guichetctl/commands.h"

#define MESSAGE_BYTES_MOST (256 << 20)
#define PROGRESS_MS 200
#define BAR_CELLS 30

struct parsing {
	struct ctl *ctl;
	struct mail_reader *reader;
	struct arena *arena; /* of one message */
	int nowhere;         /* where the bytes of attachments go */
	struct text envelope_from;
	char **files;
	int file_count, room, done, failed;
	int64_t shown_ms;
};

/* --- one message ------------------------------------------------------------------------------- */
static json_t *failure(const char *why)
{
	return json_pack("{s:s}", "error", why);
}

/* What only a program asks for: pieces of the HTML, and where attachments lie in their file. */
static void remove_inner(json_t *mail)
{
	json_t *attachment;
	size_t i;

	json_object_del(mail, "visible_html");
	json_object_del(mail, "authentication_results");
	json_object_del(mail, "folded_html");
	json_array_foreach(json_object_get(mail, "attachments"), i, attachment)
	{
		json_object_del(attachment, "offset");
		json_object_del(attachment, "cid");
	}
}

/* Its object, or one with "error". */
static json_t *parse(struct parsing *parsing, int message)
{
	struct text text;
	json_t *mail;

	switch (mail_reader_ask(parsing->reader, message, parsing->nowhere, parsing->envelope_from, parsing->arena,
	        NULL, NULL, &text)) {
	case MAIL_READ:
		mail = json_loadb(text.data, text.len, 0, NULL);
		if (!mail)
			return failure("the reader's answer is no JSON");
		remove_inner(mail);
		return mail;
	case MAIL_READ_KILLED:
		return failure("the message has ended its reader, or took longer than MAIL_READ_SECONDS");
	case MAIL_READ_NOT_NOW:
		break;
	}
	return failure("guichetmail does not start (MAIL_PROGRAM)");
}

/* --- standard input ---------------------------------------------------------------------------- */
/* Its bytes as a file that can be mapped. -1: they cannot be had. */
static int copy_of_input(void)
{
	int file = memfd_create("message", MFD_CLOEXEC);
	char piece[65536];
	ssize_t got;
	size_t all = 0;

	while (file != -1 && (got = read(STDIN_FILENO, piece, sizeof piece)) != 0) {
		if (got == -1 && errno == EINTR)
			continue;
		all += got > 0 ? (size_t)got : 0;
		if (got < 0 || all > MESSAGE_BYTES_MOST || write(file, piece, (size_t)got) != got) {
			close(file);
			return -1;
		}
	}
	return file;
}

static enum ctl_exit parse_input(struct parsing *parsing)
{
	int message = copy_of_input();
	json_t *mail;
	const char *error;

	if (message == -1)
		return say_failed(parsing->ctl, "standard input cannot be read");
	mail = parse(parsing, message);
	close(message);
	error = json_string_value(json_object_get(mail, "error"));
	if (error) {
		say_failed(parsing->ctl, "%s", error);
		json_decref(mail);
		return CTL_WRONG;
	}
	say_json(mail);
	return CTL_GOOD;
}

/* --- files and folders ------------------------------------------------------------------------- */
static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static void add_file(struct parsing *parsing, const char *path)
{
	if (parsing->file_count == parsing->room) {
		parsing->room = parsing->room ? 2 * parsing->room : 256;
		parsing->files = realloc(parsing->files, (size_t)parsing->room * sizeof *parsing->files);
		if (!parsing->files)
			abort();
	}
	parsing->files[parsing->file_count++] = text_dup(parsing->ctl->arena, text_of(path));
}

/* False after having said what cannot be read. */
static bool find_files(struct parsing *parsing)
{
	FTS *walk = fts_open(parsing->ctl->operands, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);
	bool good = walk != NULL;

	for (FTSENT *found = walk ? fts_read(walk) : NULL; found; found = fts_read(walk)) {
		if (found->fts_info == FTS_F)
			add_file(parsing, found->fts_path);
		if (found->fts_info == FTS_ERR || found->fts_info == FTS_NS || found->fts_info == FTS_DNR) {
			say("%s: %s", found->fts_path, strerror(found->fts_errno));
			good = false;
		}
	}
	if (walk)
		fts_close(walk);
	return good;
}

static void show_progress(struct parsing *parsing, bool is_end)
{
	int cells = parsing->file_count ? (int)((int64_t)BAR_CELLS * parsing->done / parsing->file_count) : 0;

	if (parsing->file_count < 2 || !isatty(STDERR_FILENO) || isatty(STDOUT_FILENO) ||
	        (!is_end && clock_mono_ms() - parsing->shown_ms < PROGRESS_MS))
		return;
	parsing->shown_ms = clock_mono_ms();
	fprintf(stderr, "\r[%.*s%*s] %d of %d, %d not read%s", cells, "##############################",
	        BAR_CELLS - cells, "", parsing->done, parsing->file_count, parsing->failed, is_end ? "\n" : "");
}

static void parse_file(struct parsing *parsing, const char *path)
{
	int message = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	json_t *mail = message == -1 ? failure(strerror(errno)) : parse(parsing, message), *line;

	parsing->failed += json_object_get(mail, "error") != NULL;
	line = json_pack("{s:o}", "file", say_member(text_mend(parsing->arena, text_of(path))));
	json_object_update(line, mail);
	json_dumpf(line, stdout, JSON_COMPACT);
	fputc('\n', stdout);
	json_decref(line);
	json_decref(mail);
	if (message != -1)
		close(message);
}

static enum ctl_exit parse_files(struct parsing *parsing)
{
	bool good = find_files(parsing);

	for (int i = 0; i < parsing->file_count; i++) {
		parse_file(parsing, parsing->files[i]);
		arena_reset(parsing->arena);
		parsing->done++;
		show_progress(parsing, i + 1 == parsing->file_count);
	}
	free(parsing->files);
	return good && parsing->failed == 0 ? CTL_GOOD : CTL_WRONG;
}

static enum ctl_exit run(struct ctl *ctl)
{
	const char *from = option_text(ctl, "envelope-from");
	struct parsing parsing = { .ctl = ctl,
		.reader = mail_reader_open(),
		.arena = arena_new(1 << 16),
		.nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC),
		.envelope_from = text_of(from && strcmp(from, "<>") == 0 ? "" : from) };
	enum ctl_exit code = ctl->operand_count ? parse_files(&parsing) : parse_input(&parsing);

	mail_reader_close(&parsing.reader);
	arena_free(&parsing.arena);
	close(parsing.nowhere);
	return code;
}

static const struct option_row options[] = {
	{ "envelope-from", OPTION_TEXT, .shown = "ADDRESS",
	        .help = "the sender of the transaction, <> for none; else Return-Path counts" },
	{ 0 },
};
static struct setting *const settings[] = { mail_reader_settings, NULL };

const struct command_row mail_parse_commands[] = {
	{ "mail", "parse", "[FILE|FOLDER]...", "prints what is understood of a message on standard input, as JSON",
	        "Of files, and of all files in folders, a line each, with \"file\"; a message that cannot be read has\n"
	        "\"error\", and the exit code is 1.",
	        options, settings, run },
	{ 0 },
};
