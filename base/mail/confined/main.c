/* main.c - guichetmail: reads mail that strangers have sent, one message after another (base/mail_reader.h).
 *
 *   stdin   the socket of its reader; each packet brings a message and a file for its attachments
 *
 * A program of its own, because a message may end it: what GMime, ICU and libgumbo do with the bytes is bounded in
 * memory and time here, and happens without connections, files and rights (base/jail.h). A message is mapped, never
 * copied; its attachments go from there into their file. Everything is given back behind each message.
 */
#include <jansson.h>
#include <malloc.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>
#include "base/jail.h"
#include "base/mail/answer.h"

#define REQUEST_BYTES_MOST 4096
#define ARENA_BYTES 65536
#define CPU_SECONDS 10

static const int calls[] = { SCMP_SYS(recvmsg), SCMP_SYS(sendmsg), SCMP_SYS(memfd_create), SCMP_SYS(setrlimit),
	SCMP_SYS(prlimit64), 0 };
static const struct jail jail = { .memory_bytes = 512UL << 20, .file_bytes = 512UL << 20, .more = calls };

struct request {
	int message, parts;
	struct text envelope_from;
};

/* --- the socket --------------------------------------------------------------------------------- */
/* 0: the reader has gone. */
static ssize_t receive(char *packet, size_t room, int files[2])
{
	char control[CMSG_SPACE(2 * sizeof(int))];
	struct iovec bytes = { packet, room };
	struct msghdr head = {
		.msg_iov = &bytes, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control
	};
	ssize_t got = recvmsg(STDIN_FILENO, &head, MSG_CMSG_CLOEXEC);
	const struct cmsghdr *rights = got > 0 ? CMSG_FIRSTHDR(&head) : NULL;

	if (got <= 0)
		return 0;
	if (!rights || rights->cmsg_len != CMSG_LEN(2 * sizeof(int)))
		_exit(EX_PROTOCOL);
	memcpy(files, CMSG_DATA(rights), 2 * sizeof(int));
	return got;
}

static void say(const char *packet, size_t len, int file)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec bytes = { (void *)packet, len };
	struct msghdr head = { .msg_iov = &bytes, .msg_iovlen = 1 };

	if (file != -1) {
		struct cmsghdr *rights;

		head.msg_control = control;
		head.msg_controllen = sizeof control;
		rights = CMSG_FIRSTHDR(&head);
		*rights = (struct cmsghdr){
			.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS
		};
		memcpy(CMSG_DATA(rights), &file, sizeof file);
	}
	if (sendmsg(STDIN_FILENO, &head, MSG_NOSIGNAL) < 0)
		_exit(EX_IOERR);
}

static bool next_request(struct arena *arena, struct request *out)
{
	char packet[REQUEST_BYTES_MOST];
	int files[2];
	ssize_t got = receive(packet, sizeof packet, files);
	json_t *asked;
	const char *from;

	if (got == 0)
		return false;
	asked = json_loadb(packet, (size_t)got, 0, NULL);
	from = json_string_value(json_object_get(asked, "envelopeFrom"));
	*out = (struct request){ files[0], files[1], text_copy(arena, text_of(from)) };
	json_decref(asked);
	return true;
}

/* --- a message ------------------------------------------------------------------------------------ */
/* Not the message's fault: the reader tries again. */
static void give_up(void)
{
	_exit(EX_TEMPFAIL);
}

static struct text map_message(int file)
{
	const off_t size = lseek(file, 0, SEEK_END);
	void *bytes;

	if (size == -1)
		give_up();
	if (size == 0)
		return TEXT("");
	bytes = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, file, 0);
	if (bytes == MAP_FAILED)
		_exit(EX_DATAERR); /* larger than anything that is read */
	return (struct text){ bytes, (size_t)size };
}

static void give_answer(struct text json)
{
	int file = memfd_create("mail", MFD_CLOEXEC);
	char length[24];

	if (file == -1)
		give_up();
	for (size_t at = 0; at < json.len;) {
		ssize_t wrote = write(file, json.data + at, json.len - at);

		if (wrote <= 0)
			give_up();
		at += (size_t)wrote;
	}
	say(length, (size_t)snprintf(length, sizeof length, "%zu", json.len), file);
	close(file);
}

static void read_message(struct arena *arena, const struct request *request)
{
	struct text raw = map_message(request->message);
	const struct mail *mail = mail_read(arena, raw, request->envelope_from);
	struct buffer out;

	buffer_init(&out, arena, ARENA_BYTES + 2 * (mail->text.len + mail->html.len)); /* it hardly grows */
	if (!answer_write(mail, request->parts, &out))
		give_up();
	give_answer(buffer_view(&out));
	if (raw.len)
		munmap((void *)raw.data, raw.len);
	close(request->message);
	close(request->parts);
}

/* What a library opens or computes once, it does here, while it still may. */
static void warm_up(void)
{
	static const char sample[] =
	        "From: a@example.com\nDate: Mon, 30 Nov 2026 06:00:00 +0000\n"
	        "Subject: =?iso-2022-jp?b?GyRCJCIbKEI=?=\nContent-Type: text/html; charset=gb2312\n\n<p>\xB0\xA1</p>\n";
	struct arena *arena = arena_new(ARENA_BYTES);
	struct buffer out;

	buffer_init(&out, arena, ARENA_BYTES);
	answer_write(mail_read(arena, TEXT(sample), TEXT_NONE), -1, &out);
	arena_free(&arena);
}

int main(void)
{
	jail_limit(&jail);
	warm_up();
	jail_close(&jail);
	say("ready", 5, -1);
	for (;;) {
		struct arena *arena = arena_new(ARENA_BYTES);
		struct request request;

		if (!next_request(arena, &request))
			_exit(EXIT_SUCCESS); /* what runs at an exit is not for the jail */
		jail_allow_cpu(CPU_SECONDS);
		read_message(arena, &request);
		arena_free(&arena);
		malloc_trim(0);
	}
}
