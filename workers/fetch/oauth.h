/* oauth.h - tokens for mailboxes that want no password (RFC 6749): Gmail, Microsoft 365.
 *
 * A file in JSON says how one is had: token_url, client_id, client_secret (may be missing), refresh_token, scope (may
 * be missing). Without refresh_token the program asks in its own name (client_credentials). A refresh token that the
 * server replaces is written back. Accounts of one file share its token.
 */
#ifndef WORKERS_FETCH_OAUTH_H
#define WORKERS_FETCH_OAUTH_H

#include "base/arena.h"
#include "base/text.h"

struct oauth;

/* The one for this path, which is not read yet. To be called before there are threads. */
struct oauth *oauth_of(const char *path);

/* A token into the arena; refused: the last one was refused, so another is wanted. NULL: *out_wrong says why, in the
 * arena. */
const char *oauth_token(struct oauth *oauth, struct arena *arena, const char *refused, const char **out_wrong);

#endif
