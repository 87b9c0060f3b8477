/* dkim.c - see dkim.h. The message is ours: its header lines end with CRLF and its body is not empty. */
#include "workers/mail/dkim.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"

#define KEYS_MOST 32
#define RSA_BITS_LEAST 1024
#define FOLD_DIGITS 64

/* Signed as often as they are there; the first four once more. */
static const char *const signed_headers[] = { "From", "To", "Subject", "Date", "Message-ID", "In-Reply-To",
	"References", "Reply-To", "List-Unsubscribe", "List-Unsubscribe-Post", "Auto-Submitted", "MIME-Version",
	"Content-Type", "Content-Transfer-Encoding" };
#define OVERSIGNED 4
#define SIGNED_COUNT (sizeof signed_headers / sizeof *signed_headers)

static struct key {
	char *domain, *selector;
	EVP_PKEY *pkey;
	bool is_rsa;
} keys[KEYS_MOST];
static int key_count;

/* --- keys ------------------------------------------------------------------------ */
static const char *read_key(const char *path, struct key *out)
{
	FILE *file = fopen(path, "re");

	if (!file)
		return "a key's file cannot be read";
	out->pkey = PEM_read_PrivateKey(file, NULL, NULL, NULL);
	fclose(file);
	if (!out->pkey)
		return "a key's file holds no private key in PEM";
	out->is_rsa = EVP_PKEY_base_id(out->pkey) == EVP_PKEY_RSA;
	if (out->is_rsa ? EVP_PKEY_bits(out->pkey) >= RSA_BITS_LEAST : EVP_PKEY_base_id(out->pkey) == EVP_PKEY_ED25519)
		return NULL;
	return "a key must be RSA of 1024 bits at least, or Ed25519";
}

const char *dkim_load(const char *setting)
{
	char *list = strdup(setting), *rest = list;
	const char *why = NULL;

	for (char *word = strtok_r(list, " ", &rest); word && !why; word = strtok_r(NULL, " ", &rest)) {
		struct key *key = &keys[key_count];
		char *part = word, *domain = strsep(&part, ":"), *selector = part ? strsep(&part, ":") : NULL;

		if (!part || !*domain || !*selector || key_count == KEYS_MOST) {
			why = "expected domain:selector:/path.pem, with blanks between several (32 at most)";
			break;
		}
		why = read_key(part, key);
		key->domain = strdup(domain);
		key->selector = strdup(selector);
		key_count += !why;
	}
	free(list);
	return why;
}

static bool signs_for(const struct key *key, struct text from)
{
	const char *at = memrchr(from.data, '@', from.len);
	struct text domain = { at + 1, (size_t)(from.data + from.len - at - 1) };
	size_t len = strlen(key->domain);

	if (domain.len < len || (domain.len > len && domain.data[domain.len - len - 1] != '.'))
		return false;
	return text_equal_nocase((struct text){ domain.data + domain.len - len, len }, text_of(key->domain));
}

/* --- canonicalization: relaxed, RFC 6376 section 3.4 --------------------------------- */
static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The header field as it is signed: name in lower case, unfolded, runs of blanks as one. Without the CRLF. */
static void relax_header(struct buffer *out, struct text field)
{
	size_t colon = (size_t)((const char *)memchr(field.data, ':', field.len) - field.data);
	size_t value;
	bool gap = false;

	for (size_t i = 0; i < colon; i++) {
		char c = field.data[i];

		c = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
		if (!is_blank(c))
			buffer_append(out, &c, 1);
	}
	buffer_string(out, ":");
	value = out->len;
	for (size_t i = colon + 1; i < field.len; i++) {
		char c = field.data[i];

		if (c == '\r' || c == '\n')
			continue;
		if (is_blank(c)) {
			gap = true;
			continue;
		}
		if (gap && out->len > value)
			buffer_string(out, " ");
		gap = false;
		buffer_append(out, &c, 1);
	}
}

/* Without blanks at the ends of lines and without empty lines at the end. */
static void relax_body(struct buffer *out, struct text body)
{
	size_t empty = 0;

	while (body.len) {
		const char *stop = memmem(body.data, body.len, "\r\n", 2);
		size_t len = stop ? (size_t)(stop - body.data) : body.len, skip = stop ? len + 2 : len, end = len;

		while (end && is_blank(body.data[end - 1]))
			end--;
		for (; end && empty; empty--)
			buffer_string(out, "\r\n");
		for (size_t i = 0; i < end; i++)
			if (!is_blank(body.data[i]))
				buffer_append(out, body.data + i, 1);
			else if (!is_blank(body.data[i + 1]))
				buffer_string(out, " ");
		if (end)
			buffer_string(out, "\r\n");
		else
			empty++;
		body = (struct text){ body.data + skip, body.len - skip };
	}
}

/* --- the head -------------------------------------------------------------------------- */
/* Takes the first field off the head, with the lines that it is folded over, without its last CRLF. */
static struct text take_field(struct text *head)
{
	size_t len = 0;
	struct text field;

	do {
		const char *stop = memmem(head->data + len, head->len - len, "\r\n", 2);

		len = stop ? (size_t)(stop - head->data) + 2 : head->len;
	} while (len < head->len && is_blank(head->data[len]));
	field = (struct text){ head->data, len - 2 };
	*head = (struct text){ head->data + len, head->len - len };
	return field;
}

static bool is_named(struct text field, const char *name)
{
	size_t len = strlen(name);

	return field.len > len && field.data[len] == ':' &&
	       text_equal_nocase((struct text){ field.data, len }, text_of(name));
}

/* h= and, in that order, what is signed. A field is there once in what we write. */
static void choose_headers(struct text head, struct buffer *names, struct buffer *fields)
{
	for (size_t i = 0; i < SIGNED_COUNT; i++) {
		struct text rest = head;
		int times = i < OVERSIGNED;

		while (rest.len) {
			struct text field = take_field(&rest);

			if (!is_named(field, signed_headers[i]))
				continue;
			relax_header(fields, field);
			buffer_string(fields, "\r\n");
			times++;
		}
		for (; times > 0; times--)
			buffer_printf(names, "%s%s", names->len ? ":\r\n  " : "", signed_headers[i]);
	}
}

/* --- a signature ------------------------------------------------------------------------ */
static char *base64_of(const unsigned char *data, size_t len, struct arena *arena)
{
	char *digits = arena_alloc(arena, len * 4 / 3 + 5);

	EVP_EncodeBlock((unsigned char *)digits, data, (int)len);
	return digits;
}

/* RSA signs the data's SHA-256; Ed25519 (RFC 8463 section 3) signs that hash as its message. */
static const char *sign(const struct key *key, struct text data, struct arena *arena)
{
	unsigned char hash[32], signature[1024];
	size_t len = sizeof signature;
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	const unsigned char *message = (const unsigned char *)data.data;
	size_t message_len = data.len;
	bool good;

	if (!key->is_rsa && EVP_Digest(data.data, data.len, hash, NULL, EVP_sha256(), NULL)) {
		message = hash;
		message_len = sizeof hash;
	}
	good = context && EVP_DigestSignInit(context, NULL, key->is_rsa ? EVP_sha256() : NULL, NULL, key->pkey) == 1 &&
	       EVP_DigestSign(context, signature, &len, message, message_len) == 1;
	EVP_MD_CTX_free(context);
	if (!good)
		abort();
	return base64_of(signature, len, arena);
}

static void append_signature(struct buffer *out, const struct key *key, const char *body_hash, struct text names,
        struct text fields, struct arena *arena)
{
	struct buffer field, data;
	const char *signature;

	buffer_init(&field, arena, 1024 + names.len);
	buffer_printf(&field,
	        "DKIM-Signature: v=1; a=%s; c=relaxed/relaxed;\r\n d=%s; s=%s;\r\n h=%.*s;\r\n bh=%s;\r\n b=",
	        key->is_rsa ? "rsa-sha256" : "ed25519-sha256", key->domain, key->selector, (int)names.len, names.data,
	        body_hash);
	buffer_init(&data, arena, fields.len + 1024);
	buffer_text(&data, fields);
	relax_header(&data, buffer_view(&field));
	signature = sign(key, buffer_view(&data), arena);
	buffer_text(out, buffer_view(&field));
	for (size_t from = 0; signature[from]; from += strnlen(signature + from, FOLD_DIGITS))
		buffer_printf(out, "%s%.*s", from ? "\r\n  " : "", FOLD_DIGITS, signature + from);
	buffer_string(out, "\r\n");
}

static const char *hash_body(struct text body, struct arena *arena)
{
	unsigned char hash[32];
	struct buffer relaxed;

	buffer_init(&relaxed, arena, body.len + 2);
	relax_body(&relaxed, body);
	if (!EVP_Digest(relaxed.data, relaxed.len, hash, NULL, EVP_sha256(), NULL))
		abort();
	return base64_of(hash, sizeof hash, arena);
}

struct text dkim_signed(struct text message, struct text from, struct arena *arena)
{
	const char *gap = memmem(message.data, message.len, "\r\n\r\n", 4);
	struct buffer out, names, fields;
	const char *body_hash = NULL;

	buffer_init(&out, arena, message.len + 4096);
	for (int i = 0; i < key_count && gap; i++) {
		if (!signs_for(&keys[i], from))
			continue;
		if (!body_hash) {
			size_t head = (size_t)(gap - message.data) + 2;

			body_hash = hash_body((struct text){ message.data + head + 2, message.len - head - 2 }, arena);
			buffer_init(&names, arena, 512);
			buffer_init(&fields, arena, head + 64);
			choose_headers((struct text){ message.data, head }, &names, &fields);
		}
		append_signature(&out, &keys[i], body_hash, buffer_view(&names), buffer_view(&fields), arena);
	}
	buffer_text(&out, message);
	return (struct text){ buffer_cstr(&out), out.len };
}
