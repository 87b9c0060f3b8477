/* tries.c - see tries.h. */
#include "ingress/account/tries.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include "base/cache.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "ingress/account/window.h"
#include "ingress/http/crew.h"
#include "ingress/http/principal.h"
#include "ingress/http/respond.h"

#define QUEUE_MAX 1024
#define NAME_BYTES 16
#define KEY_BYTES 80
#define PLACES 16384 /* of what this process has counted itself; a power of two */
#define WAYS 4       /* a name may lie in so many of them; the oldest makes room */

enum scope { SCOPE_BOTH, SCOPE_ACCOUNT, SCOPE_CLIENT, SCOPE_COUNT };

static int64_t window_ms, most[SCOPE_COUNT];

struct setting tries_settings[] = {
	{ "SIGN_IN_WINDOW", SETTING_DURATION, &window_ms, "3m", .min = 1000, .max = 86400000,
	        .help = "the time that the next three count in" },
	{ "SIGN_IN_TRIES", SETTING_INT, &most[SCOPE_BOTH], "15", .min = 0, .max = 1000000000,
	        .help = "how often a client may try one account: registering, signing in, asking for mails with links; "
	                "0: any" },
	{ "SIGN_IN_TRIES_PER_ACCOUNT", SETTING_INT, &most[SCOPE_ACCOUNT], "60", .min = 0, .max = 1000000000,
	        .help = "the same of one account, by all clients together; 0: any" },
	{ "SIGN_IN_TRIES_PER_CLIENT", SETTING_INT, &most[SCOPE_CLIENT], "150", .min = 0, .max = 1000000000,
	        .help = "the same of one client's address (IPv6: its /64), all accounts together; 0: any" },
	{ 0 },
};

static struct metric refused = { .name = "guichet_tries_refused_total",
	.labels = "",
	.kind = METRIC_COUNTER,
	.help = "Sign-ins and the like that were too many, answered 429" };

/* A try on its way; in the call's arena. */
struct
try {
	struct crew_job job; /* first: its call back leads here */
	void (*then)(struct call * call, void *state);
	void *state;
	int64_t at_ms;
	int count; /* of scopes that have a limit here */
	struct scoped {
		uint8_t name[NAME_BYTES];
		int64_t most;
		struct window window; /* with this try */
	} scopes[SCOPE_COUNT];
};

/* --- what this process has counted itself: the thread's own -------------------------------------------------- */
struct place {
	uint8_t name[NAME_BYTES];
	int64_t number; /* of its window */
	struct window window;
};

static struct place *places;

static struct place *place_of(const uint8_t name[NAME_BYTES])
{
	struct place *oldest;
	uint32_t hash;

	memcpy(&hash, name, sizeof hash);
	oldest = &places[hash & (PLACES - 1) & ~(uint32_t)(WAYS - 1)];
	for (struct place *p = oldest, *end = p + WAYS; p < end; p++) {
		if (!memcmp(p->name, name, NAME_BYTES))
			return p;
		if (p->number < oldest->number)
			oldest = p;
	}
	*oldest = (struct place){ 0 };
	memcpy(oldest->name, name, NAME_BYTES);
	return oldest;
}

static struct window *counted_here(const uint8_t name[NAME_BYTES], int64_t number)
{
	struct place *p = place_of(name);

	if (p->number != number)
		p->window = (struct window){ .before = p->number == number - 1 ? p->window.now : 0 };
	p->number = number;
	return &p->window;
}

static void count_here(struct try *t, int64_t number, bool back)
{
	for (int i = 0; i < t->count; i++) {
		struct window *w = counted_here(t->scopes[i].name, number);

		w->now += back ? -1 : 1;
		if (!back)
			t->scopes[i].window = *w;
	}
}

/* --- what all have counted ------------------------------------------------------------------------------------- */
static struct text key_of(const struct scoped *s, int64_t number, char room[KEY_BYTES])
{
	char hex[2 * NAME_BYTES + 1];

	text_hex(s->name, NAME_BYTES, hex);
	snprintf(room, KEY_BYTES, "guichet.tries.%s.%lld", hex, (long long)number);
	return text_of(room);
}

/* Of each scope: one more in this window, for as long as it counts, and how many in the one before. */
static bool count_there(struct cache *cache, struct try *t, int64_t number)
{
	char keys[SCOPE_COUNT][KEY_BYTES], befores[SCOPE_COUNT][KEY_BYTES], life[24];
	struct cache_command words[3 * SCOPE_COUNT];
	int64_t numbers[3 * SCOPE_COUNT];

	snprintf(life, sizeof life, "%lld", (long long)(2 * window_ms));
	for (int i = 0; i < t->count; i++) {
		struct text key = key_of(&t->scopes[i], number, keys[i]);
		struct text before = key_of(&t->scopes[i], number - 1, befores[i]);

		words[3 * i] = (struct cache_command){ 2, { TEXT("INCR"), key } };
		words[3 * i + 1] = (struct cache_command){ 2, { TEXT("GET"), before } };
		words[3 * i + 2] = (struct cache_command){ 3, { TEXT("PEXPIRE"), key, text_of(life) } };
	}
	if (!cache_numbers(cache, words, 3 * t->count, numbers))
		return false;
	for (int i = 0; i < t->count; i++)
		t->scopes[i].window = (struct window){ .before = numbers[3 * i + 1], .now = numbers[3 * i] };
	return true;
}

static void uncount_there(struct cache *cache, struct try *t, int64_t number)
{
	char keys[SCOPE_COUNT][KEY_BYTES];
	struct cache_command words[SCOPE_COUNT];
	int64_t numbers[SCOPE_COUNT];

	for (int i = 0; i < t->count; i++)
		words[i] = (struct cache_command){ 2, { TEXT("DECR"), key_of(&t->scopes[i], number, keys[i]) } };
	cache_numbers(cache, words, t->count, numbers);
}

/* How long until the try would be one that may be made; 0: it is. */
static int64_t wait_of(const struct try *t)
{
	int64_t longest = 0;

	for (int i = 0; i < t->count; i++) {
		const struct scoped *s = &t->scopes[i];
		struct window without = { s->window.before, s->window.now - 1 };
		int64_t wait = window_wait_ms(without, t->at_ms, window_ms, s->most);

		longest = wait > longest ? wait : longest;
	}
	return longest;
}

/* On the thread, the only one of its crew. */
static void count(struct crew_job *job)
{
	static struct cache *cache;
	struct try *t = (struct try *)job;
	int64_t number = window_number(t->at_ms, window_ms);
	bool there;

	if (!cache)
		cache = cache_new();
	count_here(t, number, false);
	there = count_there(cache, t, number);
	if (!wait_of(t))
		return;
	count_here(t, number, true);
	if (there)
		uncount_there(cache, t, number);
}

/* --- a call ------------------------------------------------------------------------------------------------------- */
static struct crew crew = CREW(crew, .thread = "tries", .most = QUEUE_MAX);

void tries_start(void)
{
	places = calloc(PLACES, sizeof *places);
	if (!places)
		abort();
	crew_start(&crew, 1);
}

struct text tries_client(struct call *call)
{
	struct text origin = call_origin(call);
	const char *blank = origin.len ? memchr(origin.data, ' ', origin.len) : NULL;
	struct text address = { origin.data, blank ? (size_t)(blank - origin.data) : origin.len };
	uint8_t v6[16];
	char *hex;

	if (!address.len || inet_pton(AF_INET6, text_dup(call->arena, address), v6) != 1 ||
	        IN6_IS_ADDR_V4MAPPED((struct in6_addr *)v6))
		return address;
	hex = arena_alloc(call->arena, 17);
	text_hex(v6, 8, hex);
	return text_of(hex);
}

static void add_scope(struct call *call, struct try *t, enum scope scope, struct text account, struct text client)
{
	struct scoped *s = &t->scopes[t->count];
	uint8_t key[32], mac[32];
	struct buffer what;

	if (!most[scope])
		return;
	buffer_init(&what, call->arena, 300);
	buffer_printf(&what, "%d %.*s %.*s", scope, (int)account.len, account.len ? account.data : "", (int)client.len,
	        client.len ? client.data : "");
	principal_key("tries", key);
	principal_mac(key, buffer_view(&what), mac);
	memcpy(s->name, mac, NAME_BYTES);
	s->most = most[scope];
	t->count++;
}

static struct text seconds(struct call *call, int64_t ms)
{
	return text_of(arena_printf(call->arena, "%lld", (long long)((ms + 999) / 1000)));
}

/* Of the scope that has least left: draft-ietf-httpapi-ratelimit-headers-06. */
static void tell_limits(struct call *call, const struct try *t)
{
	const struct scoped *least = NULL;
	int64_t left = INT64_MAX;

	for (int i = 0; i < t->count; i++) {
		int64_t of_this = t->scopes[i].most - window_used(t->scopes[i].window, t->at_ms, window_ms);

		if (of_this < left) {
			left = of_this;
			least = &t->scopes[i];
		}
	}
	if (!least)
		return;
	respond_header(call, "ratelimit-limit", text_of(arena_printf(call->arena, "%lld", (long long)least->most)));
	respond_header(call, "ratelimit-remaining",
	        text_of(arena_printf(call->arena, "%lld", (long long)(left > 0 ? left : 0))));
	respond_header(call, "ratelimit-reset", seconds(call, window_ms - t->at_ms % window_ms));
	respond_header(call, "ratelimit-policy",
	        text_of(arena_printf(
	                call->arena, "%lld;w=%lld", (long long)least->most, (long long)(window_ms / 1000))));
}

void tries_refuse(struct call *call, int64_t wait_s)
{
	metric_add(&refused, 1);
	respond_header(call, "retry-after", text_of(arena_printf(call->arena, "%lld", (long long)wait_s)));
	respond_problem(call, PROBLEM_RATE_LIMITED, TEXT_NONE, NULL);
}

static void on_counted(struct call *call, struct crew_job *job)
{
	const struct try *t = (const struct try *)job;
	int64_t wait_ms = wait_of(t);

	tell_limits(call, t);
	if (wait_ms)
		tries_refuse(call, (wait_ms + 999) / 1000);
	else
		t->then(call, t->state);
}

void tries_take(struct call *call, struct text account, void (*then)(struct call *call, void *state), void *state)
{
	struct try *t = ARENA_NEW(call->arena, struct try);
	struct text client = tries_client(call);

	t->then = then;
	t->state = state;
	t->at_ms = clock_unix_ms();
	if (account.len) {
		add_scope(call, t, SCOPE_BOTH, account, client);
		add_scope(call, t, SCOPE_ACCOUNT, account, TEXT_NONE);
	}
	add_scope(call, t, SCOPE_CLIENT, TEXT_NONE, client);
	if (!t->count) {
		then(call, state);
		return;
	}
	t->job.work = count;
	t->job.then = on_counted;
	if (!crew_run(&crew, call, &t->job))
		respond_problem(call, PROBLEM_SERVICE_UNAVAILABLE, TEXT_NONE, NULL);
}
