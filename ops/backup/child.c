/* child.c - runs pg_dump and pg_restore: the password in the environment, where no list of processes shows it to
 * others. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/text.h"
#include "ops/backup/parts.h"

#define SAID_BYTES 4096
#define SHOWN_BYTES 600
#define STILL_MS (10 * 60 * 1000)
#define TELL_MS 5000
#define LOOK_MS 200

extern char **environ;

struct child {
	pid_t pid;
	int fd;                /* what it says */
	char said[SAID_BYTES]; /* the end of it */
	size_t len;
};

/* Ours, with PGPASSWORD. */
static char **environment(struct arena *arena, const char *password)
{
	size_t count = 0;
	char **copy;

	while (environ[count])
		count++;
	copy = ARENA_ARRAY(arena, char *, count + 2);
	count = 0;
	for (char **at = environ; *at; at++)
		if (strncmp(*at, "PGPASSWORD=", 11) != 0)
			copy[count++] = *at;
	if (password && *password)
		copy[count] = arena_printf(arena, "PGPASSWORD=%s", password);
	return copy;
}

static bool start(struct work *work, struct child *child, const char *const *words, const char *password)
{
	posix_spawn_file_actions_t files;
	int ends[2], status;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return work_fail(work, "pipe: %s", strerror(errno));
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, ends[1], 1);
	posix_spawn_file_actions_adddup2(&files, ends[1], 2);
	status = posix_spawnp(
	        &child->pid, words[0], &files, NULL, (char **)(uintptr_t)words, environment(work->arena, password));
	posix_spawn_file_actions_destroy(&files);
	close(ends[1]);
	child->fd = ends[0];
	if (status == 0)
		return true;
	close(child->fd);
	return work_fail(work,
	        status == ENOENT ? "%s is missing: install the package postgresql-client" : "%s cannot be run",
	        words[0]);
}

/* What it says, when something comes; false: it has closed. */
static bool listen_to(struct child *child)
{
	struct pollfd ready = { .fd = child->fd, .events = POLLIN };
	ssize_t got;

	if (poll(&ready, 1, LOOK_MS) <= 0)
		return true;
	if (child->len > SAID_BYTES / 2) {
		memmove(child->said, child->said + SAID_BYTES / 4, child->len - SAID_BYTES / 4);
		child->len -= SAID_BYTES / 4;
	}
	got = read(child->fd, child->said + child->len, SAID_BYTES - 1 - child->len);
	if (got > 0)
		child->len += (size_t)got;
	child->said[child->len] = '\0';
	return got > 0;
}

static int64_t size_of(const char *path)
{
	struct stat found;

	return path && stat(path, &found) == 0 ? found.st_size : 0;
}

/* Until it closes what it says; false: it stood still and was killed. */
static bool attend(struct work *work, struct child *child, const char *grows)
{
	int64_t size = 0, grown_ms = clock_mono_ms(), told_ms = grown_ms;

	while (listen_to(child)) {
		int64_t now_ms = clock_mono_ms(), size_now = size_of(grows);

		if (size_now != size || !grows)
			grown_ms = now_ms;
		size = size_now;
		if (grows && now_ms - told_ms >= TELL_MS) {
			work_tell(work, "%s: %lld MB", grows, (long long)(size / 1000000));
			told_ms = now_ms;
		}
		if (now_ms - grown_ms > STILL_MS) {
			kill(child->pid, SIGKILL);
			return work_fail(work, "nothing came for ten minutes");
		}
	}
	return true;
}

bool child_run(struct work *work, const char *const *words, const char *password, const char *grows)
{
	struct child child = { 0 };
	const char *end;
	int status = 0;

	if (!start(work, &child, words, password))
		return false;
	attend(work, &child, grows);
	close(child.fd);
	while (waitpid(child.pid, &status, 0) < 0 && errno == EINTR)
		;
	end = child.said + (child.len > SHOWN_BYTES ? child.len - SHOWN_BYTES : 0);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return work_fail(work, "%s failed: %s", words[0], *end ? end : "it said nothing");
	return !work->why;
}

int child_major(struct work *work, const char *program)
{
	const char *words[] = { program, "--version", NULL };
	struct child child = { 0 };
	int status = 0;
	char *at;

	if (!start(work, &child, words, NULL))
		return 0;
	while (listen_to(&child))
		;
	close(child.fd);
	while (waitpid(child.pid, &status, 0) < 0 && errno == EINTR)
		;
	at = child.said;
	while (*at && !(isdigit((unsigned char)*at) && at > child.said && at[-1] == ' '))
		at++;
	return atoi(at);
}
