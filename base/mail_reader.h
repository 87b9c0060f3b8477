/* mail_reader.h - asks guichetmail what a message says.
 *
 * guichetmail reads what strangers send: a process of its own without connections, files or rights, bounded in memory
 * and time. It is kept warm and started anew when it has died; that a message has killed it is an answer like others.
 * One reader belongs to one thread.
 *
 *   request   one packet of a Unix socket (SOCK_SEQPACKET): {"envelopeFrom": text or null}, with two descriptors, the
 *             message (read by mapping it) and a file for the bytes of the attachments, one behind the other
 *   answer    a packet: the length of the JSON in a file of memory, whose descriptor comes with it
 *
 * The JSON is that of `guichetctl mail parse`; each attachment has beside it "offset", where its bytes begin in the
 * file, and "cid".
 */
#ifndef BASE_MAIL_READER_H
#define BASE_MAIL_READER_H

#include "base/arena.h"
#include "base/settings.h"
#include "base/text.h"

enum mail_reading {
	MAIL_READ,
	MAIL_READ_KILLED,  /* the message has ended its reader, or took longer than it may */
	MAIL_READ_NOT_NOW, /* no reader starts, no memory: not the message's fault */
};

struct mail_reader;

/* MAIL_PROGRAM, MAIL_READ_SECONDS. */
extern struct setting mail_reader_settings[];

struct mail_reader *mail_reader_open(void);
void mail_reader_close(struct mail_reader **reader);
/* message and parts are open files; parts is emptied and written from its beginning, or is /dev/null. pump (may be
 * NULL) is called about once a second. out, in the arena, is the JSON, of MAIL_READ alone. */
enum mail_reading mail_reader_ask(struct mail_reader *reader, int message, int parts, struct text envelope_from,
        struct arena *arena, void (*pump)(void *arg), void *arg, struct text *out);

#endif
