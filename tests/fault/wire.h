/* wire.h - one HTTP/1.1 connection that does not block and opens itself again.
 *
 * The caller polls the descriptor and calls wire_work. A wire carries one command
 * at a time; an answer that never comes whole is no answer.
 */
#ifndef TESTS_FAULT_WIRE_H
#define TESTS_FAULT_WIRE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tests/fault/book.h"

#define WIRE_OUT_BYTES 4096
#define WIRE_IN_BYTES 65536
#define WIRE_TIMEOUT_US 10000000

enum wire_state { WIRE_CLOSED, WIRE_CONNECTING, WIRE_IDLE, WIRE_BUSY };

struct wire {
	enum wire_state state;
	int fd, epoll_fd;
	struct command *command;
	size_t out_len, out_sent, in_len;
	int64_t not_before_us; /* closed: the next attempt; idle: the next command */
	int64_t deadline_us;
	int64_t opened;
	char out[WIRE_OUT_BYTES], in[WIRE_IN_BYTES];
};

enum wire_event {
	WIRE_NOTHING,
	WIRE_ANSWERED,   /* answer is filled */
	WIRE_UNANSWERED, /* reset, closed or timed out with a command on it; its status is 0 */
};

/* Starts connecting; the state tells how it went. */
void wire_open(struct wire *wire, const struct sockaddr_in *address, int64_t now_us);
/* wire->out has been filled: sends it. */
void wire_send(struct wire *wire, struct command *command, size_t len, int64_t now_us);
/* After poll said so, and once a while for the deadlines. The command stays on the wire for the caller to take. */
enum wire_event wire_work(struct wire *wire, uint32_t ready, int64_t now_us, struct answer *answer);
void wire_close(struct wire *wire, int64_t not_before_us);

#endif
