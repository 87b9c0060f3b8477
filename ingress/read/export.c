/* export.c - see export.h.
 *
 *   ask for a slice ─► send it ─► h2o has sent it (proceed) ─► ask for the next one ... ─► the last
 */
#include "ingress/read/export.h"

#include "ingress/http/ask.h"
#include "ingress/http/respond.h"
#include "ingress/http/security.h"

#define EXPORTS_AT_A_TIME 6
#define NO_FORMAT SIZE_MAX

static const struct {
	enum read_id read;
	enum query query;
	size_t format; /* where the field is; NO_FORMAT: there is one format alone */
	const char *name;
	enum export_format usual; /* when none is asked for */
} exports[] = {
	{ READ_audit_logs, QUERY_audit_logs_export, offsetof(struct read_audit_logs, format), "audit", FORMAT_JSON },
	{ READ_audit_security, QUERY_audit_security_export, offsetof(struct read_audit_security, format), "security",
	        FORMAT_JSON },
	{ READ_audit_reports, QUERY_audit_reports_export, offsetof(struct read_audit_reports, format), "report",
	        FORMAT_JSON },
	{ READ_person_export, QUERY_person_export_export, offsetof(struct read_person_export, format), "users",
	        FORMAT_CSV },
	{ READ_person_takeaway, QUERY_person_takeaway, NO_FORMAT, "person", FORMAT_JSONL },
};

static _Atomic int running;

struct exporting {
	h2o_generator_t generator; /* first: h2o's call backs lead here */
	struct call *call;
	const struct read *read;
	enum query query;
	struct text wanted;
	const char *content_type, *file;
	void (*refuse)(struct call *call, const struct read *read, struct text verdict);
	struct arena *slice; /* what is being sent, and the cursor behind it */
	struct text next;    /* TEXT_NONE: that was all */
	bool begun;
};

static enum export_format format_of(const struct read *read, const void *fields)
{
	for (size_t i = 0; i < sizeof exports / sizeof *exports; i++)
		if (exports[i].read == read->id && exports[i].format == NO_FORMAT) {
			return exports[i].usual;
		} else if (exports[i].read == read->id) {
			enum export_format format =
			        *(const enum export_format *)((const char *)fields + exports[i].format);

			return format ? format : exports[i].usual;
		}
	return FORMAT_JSON;
}

bool export_is_wanted(const struct read *read, const void *fields)
{
	enum export_format format = format_of(read, fields);

	return format == FORMAT_CSV || format == FORMAT_JSONL;
}

static void end(struct exporting *e)
{
	arena_free(&e->slice);
	running--;
	call_release(e->call);
}

static void ask(struct exporting *e);

static void on_sent(h2o_generator_t *generator, h2o_req_t *req)
{
	(void)req;
	ask((struct exporting *)generator);
}

/* The client has gone; nothing is asked for, or what is asked for comes back to a call without a request. */
static void on_gone(h2o_generator_t *generator, h2o_req_t *req)
{
	struct exporting *e = (struct exporting *)generator;

	(void)req;
	e->call->req = NULL;
	end(e);
}

static void send_slice(struct exporting *e, struct text slice)
{
	struct call *call = e->call;
	h2o_req_t *req = call->req;
	h2o_iovec_t content = { (char *)slice.data, slice.len };
	bool last = !e->next.len;

	if (!e->begun) {
		e->generator = (h2o_generator_t){ on_sent, on_gone };
		respond_header(call, "content-disposition",
		        text_of(arena_printf(call->arena, "attachment; filename=\"%s\"", e->file)));
		respond_begin(call, e->content_type, &e->generator);
		e->begun = true;
		security_exported(call);
	}
	if (last) {
		call->req = NULL; /* from here on the answer is h2o's, and the slice the call's */
		content.base = text_dup(call->arena, slice);
		e->generator = (h2o_generator_t){ NULL, NULL };
	}
	h2o_send(req, &content, content.len ? 1 : 0, last ? H2O_SEND_STATE_FINAL : H2O_SEND_STATE_IN_PROGRESS);
	if (last)
		end(e);
}

/* Half an export must not look like a whole one. */
static void break_off(struct exporting *e)
{
	h2o_req_t *req = e->call->req;

	e->call->req = NULL;
	e->generator = (h2o_generator_t){ NULL, NULL };
	h2o_send(req, NULL, 0, H2O_SEND_STATE_ERROR);
	end(e);
}

/* Whoever asks may have lost his role since the last slice. */
static void give_up(struct exporting *e, struct text verdict)
{
	if (e->begun) {
		break_off(e);
		return;
	}
	e->refuse(e->call, e->read, verdict);
	end(e);
}

static void on_slice(struct call *call, void *state, const struct db_result *rows)
{
	struct exporting *e = state;

	if (!call->req) {
		if (!e->begun)
			end(e); /* else on_gone has */
	} else if (db_rows(rows) != 1 || !text_equal(db_text(rows, 0, 0), TEXT("ok"))) {
		give_up(e, db_rows(rows) ? db_text(rows, 0, 0) : TEXT("missing"));
	} else {
		arena_reset(e->slice);
		e->next = db_is_null(rows, 0, 2) ? TEXT_NONE : text_copy(e->slice, db_text(rows, 0, 2));
		send_slice(e, text_copy(e->slice, db_text(rows, 0, 1)));
	}
}

static void on_fault(struct call *call, void *state, enum db_fault fault)
{
	struct exporting *e = state;

	if (!call->req) {
		if (!e->begun)
			end(e);
	} else if (e->begun) {
		break_off(e);
	} else {
		respond_problem(call, fault == DB_MESSAGE ? PROBLEM_VALIDATION_ERROR : PROBLEM_SERVICE_UNAVAILABLE,
		        TEXT_NONE, NULL);
		end(e);
	}
}

/* The filters, and the cursor where the last slice ended: it comes last, and so counts. */
static void ask(struct exporting *e)
{
	struct call *call = e->call;
	struct buffer wanted;

	buffer_init(&wanted, e->slice, e->wanted.len + 64);
	buffer_append(&wanted, e->wanted.data, e->wanted.len - 1);
	if (e->next.len)
		buffer_json_member(&wanted, "cursor", e->next);
	buffer_string(&wanted, "}");
	ask_read_or(call, e->query, 3,
	        (struct db_param[]){
	                P_UUID(&call->principal.account_id), P_INT(e->read->access), P_TEXT(buffer_view(&wanted)) },
	        on_slice, on_fault, e);
}

void export_answer(struct call *call, const struct read *read, const void *fields, struct text wanted,
        void (*refuse)(struct call *call, const struct read *read, struct text verdict))
{
	struct exporting *e = ARENA_NEW(call->arena, struct exporting);
	bool csv = format_of(read, fields) == FORMAT_CSV;

	if (++running > EXPORTS_AT_A_TIME) {
		running--;
		respond_problem(call, PROBLEM_SERVICE_UNAVAILABLE, TEXT("too many exports at a time"), NULL);
		return;
	}
	*e = (struct exporting){ .call = call,
		.read = read,
		.wanted = wanted,
		.refuse = refuse,
		.content_type = csv ? "text/csv; charset=utf-8" : "application/jsonl; charset=utf-8",
		.slice = arena_new(64 * 1024) };
	for (size_t i = 0; i < sizeof exports / sizeof *exports; i++)
		if (exports[i].read == read->id) {
			e->query = exports[i].query;
			e->file = arena_printf(call->arena, "%s.%s", exports[i].name, csv ? "csv" : "jsonl");
		}
	call_hold(call);
	call_limit(call, CALL_NO_LIMIT, NULL, NULL); /* a slice has its own: the database answers, or is given up */
	ask(e);
}
