/* second_factor.c - see second_factor.h. */
#include "ingress/account/second_factor.h"

#include <string.h>
#include "base/clock.h"
#include "ingress/account/recovery_codes.h"
#include "ingress/account/totp_secret.h"
#include "ingress/http/action.h"

#define MAC_BYTES 32
#define SAID_BYTES (MFA_TOKEN_LETTERS / 2 - MAC_BYTES)

void second_factor_mark(struct text credential, uint8_t out[16])
{
	uint8_t key[32], mac[MAC_BYTES];

	principal_key("mfa credential", key);
	principal_mac(key, credential.data ? credential : TEXT(""), mac);
	memcpy(out, mac, 16);
}

/* --- mfaToken ------------------------------------------------------------------------- */
static void sign(const uint8_t said[SAID_BYTES], uint8_t mac[MAC_BYTES])
{
	uint8_t key[32];

	principal_key("mfa token", key);
	principal_mac(key, (struct text){ (const char *)said, SAID_BYTES }, mac);
}

void second_factor_write(const struct half *half, char out[MFA_TOKEN_LETTERS + 1])
{
	uint8_t token[SAID_BYTES + MAC_BYTES], *at = token;

	at = mempcpy(at, half->account_id.bytes, 16);
	at = mempcpy(at, half->session_id.bytes, 16);
	at = mempcpy(at, &half->epoch, 8);
	at = mempcpy(at, &half->expires_at, 8);
	at = mempcpy(at, half->credential, 16);
	*at++ = half->by_password;
	sign(token, at);
	text_hex(token, sizeof token, out);
}

bool second_factor_read(struct text token, int64_t unix_s, struct half *out)
{
	uint8_t bytes[SAID_BYTES + MAC_BYTES], mac[MAC_BYTES];
	struct half half;

	if (!text_unhex(token, bytes, sizeof bytes))
		return false;
	sign(bytes, mac);
	if (!text_equal_secret((struct text){ (const char *)bytes + SAID_BYTES, MAC_BYTES },
	            (struct text){ (const char *)mac, MAC_BYTES }))
		return false;
	memcpy(half.account_id.bytes, bytes, 16);
	memcpy(half.session_id.bytes, bytes + 16, 16);
	memcpy(&half.epoch, bytes + 32, 8);
	memcpy(&half.expires_at, bytes + 40, 8);
	memcpy(half.credential, bytes + 48, 16);
	half.by_password = bytes[64];
	if (half.expires_at <= unix_s)
		return false;
	*out = half;
	return true;
}

void second_factor_ask(
        struct call *call, const struct token_subject *subject, struct text credential, enum action_id action)
{
	struct half half = { .account_id = subject->account_id,
		.session_id = subject->session_id,
		.epoch = subject->epoch,
		.expires_at = clock_unix_ms() / 1000 + MFA_TOKEN_TTL_S,
		.by_password = credential.data };
	char token[MFA_TOKEN_LETTERS + 1];
	struct success success;
	struct buffer out;

	second_factor_mark(credential, half.credential);
	second_factor_write(&half, token);
	buffer_init(&out, call->arena, 512);
	buffer_string(&out, "{");
	buffer_json_member_bool(&out, "mfaRequired", true);
	buffer_json_member(&out, "mfaToken", text_of(token));
	buffer_json_member_int(&out, "expiresIn", MFA_TOKEN_TTL_S);
	buffer_json_member_raw(&out, "methods", TEXT("[\"totp\",\"recovery_code\"]"));
	buffer_string(&out, "}");
	success = action_success(action, buffer_view(&out));
	success.said[LANGUAGE_FR] = "Un code de votre appareil est demandé";
	success.said[LANGUAGE_EN] = "A code of your device is asked for";
	respond_success(call, &success);
}

/* --- codes ---------------------------------------------------------------------------- */
struct factor_code second_factor_judge(
        struct arena *arena, const struct uuid *account, struct text sealed, struct text code)
{
	struct factor_code said = { .recovery = recovery_code_hash(arena, code) };
	uint8_t secret[TOTP_SECRET_BYTES];

	if (!sealed.len || !totp_secret_open(account, sealed, secret))
		return said;
	said.step = totp_step_of(secret, code, clock_unix_ms() / 1000);
	explicit_bzero(secret, sizeof secret);
	return said;
}
