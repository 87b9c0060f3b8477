/* wording.c - see wording.h. */
#include "workers/mail/wording.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "sql/db.h"
#include "workers/mail/attachment.h"

#define LOOK_MS 2000 /* an edit is in the mails so soon */

/* What was read last. A template that nobody has edited has no patterns. */
struct wording {
	struct arena *arena; /* of the sources and patterns */
	json_t *body;
	struct template_edit *edits; /* as templates[]; NULL: nothing is edited */
	int64_t version, look_at_ms;
};

static struct metric broken_total = { .name = "guichet_template_broken_total",
	.labels = "",
	.help = "Edited templates that could not be read or filled in, so that the built-in one was sent",
	.kind = METRIC_COUNTER };

struct wording *wording_new(void)
{
	struct wording *w = calloc(1, sizeof *w);

	if (!w)
		abort();
	w->arena = arena_new(1 << 14);
	return w;
}

void wording_free(struct wording **wording)
{
	struct wording *w = *wording;

	if (!w)
		return;
	json_decref(w->body);
	arena_free(&w->arena);
	free(w);
	*wording = NULL;
}

/* --- what is edited ------------------------------------------------------------------ */
static void tell_broken(const struct template *t, const char *why)
{
	metric_add(&broken_total, 1);
	log_error("an edited template gives way to the built-in one", LOG_TEXT("template", t->name),
	        LOG_TEXT("language", t->language), LOG_TEXT("why", why));
}

static void read_edit(struct wording *w, const struct template *t)
{
	const json_t *parts =
	        json_object_get(json_object_get(json_object_get(w->body, "templates"), t->name), t->language);
	struct text sources[TEMPLATE_PARTS];
	struct template_fault fault;

	for (int i = 0; i < TEMPLATE_PARTS; i++)
		sources[i] = text_of(json_string_value(json_object_get(parts, template_part_words[i])));
	if (!template_parse(w->arena, t, sources, &w->edits[t - templates], &fault))
		tell_broken(t, arena_printf(w->arena, "%s, line %d, column %d: %s", template_part_words[fault.part],
		                       fault.at.line, fault.at.column, fault.at.why));
}

/* The mails composed before are gone: nothing of the arena is in use. */
static void read_texts(struct wording *w, const struct db_result *rows)
{
	struct text body = db_text(rows, 0, 1);

	json_decref(w->body);
	arena_reset(w->arena);
	w->body = json_loadb(body.data, body.len, 0, NULL);
	w->edits = ARENA_ARRAY(w->arena, struct template_edit, (size_t)template_count + 1);
	for (int i = 0; i < template_count; i++)
		read_edit(w, &templates[i]);
	w->version = db_int(rows, 0, 0);
}

static bool refresh(struct wording *w, struct db *db)
{
	struct db_result *rows = db_send_params(db, QUERY_texts_read, 0, NULL);

	if (!db_sync(db))
		return false;
	if (db_rows(rows))
		read_texts(w, rows);
	return true;
}

/* --- what was said --------------------------------------------------------------------- */
static struct text ids_of(const struct mail *mails, int count, char *room)
{
	char *at = room;

	*at++ = '{';
	for (int i = 0; i < count; i++) {
		if (i)
			*at++ = ',';
		uuid_format(&mails[i].id, at);
		at += UUID_TEXT_BYTES - 1;
	}
	*at++ = '}';
	return (struct text){ room, (size_t)(at - room) };
}

static void hand_out(struct mail *mails, int count, const struct db_result *said, struct arena *arena)
{
	for (int row = 0; row < db_rows(said); row++) {
		struct uuid id = db_uuid(said, row, 0);

		for (int i = 0; i < count; i++)
			if (uuid_equal(&mails[i].id, &id))
				mails[i].said = text_copy(arena, db_text(said, row, 1));
	}
}

/* --- links --------------------------------------------------------------------------------- */
#define TOKEN_BYTES 32
#define LINK "actionLink" /* the field of the templates that lead to /auth/links/{token} */

static bool has_link(const struct mail *mail)
{
	const struct template *t = template_find(mail->template, mail->language);

	return t && strstr(t->fields, LINK);
}

/* Draws the token, and queues what keeps its SHA-256: NULL of a mail without a link. */
static struct db_result *draw(struct db *db, struct mail *mail, struct arena *arena)
{
	char *token = arena_alloc(arena, 2 * TOKEN_BYTES + 1), *hex = arena_alloc(arena, 2 * TOKEN_BYTES + 1);
	uint8_t random[TOKEN_BYTES], hash[32];

	mail->needs_token = has_link(mail);
	if (!mail->needs_token)
		return NULL;
	if (getrandom(random, sizeof random, 0) != sizeof random)
		abort();
	text_hex(random, sizeof random, token);
	if (!EVP_Digest(token, 2 * TOKEN_BYTES, hash, NULL, EVP_sha256(), NULL))
		abort();
	text_hex(hash, sizeof hash, hex);
	mail->token = text_of(token);
	return db_send(db, QUERY_mail_token_keep, P_UUID(&mail->id), P_TEXT(text_of(hex)));
}

/* A token that is not kept is good for nothing. */
static void forget_tokens(struct mail *mails, int count, struct db_result *const *kept)
{
	for (int i = 0; i < count; i++)
		if (mails[i].needs_token && !(kept && kept[i] && db_rows(kept[i]) && db_bool(kept[i], 0, 0)))
			mails[i].token = TEXT_NONE;
}

bool wording_prepare(struct wording *w, struct db *db, struct mail *mails, int count, struct arena *arena)
{
	bool look = clock_mono_ms() >= w->look_at_ms;
	char room[MAIL_SESSION * UUID_TEXT_BYTES + 2];
	struct db_result *said, *files, *version = NULL, *kept[MAIL_SESSION];

	for (int i = 0; i < count; i++)
		mails[i].wording = w;
	db_reset(db);
	said = db_send(db, QUERY_mail_said, P_TEXT(ids_of(mails, count, room)), P_INT(TEMPLATE_COMMENTS));
	files = attachment_ask(db, ids_of(mails, count, room));
	for (int i = 0; i < count; i++)
		kept[i] = draw(db, &mails[i], arena);
	if (look)
		version = db_send_params(db, QUERY_texts_version, 0, NULL);
	if (!db_sync(db)) {
		forget_tokens(mails, count, NULL);
		return false;
	}
	forget_tokens(mails, count, kept);
	hand_out(mails, count, said, arena);
	attachment_take(files, mails, count, arena);
	if (!look)
		return true;
	w->look_at_ms = clock_mono_ms() + LOOK_MS;
	return (db_rows(version) && db_int(version, 0, 0) == w->version) || refresh(w, db);
}

/* --- one mail ---------------------------------------------------------------------------- */
/* Where the ticket can be read. */
static void add_link(const struct mail_sender *sender, const char *number, json_t *values, struct arena *arena)
{
	size_t len = strlen(sender->public_url);

	if (!number || !len)
		return;
	len -= sender->public_url[len - 1] == '/';
	json_object_set_new(values, "link",
	        json_string(arena_printf(arena, "%.*s/tickets/%s", (int)len, sender->public_url, number)));
}

static const char *link_to(const struct mail_sender *sender, struct text token, struct arena *arena)
{
	size_t len = strlen(sender->public_url);

	len -= len && sender->public_url[len - 1] == '/';
	return arena_printf(
	        arena, "%.*s/api/v1/auth/links/%.*s", (int)len, sender->public_url, (int)token.len, token.data);
}

/* What is inside has no link beside it: it is there. */
static json_t *files_of(const struct mail *mail, const struct mail_sender *sender, struct arena *arena)
{
	json_t *files = json_array();

	for (int i = 0; i < mail->attachment_count; i++) {
		const struct attachment *file = &mail->attachments[i];
		struct text size = attachment_size(file, mail->language, arena), link;
		json_t *shown = json_object();

		json_object_set_new(shown, "name", json_stringn(file->name.data, file->name.len));
		json_object_set_new(shown, "size", json_stringn(size.data, size.len));
		link = file->bytes.data ? TEXT("") : attachment_link(mail, file, sender, arena);
		json_object_set_new(shown, "url", json_stringn(link.data, link.len));
		json_array_append_new(files, shown);
	}
	return files;
}

static json_t *values_of(const struct mail *mail, const struct mail_sender *sender, struct arena *arena)
{
	json_t *values = json_loadb(mail->fields.data, mail->fields.len, 0, NULL);

	if (!json_is_object(values)) {
		json_decref(values);
		values = json_object();
	}
	add_link(sender, json_string_value(json_object_get(values, "ticketNumber")), values, arena);
	if (mail->token.len)
		json_object_set_new(values, LINK, json_string(link_to(sender, mail->token, arena)));
	if (mail->signature.len)
		json_object_set_new(
		        values, "mailboxSignature", json_stringn(mail->signature.data, mail->signature.len));
	if (mail->said.data)
		json_object_set_new(values, "comments", json_loadb(mail->said.data, mail->said.len, 0, NULL));
	if (mail->attachment_count)
		json_object_set_new(values, "attachments", files_of(mail, sender, arena));
	return values;
}

bool wording_of(const struct mail *mail, const struct mail_sender *sender, struct arena *arena, struct rendered *out)
{
	const struct template *template = template_find(mail->template, mail->language);
	const struct wording *w = mail->wording;
	const struct template_edit *edit = w && w->edits && template ? &w->edits[template - templates] : NULL;
	const json_t *brand = w ? json_object_get(w->body, "brand") : NULL;
	json_t *values = values_of(mail, sender, arena);
	bool good = template && template_fill(template, edit, values, brand, arena, out);

	if (template && edit && !good) {
		tell_broken(template, "with its values it is too long");
		good = template_fill(template, NULL, values, brand, arena, out);
	}
	json_decref(values);
	return good;
}
