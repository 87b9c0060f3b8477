/* cache.c - what administrators see of Redis, and what they delete there: the ACTION rows of queues/cache.def.
 *
 * Redis is asked by a thread, one question after the other, each within 300 ms. Keys are walked through (SCAN), never
 * listed by KEYS, which would hold up everybody: ROUNDS steps at most. Whether this one may is the database's to say,
 * first.
 */
#include "ingress/read/cache.h"

#include <stdlib.h>
#include <string.h>
#include "base/cache.h"
#include "ingress/http/action.h"
#include "ingress/http/ask.h"
#include "ingress/http/crew.h"

#define OURS "guichet:"
#define ROUNDS 200
#define STEP "500" /* keys that Redis looks at in each */
#define KEYS_MAX 1000
#define QUEUE_MAX 16

static struct crew crew = CREW(crew, .thread = "cache", .most = QUEUE_MAX);
static struct cache *cache; /* of the crew's one thread */

/* A question on its way. What the thread writes is in an arena of its own: the call may be answered meanwhile. */
struct question {
	struct crew_job job; /* first */
	enum action_id action;
	struct text wanted; /* a pattern, or for cache_key_delete a key */
	struct arena *arena;
	struct text data; /* of the answer */
	bool is_heard;
	int64_t deleted;
};

void cache_start(void)
{
	cache = cache_new();
	crew_start(&crew, 1);
}

/* --- on the thread ----------------------------------------------------------------------- */
/* The number behind "name:" of INFO; 0: it is not told. */
static int64_t figure(struct text info, const char *name)
{
	const char *at = strstr(info.data, name);

	return at ? strtoll(at + strlen(name), NULL, 10) : 0;
}

static void look(struct question *q)
{
	struct text *info, *keys;
	struct buffer out;
	int64_t hits = 0, misses = 0;

	q->is_heard = cache_ask(cache, (struct text[]){ TEXT("INFO") }, 1, q->arena, &info) == 1 &&
	              cache_ask(cache, (struct text[]){ TEXT("DBSIZE") }, 1, q->arena, &keys) == 1;
	buffer_init(&out, q->arena, 300);
	buffer_string(&out, "{");
	buffer_json_member(&out, "status", q->is_heard ? TEXT("healthy") : TEXT("unreachable"));
	if (q->is_heard) {
		hits = figure(*info, "\nkeyspace_hits:");
		misses = figure(*info, "\nkeyspace_misses:");
		buffer_json_member_int(&out, "usedMemoryBytes", figure(*info, "\nused_memory:"));
		buffer_json_member_raw(&out, "keys", *keys);
		buffer_json_member_int(&out, "hits", hits);
		buffer_json_member_int(&out, "misses", misses);
	}
	if (hits + misses)
		buffer_json_member_raw(&out, "hitRatio",
		        text_of(arena_printf(q->arena, "%.4f", (double)hits / (double)(hits + misses))));
	buffer_string(&out, "}");
	q->data = buffer_view(&out);
	q->is_heard = true; /* that it is not reached is an answer */
}

static bool delete_key(struct question *q, struct text key)
{
	struct text *count;

	if (!text_starts_with(key, TEXT(OURS)))
		return true;
	if (cache_ask(cache, (struct text[]){ TEXT("DEL"), key }, 2, q->arena, &count) != 1)
		return false;
	q->deleted += text_equal(*count, TEXT("1"));
	return true;
}

/* The keys of one step; false: Redis is not heard. */
static bool take_keys(struct question *q, struct buffer *out, const struct text *keys, int count, int *taken)
{
	for (int i = 0; i < count && *taken < KEYS_MAX; i++, ++*taken) {
		if (q->action == ACTION_cache_keys) {
			buffer_string(out, *taken ? "," : "");
			buffer_json_text(out, text_mend(q->arena, keys[i]));
		} else if (!delete_key(q, keys[i])) {
			return false;
		}
	}
	return true;
}

static void walk(struct question *q)
{
	struct text cursor = TEXT("0"), *found;
	struct buffer out;
	int taken = 0, count = 0;

	buffer_init(&out, q->arena, 1024);
	buffer_string(&out, "{\"keys\":[");
	for (int round = 0; round < ROUNDS; round++) {
		struct text words[] = { TEXT("SCAN"), cursor, TEXT("MATCH"), q->wanted, TEXT("COUNT"), TEXT(STEP) };

		count = cache_ask(cache, words, 6, q->arena, &found);
		if (count < 1 || !take_keys(q, &out, found + 1, count - 1, &taken))
			return;
		cursor = found[0];
		if (text_equal(cursor, TEXT("0")) || taken == KEYS_MAX)
			break;
	}
	q->is_heard = true;
	buffer_string(&out, "]");
	buffer_json_member_bool(&out, "isWhole", text_equal(cursor, TEXT("0")) && taken < KEYS_MAX);
	buffer_string(&out, "}");
	q->data = buffer_view(&out);
}

static void answer_question(struct crew_job *job)
{
	struct question *q = (struct question *)job;

	q->arena = arena_new(16 * 1024);
	if (q->action == ACTION_cache_stats)
		look(q);
	else if (q->action == ACTION_cache_key_delete)
		q->is_heard = delete_key(q, q->wanted);
	else
		walk(q);
	if (q->is_heard && (q->action == ACTION_cache_keys_delete || q->action == ACTION_cache_key_delete))
		q->data = text_of(arena_printf(q->arena, "{\"deleted\":%lld}", (long long)q->deleted));
}

/* --- on the loop ------------------------------------------------------------------------- */
static void on_answered(struct call *call, struct crew_job *job)
{
	struct question *q = (struct question *)job;

	if (call->req && !q->is_heard)
		respond_problem(call, PROBLEM_SERVICE_UNAVAILABLE, TEXT_NONE, NULL);
	else if (call->req && q->action == ACTION_cache_key_delete && !q->deleted)
		respond_problem(call, PROBLEM_NOT_FOUND, TEXT_NONE, NULL);
	else if (call->req)
		action_succeed(call, q->action, text_of(text_dup(call->arena, q->data)));
	arena_free(&q->arena);
}

static void on_verdict(struct call *call, void *state, const struct db_result *rows)
{
	struct question *q = state;

	if (!text_equal(db_text(rows, 0, 0), TEXT("ok"))) {
		action_forbid(call);
		return;
	}
	q->job.work = answer_question;
	q->job.then = on_answered;
	if (!crew_run(&crew, call, &q->job))
		respond_problem(call, PROBLEM_SERVICE_UNAVAILABLE, TEXT_NONE, NULL);
}

static struct question *question(struct call *call, enum action_id action, struct text wanted)
{
	struct question *q = ARENA_NEW(call->arena, struct question);

	*q = (struct question){ .action = action, .wanted = wanted };
	return q;
}

static void ask_whether(struct call *call, struct question *q)
{
	ask_read(
	        call, QUERY_operator_may, 1, (struct db_param[]){ P_UUID(&call->principal.account_id) }, on_verdict, q);
}

static void tell_and_delete(struct call *call, struct question *q)
{
	struct uuid told = uuid_new();

	ask_write(call, QUERY_operator_cache, 6,
	        (struct db_param[]){ P_UUID(&call->principal.account_id), P_UUID(&told), P_TEXT(q->wanted),
	                P_TEXT(call->request_id), P_TEXT(call->traceparent), P_TEXT(call->origin) },
	        on_verdict, q);
}

void cache_stats(struct call *call)
{
	ask_whether(call, question(call, ACTION_cache_stats, TEXT_NONE));
}

void cache_keys(struct call *call, const struct cache_keys *form)
{
	ask_whether(call, question(call, ACTION_cache_keys, form->pattern.data ? form->pattern : TEXT("*")));
}

void cache_keys_delete(struct call *call, const struct cache_keys_delete *form)
{
	tell_and_delete(
	        call, question(call, ACTION_cache_keys_delete, form->pattern.data ? form->pattern : TEXT(OURS "*")));
}

void cache_key_delete(struct call *call, const struct cache_key_delete *form)
{
	tell_and_delete(call, question(call, ACTION_cache_key_delete, form->key));
}
