/* reads.c - see reads.h. */
#include "ingress/read/reads.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include "ingress/http/ask.h"
#include "ingress/http/etag.h"
#include "ingress/http/numbers.h"
#include "ingress/http/principal.h"
#include "ingress/http/respond.h"
#include "ingress/http/security.h"
#include "ingress/read/export.h"
#include "queues/contract.h"

#define TAG_DIGEST_BYTES 8

static const enum query read_queries[READ_COUNT] = {
#define READ(id, ...) [READ_##id] = QUERY_##id,
#include "queues/all.def"
};

static bool tags_for_owners;

struct setting reads_settings[] = {
	{ "TAGS_FOR_OWNERS", SETTING_BOOL, &tags_for_owners, "no",
	        .help = "whether the owner of a ticket sees its tags; they are staff's own otherwise" },
	{ 0 },
};

/* A read on its way; in the call's arena. */
struct reading {
	struct call *call;
	const struct read *read;
	int status;
	const struct command *command; /* whose outcome this shows; NULL: a GET */
	void *fields;
	struct text location, ignored;
	void (*otherwise)(struct call *call, void *arg);
	void *arg;
};

static void fail(struct reading *r, enum problem_code code)
{
	if (r->otherwise)
		r->otherwise(r->call, r->arg);
	else
		respond_problem(r->call, code, TEXT_NONE, NULL);
}

static enum problem_code code_of(struct text verdict, const struct call *call, const struct read *read)
{
	bool ticket = text_starts_with(call->path, TEXT("/tickets/"));

	if (text_equal(verdict, TEXT("missing")))
		return ticket ? PROBLEM_TICKET_NOT_FOUND : call_absent(&read->record);
	if (text_equal(verdict, TEXT("too_far")))
		return PROBLEM_PAGE_TOO_FAR;
	if (text_equal(verdict, TEXT("expired")))
		return PROBLEM_CURSOR_EXPIRED;
	if (text_equal(verdict, TEXT("disabled")))
		return PROBLEM_AUTH_ACCOUNT_DISABLED;
	return ticket ? PROBLEM_TICKET_ACCESS_DENIED : PROBLEM_INSUFFICIENT_PERMISSIONS;
}

/* The parameter that says where a page begins; TEXT_NONE when this read has none. */
static struct text place_pointer(const struct reading *r)
{
	const struct record *record = &r->read->record;

	for (int i = 0; i < record->count; i++)
		if (!strcmp(record->fields[i].kind->name, "place"))
			return text_of(arena_printf(r->call->arena, "/%s", record->fields[i].name));
	return TEXT_NONE;
}

static void refuse_place(struct reading *r, enum problem_code code, struct text pointer)
{
	if (r->otherwise)
		fail(r, code);
	else
		respond_problem_at(r->call, code, text_of(problem_texts[code].said[r->call->language]), pointer);
}

/* "wrong:startDate": a field that the database alone can read, like a time. */
static bool refuse_field(struct call *call, struct text verdict)
{
	struct text wrong = TEXT("wrong:");

	if (!text_starts_with(verdict, wrong))
		return false;
	respond_problem_at(call, PROBLEM_VALIDATION_ERROR, TEXT("is no value of this parameter"),
	        text_of(arena_printf(call->arena, "/%.*s", (int)(verdict.len - wrong.len), verdict.data + wrong.len)));
	return true;
}

static void refuse(struct reading *r, enum problem_code code)
{
	if (!r->otherwise && problem_texts[code].status == 403)
		security_forbidden(r->call);
	if (code == PROBLEM_PAGE_TOO_FAR)
		refuse_place(r, code, TEXT("/page"));
	else if (code == PROBLEM_CURSOR_EXPIRED)
		refuse_place(r, code, place_pointer(r));
	else
		fail(r, code);
}

/* Behind the next member whose number runs by itself; the end: there is none. In a text of the answer the quote would
 * be escaped. */
static const char *next_running(const char *at, const char *end)
{
	static const char *const running[] = { "remainingSeconds\": ", "timeRemainingMs\": " };
	const char *first = end;

	for (size_t i = 0; i < sizeof running / sizeof *running; i++) {
		size_t length = strlen(running[i]);
		const char *found = memmem(at, (size_t)(end - at), running[i], length);

		first = found && found + length < first ? found + length : first;
	}
	return first;
}

/* What is left of a clock makes no other representation: dueAt says the same. */
static bool digest_add(EVP_MD_CTX *digest, struct text part)
{
	const char *at = part.data, *end = part.data + part.len;
	bool fine = true;

	while (fine && at < end) {
		const char *stop = next_running(at, end);

		fine = EVP_DigestUpdate(digest, at, (size_t)(stop - at));
		for (at = stop; at < end && *at >= '0' && *at <= '9';)
			at++;
	}
	return fine;
}

/* v<version>-<role>-<digest>: the version is what If-Match compares; the digest covers what is shown and does not
 * raise it, like the title of a linked ticket, or that a time has passed. */
static struct text tag_of(struct arena *arena, const struct db_result *rows)
{
	struct text role = db_text(rows, 0, 2), parts[] = { db_text(rows, 0, 3), db_text(rows, 0, 4) };
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	uint8_t hash[EVP_MAX_MD_SIZE];
	char hex[2 * TAG_DIGEST_BYTES + 1];
	bool fine = digest && EVP_DigestInit_ex(digest, EVP_sha256(), NULL);

	for (int i = 0; fine && i < 2; i++)
		fine = digest_add(digest, parts[i]);
	if (!fine || !EVP_DigestFinal_ex(digest, hash, NULL))
		abort(); /* out of memory */
	EVP_MD_CTX_free(digest);
	text_hex(hash, TAG_DIGEST_BYTES, hex);
	return text_of(
	        arena_printf(arena, "v%lld-%.*s-%s", (long long)db_int(rows, 0, 1), (int)role.len, role.data, hex));
}

static void show(struct reading *r, const struct db_result *rows)
{
	struct call *call = r->call;
	struct success success = { .status = r->status,
		.data = db_text(rows, 0, 3),
		.pagination = db_text(rows, 0, 4),
		.location = r->location,
		.ignored = r->ignored,
		.similar = db_columns(rows) > 5 ? db_text(rows, 0, 5) : TEXT_NONE };
	bool packed;

	if (r->command)
		memcpy(success.said, r->command->said, sizeof success.said);
	if (!db_is_null(rows, 0, 1))
		success.etag = tag_of(call->arena, rows);
	if (success.etag.data && r->status == 200 && call->verb == GET && etag_is_known(call, success.etag, &packed))
		respond_not_modified(call, success.etag, packed, TEXT("private, no-cache"), NULL);
	else
		respond_success(call, &success);
}

static void on_rows(struct call *call, void *state, const struct db_result *rows)
{
	struct reading *r = state;

	if (db_rows(rows) != 1)
		fail(r, PROBLEM_NOT_FOUND);
	else if (text_equal(db_text(rows, 0, 0), TEXT("ok")))
		show(r, rows);
	else if (!refuse_field(call, db_text(rows, 0, 0)))
		refuse(r, code_of(db_text(rows, 0, 0), call, r->read));
}

static void refuse_export(struct call *call, const struct read *read, struct text verdict)
{
	struct reading r = { .call = call, .read = read };

	if (!refuse_field(call, verdict))
		refuse(&r, code_of(verdict, call, read));
}

static void on_fault(struct call *call, void *state, enum db_fault fault)
{
	struct reading *r = state;

	(void)call;
	if (fault == DB_MESSAGE) /* all else was looked at before: a cursor of nobody's */
		refuse_place(r, PROBLEM_VALIDATION_ERROR, place_pointer(r));
	else
		fail(r, PROBLEM_SERVICE_UNAVAILABLE);
}

/* The fields go as one object, by the names that clients use: a query takes what it knows by name. */
static void ask_query(struct reading *r)
{
	const struct read *read = r->read;
	struct db_param params[3] = { P_UUID(&r->call->principal.account_id),
		P_INT(read->access | (tags_for_owners ? OPEN_TAGS : 0)) };
	struct buffer wanted;

	buffer_init(&wanted, r->call->arena, 256);
	contract_write(&read->record, r->fields, &wanted);
	if (!r->command && export_is_wanted(read, r->fields)) {
		export_answer(r->call, read, r->fields, buffer_view(&wanted), refuse_export);
		return;
	}
	params[2] = P_TEXT(buffer_view(&wanted));
	ask_read_or(r->call, read_queries[read->id], read->record.count ? 3 : 2, params, on_rows, on_fault, r);
}

static void pass_over(struct buffer *ignored, struct text name)
{
	buffer_string(ignored, ignored->len ? "," : "[");
	buffer_json_text(ignored, name);
}

/* Each parameter of the query once, and none that the path gives. What is none of this read's is wrong; by an old
 * surface it is ignored, as it ever was there, and listed. */
static void read_parameters(
        const struct read *read, struct call *call, void *fields, struct buffer *ignored, struct problems *problems)
{
	bool seen[READ_FIELDS_MAX + 1] = { false };
	struct text name, value;
	size_t at = 0;

	while (call_next_parameter(call, &at, &name, &value)) {
		const struct field *field = field_find(&read->record, name);
		const char *member = text_dup(call->arena, name);

		if ((!field || field->need == FROM_PATH) && call->lifts && text_is_utf8(name, NULL)) {
			pass_over(ignored, name);
		} else if (!field || field->need == FROM_PATH) {
			problem_add(problems, member, "unknown", "is not a parameter of this request");
		} else if (seen[field - read->record.fields] && field->kind->shape != SHAPE_FEW) {
			problem_add(problems, member, "duplicate", "is given twice");
		} else {
			seen[field - read->record.fields] = true;
			contract_set(&read->record, field, value, call->arena, fields, problems);
		}
	}
}

/* All ids are known. */
static void ask_known(struct call *call, void *state)
{
	(void)call;
	ask_query(state);
}

void reads_answer(struct call *call, const struct read *read)
{
	struct reading *r = ARENA_NEW(call->arena, struct reading);
	void *fields = arena_alloc(call->arena, read->record.bytes + 1);
	struct problems problems = { 0 };
	struct buffer ignored;

	if (!principal_require(call))
		return;
	buffer_init(&ignored, call->arena, 64);
	read_parameters(read, call, fields, &ignored, &problems);
	if (call_names_no_file(call, &read->record, fields)) {
		respond_problem(call, PROBLEM_FILE_NOT_FOUND, TEXT_NONE, NULL);
		return;
	}
	call_read_captures(call, &read->record, fields, &problems);
	for (int i = 0; i < read->record.count && !problems.count; i++)
		if (read->record.fields[i].need == REQUIRED && !field_is_present(&read->record.fields[i], fields))
			problem_add(&problems, read->record.fields[i].name, "required", "is required");
	if (problems.count) {
		respond_problem(call, PROBLEM_VALIDATION_ERROR, TEXT_NONE, &problems);
		return;
	}
	*r = (struct reading){ .call = call, .read = read, .status = 200, .fields = fields };
	if (ignored.len) {
		buffer_string(&ignored, "]");
		r->ignored = buffer_view(&ignored);
	}
	numbers_find_in(call, &read->record, fields, ask_known, r);
}

void reads_show(struct call *call, const struct command *command, void *fields, int status, struct text location,
        struct text ignored, void (*otherwise)(struct call *call, void *arg), void *arg)
{
	struct reading *r = ARENA_NEW(call->arena, struct reading);

	*r = (struct reading){ call, &reads[command->answer], status, command, fields, location, ignored, otherwise,
		arg };
	ask_query(r);
}

struct text reads_url(struct arena *arena, const struct read *read, void *fields)
{
	struct text rest = text_of(read->path);
	struct buffer out;

	buffer_init(&out, arena, 128);
	buffer_string(&out, "/api/v1");
	while (rest.len) {
		const char *open = memchr(rest.data, '{', rest.len);
		const char *close = open ? memchr(open, '}', (size_t)(rest.data + rest.len - open)) : NULL;
		const struct field *field;
		char id[UUID_TEXT_BYTES];

		buffer_append(&out, rest.data, close ? (size_t)(open - rest.data) : rest.len);
		if (!close)
			break;
		field = field_find(&read->record, (struct text){ open + 1, (size_t)(close - open - 1) });
		if (field && field->kind->shape == SHAPE_UUID) {
			uuid_format(field_of(field, fields), id);
			buffer_string(&out, id);
		}
		rest = (struct text){ close + 1, (size_t)(rest.data + rest.len - close - 1) };
	}
	return buffer_view(&out);
}
