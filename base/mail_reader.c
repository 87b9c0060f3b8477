/* mail_reader.c - see mail_reader.h. */
#include "base/mail_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"

#define PROGRAM "guichetmail"
#define START_MS 20000
#define PUMP_MS 1000
#define ANSWER_BYTES_MOST (64 << 20)
#define PACKET_BYTES 32

static const char *program;
static int64_t read_seconds;

struct setting mail_reader_settings[] = {
	{ "MAIL_PROGRAM", SETTING_TEXT, &program, "", .max = 4095,
	        .help = "the file guichetmail, which reads messages; empty: the one beside this program" },
	{ "MAIL_READ_SECONDS", SETTING_INT, &read_seconds, "20", .min = 1, .max = 600,
	        .help = "how long one message may take to be read before it counts as one that cannot be" },
	{ 0 },
};

struct mail_reader {
	pid_t pid; /* 0: none runs */
	int socket;
};

/* --- the process ------------------------------------------------------------------------------- */
static bool find_program(char path[PATH_MAX])
{
	ssize_t len;
	char *slash;

	if (program && program[0]) {
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

/* With one socket and nothing else: no environment, none of our connections. */
static bool spawn(int socket, pid_t *out_pid)
{
	char path[PATH_MAX];
	char *const argv[] = { (char[]){ PROGRAM }, NULL };
	char *const environment[] = { NULL };
	posix_spawn_file_actions_t actions;
	int trouble;

	if (!find_program(path))
		return false;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, socket, STDIN_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
	trouble = posix_spawn(out_pid, path, &actions, NULL, argv, environment);
	posix_spawn_file_actions_destroy(&actions);
	if (trouble)
		log_error("guichetmail does not start", LOG_TEXT("error", strerror(trouble)), LOG_TEXT("file", path));
	return !trouble;
}

/* Ends it, and tells how it ended. */
static int bury(struct mail_reader *reader)
{
	int status = 0;

	close(reader->socket);
	kill(reader->pid, SIGKILL); /* nothing, when it has ended by itself */
	while (waitpid(reader->pid, &status, 0) == -1 && errno == EINTR)
		;
	reader->pid = 0;
	reader->socket = -1;
	return status;
}

/* --- packets ----------------------------------------------------------------------------------- */
struct answer {
	char text[PACKET_BYTES];
	int file; /* -1: none came with it */
};

/* False: it has ended, or takes longer than it may. */
static bool hear(int socket, int64_t most_ms, void (*pump)(void *arg), void *arg, struct answer *out)
{
	const int64_t until_ms = clock_mono_ms() + most_ms;
	char control[CMSG_SPACE(sizeof(int))];
	struct iovec bytes = { out->text, sizeof out->text - 1 };
	struct msghdr head = {
		.msg_iov = &bytes, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control
	};
	struct pollfd fd = { .fd = socket, .events = POLLIN };
	const struct cmsghdr *rights;
	ssize_t got;

	while (poll(&fd, 1, PUMP_MS) <= 0) {
		if (pump)
			pump(arg);
		if (clock_mono_ms() >= until_ms)
			return false;
	}
	got = recvmsg(socket, &head, MSG_CMSG_CLOEXEC);
	if (got <= 0)
		return false;
	out->text[got] = '\0';
	out->file = -1;
	rights = CMSG_FIRSTHDR(&head);
	if (rights && rights->cmsg_type == SCM_RIGHTS && rights->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&out->file, CMSG_DATA(rights), sizeof out->file);
	return true;
}

static bool send_request(int socket, struct text request, int message, int parts)
{
	const int files[2] = { message, parts };
	char control[CMSG_SPACE(sizeof files)] = { 0 };
	struct iovec bytes = { (void *)request.data, request.len };
	struct msghdr head = {
		.msg_iov = &bytes, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control
	};
	struct cmsghdr *rights = CMSG_FIRSTHDR(&head);

	*rights = (struct cmsghdr){
		.cmsg_len = CMSG_LEN(sizeof files), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS
	};
	memcpy(CMSG_DATA(rights), files, sizeof files);
	return sendmsg(socket, &head, MSG_NOSIGNAL) == (ssize_t)request.len;
}

/* --- the life of a reader ---------------------------------------------------------------------- */
/* Started before it is needed, so that the first message does not wait for it, and anew after a death. */
static bool start(struct mail_reader *reader, void (*pump)(void *arg), void *arg)
{
	struct answer answer = { .file = -1 };
	int ends[2];

	if (reader->pid)
		return true;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == -1)
		return false;
	if (!spawn(ends[1], &reader->pid)) {
		reader->pid = 0;
		close(ends[0]);
		close(ends[1]);
		return false;
	}
	close(ends[1]);
	reader->socket = ends[0];
	if (hear(reader->socket, START_MS, pump, arg, &answer) && strcmp(answer.text, "ready") == 0)
		return true;
	log_error("guichetmail ends while it starts", LOG_INT("status", bury(reader)));
	return false;
}

struct mail_reader *mail_reader_open(void)
{
	struct mail_reader *reader = calloc(1, sizeof *reader);

	if (!reader)
		abort();
	reader->socket = -1;
	return reader;
}

void mail_reader_close(struct mail_reader **reader)
{
	if (!*reader)
		return;
	if ((*reader)->pid)
		bury(*reader);
	free(*reader);
	*reader = NULL;
}

/* --- a message --------------------------------------------------------------------------------- */
static bool read_json(const struct answer *answer, struct arena *arena, struct text *out)
{
	int64_t length;
	char *json;
	size_t have = 0;

	if (answer->file == -1 || !text_to_int(text_of(answer->text), &length) || length < 0 ||
	        length > ANSWER_BYTES_MOST)
		return false;
	json = arena_alloc(arena, (size_t)length + 1);
	while (have < (size_t)length) {
		ssize_t got = pread(answer->file, json + have, (size_t)length - have, (off_t)have);

		if (got <= 0)
			return false;
		have += (size_t)got;
	}
	*out = (struct text){ json, have };
	return true;
}

/* How it ended tells whose fault it was: it says itself when it is not the message's. */
static enum mail_reading lost(struct mail_reader *reader)
{
	int status = bury(reader);

	log_warn("guichetmail has ended over a message", LOG_INT("status", status));
	return WIFEXITED(status) && WEXITSTATUS(status) == EX_TEMPFAIL ? MAIL_READ_NOT_NOW : MAIL_READ_KILLED;
}

static struct text request_json(struct arena *arena, struct text envelope_from)
{
	struct buffer request;

	buffer_init(&request, arena, 256);
	buffer_string(&request, "{");
	buffer_json_member(&request, "envelopeFrom", envelope_from);
	buffer_string(&request, "}");
	return buffer_view(&request);
}

/* /dev/null is empty. */
static bool empty(int parts)
{
	return (ftruncate(parts, 0) == 0 || errno == EINVAL) && lseek(parts, 0, SEEK_SET) == 0;
}

enum mail_reading mail_reader_ask(struct mail_reader *reader, int message, int parts, struct text envelope_from,
        struct arena *arena, void (*pump)(void *arg), void *arg, struct text *out)
{
	struct answer answer = { .file = -1 };
	bool good;

	if (!empty(parts) || !start(reader, pump, arg))
		return MAIL_READ_NOT_NOW;
	if (!send_request(reader->socket, request_json(arena, envelope_from), message, parts)) {
		bury(reader); /* it died while it waited */
		return MAIL_READ_NOT_NOW;
	}
	if (!hear(reader->socket, read_seconds * 1000, pump, arg, &answer))
		return lost(reader);
	good = read_json(&answer, arena, out);
	if (answer.file != -1)
		close(answer.file);
	return good ? MAIL_READ : lost(reader);
}
