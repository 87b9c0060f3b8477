/* routes.c - see routes.h. */
#include "ingress/routes.h"

#include <string.h>
#include "ingress/command/submit.h"
#include "ingress/file/serve.h"
#include "ingress/http/action.h"
#include "ingress/http/connections.h"
#include "ingress/http/cors.h"
#include "ingress/http/headers.h"
#include "ingress/http/observe.h"
#include "ingress/http/respond.h"
#include "ingress/http/visitor.h"
#include "ingress/read/reads.h"

/* An action without a handler does not link. */
#define ACTION(id, verb, path, access, ...)                                                                            \
	static void run_##id(struct call *call, const void *form __attribute__((unused)))                              \
	{                                                                                                              \
		id(call __VA_OPT__(, form));                                                                           \
	}
#include "queues/all.def"

static action_fn *const handlers[ACTION_COUNT] = {
#define ACTION(id, ...) [ACTION_##id] = run_##id,
#include "queues/all.def"
};

/* --- finding -------------------------------------------------------------------------- */
/* Each notes the verbs by which the path is known. */
static void find_action(struct found *found, enum verb verb, struct text path, struct captures *captures)
{
	for (int i = 0; i < ACTION_COUNT && !found->action; i++) {
		if (!path_fits(actions[i].path, path, captures))
			continue;
		found->verbs |= 1u << actions[i].verb;
		if (actions[i].verb == verb)
			found->action = &actions[i];
	}
}

/* A literal segment goes before a captured one: /tickets/stats is no ticket. */
static void find_read(struct found *found, enum verb verb, struct text path, struct captures *captures)
{
	const struct read *best = NULL;
	struct captures of_this;

	for (int i = 0; i < READ_COUNT; i++) {
		if (!path_fits(reads[i].path, path, &of_this) || (best && of_this.count >= captures->count))
			continue;
		best = &reads[i];
		*captures = of_this;
	}
	found->verbs |= best ? 1u << GET : 0;
	found->read = verb == GET ? best : NULL;
}

static void find_route(struct found *found, enum verb verb, struct text path, struct captures *captures)
{
	for (int i = 0; i < route_count && !found->route; i++) {
		if (!path_fits(routes[i].path, path, captures))
			continue;
		found->verbs |= 1u << routes[i].verb;
		if (routes[i].verb == verb)
			found->route = &routes[i];
	}
}

static bool takes_much(const struct action *action)
{
	return action && action->does.flags & (UPLOADS | TAKES_MAIL);
}

struct found routes_find(enum verb verb, struct text path, struct captures *out_captures)
{
	struct found found = { 0 };

	find_action(&found, verb, path, out_captures);
	if (!found.action)
		find_read(&found, verb, path, out_captures);
	if (!found.action && !found.read)
		find_route(&found, verb, path, out_captures);
	return found;
}

bool routes_take_much(struct text head)
{
	const char *start = memchr(head.data, ' ', head.len), *end = head.data + head.len;
	struct arena *arena;
	struct captures captures;
	struct text path;
	bool lifts, much;

	if (!text_starts_with(head, TEXT("POST ")) || !start)
		return false;
	path = (struct text){ start + 1, strcspn(start + 1, " ?\r\n") };
	if (path.data + path.len >= end)
		return false;
	arena = arena_new(1024);
	much = takes_much(routes_find(POST, path_canonical(arena, path, &lifts), &captures).action);
	arena_free(&arena);
	return much;
}

/* --- refusing ------------------------------------------------------------------------- */
static bool takes_any(const struct action *action)
{
	return action && (takes_much(action) || action->does.flags & TAKES_ANY);
}

/* What comes with a request is JSON, or of the type that the action takes, and says so, or the request is answered
 * here. */
static bool refuse_type(struct call *call, const struct action *action)
{
	const char *wanted = action && action->does.flags & TAKES_CSV ? "text/csv" : "application/json";
	struct text rest = call_header(call, "content-type"), type;

	if (!call_body(call).len)
		return false;
	if (headers_next(&rest, ';', &type) && text_equal_nocase(type, text_of(wanted)))
		return false;
	respond_problem(
	        call, PROBLEM_UNSUPPORTED_MEDIA_TYPE, text_of(arena_printf(call->arena, "send %s", wanted)), NULL);
	return true;
}

/* RFC 9110 section 10.2.1. */
static void refuse_verb(struct call *call, unsigned verbs)
{
	static const char *const words[VERB_COUNT] = { "GET, HEAD, ", "POST, ", "PUT, ", "PATCH, ", "DELETE, " };
	struct buffer allow;

	buffer_init(&allow, call->arena, 64);
	for (int v = 0; v < VERB_COUNT; v++)
		buffer_string(&allow, verbs & 1u << v ? words[v] : "");
	buffer_string(&allow, "OPTIONS");
	respond_header(call, "allow", buffer_view(&allow));
	respond_problem(call, PROBLEM_METHOD_NOT_ALLOWED, TEXT_NONE, NULL);
}

static bool refuse_repeated(struct call *call)
{
	const char *name = call_repeated_header(call);
	struct problems problems = { 0 };

	if (!name)
		return false;
	problem_add(&problems, "", "duplicate", "the header %s is given twice", name);
	respond_problem(call, PROBLEM_VALIDATION_ERROR, TEXT_NONE, &problems);
	return true;
}

/* What is about one's own way in takes a session, which no program has. */
static void note_row(struct call *call, const struct found *found)
{
	const struct action *action = found->action;

	call->access = action ? action->access : found->read ? found->read->access : 0;
	if (found->route)
		call->access = commands[found->route->command].access;
	call->wants_no_scope = action && action->does.flags & ANY_TOKEN;
	call->wants_session =
	        action && action->access & SELF && !call->wants_no_scope && !strcmp(action->does.tag, "session");
}

/* --- answering ------------------------------------------------------------------------ */
void routes_dispatch(struct call *call)
{
	struct found found;

	if (refuse_repeated(call) || cors_preflight(call))
		return;
	cors_allow(call);
	found = routes_find(call->verb, call->path, &call->captures);
	observe_route(call, found.action, found.read, found.route);
	note_row(call, &found);
	if (call_body(call).len > CONNECTIONS_BODY_MOST && !takes_much(found.action))
		respond_problem(call, PROBLEM_BODY_TOO_LARGE, TEXT_NONE, NULL);
	else if (found.read && found.read->id == READ_file_read && serve_is_wanted(call))
		serve_file(call, call->captures.items[0].value);
	else if (found.read && visitor_is(call))
		visitor_answer(call);
	else if (found.read)
		reads_answer(call, found.read);
	else if (((found.action && !takes_any(found.action)) || found.route) && refuse_type(call, found.action))
		return;
	else if (found.action)
		action_answer(call, found.action, handlers[found.action->id]);
	else if (found.route)
		submit_command(call, found.route);
	else if (found.verbs)
		refuse_verb(call, found.verbs);
	else
		respond_problem(call, PROBLEM_ENDPOINT_NOT_FOUND, TEXT_NONE, NULL);
}
