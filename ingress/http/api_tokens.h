/* api_tokens.h - what programs ask with, in the place of a session's token.
 *
 *   gct_ and 96 hexadecimal digits: the token's id (16 bytes) and its secret (32), of which only the SHA-256 is kept
 *
 * A token has its account's rights, cut to scopes: read (GET), write (the other verbs), admin (beside that, whatever an
 * administrator may do and an agent not). It never makes or ends tokens and sessions, nor changes how one signs in:
 * that takes a session. It ends when it is revoked, at its time, with a reset of the password, and with its person's
 * role or right to sign in; a service's sleeps while that is disabled. A new password does not end it.
 *
 * All that are good are kept in memory (lookout.h), so that no request waits for the database; what is revoked
 * elsewhere is known within a second. When one was used last is written once a minute.
 */
#ifndef INGRESS_HTTP_API_TOKENS_H
#define INGRESS_HTTP_API_TOKENS_H

#include "ingress/http/loop.h"
#include "ingress/http/call.h"
#include "ingress/http/token_set.h"

#define API_TOKEN_LETTERS 100

enum { SCOPE_READ = 1, SCOPE_WRITE = 2, SCOPE_ADMIN = 4 };

/* A scope's bit; 0: there is no such. */
unsigned api_token_scope(struct text word);
/* The scope that a request lacks; NULL: none. access: of the row. */
const char *api_token_lacks(unsigned scopes, enum verb verb, unsigned access);

/* Once, before the loops start. */
void api_tokens_start(void);
/* Every turn of every loop. */
void api_tokens_tick(struct loop *loop);
/* With the next turn. From any thread. */
void api_tokens_hurry(void);
/* False until they were loaded once. */
bool api_tokens_known(void);

bool api_token_looks_so(struct text token);
/* PROBLEM_NONE: the token is good, and *out says whose. */
enum problem_code api_token_recognise(struct text token, struct principal *out);

/* Is the token that somebody was recognised by still good? Its end in time is the principal's. */
bool api_token_stays(const struct principal *principal);

/* Draws a token: its id is entry's, whose hash is set. */
void api_token_draw(struct token_entry *entry, char out[API_TOKEN_LETTERS + 1]);
/* What this process has just made or ended itself; others learn it from the database. */
void api_tokens_add(const struct token_entry *entry);
void api_tokens_end(const struct uuid *id);

#endif
