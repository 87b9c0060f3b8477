/* dkim.h - signs messages: DKIM (RFC 6376) with rsa-sha256, and ed25519-sha256 (RFC 8463).
 *
 * MAIL_DKIM lists keys as domain:selector:/path.pem, with blanks between. A message is signed with every key of its
 * sender's domain, or of a domain above it, so that a verifier who knows only RSA finds a signature of his. Both
 * canonicalizations are relaxed, which survives what relays do to white space. From, To, Subject and Date are signed
 * once more than they are there, so that nobody can add another one.
 *
 * The public half goes into DNS, as selector._domainkey.domain TXT "v=DKIM1; k=rsa; p=..." (or k=ed25519).
 */
#ifndef WORKERS_MAIL_DKIM_H
#define WORKERS_MAIL_DKIM_H

#include <stdbool.h>
#include "base/text.h"

struct arena;

/* Reads the keys, once and before the threads; they stay for the process. NULL, or what is wrong (lives as long). */
const char *dkim_load(const char *setting);

/* The message with its signatures before it, NUL-terminated; as it is when there is no key for the address's domain. */
struct text dkim_signed(struct text message, struct text from, struct arena *arena);

#endif
