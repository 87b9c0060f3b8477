/* oidc_provider.h - the provider of OpenID Connect: what it publishes, and the exchange of a code for an id_token.
 *
 * Its description (OpenID Connect Discovery 1.0) is fetched once an hour, its keys when a token names one that is not
 * known, once a minute at most. Whoever calls this waits for a server: a thread of a crew, never a loop.
 */
#ifndef INGRESS_ACCOUNT_OIDC_PROVIDER_H
#define INGRESS_ACCOUNT_OIDC_PROVIDER_H

#include <jansson.h>
#include "base/arena.h"
#include "base/text.h"
#include "base/settings.h"

extern struct setting oidc_provider_settings[];

/* Ends the process (exit 78) when the settings do not fit together. */
void oidc_provider_start(void);
bool oidc_provider_is_set(void);
struct text oidc_provider_issuer(void);
const char *oidc_provider_role_claim(void);
const char *oidc_provider_role_map(void); /* see federation.h */

enum oidc_fate { OIDC_DONE, OIDC_AWAY, OIDC_REFUSED };

/* One way of a browser to the provider and back. Random, of base64url letters. */
struct oidc_way {
	struct text state, nonce, verifier;
};

/* Where the browser goes to; NULL: the provider is away. */
const char *oidc_provider_address(struct arena *arena, const struct oidc_way *way);

/* The code that came back becomes claims, verified, which the caller frees. named: the issuer that came beside the code
 * (RFC 9207), TEXT_NONE: none. why, in English, when nothing comes of it. */
enum oidc_fate oidc_provider_exchange(struct arena *arena, const struct oidc_way *way, struct text code,
        struct text named, json_t **out_claims, const char **out_why);

#endif
