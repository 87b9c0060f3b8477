/* serve.c - see serve.h.
 *
 *   who may (one statement, which writes it down) ─► open and read a slice (a thread) ─► send ─► h2o has sent it ─► the
 * next slice
 *
 * Only what lies in the buckets of clean files is opened. A file is saved and not shown, unless its type is one of
 * INLINE_MIME_TYPES; whatever it is, it may do nothing in a browser (RFC 6266, nosniff, a policy that allows nothing).
 */
#include "ingress/file/serve.h"

#include <string.h>
#include "base/log.h"
#include "base/metrics.h"
#include "ingress/file/disk.h"
#include "ingress/file/disposition.h"
#include "ingress/file/range.h"
#include "ingress/file/types.h"
#include "ingress/http/action.h"
#include "ingress/http/ask.h"
#include "ingress/http/connections.h"
#include "ingress/http/etag.h"
#include "ingress/http/headers.h"
#include "ingress/http/principal.h"
#include "ingress/http/respond.h"
#include "ingress/http/security.h"
#include "queues/file_place.h"

#define SLICE (256 * 1024)
#define CACHED "private, no-cache"
#define POLICY "default-src 'none'; sandbox; frame-ancestors 'none'"

static struct metric served = { .name = "guichet_files_served_bytes_total",
	.labels = "",
	.kind = METRIC_COUNTER,
	.help = "Bytes of files that were given away" };

enum form { WHOLE, PREVIEW, THUMBNAIL };
static const char *const form_words[] = { "", "preview", "thumbnail" };

/* In the call's arena, which holds the slice, too. */
struct serving {
	struct crew_job job; /* first: its note leads back here */
	h2o_generator_t generator;
	struct call *call;
	enum form form;
	bool avatar, begun, reads;
	const char *bucket;
	char key[FILE_KEY_ROOM];
	struct text name, type, etag;
	int64_t size, from, left;
	struct store_reader *reader;
	enum store_outcome outcome;
	char *slice;
	ssize_t got;
};

static struct serving *of_generator(h2o_generator_t *generator)
{
	return H2O_STRUCT_FROM_MEMBER(struct serving, generator, generator);
}

/* --- sending ------------------------------------------------------------------------- */
static void end(struct serving *s)
{
	store_read_end(&s->reader);
	call_release(s->call);
}

/* On a thread. */
static void read_slice(struct crew_job *job)
{
	struct serving *s = (struct serving *)job;
	int64_t size;

	s->outcome = STORE_DONE;
	if (!s->reader)
		s->outcome = store_read_begin(disk_store(), s->bucket, s->key, s->from, s->left, &s->reader, &size);
	if (s->outcome == STORE_DONE && !s->begun && size != s->size)
		s->outcome = STORE_ABSENT;
	s->got = s->outcome == STORE_DONE ? store_read(s->reader, s->slice, SLICE) : -1;
	if (s->got <= 0 && s->outcome != STORE_ABSENT)
		log_error("a file cannot be read", LOG_TEXT("key", s->key), LOG_TEXT("reason", store_error()));
}

/* Half a file must not look like a whole one. */
static void break_off(struct serving *s)
{
	h2o_req_t *req = s->call->req;

	s->call->req = NULL;
	s->generator = (h2o_generator_t){ NULL, NULL };
	if (req)
		h2o_send(req, NULL, 0, H2O_SEND_STATE_ERROR);
	end(s);
}

static void read_more(struct serving *s);

static void on_sent(h2o_generator_t *generator, h2o_req_t *req)
{
	(void)req;
	read_more(of_generator(generator));
}

/* The client has gone. What a thread is reading comes back to a call without a request. */
static void on_gone(h2o_generator_t *generator, h2o_req_t *req)
{
	struct serving *s = of_generator(generator);

	(void)req;
	s->call->req = NULL;
	if (!s->reads)
		end(s);
}

static void begin(struct serving *s)
{
	struct call *call = s->call;
	bool part = s->left < s->size;
	bool shown = types_is_shown(s->type);

	s->begun = true;
	s->generator = (h2o_generator_t){ on_sent, on_gone };
	respond_header(call, "etag", text_of(arena_printf(call->arena, "\"%.*s\"", (int)s->etag.len, s->etag.data)));
	respond_header(call, "accept-ranges", TEXT("bytes"));
	respond_header(call, "cache-control", TEXT(CACHED));
	respond_header(call, "content-disposition", disposition_write(call->arena, shown, s->name));
	if (part)
		respond_header(call, "content-range",
		        text_of(arena_printf(call->arena, "bytes %lld-%lld/%lld", (long long)s->from,
		                (long long)(s->from + s->left - 1), (long long)s->size)));
	respond_begin_as(call, part ? 206 : 200, s->type, s->left, POLICY, &s->generator);
}

static void send_slice(struct serving *s)
{
	struct call *call = s->call;
	h2o_req_t *req = call->req;
	h2o_iovec_t content = { s->slice, (size_t)s->got };
	bool last;

	if (!s->begun)
		begin(s);
	s->left -= s->got;
	last = s->left == 0;
	metric_add(&served, s->got);
	connections_went_on(req);
	if (last) {
		call->req = NULL; /* from here on the answer is h2o's, and the slice the call's */
		s->generator = (h2o_generator_t){ NULL, NULL };
	}
	h2o_send(req, &content, 1, last ? H2O_SEND_STATE_FINAL : H2O_SEND_STATE_IN_PROGRESS);
	if (last)
		end(s);
}

static void on_slice(struct call *call, struct crew_job *job)
{
	struct serving *s = (struct serving *)job;

	s->reads = false;
	if (!call->req) {
		end(s);
	} else if (s->got > 0) {
		send_slice(s);
	} else if (s->begun) {
		break_off(s);
	} else {
		respond_problem(call, s->outcome == STORE_ABSENT ? PROBLEM_FILE_NOT_FOUND : PROBLEM_SERVICE_UNAVAILABLE,
		        TEXT_NONE, NULL);
		end(s);
	}
}

static void read_more(struct serving *s)
{
	s->job.work = read_slice;
	s->job.then = on_slice;
	s->reads = true;
	if (disk_run(s->call, &s->job))
		return;
	s->reads = false;
	if (s->begun) {
		break_off(s);
		return;
	}
	respond_problem(s->call, PROBLEM_SERVICE_UNAVAILABLE, TEXT_NONE, NULL);
	end(s);
}

/* --- what is wanted ---------------------------------------------------------------------- */
static bool is_head(const struct call *call)
{
	return h2o_memis(call->req->method.base, call->req->method.len, H2O_STRLIT("HEAD"));
}

/* If-Range (RFC 9110 section 13.1.5): a part only of what the client has. */
static struct text range_of(const struct serving *s)
{
	struct text condition = call_header(s->call, "if-range");

	if (condition.data && (condition.len != s->etag.len + 2 || condition.data[0] != '"' ||
	                              memcmp(condition.data + 1, s->etag.data, s->etag.len)))
		return TEXT_NONE;
	return call_header(s->call, "range");
}

static void send_head(struct serving *s)
{
	h2o_req_t *req = s->call->req;

	begin(s);
	s->call->req = NULL;
	s->generator = (h2o_generator_t){ NULL, NULL };
	h2o_send(req, NULL, 0, H2O_SEND_STATE_FINAL);
	end(s);
}

static void give(struct serving *s)
{
	struct call *call = s->call;
	struct text range = range_of(s);
	bool packed;

	s->from = 0;
	s->left = s->size;
	if (etag_is_known(call, s->etag, &packed)) {
		respond_not_modified(call, s->etag, false, TEXT(CACHED), POLICY);
		return;
	}
	if (range_read(range, s->size, &s->from, &s->left) == RANGE_UNSATISFIABLE) {
		respond_header(
		        call, "content-range", text_of(arena_printf(call->arena, "bytes */%lld", (long long)s->size)));
		respond_problem(call, PROBLEM_RANGE_NOT_SATISFIABLE, TEXT_NONE, NULL);
		return;
	}
	call_hold(call);
	call_limit(call, CALL_NO_LIMIT, NULL, NULL); /* a client that reads nothing is cut: connections.h */
	if (is_head(call)) {
		send_head(s);
		return;
	}
	s->slice = arena_alloc(call->arena, s->left < SLICE ? (size_t)s->left : SLICE);
	read_more(s);
}

/* --- who may --------------------------------------------------------------------------------- */
static enum problem_code code_of(struct text verdict, const struct call *call)
{
	if (text_equal(verdict, TEXT("missing")))
		return PROBLEM_FILE_NOT_FOUND;
	if (text_equal(verdict, TEXT("unsigned")))
		return PROBLEM_AUTH_TOKEN_MISSING;
	if (text_equal(verdict, TEXT("disabled")))
		return PROBLEM_AUTH_ACCOUNT_DISABLED;
	if (!uuid_is_none(&call->principal.account_id))
		return PROBLEM_INSUFFICIENT_PERMISSIONS;
	return PROBLEM_FILE_NOT_FOUND; /* of a link whose account may no more */
}

static enum problem_code code_of_scan(struct text state)
{
	if (text_equal(state, TEXT("pending")))
		return PROBLEM_FILE_PENDING;
	return text_equal(state, TEXT("infected")) ? PROBLEM_FILE_IN_QUARANTINE : PROBLEM_FILE_NEVER_SCANNED;
}

static void refuse(struct serving *s, enum problem_code code)
{
	if (problem_texts[code].status == 403)
		security_forbidden(s->call);
	if (code == PROBLEM_FILE_PENDING)
		respond_header(s->call, "retry-after", TEXT("2"));
	respond_problem(s->call, code, TEXT_NONE, NULL);
}

/* Pictures that were made of one are not all of its type. */
static const char *type_of_form(const struct serving *s)
{
	return s->form == WHOLE ? "" : s->form == PREVIEW ? ".preview" : ".thumbnail";
}

static void take_row(struct serving *s, const struct db_result *rows)
{
	struct arena *arena = s->call->arena;
	struct text sha = db_text(rows, 0, 8);
	const char *form = type_of_form(s);

	s->bucket = text_dup(arena, db_text(rows, 0, 3));
	snprintf(s->key, sizeof s->key, "%s%s", text_dup(arena, db_text(rows, 0, 4)), form);
	s->name = text_copy(arena, db_text(rows, 0, 5));
	s->type = text_copy(arena, s->form == WHOLE ? db_text(rows, 0, 6) : TEXT("image/jpeg"));
	s->size = s->form == WHOLE ? db_int(rows, 0, 7) : db_int(rows, 0, 10);
	s->etag = text_of(arena_printf(arena, "%.*s%s", (int)sha.len, sha.data, form));
}

static void on_row(struct call *call, void *state, const struct db_result *rows)
{
	struct serving *s = state;
	struct text verdict = db_rows(rows) ? db_text(rows, 0, 0) : TEXT("missing");

	if (!call->req)
		return;
	if (!text_equal(verdict, TEXT("ok"))) {
		refuse(s, code_of(verdict, call));
	} else if (!text_equal(db_text(rows, 0, 2), TEXT("kept"))) {
		refuse(s, code_of_scan(db_text(rows, 0, 1)));
	} else if (s->form != WHOLE && !db_bool(rows, 0, 9)) {
		respond_problem(call, PROBLEM_VALIDATION_ERROR, TEXT("the file is no picture"), NULL);
	} else {
		take_row(s, rows);
		give(s);
	}
}

static struct serving *serving_new(struct call *call, enum form form)
{
	struct serving *s = ARENA_NEW(call->arena, struct serving);

	s->call = call;
	s->form = form;
	return s;
}

/* As whoever has a token; without one as nobody. False: the token is not good, and the call is answered. */
static bool know_principal(struct call *call)
{
	return !call_header(call, "authorization").data || principal_require(call);
}

static void ask(struct serving *s, const struct uuid *actor, const struct uuid *file, unsigned access,
        const struct shared_link *link)
{
	bool once = link && link->once && !is_head(s->call);

	ask_write(s->call, QUERY_file_open, 8,
	        (struct db_param[]){ uuid_is_none(actor) ? P_NULL : P_UUID(actor), P_UUID(file), P_INT(access),
	                P_TEXT(s->form == WHOLE ? TEXT("DOWNLOAD") : TEXT("PREVIEW")), P_TEXT(call_origin(s->call)),
	                P_TEXT(text_of(form_words[s->form])), once ? P_TEXT(text_of(link->hash)) : P_NULL,
	                P_INT(link ? link->expires_at : 0) },
	        on_row, s);
}

static void serve(struct call *call, struct text file, enum form form)
{
	struct uuid id;

	if (!uuid_parse(file, &id))
		respond_problem(call, PROBLEM_FILE_NOT_FOUND, TEXT_NONE, NULL);
	else if (know_principal(call))
		ask(serving_new(call, form), &call->principal.account_id, &id, PUBLIC | SELF | STAFF, NULL);
}

void serve_file(struct call *call, struct text file)
{
	serve(call, file, WHOLE);
}

void serve_link(struct call *call, const struct shared_link *link)
{
	ask(serving_new(call, WHOLE), &link->account_id, &link->file_id, SELF | STAFF, link);
}

static bool is_for_json(struct text item)
{
	struct text type;

	return headers_next(&item, ';', &type) &&
	       (text_equal_nocase(type, TEXT("application/json")) ||
	               text_equal_nocase(type, TEXT("application/problem+json")) ||
	               text_equal_nocase(type, TEXT("application/*")) || text_equal(type, TEXT("*/*")));
}

bool serve_is_wanted(const struct call *call)
{
	struct text rest = call_headers(call, "accept"), item;
	bool any = false;

	while (headers_next(&rest, ',', &item)) {
		if (is_for_json(item))
			return false;
		any = true;
	}
	return any;
}

/* --- actions ------------------------------------------------------------------------------------ */
/* As it came, for staff: nobody has looked into it but the reader, so a browser does nothing with it. */
void inbound_raw(struct call *call, const struct inbound_raw *form)
{
	ask_read(call, QUERY_inbound_open, 3,
	        (struct db_param[]){ P_UUID(&call->principal.account_id), P_UUID(&form->inbound_id), P_INT(STAFF) },
	        on_row, serving_new(call, WHOLE));
}

void file_download(struct call *call, const struct file_download *form)
{
	serve(call, form->file, WHOLE);
}

void file_preview(struct call *call, const struct file_preview *form)
{
	serve(call, form->file, PREVIEW);
}

void file_thumbnail(struct call *call, const struct file_thumbnail *form)
{
	serve(call, form->file, THUMBNAIL);
}

/* One's own picture, and everybody's, for whoever is signed in. */
void avatar_show(struct call *call, const struct avatar_show *form)
{
	struct uuid user;

	if (!uuid_parse(form->user, &user))
		respond_problem(call, PROBLEM_NOT_FOUND, TEXT_NONE, NULL);
	else
		ask_read(call, QUERY_avatar_open, 2,
		        (struct db_param[]){ P_UUID(&call->principal.account_id), P_UUID(&user) }, on_row,
		        serving_new(call, THUMBNAIL));
}
