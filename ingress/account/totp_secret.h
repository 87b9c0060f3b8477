/* totp_secret.h - what a device shares with us (base/totp.h): drawn, sealed for its account, and shown to be scanned.
 *
 * Sealed under a key that is derived from WEBHOOK_KEY, which lives as long as an installation does: JWT_SECRET may
 * change any day. With another WEBHOOK_KEY no device counts any more; recovery codes do.
 */
#ifndef INGRESS_ACCOUNT_TOTP_SECRET_H
#define INGRESS_ACCOUNT_TOTP_SECRET_H

#include "base/arena.h"
#include "base/totp.h"
#include "base/uuid.h"

void totp_secret_draw(uint8_t out[TOTP_SECRET_BYTES]);

/* As the database keeps it: hexadecimal, in the arena. */
struct text totp_secret_seal(struct arena *arena, const struct uuid *account, const uint8_t secret[TOTP_SECRET_BYTES]);
/* False: it was sealed under another key, or for another account. */
bool totp_secret_open(const struct uuid *account, struct text sealed, uint8_t out[TOTP_SECRET_BYTES]);

/* What a device scans (Key URI Format of Google Authenticator); secret in base32. In the arena. */
struct text totp_secret_uri(struct arena *arena, struct text email, struct text secret);
/* A picture of it: a QR code (ISO/IEC 18004) as SVG. In the arena. */
struct text totp_secret_picture(struct arena *arena, struct text uri);

#endif
