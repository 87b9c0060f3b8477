/* logs.c - "logs": the last lines of the programs' logs, put in order, and with --tail what comes, over rotations.
 *
 * Where LOG_DIR names a folder, of NAME.log for each program; else the journal of systemd, by journalctl, whose units
 * are guichet@NAME.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/process.h"
#include "ops/guichetctl/commands.h"
#include "ops/guichetctl/log_line.h"
#include "queues/programs.h"

#define LINES 50
#define LINES_MOST 100000
#define LOOK_MS 250
#define BACK_BYTES (1024 * 1024) /* of each file: where looking back begins */
#define PART_BYTES (64 * 1024)
#define FILES_MAX 32

static const char *log_dir;

static struct setting logs_settings[] = {
	{ "LOG_DIR", SETTING_TEXT, &log_dir, "", .max = 4000,
	        .help = "the folder of the programs' logs, NAME.log; empty: the journal of systemd" },
	{ 0 },
};

/* A file that grows, and may be moved away or emptied. */
struct log_file {
	char *path;
	int fd;
	dev_t device;
	ino_t inode;
	off_t read; /* so far */
	char *rest; /* a line without its end */
	size_t rest_bytes;
	bool is_cut; /* the first line began before what is read */
};

struct line {
	char *bytes;
	size_t len;
};

struct logs {
	struct ctl *ctl;
	struct log_filter filter;
	struct log_file files[FILES_MAX];
	int file_count;
	struct line *lines; /* that count and are not shown yet */
	size_t count, room;
};

/* --- lines ------------------------------------------------------------------------------- */
static void keep(struct logs *logs, const char *bytes, size_t len)
{
	char *copy;

	if (!log_line_counts((struct text){ bytes, len }, &logs->filter))
		return;
	if (logs->count == logs->room) {
		logs->room = logs->room ? 2 * logs->room : 256;
		logs->lines = realloc(logs->lines, logs->room * sizeof *logs->lines);
	}
	if (!logs->lines)
		abort();        /* out of memory */
	copy = malloc(len + 1); /* a file that was emptied while somebody wrote may begin with NULs */
	if (!copy)
		abort();
	memcpy(copy, bytes, len);
	logs->lines[logs->count++] = (struct line){ copy, len };
}

static int by_moment(const void *a, const void *b)
{
	const struct line *one = a, *other = b;
	struct text first = log_line_moment((struct text){ one->bytes, one->len });
	struct text second = log_line_moment((struct text){ other->bytes, other->len });
	size_t len = first.len < second.len ? first.len : second.len;

	return len ? memcmp(first.data, second.data, len) : 0;
}

static void write_line(struct text line, bool as_it_is)
{
	if (!as_it_is) {
		log_line_write(line, stdout);
		return;
	}
	fwrite(line.data, 1, line.len, stdout);
	fputc('\n', stdout);
}

/* The last of them, in order; all are forgotten. */
static void show(struct logs *logs, size_t most)
{
	qsort(logs->lines, logs->count, sizeof *logs->lines, by_moment);
	for (size_t i = 0; i < logs->count; i++) {
		struct text line = { logs->lines[i].bytes, logs->lines[i].len };

		if (i + most >= logs->count)
			write_line(line, logs->ctl->json);
		free(logs->lines[i].bytes);
	}
	logs->count = 0;
	fflush(stdout);
}

/* --- files ---------------------------------------------------------------------------------- */
static void take(struct logs *logs, struct log_file *file, const char *bytes, size_t len)
{
	const char *end;

	while ((end = memchr(bytes, '\n', len))) {
		size_t part = (size_t)(end - bytes);

		if (file->is_cut) {
			file->is_cut = false;
		} else if (file->rest_bytes) {
			file->rest = realloc(file->rest, file->rest_bytes + part);
			memcpy(file->rest + file->rest_bytes, bytes, part);
			keep(logs, file->rest, file->rest_bytes + part);
		} else {
			keep(logs, bytes, part);
		}
		file->rest_bytes = 0;
		len -= part + 1;
		bytes = end + 1;
	}
	if (!len || file->rest_bytes > PART_BYTES)
		return;
	file->rest = realloc(file->rest, file->rest_bytes + len);
	memcpy(file->rest + file->rest_bytes, bytes, len);
	file->rest_bytes += len;
}

static void read_on(struct logs *logs, struct log_file *file)
{
	char part[PART_BYTES];
	ssize_t got;

	while (file->fd >= 0 && (got = pread(file->fd, part, sizeof part, file->read)) > 0) {
		file->read += got;
		take(logs, file, part, (size_t)got);
	}
}

static void open_file(struct log_file *file, bool from_end)
{
	struct stat now;

	file->fd = open(file->path, O_RDONLY | O_CLOEXEC);
	file->read = 0;
	file->rest_bytes = 0;
	if (file->fd < 0 || fstat(file->fd, &now) != 0)
		return;
	file->device = now.st_dev;
	file->inode = now.st_ino;
	if (from_end && now.st_size > BACK_BYTES)
		file->read = now.st_size - BACK_BYTES;
	file->is_cut = file->read > 0;
}

/* What was written since; when the name stands for another file by now, the rest of the first, and then that one. */
static void follow(struct logs *logs, struct log_file *file)
{
	struct stat now;
	bool is_there = stat(file->path, &now) == 0;

	if (is_there && file->fd >= 0 && now.st_dev == file->device && now.st_ino == file->inode &&
	        now.st_size < file->read)
		file->read = 0; /* emptied in place */
	read_on(logs, file);
	if (!is_there || (file->fd >= 0 && now.st_dev == file->device && now.st_ino == file->inode))
		return;
	if (file->fd >= 0)
		close(file->fd);
	open_file(file, false);
	read_on(logs, file);
}

static void add_file(struct logs *logs, const char *name)
{
	struct log_file *file = &logs->files[logs->file_count];
	char *path = arena_printf(logs->ctl->arena, "%s/%s.log", log_dir, name);

	for (char *c = path + strlen(log_dir); *c; c++)
		if (*c == '_')
			*c = '-';
	if (logs->file_count == FILES_MAX)
		return;
	*file = (struct log_file){ .path = path };
	open_file(file, true);
	logs->file_count++;
}

static bool is_program(const char *name)
{
	for (int i = 0; i < program_count; i++)
		if (strcmp(programs[i].name, name) == 0 && programs[i].kind != PROGRAM_TOOL)
			return true;
	return false;
}

static enum ctl_exit from_files(struct logs *logs, const char *program, size_t most, bool tail)
{
	for (int i = 0; i < program_count; i++)
		if (programs[i].kind != PROGRAM_TOOL && (!program || strcmp(program, programs[i].name) == 0))
			add_file(logs, programs[i].name);
	for (int i = 0; i < logs->file_count; i++)
		read_on(logs, &logs->files[i]);
	show(logs, most);
	while (tail && !ferror(stdout)) {
		process_nap_ms(LOOK_MS);
		for (int i = 0; i < logs->file_count; i++)
			follow(logs, &logs->files[i]);
		show(logs, SIZE_MAX);
	}
	for (int i = 0; i < logs->file_count; i++) {
		if (logs->files[i].fd >= 0)
			close(logs->files[i].fd);
		free(logs->files[i].rest);
	}
	return CTL_GOOD;
}

/* --- the journal ------------------------------------------------------------------------------- */
static FILE *journal_open(struct ctl *ctl, const char *program, size_t most, bool tail, pid_t *out_child)
{
	char *unit = arena_printf(ctl->arena, "guichet@%s.service", program ? program : "*");
	char *lines = arena_printf(ctl->arena, "%zu", tail ? most : (size_t)LINES_MOST);
	char *words[] = { "journalctl", "--output=cat", "--no-pager", "--unit", unit, "--lines", lines,
		tail ? "--follow" : NULL, NULL };
	int ends[2];

	for (char *c = unit; *c; c++)
		if (*c == '_')
			*c = '-';
	if (pipe2(ends, O_CLOEXEC) != 0)
		return NULL;
	*out_child = fork();
	if (*out_child == 0) {
		dup2(ends[1], STDOUT_FILENO);
		execvp(words[0], words);
		_exit(127);
	}
	close(ends[1]);
	return fdopen(ends[0], "r");
}

static enum ctl_exit from_journal(struct logs *logs, const char *program, size_t most, bool tail)
{
	pid_t child = -1;
	FILE *journal = journal_open(logs->ctl, program, most, tail, &child);
	char *line = NULL;
	size_t room = 0;
	int status = 0;
	ssize_t len;

	while (journal && (len = getline(&line, &room, journal)) > 0 && !ferror(stdout)) {
		keep(logs, line, (size_t)len - (line[len - 1] == '\n'));
		if (tail)
			show(logs, SIZE_MAX);
	}
	show(logs, most);
	free(line);
	if (journal)
		fclose(journal);
	if (child < 0 || waitpid(child, &status, 0) < 0 || (WIFEXITED(status) && WEXITSTATUS(status) != 0))
		return say_failed(logs->ctl, "the journal cannot be read (journalctl), and LOG_DIR names no folder");
	return CTL_GOOD;
}

static enum ctl_exit logs(struct ctl *ctl)
{
	struct logs *logs = ARENA_NEW(ctl->arena, struct logs);
	const char *program = option_text(ctl, "program");
	int64_t most = option_number(ctl, "lines", LINES);
	bool tail = option_flag(ctl, "tail");
	enum ctl_exit code;

	*logs = (struct logs){ .ctl = ctl, .filter = { option_text(ctl, "level"), option_text(ctl, "grep") } };
	if (most > LINES_MOST) {
		say("--lines: %d at most", LINES_MOST);
		return CTL_USAGE;
	}
	if (program) {
		char *name = arena_printf(ctl->arena, "%s", program);

		for (char *c = name; *c; c++)
			if (*c == '-')
				*c = '_';
		program = name;
	}
	if (program && !is_program(program))
		return say_failed(ctl, "%s is no program: see guichetctl programs", program);
	code = *log_dir ? from_files(logs, program, (size_t)most, tail)
	                : from_journal(logs, program, (size_t)most, tail);
	free(logs->lines);
	return code;
}

static const struct option_row options[] = {
	{ "tail", OPTION_FLAG, .help = "goes on with what comes, until it is interrupted" },
	{ "program", OPTION_TEXT, "NAME", .help = "of this one alone" },
	{ "level", OPTION_WORD, "LEVEL", .words = LOG_LEVELS, .help = "only lines of that level and worse" },
	{ "grep", OPTION_TEXT, "WORDS", .help = "only lines that hold this, an id for example" },
	{ "lines", OPTION_NUMBER, "N", .help = "so many of those that are there, 50 unless given" },
	{ 0 },
};

static struct setting *const settings[] = { logs_settings, NULL };

const struct command_row logs_commands[] = {
	{ "logs", NULL, NULL, "shows the last lines of the programs' logs, put in order, and with --tail what comes",
	        "From the files of LOG_DIR, over rotations, or from the journal of systemd. Of each file the last MiB "
	        "is looked at. With\n"
	        "--json the lines are as the programs wrote them.",
	        options, settings, logs },
	{ 0 },
};
