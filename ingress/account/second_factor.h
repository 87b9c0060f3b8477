/* second_factor.h - a sign-in in two halves: what was shown first is in mfaToken, a code of the owner's device comes
 * second.
 *
 *   password or link ─► half a sign-in: mfaToken ─► POST /auth/login/totp: mfaToken, code ─► session
 *
 * mfaToken holds account, epoch, the session that it may open, until when (5 minutes), and how the first half was
 * proven; it is signed under a key of its own and bound to the credential that was verified. It opens one session: the
 * id of a session counts once. It says nothing to who holds it, and gives access to nothing.
 */
#ifndef INGRESS_ACCOUNT_SECOND_FACTOR_H
#define INGRESS_ACCOUNT_SECOND_FACTOR_H

#include "ingress/http/principal.h"

#define MFA_TOKEN_TTL_S 300
#define MFA_TOKEN_LETTERS (2 * (16 + 16 + 8 + 8 + 16 + 1 + 32))

/* The first half of a sign-in. */
struct half {
	struct uuid account_id, session_id;
	int64_t epoch, expires_at; /* seconds since 1970 */
	uint8_t credential[16];    /* what second_factor_mark() says of it */
	bool by_password;          /* or by a link of a mail */
};

/* What a credential is known by; TEXT_NONE has a mark, too. */
void second_factor_mark(struct text credential, uint8_t out[16]);

void second_factor_write(const struct half *half, char out[MFA_TOKEN_LETTERS + 1]);
/* False: not of ours, or its time is over. */
bool second_factor_read(struct text token, int64_t unix_s, struct half *out);

/* Answers that this was half of it. credential: the hash that was verified; TEXT_NONE: it was proven by a link. */
void second_factor_ask(
        struct call *call, const struct token_subject *subject, struct text credential, enum action_id action);

/* What a code may be: of the device (its step, or 0), or a recovery code (which has this hash). */
struct factor_code {
	int64_t step;
	struct text recovery;
};
/* sealed is the secret of the account's device, as it is kept; empty: there is none. Hash in the arena. */
struct factor_code second_factor_judge(
        struct arena *arena, const struct uuid *account, struct text sealed, struct text code);

#endif
