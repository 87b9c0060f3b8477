/* totp_secret.c - see totp_secret.h. */
#include "ingress/account/totp_secret.h"

#include <ctype.h>
#include <qrencode.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "base/seal.h"
#include "queues/webhook_secret.h"

#define SEALED_BYTES (TOTP_SECRET_BYTES + SEAL_MORE_BYTES)
#define KEY_LABEL "guichet totp"
#define QUIET 4 /* light modules around the code */

static void derive_key(uint8_t out[SEAL_KEY_BYTES])
{
	webhook_secret_derive(KEY_LABEL, sizeof KEY_LABEL - 1, out);
}

void totp_secret_draw(uint8_t out[TOTP_SECRET_BYTES])
{
	if (getrandom(out, TOTP_SECRET_BYTES, 0) != TOTP_SECRET_BYTES)
		abort();
}

struct text totp_secret_seal(struct arena *arena, const struct uuid *account, const uint8_t secret[TOTP_SECRET_BYTES])
{
	uint8_t key[SEAL_KEY_BYTES], sealed[SEALED_BYTES];
	char *out = arena_alloc(arena, 2 * SEALED_BYTES + 1);

	derive_key(key);
	seal_close(key, account->bytes, sizeof account->bytes, secret, TOTP_SECRET_BYTES, sealed);
	explicit_bzero(key, sizeof key);
	text_hex(sealed, sizeof sealed, out);
	return text_of(out);
}

bool totp_secret_open(const struct uuid *account, struct text sealed, uint8_t out[TOTP_SECRET_BYTES])
{
	uint8_t key[SEAL_KEY_BYTES], bytes[SEALED_BYTES];
	bool good;

	if (!text_unhex(sealed, bytes, sizeof bytes))
		return false;
	derive_key(key);
	good = seal_open(key, account->bytes, sizeof account->bytes, bytes, sizeof bytes, out);
	explicit_bzero(key, sizeof key);
	return good;
}

/* --- to be scanned ------------------------------------------------------------------- */
/* RFC 3986 section 2.1. */
static void write_percent(struct buffer *out, struct text t)
{
	for (size_t i = 0; i < t.len; i++) {
		unsigned char c = (unsigned char)t.data[i];

		if (isalnum(c) || strchr("-._~", c))
			buffer_append(out, &c, 1);
		else
			buffer_printf(out, "%%%02X", c);
	}
}

struct text totp_secret_uri(struct arena *arena, struct text email, struct text secret)
{
	struct buffer out;

	buffer_init(&out, arena, 512);
	buffer_string(&out, "otpauth://totp/Guichet:");
	write_percent(&out, email);
	buffer_string(&out, "?secret=");
	buffer_text(&out, secret);
	buffer_string(&out, "&issuer=Guichet&algorithm=SHA1&digits=6&period=30");
	return buffer_view(&out);
}

/* Dark modules side by side are one rectangle. */
static void write_row(struct buffer *out, const uint8_t *row, int width, int y)
{
	for (int x = 0, end; x < width; x = end) {
		for (end = x; end < width && (row[end] & 1) == (row[x] & 1); end++)
			continue;
		if (row[x] & 1)
			buffer_printf(out, "M%d %dh%dv1h-%dz", x + QUIET, y + QUIET, end - x, end - x);
	}
}

struct text totp_secret_picture(struct arena *arena, struct text uri)
{
	QRcode *code = QRcode_encodeString8bit(text_dup(arena, uri), 0, QR_ECLEVEL_M);
	struct buffer out;
	int side;

	if (!code)
		abort(); /* out of memory: an address has 254 characters, and a code room for 2,331 bytes */
	side = code->width + 2 * QUIET;
	buffer_init(&out, arena, 16384);
	buffer_printf(&out,
	        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" shape-rendering=\"crispEdges\">"
	        "<path fill=\"#fff\" d=\"M0 0h%dv%dH0z\"/><path d=\"",
	        side, side, side, side);
	for (int y = 0; y < code->width; y++)
		write_row(&out, code->data + y * code->width, code->width, y);
	buffer_string(&out, "\"/></svg>");
	QRcode_free(code);
	return buffer_view(&out);
}
