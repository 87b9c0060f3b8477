/* answer.c - see answer.h. */
#include "base/mail/answer.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <unistd.h>

/* --- attachments ------------------------------------------------------------------------------ */
struct storing {
	int file;
	size_t bytes;
	EVP_MD_CTX *digest;
	bool failed;
};

static void store(void *arg, const char *bytes, size_t count)
{
	struct storing *storing = arg;

	EVP_DigestUpdate(storing->digest, bytes, count);
	storing->bytes += count;
	while (count > 0 && !storing->failed) {
		ssize_t wrote = write(storing->file, bytes, count);

		if (wrote < 0) {
			storing->failed = errno != EINTR;
			continue;
		}
		bytes += wrote;
		count -= (size_t)wrote;
	}
}

static struct text media_type(const struct mail_part *part)
{
	return part->type.len ? part->type : TEXT("application/octet-stream");
}

static void write_attachment(struct storing *storing, const struct mail_part *part, struct buffer *out)
{
	const size_t offset = storing->bytes;
	unsigned char hash[SHA256_DIGEST_LENGTH];
	char hex[2 * SHA256_DIGEST_LENGTH + 1];

	EVP_DigestInit_ex(storing->digest, EVP_sha256(), NULL);
	mail_part_write(part, store, storing);
	EVP_DigestFinal_ex(storing->digest, hash, NULL);
	text_hex(hash, sizeof hash, hex);

	buffer_string(out, out->data[out->len - 1] == '[' ? "{" : ",{");
	buffer_json_member(out, "name", part->name);
	buffer_json_member(out, "type", media_type(part));
	buffer_json_member_int(out, "size", (int64_t)(storing->bytes - offset));
	buffer_json_member(out, "sha256", text_of(hex));
	buffer_json_member_bool(out, "inline", part->is_inline);
	buffer_json_member_int(out, "offset", (int64_t)offset);
	buffer_json_member(out, "cid", part->content_id);
	buffer_string(out, "}");
}

static bool write_attachments(const struct mail *mail, int parts, struct buffer *out)
{
	struct storing storing = { .file = parts, .digest = EVP_MD_CTX_new() };

	buffer_json_name(out, "attachments");
	buffer_string(out, "[");
	for (int i = 0; i < mail->part_count; i++)
		if (mail->parts[i].is_attachment)
			write_attachment(&storing, &mail->parts[i], out);
	buffer_string(out, "]");
	EVP_MD_CTX_free(storing.digest);
	return !storing.failed;
}

/* --- the rest ----------------------------------------------------------------------------------- */
static void write_address(struct buffer *out, const struct mail_address *address)
{
	buffer_string(out, "{");
	buffer_json_member(out, "name", address->name.data ? address->name : TEXT(""));
	buffer_json_member(out, "email", address->address.data ? address->address : TEXT(""));
	buffer_string(out, "}");
}

static void write_addresses(struct buffer *out, const char *name, struct mail_addresses addresses)
{
	buffer_json_name(out, name);
	buffer_string(out, "[");
	for (int i = 0; i < addresses.count; i++) {
		if (i > 0)
			buffer_string(out, ",");
		write_address(out, &addresses.items[i]);
	}
	buffer_string(out, "]");
}

static void write_texts(struct buffer *out, const char *name, const struct text *texts, int count)
{
	buffer_json_name(out, name);
	buffer_string(out, "[");
	for (int i = 0; i < count; i++) {
		if (i > 0)
			buffer_string(out, ",");
		buffer_json_text(out, texts[i]);
	}
	buffer_string(out, "]");
}

static void write_text(struct buffer *out, const char *name, struct text text)
{
	buffer_json_member(out, name, text.data ? text : TEXT(""));
}

/* null where there is nothing to say. */
static void write_if_any(struct buffer *out, const char *name, struct text text)
{
	buffer_json_member(out, name, text.len ? text : TEXT_NONE);
}

static void write_head(const struct mail *mail, struct buffer *out)
{
	buffer_json_name(out, "from");
	write_address(out, &mail->from);
	write_text(out, "sender_basis", mail->sender_basis);
	write_addresses(out, "to", mail->to);
	write_addresses(out, "cc", mail->cc);
	write_addresses(out, "reply_to", mail->reply_to);
	write_text(out, "subject", mail->subject);
	write_text(out, "message_id", mail->message_id);
	write_texts(out, "references", mail->references, mail->reference_count);
	write_if_any(out, "date", mail->date);
}

static void write_body(const struct mail *mail, struct buffer *out)
{
	write_text(out, "text", mail->text);
	write_text(out, "html", mail->html);
	write_text(out, "visible_text", mail->visible_text);
	write_text(out, "folded_text", mail->folded_text);
	write_text(out, "visible_html", mail->visible_html);
	write_text(out, "folded_html", mail->folded_html);
}

static void write_bounce(const struct mail *mail, struct buffer *out)
{
	buffer_json_name(out, "bounce");
	if (mail->failed_count == 0) {
		buffer_string(out, "null");
		return;
	}
	buffer_string(out, "{\"recipients\":[");
	for (int i = 0; i < mail->failed_count; i++) {
		const struct mail_failed *failed = &mail->failed[i];

		buffer_string(out, i > 0 ? ",{" : "{");
		write_text(out, "address", failed->address);
		write_if_any(out, "action", failed->action);
		write_if_any(out, "status", failed->status);
		write_if_any(out, "reply_code", failed->reply_code);
		write_if_any(out, "reason", failed->reason);
		write_if_any(out, "kind", failed->kind);
		buffer_string(out, "}");
	}
	buffer_string(out, "]}");
}

static void write_forward(const struct mail *mail, struct buffer *out)
{
	buffer_json_name(out, "forward");
	if (!mail->is_forward) {
		buffer_string(out, "null");
		return;
	}
	buffer_string(out, "{");
	buffer_json_name(out, "from");
	write_address(out, &mail->forward_from);
	write_text(out, "subject", mail->forward_subject);
	write_if_any(out, "date", mail->forward_date);
	write_addresses(out, "to", mail->forward_to);
	write_addresses(out, "cc", mail->forward_cc);
	write_text(out, "text", mail->forward_text);
	buffer_string(out, "}");
}

/* The topmost first; the others may have come with the mail. */
static void write_authentication(const struct mail *mail, struct buffer *out)
{
	const struct mail_part *message = &mail->parts[0];
	bool any = false;

	buffer_json_name(out, "authentication_results");
	buffer_string(out, "[");
	for (int i = 0; mail->part_count && i < message->header_count; i++) {
		if (!text_equal_nocase(message->headers[i].name, TEXT("Authentication-Results")))
			continue;
		buffer_string(out, any ? "," : "");
		buffer_json_text(out, message->headers[i].raw);
		any = true;
	}
	buffer_string(out, "]");
}

bool answer_write(const struct mail *mail, int parts, struct buffer *out)
{
	bool stored;

	buffer_string(out, "{");
	write_head(mail, out);
	write_body(mail, out);
	stored = write_attachments(mail, parts, out);
	write_text(out, "class", mail->kind);
	write_if_any(out, "auto_reason", mail->auto_reason);
	write_bounce(mail, out);
	write_forward(mail, out);
	write_authentication(mail, out);
	write_texts(out, "notes", mail->notes, mail->note_count);
	buffer_string(out, "}");
	return stored;
}
