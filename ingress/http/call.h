/* call.h - one HTTP request from its arrival to its answer, and whatever happens in between.
 *
 * h2o's request may die first (the client goes away); the call then goes on
 * without it: req is NULL and answers are dropped. A call lives while anybody
 * holds it: h2o's request, and every operation that will come back to it. All of
 * it happens on the loop's thread.
 */
#ifndef INGRESS_HTTP_CALL_H
#define INGRESS_HTTP_CALL_H

#include <h2o.h>
#include "base/arena.h"
#include "base/uuid.h"
#include "ingress/http/path.h"
#include "queues/catalogue.h"

#define CALL_NO_LIMIT INT64_MAX

struct loop;
struct problems;

struct principal {
	struct uuid account_id;
	struct uuid session_id;        /* none: of a token from before there were sessions */
	int64_t epoch;                 /* of the account when the token was signed */
	int64_t issued_at, expires_at; /* seconds since 1970 */
	bool enrols;                   /* may do nothing but get a second factor */
	struct uuid token_id;          /* of a program's token */
	bool is_program;               /* asks with a token of its own (api_tokens.h), which has these scopes */
	unsigned scopes;
};

struct call {
	struct loop *loop;
	h2o_req_t *req; /* NULL: the client is gone, or has been answered */
	struct arena *arena;
	int holds;
	int64_t started_us;
	int64_t began_ms; /* the same moment, monotonic: waits and limits count from here */

	struct call **guard; /* in the request's memory */
	h2o_linklist_t link; /* among those of its loop: see calls.h */
	size_t body_bytes;
	int64_t limit_ms;
	void (*answer_late)(struct call *call, void *arg);
	void *late_arg;

	enum verb verb;           /* VERB_COUNT: none of ours */
	struct text path;         /* in its canonical form (path.h); percent-decoded by h2o */
	struct captures captures; /* of the pattern that path fits */
	const char *pattern;      /* of the row that path fits; NULL: none, or not known yet */
	int place;                /* of that row, see observe.c */
	unsigned access;          /* who may ask for that row */
	bool wants_session;       /* no program's token is good for it */
	bool wants_no_scope;      /* any is */
	struct text query;        /* as sent, without '?' */
	bool lifts;               /* an old surface: members of data also at the top level */
	enum language language;
	struct text request_id;     /* the client's X-Request-Id when it is a plain word, else a fresh UUID */
	struct text traceparent;    /* what it leads to is below this: the span's own, the client's, or a fresh one */
	struct span *span;          /* of the whole request; NULL: nobody keeps it */
	struct text origin;         /* see call_origin() */
	struct principal principal; /* none until principal_require() */
	struct uuid command_id;     /* of the one command this call is; for the log */
	struct text command_type;
};

/* For h2o's request; held by it. */
struct call *call_new(struct loop *loop, h2o_req_t *req);
void call_hold(struct call *call);
void call_release(struct call *call);

/* For an answer that lasts: h2o's request holds the call no more, and is the asker's, who must know when it goes. NULL:
 * it is gone already. */
h2o_req_t *call_detach(struct call *call);

/* At that time (clock_mono_ms) answer() is called if nobody has answered the call; the earlier limit is forgotten. */
void call_limit(struct call *call, int64_t at_ms, void (*answer)(struct call *call, void *arg), void *arg);

/* A header that is there once; TEXT_NONE when it is absent or repeated. Name in lower case. Borrowed from the request.
 */
struct text call_header(const struct call *call, const char *name);
/* A list that may be spread over several headers, as one (RFC 9110 section 5.3; cookies: RFC 9113 section 8.2.3). */
struct text call_headers(const struct call *call, const char *name);
/* The name of a header that must be single and is not; NULL: all is well. */
const char *call_repeated_header(const struct call *call);
/* Does what is answered travel under TLS: here, or to the proxy before us, as that says in X-Forwarded-Proto? A proxy
 * is whoever connects from this machine or a private network; a client there that says so misleads nobody but itself.
 */
bool call_is_secure(const struct call *call);
/* The port of ours that the client came to; 0: it is gone. */
int call_port(const struct call *call);
/* Where the request comes from, for the trail: "<address> <user agent>", at most ORIGIN_BYTES of plain ASCII, in the
 * arena. The address is the peer's; X-Forwarded-For is believed as X-Forwarded-Proto is. Kept from the first time on;
 * empty when the client had gone by then. */
struct text call_origin(struct call *call);
/* The body as received; TEXT("") when there is none. */
struct text call_body(const struct call *call);
/* Sets the record's fields that the path has captured. */
void call_read_captures(const struct call *call, const struct record *record, void *fields, struct problems *problems);
/* What is said of a thing that the path names and that is not there. */
enum problem_code call_absent(const struct record *record);
/* Does the path name a file by what is no id? There is none of that name: 404, as older clients expect, and not 400. */
bool call_names_no_file(const struct call *call, const struct record *record, void *fields);
/* The next name=value of the query, percent-decoded into the arena; false at the end. */
bool call_next_parameter(const struct call *call, size_t *at, struct text *out_name, struct text *out_value);
/* Does the client prefer (RFC 7240) this, with this value ("" for a name alone)? Case is ignored. */
bool call_prefers(const struct call *call, const char *name, const char *value);

/* The value of the first parameter of that name; TEXT_NONE: there is none. */
struct text call_parameter(const struct call *call, struct text wanted);

/* The same of a body that is a form (application/x-www-form-urlencoded). */
struct text call_form_value(const struct call *call, struct text wanted);

/* The path without what gives access: the end of a status URL, or of a link to a file. */
struct text call_logged_path(const struct call *call);

#endif
