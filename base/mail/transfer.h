/* transfer.h - the transfer encodings of RFC 2045 section 6, and uuencode; a piece at a time.
 *
 * Base64 is decoded here: this GMime stops at the first "=", and some senders write several encoded pieces one behind
 * the other. What is in no alphabet is passed over.
 */
#ifndef BASE_MAIL_TRANSFER_H
#define BASE_MAIL_TRANSFER_H

#include "base/arena.h"
#include "base/text.h"

typedef void (*transfer_write_fn)(void *arg, const char *bytes, size_t count);

/* True for an encoding that changes the bytes. */
bool transfer_is_encoded(struct text encoding);
/* encoding in lower case; an unknown one leaves the bytes as they are. */
void transfer_decode(struct text encoding, struct text content, transfer_write_fn write, void *arg);
/* The same into the arena; the content itself when it is not encoded. */
struct text transfer_decoded(struct arena *arena, struct text encoding, struct text content);
/* The data of a "Q" encoded word (RFC 2047 section 4.2). */
struct text transfer_word(struct arena *arena, struct text data);
/* The value of a hexadecimal digit, or -1. */
int transfer_hex(char c);

#endif
