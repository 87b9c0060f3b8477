/* letter.c - the answer of guichetmail, read into a struct; it is the JSON of `guichetctl mail parse`. */
#include "workers/intake/intake.h"

#include <openssl/evp.h>
#include <string.h>
#include "queues/address.h"

static struct text text_in(const json_t *object, const char *member, struct arena *arena)
{
	const json_t *value = json_object_get(object, member);

	if (!json_is_string(value))
		return TEXT("");
	return text_copy(arena, (struct text){ json_string_value(value), json_string_length(value) });
}

static struct text_list texts_in(const json_t *object, const char *member, struct arena *arena)
{
	const json_t *array = json_object_get(object, member);
	struct text_list list = { ARENA_ARRAY(arena, struct text, json_array_size(array) + 1), 0 };

	for (size_t i = 0; i < json_array_size(array); i++)
		list.items[list.count++] = text_copy(arena, text_of(json_string_value(json_array_get(array, i))));
	return list;
}

/* --- people ---------------------------------------------------------------------------------- */
static struct person_named person_in(const json_t *person, struct arena *arena)
{
	return (struct person_named){
		.name = text_in(person, "name", arena),
		.address = address_normalized(arena, text_in(person, "email", arena)),
	};
}

/* Who has no address that can be written to is left out. */
static int people_in(const json_t *object, const char *member, struct person_named *out, struct arena *arena)
{
	const json_t *array = json_object_get(object, member);
	int count = 0;

	for (size_t i = 0; i < json_array_size(array) && count < LETTER_PEOPLE; i++) {
		out[count] = person_in(json_array_get(array, i), arena);
		count += out[count].address.data != NULL;
	}
	return count;
}

/* --- what came with it --------------------------------------------------------------------------- */
static struct attached attached_in(const json_t *file, struct arena *arena)
{
	return (struct attached){
		.name = text_in(file, "name", arena),
		.type = text_in(file, "type", arena),
		.cid = text_in(file, "cid", arena),
		.sha256_hex = text_in(file, "sha256", arena),
		.offset = json_integer_value(json_object_get(file, "offset")),
		.size = json_integer_value(json_object_get(file, "size")),
		.is_inline = json_is_true(json_object_get(file, "inline")),
	};
}

static void read_attachments(const json_t *mail, struct arena *arena, struct letter *out)
{
	const json_t *array = json_object_get(mail, "attachments");

	for (size_t i = 0; i < json_array_size(array) && out->attachment_count < LETTER_ATTACHMENTS; i++)
		out->attachments[out->attachment_count++] = attached_in(json_array_get(array, i), arena);
}

/* --- what kind it is ------------------------------------------------------------------------------- */
static void read_failed(const json_t *mail, struct arena *arena, struct letter *out)
{
	const json_t *array = json_object_get(json_object_get(mail, "bounce"), "recipients");

	for (size_t i = 0; i < json_array_size(array) && out->failed_count < LETTER_PEOPLE; i++) {
		const json_t *one = json_array_get(array, i);

		out->failed[out->failed_count++] = (struct failed_recipient){
			.address = text_in(one, "address", arena),
			.status = text_in(one, "status", arena),
			.reason = text_in(one, "reason", arena),
			.kind = text_in(one, "kind", arena),
		};
	}
}

static void read_forward(const json_t *mail, struct arena *arena, struct letter *out)
{
	const json_t *forward = json_object_get(mail, "forward");

	out->is_forward = json_is_object(forward);
	out->forward_from = person_in(json_object_get(forward, "from"), arena);
	out->forward_subject = text_in(forward, "subject", arena);
	out->forward_text = text_in(forward, "text", arena);
}

static struct text notes_in(const json_t *mail, struct arena *arena)
{
	const json_t *notes = json_object_get(mail, "notes");
	char *dumped = json_is_array(notes) ? json_dumps(notes, JSON_COMPACT) : NULL;
	struct text out = dumped ? text_copy(arena, text_of(dumped)) : TEXT("[]");

	free(dumped);
	return out;
}

static void read_all(const json_t *mail, struct arena *arena, struct letter *out)
{
	struct person_named reply_to[LETTER_PEOPLE];

	*out = (struct letter){
		.from = person_in(json_object_get(mail, "from"), arena),
		.subject = text_in(mail, "subject", arena),
		.message_id = text_in(mail, "message_id", arena),
		.references = texts_in(mail, "references", arena),
		.text = text_in(mail, "text", arena),
		.visible_text = text_in(mail, "visible_text", arena),
		.folded_text = text_in(mail, "folded_text", arena),
		.visible_html = text_in(mail, "visible_html", arena),
		.folded_html = text_in(mail, "folded_html", arena),
		.kind = text_in(mail, "class", arena),
		.auto_reason = text_in(mail, "auto_reason", arena),
		.authentication = texts_in(mail, "authentication_results", arena),
		.notes = notes_in(mail, arena),
	};
	out->to_count = people_in(mail, "to", out->to, arena);
	out->cc_count = people_in(mail, "cc", out->cc, arena);
	if (people_in(mail, "reply_to", reply_to, arena))
		out->reply_to = reply_to[0];
	read_attachments(mail, arena, out);
	read_failed(mail, arena, out);
	read_forward(mail, arena, out);
}

bool letter_read(struct text json, struct arena *arena, struct letter *out)
{
	json_t *mail = json_loadb(json.data, json.len, 0, NULL);
	bool good = json_is_object(mail) && json_is_string(json_object_get(mail, "class"));

	if (good)
		read_all(mail, arena, out);
	json_decref(mail);
	return good;
}

/* --- the same message? ------------------------------------------------------------------------------- */
static struct text sha256_hex(struct text bytes, struct arena *arena)
{
	unsigned char digest[32];
	char *hex = arena_alloc(arena, 2 * sizeof digest + 1);

	if (!EVP_Digest(bytes.data, bytes.len, digest, NULL, EVP_sha256(), NULL))
		abort();
	text_hex(digest, sizeof digest, hex);
	return text_of(hex);
}

static struct text body_of(struct text raw)
{
	const char *crlf = memmem(raw.data, raw.len, "\r\n\r\n", 4), *lf = memmem(raw.data, raw.len, "\n\n", 2);
	const char *at = crlf && (!lf || crlf < lf) ? crlf + 4 : (lf ? lf + 2 : raw.data + raw.len);

	return (struct text){ at, raw.len - (size_t)(at - raw.data) };
}

/* A device may write all that it has to say into the subject, below an id that it never changes; and who sends on what
 * another has written to us says it in his own name. */
void letter_hash(struct letter *letter, struct text raw, struct arena *arena)
{
	struct text said[] = { letter->from.address, letter->subject, sha256_hex(body_of(raw), arena) };
	struct buffer out;

	buffer_init(&out, arena, 1024);
	for (size_t i = 0; i < sizeof said / sizeof *said; i++)
		buffer_json_text(&out, said[i]);
	letter->message_hash = sha256_hex(letter->message_id.len ? letter->message_id : raw, arena);
	letter->body_hash = sha256_hex(buffer_view(&out), arena);
}
