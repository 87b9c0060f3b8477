/* person_import.c - POST /users/import: a file of people, looked at and, with dryRun=false, done.
 *
 *   an administrator? ─► the lines, in steps ─► what each would do, 500 at a time ─► who is gone ─► done, 100 at a time
 *
 * Nothing is done when one line is wrong, or when more people are gone than may. What is done is done slice by slice,
 * and a file that ended in between is sent again: what is done already is unchanged. Whether somebody is an
 * administrator is looked at with each slice. One import at a time, of an ingress.
 */
#include <stdatomic.h>
#include "base/clock.h"
#include "ingress/http/action.h"
#include "ingress/http/ask.h"
#include "ingress/http/loop.h"
#include "queues/people_file.h"

#define STEP_US 2000
#define LOOKED_AT 500 /* lines of a question; each question is short, because others wait behind it */
#define DONE_AT 100
#define MOST_GONE 10
#define GONE_SHOWN 1000
#define GONE_KNOWN 10001

static _Atomic bool running;

struct import {
	struct note note; /* first: the next step of reading */
	struct call *call;
	const struct person_import *form;
	struct people_file file;
	struct buffer lines, gone;
	int read, asked; /* lines of the file; those that are answered */
	int64_t made, changed, unchanged, wrong, gone_total;
};

static bool is_dry(const struct import *import)
{
	return import->form->dry_run != FLAG_FALSE;
}

static void end(struct import *import)
{
	running = false;
	call_release(import->call);
}

/* --- the answer --------------------------------------------------------------------------- */
static void answer(struct import *import)
{
	struct buffer out;

	buffer_init(&out, import->call->arena, import->lines.len + import->gone.len + 512);
	buffer_string(&out, "{");
	buffer_json_member_bool(&out, "dryRun", is_dry(import));
	buffer_json_member_raw(&out, "lines", buffer_view(&import->lines));
	buffer_json_member_raw(&out, "unknownColumns", import->file.unknown);
	buffer_json_member_int(&out, "made", import->made);
	buffer_json_member_int(&out, "changed", import->changed);
	buffer_json_member_int(&out, "unchanged", import->unchanged);
	buffer_json_member_int(&out, "wrong", import->wrong);
	buffer_json_member_raw(&out, "gone", buffer_view(&import->gone));
	buffer_json_member_int(&out, "goneTotal", import->gone_total);
	buffer_string(&out, "}");
	action_succeed(import->call, ACTION_person_import, buffer_view(&out));
	end(import);
}

static void refuse(struct import *import, const char *pointer, const char *detail)
{
	respond_problem_at(import->call, PROBLEM_VALIDATION_ERROR, text_of(detail), text_of(pointer));
	end(import);
}

static void on_fault(struct call *call, void *state, enum db_fault fault)
{
	(void)fault;
	respond_problem(call, PROBLEM_SERVICE_UNAVAILABLE,
	        TEXT("the database has not answered: what was done by then is done, and unchanged when the file comes "
	             "again"),
	        NULL);
	end(state);
}

/* --- doing it ------------------------------------------------------------------------------ */
static void do_next(struct import *import);

/* A slice is one transaction, and others wait for the outbox of it. */
static void on_done(struct call *call, void *state, const struct db_result *rows)
{
	struct import *import = state;

	if (!db_rows(rows) || !text_equal(db_text(rows, 0, 0), TEXT("ok"))) {
		action_forbid(call);
		end(import);
		return;
	}
	import->asked += DONE_AT;
	do_next(import);
}

static void do_next(struct import *import)
{
	struct call *call = import->call;
	struct uuid drawn = uuid_new();

	if (import->asked >= import->file.count) {
		answer(import);
		return;
	}
	ask_write_or(call, QUERY_person_import, 7,
	        (struct db_param[]){ P_UUID(&call->principal.account_id),
	                P_TEXT(people_file_slice(&import->file, call->arena, import->asked, DONE_AT)),
	                P_TEXT(import->form->invite == FLAG_FALSE ? TEXT("false") : TEXT("true")), P_UUID(&drawn),
	                P_TEXT(call->request_id), P_TEXT(call->traceparent), P_TEXT(call->origin) },
	        on_done, on_fault, import);
}

static void begin_doing(struct import *import)
{
	int64_t most = import->form->most_gone ? import->form->most_gone : MOST_GONE;

	import->asked = 0;
	if (is_dry(import))
		answer(import);
	else if (import->wrong)
		refuse(import, "", "there are wrong lines: dryRun=true tells which, and nothing was done");
	else if (import->gone_total > most)
		refuse(import, "/mostGone",
		        "more people than that are gone: dryRun=true tells who, and nothing was done");
	else
		do_next(import);
}

/* --- looking ------------------------------------------------------------------------------- */
static void on_gone(struct call *call, void *state, const struct db_result *rows)
{
	struct import *import = state;

	(void)call;
	import->gone_total = db_rows(rows);
	for (int i = 0; i < db_rows(rows); i++) {
		struct uuid id = db_uuid(rows, i, 0);

		people_file_add_gone(&import->file, db_text(rows, i, 1));
		if (i >= GONE_SHOWN)
			continue;
		buffer_string(&import->gone, i ? ",{" : "{");
		buffer_json_member(&import->gone, "id", uuid_text(call->arena, &id));
		buffer_json_member(&import->gone, "email", db_text(rows, i, 1));
		buffer_string(&import->gone, "}");
	}
	buffer_string(&import->gone, "]");
	begin_doing(import);
}

static void ask_gone(struct import *import)
{
	struct call *call = import->call;

	buffer_string(&import->lines, "]");
	if (import->form->sync != FLAG_TRUE) {
		buffer_string(&import->gone, "]");
		begin_doing(import);
		return;
	}
	ask_read_or(call, QUERY_person_import_gone, 3,
	        (struct db_param[]){ P_UUID(&call->principal.account_id),
	                P_TEXT(people_file_addresses(&import->file, call->arena)), P_INT(GONE_KNOWN) },
	        on_gone, on_fault, import);
}

static void look_next(struct import *import);

static void on_looked(struct call *call, void *state, const struct db_result *rows)
{
	struct import *import = state;

	if (!db_rows(rows) || !text_equal(db_text(rows, 0, 0), TEXT("ok"))) {
		action_forbid(call);
		end(import);
		return;
	}
	buffer_string(&import->lines, import->asked ? "," : "");
	buffer_text(&import->lines, db_text(rows, 0, 1));
	import->made += db_int(rows, 0, 2);
	import->changed += db_int(rows, 0, 3);
	import->unchanged += db_int(rows, 0, 4);
	import->wrong += db_int(rows, 0, 5);
	import->asked += LOOKED_AT;
	look_next(import);
}

static void look_next(struct import *import)
{
	struct call *call = import->call;

	if (import->asked >= import->file.count) {
		ask_gone(import);
		return;
	}
	ask_read_or(call, QUERY_person_import_plan, 2,
	        (struct db_param[]){ P_UUID(&call->principal.account_id),
	                P_TEXT(people_file_slice(&import->file, call->arena, import->asked, LOOKED_AT)) },
	        on_looked, on_fault, import);
}

/* --- reading ------------------------------------------------------------------------------- */
static void refuse_file(struct import *import)
{
	refuse(import, "", arena_printf(import->call->arena, "line %d: %s", import->file.csv.line, import->file.wrong));
}

/* Between two steps the loop serves its other calls. */
static void read_on(struct note *note)
{
	struct import *import = (struct import *)note;
	int64_t began_us = clock_mono_us();

	while (people_file_next(&import->file))
		if (clock_mono_us() - began_us >= STEP_US) {
			loop_post(import->call->loop, &import->note);
			return;
		}
	if (import->file.wrong) {
		refuse_file(import);
		return;
	}
	people_file_close(&import->file);
	look_next(import);
}

static void begin(struct call *call, struct import *import)
{
	call_limit(call, CALL_NO_LIMIT, NULL, NULL); /* each question has its own */
	call_hold(call);
	import->call = call;
	import->note.run = read_on;
	buffer_init(&import->lines, call->arena, 4096);
	buffer_string(&import->lines, "[");
	buffer_init(&import->gone, call->arena, 256);
	buffer_string(&import->gone, "[");
	/* The body is h2o's, and the client may go. */
	if (people_file_open(&import->file, call->arena, text_copy(call->arena, call_body(call))))
		read_on(&import->note);
	else
		refuse_file(import);
}

static void on_admin(struct call *call, void *state, const struct db_result *rows)
{
	if (!db_rows(rows) || !db_bool(rows, 0, 0))
		action_forbid(call);
	else if (!call->req)
		return;
	else if (atomic_exchange(&running, true))
		respond_problem(call, PROBLEM_SERVICE_UNAVAILABLE, TEXT("another import is under way"), NULL);
	else
		begin(call, state);
}

void person_import(struct call *call, const struct person_import *form)
{
	struct import *import = ARENA_NEW(call->arena, struct import);

	import->form = form;
	ask_read(call, QUERY_person_is_admin, 1, (struct db_param[]){ P_UUID(&call->principal.account_id) }, on_admin,
	        import);
}
