/* oidc_token.h - is an id_token good? OpenID Connect Core 1.0 section 3.1.3.7, JWS (RFC 7515), JWK (RFC 7517). Pure.
 *
 * RS256 and ES256, with a key of the provider's set; what is signed otherwise, or not at all, is bad whatever it says.
 */
#ifndef INGRESS_ACCOUNT_OIDC_TOKEN_H
#define INGRESS_ACCOUNT_OIDC_TOKEN_H

#include <jansson.h>
#include "base/arena.h"
#include "base/text.h"

struct oidc_wanted {
	struct text issuer, client_id, nonce;
	int64_t now_s; /* since 1970 */
};

enum oidc_verdict { OIDC_TOKEN_GOOD, OIDC_TOKEN_BAD, OIDC_TOKEN_KEY_UNKNOWN };

/* keys: the provider's JSON Web Key Set. claims are the caller's to free, and set when the token is good; why, in
 * English, when it is bad. */
enum oidc_verdict oidc_token_read(struct arena *arena, struct text token, const json_t *keys,
        const struct oidc_wanted *wanted, json_t **out_claims, const char **out_why);

/* A member that is a string; TEXT_NONE: it is none. Borrowed. */
struct text oidc_member(const json_t *object, const char *name);

#endif
