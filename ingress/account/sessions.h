/* sessions.h - what signing in opens, and how it is renewed and closed.
 *
 * A session has one refresh token at a time; the client gets the token, the
 * database its SHA-256. Refreshing exchanges it; an old one shown again revokes the
 * session, because somebody else has it too.
 */
#ifndef INGRESS_ACCOUNT_SESSIONS_H
#define INGRESS_ACCOUNT_SESSIONS_H

#include "ingress/http/principal.h"
#include "ingress/routes.h"

struct sign_in {
	struct token_subject subject;
	struct text refresh_token, refresh_hash; /* hexadecimal */
};

/* Draws a session id and a refresh token. */
void session_draw(struct arena *arena, struct sign_in *sign_in);

/* Tokens, user and cookie. */
void session_answer(
        struct call *call, const struct sign_in *sign_in, int status, const char *const said[language_count]);

void sessions_refresh(struct call *call, const struct captures *captures);
void sessions_logout(struct call *call, const struct captures *captures);
void sessions_logout_all(struct call *call, const struct captures *captures);
void sessions_verify(struct call *call, const struct captures *captures);

#endif
