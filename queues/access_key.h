/* access_key.h - the keys that sign access tokens, and which of them a token was signed with (JWT, RFC 7519; JWK, RFC
 * 7517).
 *
 *   JWT_SECRET        HS256; signs unless there is a key file
 *   JWT_OLD_SECRETS   HS256; what they signed is still taken
 *   JWT_KEY_FILE      ES256, a private key on P-256 (PEM); signs, and its public half is published
 *   JWT_OLD_KEY_FILES ES256; what they signed is still taken, and their public halves are published
 *
 * Each key has an id that follows from it, which the header of a token names (kid). A key takes tokens of its own
 * algorithm alone, whatever their header says: a public key never verifies an HMAC. A token that names no key is held
 * against the secrets: so they were signed before keys had names.
 *
 * To change a key: the old one to the old ones and the new one in its place, everywhere; when the last token of the old
 * one has ended (JWT_EXPIRES_IN) it can go.
 */
#ifndef QUEUES_ACCESS_KEY_H
#define QUEUES_ACCESS_KEY_H

#include <jansson.h>
#include "base/settings.h"
#include "base/text.h"

struct arena;

#define ACCESS_TOKEN_MAX 4096 /* bytes; a longer one is none */

extern struct setting access_key_settings[];

/* What the settings say; each may be empty. */
struct access_key_names {
	const char *secret, *old_secrets, *key_file, *old_key_files;
};
extern struct access_key_names access_key_names;

/* Reads the keys, once, before anything else here. NULL, or "SETTING: why not", which lives as long as the process. */
const char *access_keys_load(const struct access_key_names *names);

/* JWT_SECRET. */
struct text access_secret(void);

/* A token with these claims, a JSON object, signed with the present key; in the arena. */
struct text access_token_sign(struct arena *arena, const json_t *claims);

/* Header or claims of a token, anybody's (RFC 7519 section 3): an object that is the caller's; NULL: it is no base64url
 * with an object in it, or names a member twice. */
json_t *access_token_part(struct arena *arena, struct text letters);

enum access_verdict {
	ACCESS_GOOD,
	ACCESS_MALFORMED, /* not three parts of base64url with JSON in the first two */
	ACCESS_ALGORITHM, /* not that of the key it names, or none that is taken */
	ACCESS_CRITICAL,  /* wants extensions to be understood (RFC 7515 section 4.1.11), and none is */
	ACCESS_UNKNOWN,   /* names a key that is none of ours */
	ACCESS_FORGED,    /* not signed with the key it names, or with none of the secrets */
};

/* Who signed it, and what it claims: an object that is the caller's, NULL unless the token is good. Its times are the
 * caller's to look at. */
enum access_verdict access_token_verify(struct arena *arena, struct text token, json_t **out_claims);

/* The public halves, a JSON Web Key Set (RFC 7517 section 5); in the arena. Without key files its list is empty. */
struct text access_keys_published(struct arena *arena);

#endif
