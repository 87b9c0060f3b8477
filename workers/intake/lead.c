/* lead.c - what in a mail leads to something of ours.
 *
 * An address of ours with a token behind its + names a ticket, or the mail that comes back (queues/mail_token.h). It is
 * looked for where the mail was sent to and, because mail is forwarded and fetched, in To and Cc. References name mails
 * of ours by their ids, and mails that came by the SHA-256 of theirs. Last there is the ticket's number in the subject,
 * which anybody can write.
 */
#include "workers/intake/intake.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include "queues/address.h"
#include "queues/mail_token.h"
#include "queues/ticket_number.h"

#define REFERENCE_BYTES 998 /* RFC 5322 section 2.1.1 */

/* --- addresses --------------------------------------------------------------------------- */
static void add_address(struct lead *out, struct text address)
{
	for (int i = 0; i < out->addresses.count; i++)
		if (text_equal(out->addresses.items[i], address))
			return;
	out->addresses.items[out->addresses.count++] = address;
}

static void read_token(struct text token, struct lead *out)
{
	struct uuid id;

	if (uuid_is_none(&out->ticket_id) && mail_token_read(MAIL_TOKEN_TICKET, token, TEXT_NONE, &id))
		out->ticket_id = id;
	if (uuid_is_none(&out->bounced) && mail_token_read(MAIL_TOKEN_BOUNCE, token, TEXT_NONE, &id))
		out->bounced = id;
}

/* What stands behind its +. */
static struct text extension_of(struct text address)
{
	const char *plus = address.len ? memchr(address.data, '+', address.len) : NULL;
	const char *at = address.len ? memrchr(address.data, '@', address.len) : NULL;

	return plus && at && plus < at ? (struct text){ plus + 1, (size_t)(at - plus - 1) } : TEXT_NONE;
}

struct text lead_plain(struct text address, struct arena *arena)
{
	struct text extension = extension_of(address);
	const char *at;

	if (!extension.data)
		return address;
	at = extension.data + extension.len;
	return text_of(arena_printf(arena, "%.*s%.*s", (int)(extension.data - 1 - address.data), address.data,
	        (int)(address.data + address.len - at), at));
}

static void read_address(struct text given, struct arena *arena, struct lead *out)
{
	struct text address = address_normalized(arena, given), extension = extension_of(address);

	if (!address.len)
		return;
	if (extension.data)
		read_token(extension, out);
	add_address(out, lead_plain(address, arena));
}

/* --- ids ------------------------------------------------------------------------------------ */
static struct text hash_of(struct text id, struct arena *arena)
{
	unsigned char digest[32];
	char *hex = arena_alloc(arena, 2 * sizeof digest + 1);

	if (!EVP_Digest(id.data, id.len, digest, NULL, EVP_sha256(), NULL))
		abort();
	text_hex(digest, sizeof digest, hex);
	return text_of(hex);
}

static void read_reference(struct text id, struct arena *arena, struct lead *out)
{
	const char *at = memchr(id.data, '@', id.len);
	struct uuid ours;

	if (!id.len || id.len > REFERENCE_BYTES)
		return;
	if (at && uuid_parse((struct text){ id.data, (size_t)(at - id.data) }, &ours))
		out->mails.ids[out->mails.count++] = ours;
	out->hashes.items[out->hashes.count++] = hash_of(id, arena);
}

/* Of very many the first, which began it, and the last ones. */
static void read_references(const struct text_list *references, struct arena *arena, struct lead *out)
{
	int from = references->count > LEAD_REFERENCES ? references->count - LEAD_REFERENCES + 1 : 0;

	out->mails.ids = ARENA_ARRAY(arena, struct uuid, LEAD_REFERENCES + 1);
	out->hashes.items = ARENA_ARRAY(arena, struct text, LEAD_REFERENCES + 1);
	if (from)
		read_reference(references->items[0], arena, out);
	for (int i = from; i < references->count; i++)
		read_reference(references->items[i], arena, out);
}

/* --- the subject ------------------------------------------------------------------------------- */
static size_t number_length(struct text t)
{
	size_t len = 3;

	while (len < t.len && (isdigit((unsigned char)t.data[len]) || t.data[len] == '-'))
		len++;
	return len;
}

static struct text number_in(struct text subject, struct arena *arena)
{
	struct uuid id;

	for (size_t i = 0; i + 3 < subject.len; i++) {
		struct text rest = { subject.data + i, subject.len - i };

		if (strncasecmp(rest.data, "HD-", 3) != 0 || (i && isalnum((unsigned char)subject.data[i - 1])))
			continue;
		rest.len = number_length(rest);
		if (ticket_number_parse(rest, &id))
			return ticket_number_text(arena, &id);
	}
	return TEXT_NONE;
}

void lead_read(const struct taken *taken, const struct letter *letter, struct arena *arena, struct lead *out)
{
	int most = taken->recipients.count + letter->to_count + letter->cc_count;

	*out = (struct lead){ .addresses.items = ARENA_ARRAY(arena, struct text, (size_t)most + 1) };
	for (int i = 0; i < taken->recipients.count; i++)
		read_address(taken->recipients.items[i], arena, out);
	for (int i = 0; i < letter->to_count; i++)
		read_address(letter->to[i].address, arena, out);
	for (int i = 0; i < letter->cc_count; i++)
		read_address(letter->cc[i].address, arena, out);
	read_references(&letter->references, arena, out);
	out->number = number_in(letter->subject, arena);
}
