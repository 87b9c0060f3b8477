/* mail_token.h - what a mail carries so that whoever answers, unsubscribes or bounces is known again.
 *
 *   <kind><the id, 26 characters of base32><MAC, 16 characters of base32>      43 characters, a-z and 2-7
 *
 * It fits behind the + of an address (RFC 5321 section 4.5.3.1.1: 64 octets before the @) and survives
 * programs that change the case of addresses (RFC 4648 section 6, in lower case, without padding). The MAC is the first
 * 80 bits of HMAC-SHA-256 under MAIL_KEY over "guichet mail", the kind, the id, and the SHA-256 of what else is said
 * beside the token: of a link to unsubscribe the topic. It says which ticket, mail or account, never who has sent it.
 */
#ifndef QUEUES_MAIL_TOKEN_H
#define QUEUES_MAIL_TOKEN_H

#include <stdbool.h>
#include <stdint.h>
#include "base/settings.h"
#include "base/text.h"
#include "base/uuid.h"

#define MAIL_TOKEN_BYTES 44 /* 43 and the NUL */

enum mail_token_kind {
	MAIL_TOKEN_TICKET = 't',      /* of a reply's address: the ticket */
	MAIL_TOKEN_BOUNCE = 'b',      /* of a return path: the mail */
	MAIL_TOKEN_UNSUBSCRIBE = 'u', /* of a link: the account; beside it the topic */
};

/* MAIL_KEY, for the programs that write or read tokens. */
extern struct setting mail_token_settings[];

/* beside: TEXT_NONE, or what the token is only good together with. */
void mail_token_write(enum mail_token_kind kind, const struct uuid *id, struct text beside, char out[MAIL_TOKEN_BYTES]);
/* False, and out untouched: not of that kind, not together with that, or not made here. Letters of any case; takes the
 * same time wherever the MAC is wrong. */
bool mail_token_read(enum mail_token_kind kind, struct text token, struct text beside, struct uuid *out);

/* HMAC-SHA-256 under MAIL_KEY over the label, its NUL, and the data, together 96 bytes at most: for what else a mail
 * carries. */
void mail_token_mac(const char *label, struct text data, uint8_t out[32]);

#endif
