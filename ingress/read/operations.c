/* operations.c - what administrators do to programs while they run: the ACTION rows of queues/operations.def. One
 * statement writes what is wanted and tells the trail; the programs hear of it when they report (queues/instance.h).
 */
#include "base/clock.h"
#include "ingress/http/action.h"
#include "ingress/http/ask.h"
#include "queues/pause.h"
#include "queues/programs.h"

#define HOUR_S 3600

struct wanted {
	enum action_id action;
	struct text data; /* of the answer */
};

static void on_written(struct call *call, void *state, const struct db_result *rows)
{
	struct wanted *wanted = state;
	struct text verdict = db_text(rows, 0, 0);

	if (text_equal(verdict, TEXT("ok")))
		action_succeed(call, wanted->action, wanted->data);
	else if (text_equal(verdict, TEXT("waits")))
		respond_problem(call, PROBLEM_BACKUP_WANTED, TEXT_NONE, NULL);
	else if (text_equal(verdict, TEXT("missing")))
		respond_problem(call, PROBLEM_NOT_FOUND, TEXT_NONE, NULL);
	else
		action_forbid(call);
}

/* In so many seconds from now; 0: none. In the arena. */
static struct text moment_in(struct call *call, int64_t seconds)
{
	char *moment = arena_alloc(call->arena, CLOCK_TEXT_BYTES);

	if (!seconds)
		return TEXT_NONE;
	clock_format(clock_unix_us() + seconds * 1000000, moment);
	return text_of(moment);
}

/* --- pauses ----------------------------------------------------------------------------- */
static struct wanted *rest_or_work(struct call *call, enum action_id action, struct text target, bool rests)
{
	struct wanted *wanted = ARENA_NEW(call->arena, struct wanted);
	struct buffer out;

	buffer_init(&out, call->arena, 400);
	buffer_string(&out, "{");
	buffer_json_member(&out, "target", target);
	buffer_json_member_bool(&out, "isPaused", rests);
	buffer_string(&out, "}");
	*wanted = (struct wanted){ action, buffer_view(&out) };
	return wanted;
}

/* why: TEXT_NONE ends the pause. */
static void write_pause(
        struct call *call, struct wanted *wanted, struct text target, struct text why, struct text until)
{
	struct uuid told = uuid_new();

	ask_write(call, QUERY_operator_pause, 8,
	        (struct db_param[]){ P_UUID(&call->principal.account_id), P_UUID(&told), P_TEXT(target), P_TEXT(why),
	                P_TEXT(until), P_TEXT(call->request_id), P_TEXT(call->traceparent), P_TEXT(call->origin) },
	        on_written, wanted);
}

void pause_begin(struct call *call, const struct pause_begin *form)
{
	const char *refused = pause_refused(call->arena, form->target);

	if (refused)
		respond_problem_at(call, PROBLEM_VALIDATION_ERROR, text_of(refused), TEXT("/target"));
	else
		write_pause(call, rest_or_work(call, ACTION_pause_begin, form->target, true), form->target, form->why,
		        moment_in(call, form->seconds));
}

void pause_end(struct call *call, const struct pause_end *form)
{
	write_pause(
	        call, rest_or_work(call, ACTION_pause_end, form->target, false), form->target, TEXT_NONE, TEXT_NONE);
}

/* --- the log's level --------------------------------------------------------------------- */
/* The programs that are meant, as an array of SQL; empty: there is none of that name. */
static struct text meant(struct call *call, struct text service)
{
	struct buffer out;

	buffer_init(&out, call->arena, 256);
	for (int i = 0; i < program_count; i++)
		if (programs[i].kind != PROGRAM_TOOL &&
		        (!service.data || text_equal(service, text_of(programs[i].name))))
			buffer_printf(&out, "%s%s", out.len ? "," : "{", programs[i].name);
	buffer_string(&out, out.len ? "}" : "");
	return buffer_view(&out);
}

static struct text level_shown(struct call *call, const struct log_level_set *form, struct text until)
{
	struct buffer out;

	buffer_init(&out, call->arena, 200);
	buffer_string(&out, "{");
	buffer_json_member(&out, "service", form->service);
	buffer_json_member(&out, "level", text_of(verbosity_word(form->level)));
	buffer_json_member(&out, "until", until);
	buffer_string(&out, "}");
	return buffer_view(&out);
}

void log_level_set(struct call *call, const struct log_level_set *form)
{
	struct text until = moment_in(call, form->seconds ? form->seconds : HOUR_S);
	struct text programs_meant = meant(call, form->service);
	struct wanted *wanted = ARENA_NEW(call->arena, struct wanted);
	struct uuid told = uuid_new();

	if (!programs_meant.len) {
		respond_problem_at(call, PROBLEM_VALIDATION_ERROR, TEXT("no program has this name"), TEXT("/service"));
		return;
	}
	*wanted = (struct wanted){ ACTION_log_level_set, level_shown(call, form, until) };
	ask_write(call, QUERY_operator_log_level, 9,
	        (struct db_param[]){ P_UUID(&call->principal.account_id), P_UUID(&told), P_TEXT(form->service),
	                P_TEXT(text_of(verbosity_word(form->level))), P_TEXT(until), P_TEXT(programs_meant),
	                P_TEXT(call->request_id), P_TEXT(call->traceparent), P_TEXT(call->origin) },
	        on_written, wanted);
}

/* --- backups ------------------------------------------------------------------------------ */
void backup_ask(struct call *call)
{
	struct wanted *wanted = ARENA_NEW(call->arena, struct wanted);
	struct uuid id = uuid_new(), told = uuid_new();
	char text[UUID_TEXT_BYTES];

	uuid_format(&id, text);
	*wanted = (struct wanted){ ACTION_backup_ask,
		text_of(arena_printf(call->arena, "{\"id\":\"%s\",\"outcome\":\"wanted\"}", text)) };
	ask_write(call, QUERY_operator_backup, 6,
	        (struct db_param[]){ P_UUID(&call->principal.account_id), P_UUID(&told), P_UUID(&id),
	                P_TEXT(call->request_id), P_TEXT(call->traceparent), P_TEXT(call->origin) },
	        on_written, wanted);
}
