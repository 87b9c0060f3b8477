/* picture.c - see picture.h. */
#include "workers/scan/picture.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"

#define PROGRAM "guichetpicture"
#define ALL_MS 30000
#define PUMP_MS 1000
#define ANSWER_MOST (8 << 20)

static const char *program;

struct setting picture_settings[] = {
	{ "PICTURE_PROGRAM", SETTING_TEXT, &program, "", .max = 4095,
	        .help = "the file guichetpicture, which makes previews; empty: the one beside guichet-scan" },
	{ 0 },
};

static struct metric made = { .name = "guichet_pictures_made_total",
	.labels = "",
	.help = "Pictures that have a preview and a thumbnail",
	.kind = METRIC_COUNTER };
static struct metric failed = { .name = "guichet_pictures_failed_total",
	.labels = "",
	.help = "Files that claim to be pictures and could not be decoded within bounds",
	.kind = METRIC_COUNTER };

bool picture_is_one(struct text mime_type)
{
	return text_equal(mime_type, TEXT("image/jpeg")) || text_equal(mime_type, TEXT("image/png")) ||
	       text_equal(mime_type, TEXT("image/gif")) || text_equal(mime_type, TEXT("image/webp"));
}

int picture_source_new(void)
{
	return memfd_create("picture", MFD_CLOEXEC);
}

/* --- the process ------------------------------------------------------------------------------ */
static bool find_program(char path[PATH_MAX])
{
	ssize_t len;
	char *slash;

	if (program[0]) {
		snprintf(path, PATH_MAX, "%s", program);
		return true;
	}
	len = readlink("/proc/self/exe", path, PATH_MAX - sizeof PROGRAM);
	if (len < 0)
		return false;
	path[len] = '\0';
	slash = strrchr(path, '/');
	memcpy(slash + 1, PROGRAM, sizeof PROGRAM);
	return true;
}

/* With two files and nothing else: no environment, none of our connections. */
static bool start(int source, int answer, pid_t *out_pid)
{
	char path[PATH_MAX];
	char *const argv[] = { (char[]){ PROGRAM }, NULL };
	char *const environment[] = { NULL };
	posix_spawn_file_actions_t actions;
	int trouble;

	if (!find_program(path))
		return false;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, source, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, answer, STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
	trouble = posix_spawn(out_pid, path, &actions, NULL, argv, environment);
	posix_spawn_file_actions_destroy(&actions);
	if (trouble)
		log_error("guichetpicture does not start", LOG_TEXT("error", strerror(trouble)));
	return !trouble;
}

/* All that it says, until its end. False: it says too much, or takes too long. */
static bool hear(int answer, struct buffer *out, void (*pump)(void *arg), void *arg)
{
	const int64_t until_ms = clock_mono_ms() + ALL_MS;
	struct pollfd fd = { .fd = answer, .events = POLLIN };
	char piece[65536];
	ssize_t got;

	while (clock_mono_ms() < until_ms && out->len < ANSWER_MOST) {
		if (poll(&fd, 1, PUMP_MS) <= 0) {
			pump(arg);
			continue;
		}
		got = read(answer, piece, sizeof piece);
		if (got <= 0)
			return got == 0;
		buffer_append(out, piece, (size_t)got);
	}
	return false;
}

static bool run(int source, struct buffer *out, void (*pump)(void *arg), void *arg)
{
	int ends[2], status = -1;
	bool heard = false;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) == -1)
		return false;
	if (start(source, ends[1], &pid)) {
		close(ends[1]);
		ends[1] = -1;
		heard = hear(ends[0], out, pump, arg);
		if (!heard)
			kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
	}
	close(ends[0]);
	if (ends[1] != -1)
		close(ends[1]);
	if (status != 0)
		log_notice("a picture could not be decoded", LOG_INT("status", status));
	return heard && status == 0;
}

/* --- its answer --------------------------------------------------------------------------------- */
static bool read_answer(struct text answer, struct picture *out)
{
	const char *end = memchr(answer.data, '\n', answer.len);
	size_t preview, thumbnail, rest;
	struct picture picture;

	if (!end ||
	        sscanf(answer.data, "%ld %ld %zu %zu\n", &picture.width, &picture.height, &preview, &thumbnail) != 4)
		return false;
	rest = answer.len - (size_t)(end + 1 - answer.data);
	if (preview > rest || thumbnail != rest - preview || picture.width < 1 || picture.height < 1)
		return false;
	picture.preview = (struct text){ end + 1, preview };
	picture.thumbnail = (struct text){ end + 1 + preview, thumbnail };
	*out = picture;
	return true;
}

bool picture_make(int source, struct arena *arena, void (*pump)(void *arg), void *arg, struct picture *out)
{
	struct buffer answer;
	bool good;

	buffer_init(&answer, arena, 131072);
	good = lseek(source, 0, SEEK_SET) == 0 && run(source, &answer, pump, arg);
	buffer_cstr(&answer);
	good = good && read_answer(buffer_view(&answer), out);
	metric_add(good ? &made : &failed, 1);
	return good;
}

struct text picture_json(const struct picture *picture, struct arena *arena)
{
	return text_of(arena_printf(arena, "{\"width\":%ld,\"height\":%ld,\"preview\":%zu,\"thumbnail\":%zu}",
	        picture->width, picture->height, picture->preview.len, picture->thumbnail.len));
}
