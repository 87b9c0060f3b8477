/* sessions.h - what signing in opens: drawn, answered with, and closed.
 *
 * Whoever proves who he is, by whatever means, ends in session_open().
 *
 * A session has one refresh token at a time; the client gets the token, the database its SHA-256. Its cookie is sent to
 * the paths that read it; in production its name begins with __Host- (RFC 6265bis section 4.1.3.2), so that no other
 * host of the domain can set it, and it goes by TLS alone.
 */
#ifndef INGRESS_ACCOUNT_SESSIONS_H
#define INGRESS_ACCOUNT_SESSIONS_H

#include "ingress/http/principal.h"

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

/* What somebody has shown who wants in. */
struct proof {
	struct text hash;   /* the credential that was verified, which must be the account's still; TEXT_NONE: another
	                       proof */
	struct text rehash; /* the same password, hashed as it is done now, to stand in its place; TEXT_NONE: it is */
	const char *method; /* a word for the trail: "password", "magic_link" */
	const struct factor_code *code; /* of a second factor (second_factor.h); NULL: none was shown */
};

/* Opens a session for the subject (its id is drawn here unless it has one, which then counts once) and answers for the
 * action. Refused with AUTH_INVALID_CREDENTIALS when epoch, credential or state of the account have changed since the
 * proof. Of an account with a second factor that was not shown it answers with the half of a sign-in. */
void session_open(
        struct call *call, const struct token_subject *subject, const struct proof *proof, enum action_id action);

/* The same for who answers himself; that he gets the cookie is his to see to. What is half is refused: MFA_REQUIRED. */
void session_open_then(struct call *call, const struct token_subject *subject, const struct proof *proof,
        void (*then)(struct call *call, const struct sign_in *sign_in));
/* For a browser: the refresh token, for the paths that read it. */
void session_set_cookie(struct call *call, const struct sign_in *sign_in);
/* The refresh token that the browser has; TEXT_NONE: none. */
struct text session_cookie(const struct call *call);

/* Answers with tokens, user and cookie; status and message are those of the action's rows. */
void session_answer(struct call *call, const struct sign_in *sign_in, enum action_id action);
/* Answers that there is nothing more to be signed in with. */
void session_answer_closed(struct call *call, enum action_id action);
/* The member "user" of an answer. */
void session_write_user(struct arena *arena, const struct token_subject *subject, struct buffer *out);

#endif
