/* principal.h - who is asking: bearer tokens (JWT, RFC 7519), signed with the keys of queues/access_key.h, and those of
 * programs (api_tokens.h).
 *
 * exp, iat, nbf, iss and sub are checked here, with 30 s leeway for clocks.
 */
#ifndef INGRESS_HTTP_PRINCIPAL_H
#define INGRESS_HTTP_PRINCIPAL_H

#include "base/settings.h"
#include "ingress/http/call.h"

extern struct setting principal_settings[]; /* how long tokens and sessions are good */

/* Fills call->principal; false after having answered 401, or 403 to who has to get a second factor first. */
bool principal_require(struct call *call);
/* The same, also of a parameter "token": for clients that can set no header (EventSource, WebSocket). */
bool principal_require_somewhere(struct call *call);
/* The same of principal_require(), also for who may do nothing else before he has a second factor. */
bool principal_require_enrolling(struct call *call);
/* The same, but whether the token was revoked is not looked at: for logout-all, which looks itself. */
bool principal_require_signed(struct call *call);

/* Whom a token is for. */
struct token_subject {
	struct uuid account_id, session_id;
	struct text email, role, first_name, last_name; /* names are for the answer, the token has none */
	int64_t epoch;
	bool enrols; /* may do nothing but get a second factor */
};
/* A signed token, in the arena. */
struct text principal_token(struct arena *arena, const struct token_subject *subject);
int64_t principal_token_ttl_s(void);
int64_t principal_refresh_ttl_s(void);
int64_t principal_session_ttl_s(void); /* the most, however often it is renewed */

/* A key of its own for that label, derived from JWT_SECRET; and HMAC-SHA-256 under such a key. */
void principal_key(const char *label, uint8_t out[32]);
void principal_mac(const uint8_t key[32], struct text data, uint8_t out[32]);

#endif
