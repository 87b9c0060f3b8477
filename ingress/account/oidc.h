/* oidc.h - signing in by a provider of OpenID Connect.
 *
 *   /auth/oidc/login ─► state, nonce and verifier in a cookie ─► the provider ─► /auth/oidc/callback
 *        ─► the same browser? ─► code for id_token ─► good? (oidc_token.h) ─► whose account? (federation.h) ─► a
 * session
 *
 * The cookie is signed, lasts ten minutes, and is this browser's: who is sent here with somebody else's code has none
 * that fits. A state counts once. What is asked of the provider is asked on threads of their own.
 */
#ifndef INGRESS_ACCOUNT_OIDC_H
#define INGRESS_ACCOUNT_OIDC_H

/* When there are loops. */
void oidc_start(void);

#endif
