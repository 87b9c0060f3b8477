/* encrypt.h - what a browser alone can read: the content encoding aes128gcm of web push (RFC 8188, RFC 8291). */
#ifndef WORKERS_WEBHOOK_ENCRYPT_H
#define WORKERS_WEBHOOK_ENCRYPT_H

#include "base/arena.h"
#include "base/text.h"
#include "queues/p256.h"

#define ENCRYPT_SALT_BYTES 16
#define ENCRYPT_AUTH_BYTES 16
#define ENCRYPT_MOST 3993 /* bytes of plain text: services take 4096 in all */

/* One record. TEXT_NONE: the text is longer than ENCRYPT_MOST, or the browser's key is none. own and salt are for this
 * one message. */
struct text encrypt(struct arena *arena, struct text plain, const uint8_t browser[P256_PUBLIC_BYTES],
        const uint8_t auth[ENCRYPT_AUTH_BYTES], const struct p256 *own, const uint8_t salt[ENCRYPT_SALT_BYTES]);

#endif
