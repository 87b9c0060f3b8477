/* attachment.c - see attachment.h. */
#include "workers/mail/attachment.h"

#include <string.h>
#include "base/arena.h"
#include "base/log.h"
#include "base/store.h"
#include "queues/file_place.h"
#include "queues/shared_link.h"
#include "sql/db.h"
#include "workers/mail/encode.h"

static int64_t attach_max_bytes;
static struct store *store; /* NULL: nothing goes inside */

struct setting attachment_settings[] = {
	{ "MAIL_ATTACH_MAX", SETTING_INT, &attach_max_bytes, "0", .min = 0, .max = 10485760,
	        .help = "bytes of files that a mail may hold; files that do not fit are links, and with 0 all are" },
	{ 0 },
};

void attachment_start(void)
{
	if (attach_max_bytes)
		store = store_open();
}

struct db_result *attachment_ask(struct db *db, struct text ids)
{
	return db_send(db, QUERY_mail_files, P_TEXT(ids), P_INT(ATTACHMENT_MOST));
}

/* --- what goes inside ------------------------------------------------------------------ */
/* True: the room holds all of it, and it is what was scanned. */
static bool read_whole(const struct attachment *file, char *room)
{
	char key[FILE_KEY_ROOM];
	struct store_reader *reader;
	int64_t size, have = 0;
	ssize_t got = 1;

	file_key_kept(file->sha256, "", key);
	if (store_read_begin(store, BUCKET_TICKETS, key, 0, -1, &reader, &size) != STORE_DONE)
		return false;
	while (have < file->size && (got = store_read(reader, room + have, (size_t)(file->size - have))) > 0)
		have += got;
	store_read_end(&reader);
	return have == file->size && size == file->size;
}

static void put_inside(struct attachment *file, struct arena *arena)
{
	char *room = arena_alloc(arena, (size_t)file->size + 1);

	if (read_whole(file, room))
		file->bytes = (struct text){ room, (size_t)file->size };
	else
		log_warn("a file goes as a link, for the store does not give it", LOG_UUID("file_id", &file->file_id),
		        LOG_TEXT("why", store_error()));
}

/* In their order, those that still fit. */
static void fill(struct mail *mail, int64_t *session_left, struct arena *arena)
{
	int64_t left = attach_max_bytes;

	for (int i = 0; i < mail->attachment_count; i++) {
		struct attachment *file = &mail->attachments[i];

		if (file->size > left || file->size > *session_left)
			continue;
		put_inside(file, arena);
		if (!file->bytes.data)
			continue;
		left -= file->size;
		*session_left -= file->size;
	}
}

static void add(struct mail *mail, const struct db_result *rows, int row, struct arena *arena)
{
	struct attachment file = { .file_id = db_uuid(rows, row, 1),
		.name = text_copy(arena, db_text(rows, row, 2)),
		.type = text_copy(arena, db_text(rows, row, 3)),
		.size = db_int(rows, row, 4) };

	if (!text_unhex(db_text(rows, row, 5), file.sha256, sizeof file.sha256))
		return;
	if (!mail->attachments)
		mail->attachments = ARENA_ARRAY(arena, struct attachment, ATTACHMENT_MOST);
	if (mail->attachment_count < ATTACHMENT_MOST)
		mail->attachments[mail->attachment_count++] = file;
}

void attachment_take(const struct db_result *rows, struct mail *mails, int count, struct arena *arena)
{
	int64_t session_left = ATTACHMENT_SESSION;

	for (int row = 0; row < db_rows(rows); row++) {
		struct uuid id = db_uuid(rows, row, 0);

		for (int i = 0; i < count; i++)
			if (uuid_equal(&mails[i].id, &id))
				add(&mails[i], rows, row, arena);
	}
	for (int i = 0; i < count && store; i++)
		fill(&mails[i], &session_left, arena);
}

/* --- what is said of them -------------------------------------------------------------- */
struct text attachment_link(
        const struct mail *mail, const struct attachment *file, const struct mail_sender *sender, struct arena *arena)
{
	struct shared_link link = { .file_id = file->file_id,
		.account_id = mail->recipient_id,
		.expires_at = mail->created_us / 1000000 + SHARED_LINK_MOST_S };
	size_t len = strlen(sender->public_url);
	char written[SHARED_LINK_BYTES];

	if (!len)
		return TEXT("");
	len -= sender->public_url[len - 1] == '/';
	memcpy(link.apart, mail->id.bytes + sizeof mail->id.bytes - sizeof link.apart, sizeof link.apart);
	shared_link_write(&link, written);
	return text_of(arena_printf(arena, "%.*s" SHARED_LINK_PATH "%s", (int)len, sender->public_url, written));
}

struct text attachment_size(const struct attachment *file, struct text language, struct arena *arena)
{
	const char *unit = text_equal(language, TEXT("en")) ? "B" : "o";

	if (file->size < 1000)
		return text_of(arena_printf(arena, "%d %s", (int)file->size, unit));
	if (file->size < 1000000)
		return text_of(arena_printf(arena, "%d K%s", (int)((file->size + 500) / 1000), unit));
	return text_of(arena_printf(arena, "%d M%s", (int)((file->size + 500000) / 1000000), unit));
}

/* --- its part -------------------------------------------------------------------------- */
/* type/subtype of RFC 2045 tokens. A message or a multipart inside base64 is none (RFC 2046 section 5.2.1). */
static bool is_type(struct text type)
{
	const char *slash = type.len ? memchr(type.data, '/', type.len) : NULL;

	if (!slash || slash == type.data || type.len > 100 || text_starts_with(type, TEXT("message/")) ||
	        text_starts_with(type, TEXT("multipart/")))
		return false;
	for (size_t i = 0; i < type.len; i++) {
		char c = type.data[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && !strchr("/+.-", c))
			return false;
	}
	return type.data[type.len - 1] != '/' && !memchr(slash + 1, '/', (size_t)(type.data + type.len - slash - 1));
}

void attachment_append(struct buffer *out, const struct attachment *file)
{
	struct text type = is_type(file->type) ? file->type : TEXT("application/octet-stream");

	buffer_printf(out, "Content-Type: %.*s\r\nContent-Transfer-Encoding: base64\r\n", (int)type.len, type.data);
	encode_file_name(out, file->name);
	buffer_string(out, "\r\n");
	encode_bytes(out, file->bytes);
}
