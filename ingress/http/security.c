/* security.c - see security.h. What is counted belongs to a loop and its thread. */
#include "ingress/http/security.h"

#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/log.h"
#include "ingress/http/loop.h"
#include "queues/contract.h"
#include "queues/envelope.h"

#define SOURCES 256
#define PERIOD_MS 60000
#define AGAIN_MS 1000 /* when the database could not be asked */

/* One source, and what has come from it since it was told of last. Texts are those of the latest. */
struct refused {
	enum event_id event;
	struct uuid account; /* none: the address counts */
	char origin[ORIGIN_BYTES + 1];
	size_t address_len;
	char email[256], reason[65], path[256], request_id[65], traceparent[64];
	int64_t count, telling; /* not told; being told */
	int64_t due_ms;
	bool used;
};

/* The last one stands for all that found no place. */
static struct refused sources[LOOPS_MAX][SOURCES + 1];
static int64_t look_ms[LOOPS_MAX];

static void on_told(void *arg, enum db_fault fault, const struct db_result *result)
{
	struct refused *s = arg;

	(void)result;
	if (fault != DB_FINE) {
		s->count += s->telling;
		s->due_ms = clock_mono_ms() + AGAIN_MS;
	}
	s->telling = 0;
}

static void write_members(const struct refused *s, struct buffer *out)
{
	if (s->event == EVENT_security_login_failed)
		contract_write(&events[s->event],
		        &(struct security_login_failed){
		                .email = text_of(s->email), .reason = text_of(s->reason), .count = s->count },
		        out);
	else
		contract_write(&events[s->event],
		        &(struct security_forbidden){ .path = text_of(s->path), .count = s->count }, out);
}

static void tell(struct loop *loop, struct refused *s)
{
	struct arena *arena = arena_new(2048);
	struct uuid event = uuid_new();
	struct buffer members;
	bool known = !uuid_is_none(&s->account), asked = s->event == EVENT_security_forbidden;

	buffer_init(&members, arena, 512);
	write_members(s, &members);
	s->telling = s->count;
	s->count = 0;
	s->due_ms = clock_mono_ms() + PERIOD_MS;
	if (!loop_write(loop, QUERY_security_tell, 8,
	            (struct db_param[]){ P_TEXT(text_of(events[s->event].type)), P_UUID(&event),
	                    asked && known ? P_UUID(&s->account) : P_NULL, known ? P_UUID(&s->account) : P_NULL,
	                    P_TEXT(text_of(s->request_id)), P_TEXT(text_of(s->traceparent)),
	                    P_TEXT(buffer_view(&members)), P_TEXT(text_of(s->origin)) },
	            on_told, s))
		on_told(s, DB_LOST, NULL);
	arena_free(&arena);
}

static bool is_same(const struct refused *s, enum event_id event, const struct uuid *account, struct text address)
{
	if (!s->used || s->event != event || !uuid_equal(&s->account, account))
		return false;
	return !uuid_is_none(account) || text_equal((struct text){ s->origin, s->address_len }, address);
}

/* The source's place, a free one, or that of all others. */
static struct refused *place_of(struct loop *loop, enum event_id event, const struct uuid *account, struct text address)
{
	struct refused *all = sources[loop_index(loop)], *free_place = &all[SOURCES];

	for (int i = 0; i < SOURCES; i++) {
		if (is_same(&all[i], event, account, address))
			return &all[i];
		if (!all[i].used)
			free_place = &all[i];
	}
	return free_place;
}

static void put(char *out, size_t size, struct text value)
{
	snprintf(out, size, "%.*s", (int)value.len, value.data ? value.data : "");
}

static struct refused *note(struct call *call, enum event_id event, const struct uuid *account)
{
	static const struct uuid nobody;
	struct text origin = call_origin(call);
	struct text address = { origin.data, origin.len ? strcspn(text_dup(call->arena, origin), " ") : 0 };
	struct refused *s = place_of(call->loop, event, account ? account : &nobody, address);
	bool first = !s->used;

	if (first)
		*s = (struct refused){ .used = true, .event = event, .account = account ? *account : nobody };
	put(s->origin, sizeof s->origin, origin);
	s->address_len = address.len;
	put(s->request_id, sizeof s->request_id, call->request_id);
	put(s->traceparent, sizeof s->traceparent, call->traceparent);
	s->count++;
	s->due_ms = first ? 0 : s->due_ms;
	return s;
}

void security_login_failed(struct call *call, const struct uuid *account, struct text email, const char *reason)
{
	struct refused *s = note(call, EVENT_security_login_failed, account);

	put(s->email, sizeof s->email, email);
	put(s->reason, sizeof s->reason, text_of(reason));
	if (!s->due_ms)
		tell(call->loop, s);
}

/* A text that was cut off may end inside a character. */
static struct text shown_path(const struct call *call)
{
	struct text path = text_mend(call->arena, call_logged_path(call));
	size_t len = 0;

	while (len < path.len) {
		size_t step = text_utf8_step((struct text){ path.data + len, path.len - len });

		if (!step || len + step > sizeof((struct refused *)0)->path - 1)
			break;
		len += step;
	}
	return (struct text){ path.data, len };
}

void security_forbidden(struct call *call)
{
	struct refused *s = note(call, EVENT_security_forbidden, &call->principal.account_id);

	put(s->path, sizeof s->path, shown_path(call));
	if (!s->due_ms)
		tell(call->loop, s);
}

static void on_exported(void *unused, enum db_fault fault, const struct db_result *result)
{
	(void)unused;
	(void)result;
	if (fault != DB_FINE)
		log_warn("the trail was not told of an export");
}

void security_exported(struct call *call)
{
	struct uuid event = uuid_new();
	struct buffer members;

	buffer_init(&members, call->arena, 256);
	contract_write(&events[EVENT_audit_exported], &(struct audit_exported){ .path = shown_path(call) }, &members);
	if (!loop_write(call->loop, QUERY_audit_note, 7,
	            (struct db_param[]){ P_UUID(&call->principal.account_id), P_UUID(&event), P_TEXT(call->request_id),
	                    P_TEXT(call->traceparent), P_TEXT(text_of(events[EVENT_audit_exported].type)),
	                    P_TEXT(buffer_view(&members)), P_TEXT(call_origin(call)) },
	            on_exported, NULL))
		on_exported(NULL, DB_LOST, NULL);
}

/* Who was quiet for a minute is forgotten. */
static void look(struct loop *loop, bool all)
{
	struct refused *of_loop = sources[loop_index(loop)];
	int64_t now = clock_mono_ms();

	for (int i = 0; i <= SOURCES; i++) {
		struct refused *s = &of_loop[i];

		if (!s->used || s->telling || (now < s->due_ms && !(all && s->count)))
			continue;
		if (s->count)
			tell(loop, s);
		else
			s->used = false;
	}
}

void security_tick(struct loop *loop)
{
	int64_t now = clock_mono_ms(), *next = &look_ms[loop_index(loop)];

	if (now < *next)
		return;
	*next = now + 1000;
	look(loop, false);
}

bool security_flush(struct loop *loop)
{
	const struct refused *of_loop = sources[loop_index(loop)];
	bool left = false;

	look(loop, true);
	for (int i = 0; i <= SOURCES; i++)
		left = left || of_loop[i].telling || of_loop[i].count;
	return left;
}
