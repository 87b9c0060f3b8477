/* respond.h - the one envelope and the one error shape.
 *
 * Bodies are not copied: they stand in the call's arena, or for ever.
 *
 * Success: {success, message, data, pagination?, meta?}. An error is one superset of
 * RFC 9457 and of the older shape: {type, title, status, detail, success:false,
 * message, error, code, errors[], requestId, timestamp, data:{}}; message and error
 * are human text in the client's language, code is the machine's.
 * A call is answered once; a second answer, or one to a client that is gone, is nothing.
 */
#ifndef INGRESS_HTTP_RESPOND_H
#define INGRESS_HTTP_RESPOND_H

#include "ingress/http/call.h"
#include "queues/contract.h"

/* data and pagination are JSON; pagination may be TEXT_NONE. */
struct success {
	int status;
	const char *said[language_count]; /* the message, by enum language; NULL: OK */
	struct text data, pagination;
	struct text ignored;  /* JSON list for meta.ignored; TEXT_NONE: none */
	struct text similar;  /* JSON text for meta.similar: what was searched for instead; TEXT_NONE: none */
	struct text etag;     /* without quotes; TEXT_NONE: none */
	struct text location; /* or TEXT_NONE */
};
void respond_success(struct call *call, const struct success *success);

/* detail may be TEXT_NONE; problems may be NULL. */
void respond_problem(struct call *call, enum problem_code code, struct text detail, const struct problems *problems);
/* The same for a problem at one member. */
void respond_problem_at(struct call *call, enum problem_code code, struct text detail, struct text pointer);
/* 503 for a command whose fate is not known: tells where to ask. */
void respond_unknown_outcome(struct call *call, struct text status_url);

/* packed: of the compressed form; kept and policy: Cache-Control and Content-Security-Policy, as a 200 would have them,
 * because they take the place of those that the client has kept (RFC 9111 section 3.2). policy NULL: of what loads
 * nothing. */
void respond_not_modified(struct call *call, struct text etag, bool packed, struct text kept, const char *policy);
/* A document that is the same for everybody, in both its forms: 200, or 304 to who has it. etag without quotes. */
void respond_tagged(
        struct call *call, const char *content_type, struct text body, struct text packed, struct text etag);
/* The same for what a page of ours loads, under that policy (CSP level 3): asked for again each time. */
void respond_file(struct call *call, const char *content_type, const char *policy, struct text body, struct text packed,
        struct text etag);
/* Anything that is not in the envelope: /health. */
void respond_plain(struct call *call, int status, const char *content_type, struct text body);

/* 200 and the headers of an answer whose parts come later, by h2o_send(), from generator; its length is not known. */
void respond_begin(struct call *call, const char *content_type, h2o_generator_t *generator);

/* Counted and logged: of what is answered by other means than these. */
void respond_observe(const struct call *call, int status);

/* The same for bytes whose length is known, or SIZE_MAX; what may be kept is the caller's to say. policy: the
 * Content-Security-Policy. */
void respond_begin_as(struct call *call, int status, struct text content_type, size_t length, const char *policy,
        h2o_generator_t *generator);

/* A problem of no call's: the head and the body of an answer that ends the connection. The caller frees data. */
struct text respond_farewell(enum problem_code code);
/* Puts our error shape in the place of what h2o says when it refuses a request by itself. */
void respond_for_h2o(h2o_hostconf_t *host);

/* An extra header of the answer to come, before respond_*. */
void respond_header(struct call *call, const char *name, struct text value);

#endif
