/* sessions.h - what signing in opens: drawn, answered with, and closed.
 *
 * A session has one refresh token at a time; the client gets the token, the database its SHA-256.
 */
#ifndef INGRESS_ACCOUNT_SESSIONS_H
#define INGRESS_ACCOUNT_SESSIONS_H

#include "ingress/http/principal.h"

#define SESSION_COOKIE "refreshToken"

struct sign_in {
	struct token_subject subject;
	struct text refresh_token, refresh_hash; /* hexadecimal */
};

/* Draws a session id and a refresh token. */
void session_draw(struct arena *arena, struct sign_in *sign_in);
/* The refresh token that follows from this one: always the same. There is no session id yet. */
void session_succeed(struct arena *arena, struct text token, struct sign_in *sign_in);
/* What the database keeps of a refresh token, in the arena. */
struct text session_hash(struct arena *arena, struct text token);

/* Answers with tokens, user and cookie; status and message are those of the action's rows. */
void session_answer(struct call *call, const struct sign_in *sign_in, enum action_id action);
/* Answers that there is nothing more to be signed in with. */
void session_answer_closed(struct call *call, enum action_id action);
/* The member "user" of an answer. */
void session_write_user(struct arena *arena, const struct token_subject *subject, struct buffer *out);

#endif
