/* spool.c - see spool.h. */
#include "ingress/file/spool.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "base/log.h"
#include "ingress/file/disposition.h"
#include "ingress/file/multipart.h"
#include "ingress/file/types.h"
#include "queues/file_place.h"

#define IN_MEMORY (256 * 1024) /* what is larger lies in a file */
#define SLICE (256 * 1024)
#define FIELD_MOST 8192

static int64_t file_most, avatar_most, body_most, idle_most;

struct setting spool_settings[] = {
	{ "MAX_FILE_SIZE", SETTING_INT, &file_most, "10485760", .min = 1, .max = 1073741824,
	        .help = "how large a file may be, in bytes" },
	{ "MAX_AVATAR_SIZE", SETTING_INT, &avatar_most, "5242880", .min = 1, .max = 1073741824,
	        .help = "how large a picture of a person may be, in bytes" },
	{ "MAX_UPLOAD_SIZE", SETTING_INT, &body_most, "54525952", .min = 1048576, .max = 2147483648,
	        .help = "how large a request with up to ten files may be, in bytes" },
	{ "MAX_IDLE_FILES", SETTING_INT, &idle_most, "200", .min = 0, .max = 100000,
	        .help = "how many files a person may upload in a day that hang on no ticket, or were deleted; 0: any "
	                "number" },
	{ 0 },
};

void spool_start(void)
{
	h2o_socket_buffer_mmap_settings.threshold = IN_MEMORY;
	snprintf(h2o_socket_buffer_mmap_settings.fn_template, sizeof h2o_socket_buffer_mmap_settings.fn_template,
	        "%s/.body.XXXXXX", store_spool_dir());
}

int64_t spool_body_most(void)
{
	return body_most;
}

int64_t spool_file_most(void)
{
	return file_most;
}

int64_t spool_avatar_most(void)
{
	return avatar_most < file_most ? avatar_most : file_most;
}

int64_t spool_idle_most(void)
{
	return idle_most;
}

/* --- the body ---------------------------------------------------------------------- */
/* h2o's buffer is a file from its very beginning, its own head included. */
static bool map_again(struct spool *spool, const h2o_buffer_t *input, struct text body)
{
	size_t offset = (size_t)(body.data - (const char *)input);

	spool->map_bytes = offset + body.len;
	spool->map = mmap(NULL, spool->map_bytes, PROT_READ, MAP_SHARED, input->_fd, 0);
	if (spool->map == MAP_FAILED) {
		spool->map = NULL;
		return false;
	}
	spool->body = (struct text){ (char *)spool->map + offset, body.len };
	return true;
}

bool spool_take_body(struct spool *spool, struct call *call)
{
	struct text body = call_body(call);
	const h2o_buffer_t *input = call->req->conn->callbacks->get_socket(call->req->conn)->input;
	const char *start = (const char *)input;

	call->req->entity = (h2o_iovec_t){ 0 };
	if (input->_fd != -1 && body.data >= start && body.data + body.len <= input->bytes + input->size)
		return map_again(spool, input, body);
	spool->body = text_copy(call->arena, body);
	return true;
}

/* --- reading ----------------------------------------------------------------------- */
static void refuse(
        struct spool *spool, enum problem_code code, const char *pointer, const char *word, const char *detail)
{
	if (!spool->code)
		spool->code = code;
	problem_add(&spool->problems, pointer, word, "%s", detail);
}

/* Of several the place in the list is named, too. */
static void refuse_file(struct spool *spool, const struct spool_file *file, enum problem_code code, const char *word,
        const char *detail)
{
	if (!spool->code)
		spool->code = code;
	if (spool->most > 1)
		problem_add_at(&spool->problems, file->field, (int)(file - spool->files), word, detail);
	else
		problem_add(&spool->problems, file->field, word, "%s", detail);
}

static struct spool_file *next_file(struct spool *spool)
{
	if (spool->count < spool->most && spool->count < SPOOL_FILES_MOST)
		return &spool->files[spool->count++];
	if (!spool->code) {
		spool->code = PROBLEM_TOO_MANY_FILES;
		problem_add(&spool->problems, "file", "count", "only %d can be sent with one request", spool->most);
	}
	return NULL;
}

static bool name_file(struct spool *spool, struct spool_file *file, const struct disposition *disposition)
{
	struct text raw;
	const char *why = disposition_file_name(disposition, spool->arena, &raw);

	if (why)
		refuse_file(spool, file, PROBLEM_VALIDATION_ERROR, "name", why);
	if (why || !raw.data)
		return false;
	file->name = disposition_clean_name(spool->arena, raw);
	if (!file->name.len)
		refuse_file(spool, file, PROBLEM_VALIDATION_ERROR, "name", "has a name of which nothing is left");
	return file->name.len > 0;
}

static bool has_a_fit_size(struct spool *spool, const struct spool_file *file)
{
	int64_t most = spool->picture ? spool_avatar_most() : file_most;

	if (!file->size)
		refuse_file(spool, file, PROBLEM_VALIDATION_ERROR, "empty", "is empty");
	else if (file->size > most)
		refuse_file(spool, file, PROBLEM_FILE_TOO_LARGE, "size",
		        arena_printf(spool->arena, "has %lld bytes, and may have %lld", (long long)file->size,
		                (long long)most));
	return file->size && file->size <= most;
}

static void fail(struct spool *spool, enum store_outcome outcome)
{
	log_error("the store takes no file", LOG_TEXT("reason", store_error()), LOG_INT("outcome", outcome));
	spool->code = PROBLEM_SERVICE_UNAVAILABLE;
}

/* Hashed and written at once, piece by piece. */
static void take_content(struct spool *spool, struct spool_file *file, struct text content)
{
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	enum store_outcome outcome = store_write_begin(disk_store(), &file->writer);
	bool fine = digest && EVP_DigestInit_ex(digest, EVP_sha256(), NULL);

	while (fine && outcome == STORE_DONE && content.len) {
		size_t count = content.len < SLICE ? content.len : SLICE;

		fine = EVP_DigestUpdate(digest, content.data, count);
		outcome = store_write(file->writer, content.data, count);
		content = (struct text){ content.data + count, content.len - count };
	}
	if (!fine || !EVP_DigestFinal_ex(digest, file->sha256, NULL))
		abort(); /* out of memory */
	EVP_MD_CTX_free(digest);
	if (outcome != STORE_DONE)
		fail(spool, outcome);
}

static void take_file(struct spool *spool, const char *field, const struct disposition *disposition, struct text type,
        struct text content)
{
	struct spool_file *file = next_file(spool);
	struct types_fault fault;

	if (!file)
		return;
	snprintf(file->field, sizeof file->field, "%s", field);
	file->size = (int64_t)content.len;
	if (!name_file(spool, file, disposition)) {
		if (!spool->code)
			refuse_file(spool, file, PROBLEM_VALIDATION_ERROR, "name", "has no name");
		return;
	}
	if (!has_a_fit_size(spool, file))
		return;
	file->mime_type = types_check(spool->arena, file->name, type, content, spool->picture, &fault);
	if (!file->mime_type)
		refuse_file(spool, file, PROBLEM_FILE_TYPE_NOT_ALLOWED, fault.code, fault.detail);
	else if (!spool->code)
		take_content(spool, file, content);
}

static void take_field(struct spool *spool, struct text name, struct text value)
{
	if (spool->field_count == SPOOL_FIELDS_MOST || value.len > FIELD_MOST) {
		refuse(spool, PROBLEM_VALIDATION_ERROR, "", "length", "there are too many fields, or one is too long");
		return;
	}
	spool->fields[spool->field_count++] =
	        (struct spool_field){ text_copy(spool->arena, name), text_copy(spool->arena, value) };
}

static void take_part(struct spool *spool, const struct part *part)
{
	struct disposition disposition;
	char buffer[64], pointer[64];
	struct text name, file_name;
	const char *why;

	if (!disposition_read(part->disposition, &disposition) ||
	        !text_equal_nocase(disposition.word, TEXT("form-data")) ||
	        !disposition_plain(&disposition, "name", buffer, sizeof buffer, &name) || !name.len ||
	        !text_is_utf8(name, NULL)) {
		refuse(spool, PROBLEM_VALIDATION_ERROR, "", "format", "a part has a malformed Content-Disposition");
		return;
	}
	snprintf(pointer, sizeof pointer, "%.*s", (int)name.len, name.data);
	why = disposition_file_name(&disposition, spool->arena, &file_name);
	if (why)
		refuse(spool, PROBLEM_VALIDATION_ERROR, arena_copy(spool->arena, pointer, strlen(pointer)), "name",
		        why);
	else if (file_name.data)
		take_file(spool, pointer, &disposition, part->type, part->content);
	else
		take_field(spool, name, part->content);
}

static void read_parts(struct spool *spool)
{
	struct multipart m;
	struct part part;
	const char *why = NULL;
	enum multipart_step step = MULTIPART_BROKEN;

	if (multipart_begin(&m, spool->content_type, spool->body, &why))
		while (!spool->code && (step = multipart_next(&m, &part, &why)) == MULTIPART_PART)
			take_part(spool, &part);
	if (!spool->code && step == MULTIPART_BROKEN)
		refuse(spool, PROBLEM_VALIDATION_ERROR, "", "format", why);
	if (!spool->code && !spool->count)
		refuse(spool, PROBLEM_VALIDATION_ERROR, "file", "required", "is required");
}

/* The file is the whole body. */
static void read_raw(struct spool *spool)
{
	struct disposition disposition;

	if (!disposition_read(spool->disposition, &disposition))
		refuse(spool, PROBLEM_VALIDATION_ERROR, "", "format",
		        "Content-Disposition is malformed, or there is none");
	else
		take_file(spool, "file", &disposition, spool->content_type, spool->body);
}

void spool_read(struct crew_job *job)
{
	struct spool *spool = (struct spool *)job;

	spool->arena = arena_new(8 * 1024);
	if (text_starts_with(spool->content_type, TEXT("multipart/")))
		read_parts(spool);
	else
		read_raw(spool);
	if (spool->map)
		munmap(spool->map, spool->map_bytes);
	spool->map = NULL;
}

/* --- keeping ------------------------------------------------------------------------ */
void spool_keep(struct crew_job *job)
{
	struct spool *spool = (struct spool *)job;
	char key[FILE_KEY_ROOM];

	for (int i = 0; i < spool->count && !spool->code; i++) {
		struct spool_file *file = &spool->files[i];
		enum store_outcome outcome;

		file_key_new(file->id, key);
		outcome = store_write_commit(&file->writer, BUCKET_TEMP, key, file->sha256);
		file->kept = outcome == STORE_DONE;
		if (!file->kept)
			fail(spool, outcome);
	}
}

void spool_remove(struct crew_job *job)
{
	struct spool *spool = (struct spool *)job;
	char key[FILE_KEY_ROOM];

	for (int i = 0; i < spool->count; i++) {
		if (!spool->files[i].kept)
			continue;
		file_key_new(spool->files[i].id, key);
		store_remove(disk_store(), BUCKET_TEMP, key);
		spool->files[i].kept = false;
	}
}

void spool_end(struct spool *spool)
{
	for (int i = 0; i < spool->count; i++)
		store_write_abort(&spool->files[i].writer);
	if (spool->map)
		munmap(spool->map, spool->map_bytes);
	spool->map = NULL;
	arena_free(&spool->arena);
}
