/* webhook_secret.h - the key with which a webhook's deliveries are signed.
 *
 *   whsec_ and 64 hexadecimal digits: HMAC-SHA-256 under WEBHOOK_KEY over "guichet webhook", the id, and the generation
 *
 * Nothing keeps it: ingress derives it for whoever makes or rotates a webhook, the webhook worker for each delivery. So
 * no row, message or backup holds one. The generation is the version that the webhook had when the secret was made.
 */
#ifndef QUEUES_WEBHOOK_SECRET_H
#define QUEUES_WEBHOOK_SECRET_H

#include "base/settings.h"
#include "base/text.h"
#include "base/uuid.h"

#define WEBHOOK_SECRET_BYTES 71 /* 70 and the NUL */

/* WEBHOOK_KEY, a row that a table of settings begins with or is made of. */
extern const char *webhook_key;
#define WEBHOOK_KEY_ROW                                                                                                \
	{                                                                                                              \
		"WEBHOOK_KEY", SETTING_HEX, &webhook_key, NULL, .min = 64, .max = 128, .secret = true,                 \
		                                                .help = "what the secrets of webhooks are derived "    \
		                                                        "from, and what second factors are encrypted " \
		                                                        "with, 64 to 128 hexadecimal characters"       \
	}
extern struct setting webhook_secret_settings[];

/* HMAC-SHA-256 under WEBHOOK_KEY over what is said; of this the key of vapid.h is made, too. */
void webhook_secret_derive(const void *said, size_t len, uint8_t out[32]);

void webhook_secret_write(const struct uuid *webhook, int64_t generation, char out[WEBHOOK_SECRET_BYTES]);

#define WEBHOOK_SIGNATURE_BYTES 65 /* 64 and the NUL */

/* HMAC-SHA-256 over "<unix_s>.<body>" in hexadecimal, under the secret as it is shown. */
void webhook_sign(const char *secret, int64_t unix_s, struct text body, char out[WEBHOOK_SIGNATURE_BYTES]);

#endif
