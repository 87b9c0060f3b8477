/* lmtp_fuzz.c - any bytes from who brings mail. The first byte is where they are split, bit 0 the protocol. Whatever
 * comes: it is read alike in one piece and in two, nothing is read behind it, every reply is whole lines of three
 * digits, and a message has no line end that others may read in another way.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "ingress/mail/path.h"
#include "ingress/mail/proxy.h"
#include "ingress/mail/reader.h"
#include "ingress/mail/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct arena *scratch;

static void must(bool condition)
{
	if (!condition)
		__builtin_trap();
}

static enum session_mailbox find(struct text address)
{
	return path_mailbox(scratch, address).data ? MAILBOX_OURS : MAILBOX_NOT_OURS;
}

static enum session_verdict no_obstacle(void)
{
	return VERDICT_TAKEN;
}

static const struct session_terms terms = {
	.host = "desk", .message_most = 4096, .mailbox = find, .obstacle = no_obstacle
};

struct talk {
	struct reader reader;
	struct session session;
	struct buffer replies, message, messages;
	bool ended;
};

static void begin(struct talk *talk, bool lmtp)
{
	*talk = (struct talk){ .session = { .terms = &terms, .lmtp = lmtp } };
	buffer_init(&talk->replies, scratch, 256);
	buffer_init(&talk->message, scratch, 256);
	buffer_init(&talk->messages, scratch, 256);
}

/* Only CR LF, and each line ends. */
static void look_at_message(const struct buffer *message)
{
	for (size_t i = 0; i < message->len; i++) {
		must(message->data[i] != '\n' || (i && message->data[i - 1] == '\r'));
		must(message->data[i] != '\r' || (i + 1 < message->len && message->data[i + 1] == '\n'));
	}
	must(!message->len || message->data[message->len - 1] == '\n');
}

static void follow(struct talk *talk, enum reader_event event, struct text piece)
{
	enum session_step step = SESSION_GOES_ON;

	if (event == READER_LINE)
		step = session_command(&talk->session, piece, &talk->replies);
	else if (event == READER_LONG)
		step = session_long_command(&talk->session, &talk->replies);
	else if (event == READER_BYTES)
		buffer_text(&talk->message, piece);
	else if (event == READER_END) {
		look_at_message(&talk->message);
		buffer_text(&talk->messages, buffer_view(&talk->message));
		talk->message.len = 0;
		session_verdict(&talk->session, VERDICT_TAKEN, &talk->replies);
	} else if (event == READER_SMUGGLED) {
		session_verdict(&talk->session, VERDICT_SMUGGLED, &talk->replies);
		step = SESSION_ENDS;
	}
	if (step == SESSION_MESSAGE)
		reader_expect_message(&talk->reader);
	talk->ended = step == SESSION_ENDS;
}

/* In memory of its own, so that reading behind it is seen. */
static void feed(struct talk *talk, const uint8_t *data, size_t size)
{
	char *copy = malloc(size + !size);
	struct text in = { copy, size }, piece;
	enum reader_event event = READER_LINE;

	memcpy(copy, data, size);
	while (!talk->ended && (event = reader_next(&talk->reader, &in, &piece)) != READER_MORE)
		follow(talk, event, piece);
	free(copy);
}

static void look_at_replies(struct text replies)
{
	while (replies.len) {
		const char *end = memmem(replies.data, replies.len, "\r\n", 2);

		must(end && end - replies.data >= 4 && replies.data[0] >= '2' && replies.data[0] <= '5');
		must(replies.data[3] == ' ' || replies.data[3] == '-');
		replies.len -= (size_t)(end + 2 - replies.data);
		replies.data = end + 2;
	}
}

static void must_equal(const struct buffer *a, const struct buffer *b)
{
	must(a->len == b->len && (!a->len || !memcmp(a->data, b->data, a->len)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct talk whole, split;
	struct sockaddr_storage address;
	struct text head = { (const char *)data, size };
	size_t cut;

	if (!size)
		return 0;
	scratch = arena_new(8192);
	proxy_read(&head, &address);
	cut = (size_t)data[0] * 7 % size;
	begin(&whole, data[0] & 1);
	begin(&split, data[0] & 1);
	feed(&whole, data + 1, size - 1);
	feed(&split, data + 1, cut);
	if (!split.ended)
		feed(&split, data + 1 + cut, size - 1 - cut);
	look_at_replies(buffer_view(&whole.replies));
	must_equal(&whole.replies, &split.replies);
	must_equal(&whole.messages, &split.messages);
	session_forget(&whole.session);
	session_forget(&split.session);
	arena_free(&scratch);
	return 0;
}
