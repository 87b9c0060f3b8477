/* notify_tellings_test.c - who is told of an event, and what is said. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "workers/notify/notify.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, set_up, tear_down, NULL                                                               \
	}

static struct arena *arena;
static json_t *body;
static struct uuid ticket, comment, owner, agent, watcher, staff_watcher;

static struct person people[8];
static struct subject subject;
static struct remark remark;
static struct local_time paris = {
	.timezone = { "Europe/Paris", 12 }, .said = { "2026-01-01 01:00", 16 }, .said_fr = { "01/01/2026 01:00", 16 }
};
static struct known known;
static struct arrival arrival;

static void tie(enum tie what, struct uuid id, const char *name, const char *language, bool staff)
{
	people[known.people_count++] =
	        (struct person){ .ticket_id = what == TIE_NAMED ? (struct uuid){ { 0 } } : ticket,
		        .tie = what,
		        .id = id,
		        .email = TEXT("somebody@example.org"),
		        .name = text_of(name),
		        .language = text_of(language),
		        .timezone = TEXT("Europe/Paris"),
		        .staff = staff,
		        .active = true };
}

static int set_up(void **state)
{
	(void)state;
	arena = arena_new(4096);
	ticket = uuid_new();
	comment = uuid_new();
	owner = uuid_new();
	agent = uuid_new();
	watcher = uuid_new();
	staff_watcher = uuid_new();
	known = (struct known){ people, 0, &subject, 1, &remark, 1, &paris, 1 };
	paris.ticket_id = ticket;
	subject = (struct subject){ ticket, TEXT("HD-2026-000007"), TEXT("Souris"), TEXT("high"), TEXT_NONE,
		1767225600LL * 1000000, TEXT("Un four neuf"), TEXT("Souris d'abord") };
	remark = (struct remark){ comment, false, TEXT("Essayez.") };
	tie(TIE_OWNER, owner, "Ana", "fr", false);
	tie(TIE_ASSIGNEE, agent, "Bob", "en", true);
	tie(TIE_WATCHER, watcher, "Cleo", "fr", false);
	tie(TIE_WATCHER, staff_watcher, "Dan", "fr", true);
	tie(TIE_NAMED, agent, "Bob", "en", true);
	tie(TIE_NAMED, owner, "Ana", "fr", false);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	json_decref(body);
	body = NULL;
	arena_free(&arena);
	return 0;
}

static void happens(const char *type, struct uuid actor, const char *data)
{
	json_decref(body);
	body = json_loads(arena_printf(arena, "{\"data\":%s}", data), 0, NULL);
	assert_non_null(body);
	arrival = (struct arrival){ .body = body, .fresh = true };
	arrival.envelope = (struct envelope){ .id = uuid_new(), .type = text_of(type), .actor = actor };
}

/* "template:name ..." of all who are told, as main.c asks. */
static const char *whom(void)
{
	struct buffer out;

	buffer_init(&out, arena, 128);
	for (int t = 0; t < telling_count; t++) {
		for (int p = 0; arrival_concerns(&arrival, &tellings[t]) && p < known.people_count; p++) {
			struct told told = { &arrival, &known, &subject,
				known_comment(&known, arrival_id(&arrival, "commentId")), &people[p], arena };

			if (whom_concerns(&tellings[t], &told))
				buffer_printf(&out, "%s%s:%.*s", out.len ? " " : "", tellings[t].template,
				        (int)people[p].name.len, people[p].name.data);
		}
	}
	return buffer_cstr(&out);
}

/* The fields of the first telling for the person; NULL when there is nothing to tell. */
static const char *fields_for(const struct person *to)
{
	struct told told = { &arrival, &known, &subject, known_comment(&known, arrival_id(&arrival, "commentId")), to,
		arena };
	struct buffer out;
	int t = 0;

	while (!arrival_concerns(&arrival, &tellings[t]))
		t++;
	buffer_init(&out, arena, 128);
	buffer_string(&out, "{");
	return tellings[t].fields(&told, &out) ? buffer_cstr(&out) : NULL;
}

static const char *said(const char *content_of, bool internal)
{
	return arena_printf(arena,
	        "{\"commentId\":\"%s\",\"isInternal\":%s,\"oldStatus\":\"open\",\"newStatus\":\"open\"}", content_of,
	        internal ? "true" : "false");
}

static void an_agent_is_told_of_what_was_given_to_him(void **state)
{
	const char *data = arena_printf(arena, "{\"assigneeId\":\"%s\"}", uuid_text(arena, &agent).data);

	(void)state;
	happens("ticket.assigned", staff_watcher, data);
	assert_string_equal(whom(), "ticket_assigned:Bob");
	assert_string_equal(fields_for(&people[4]),
	        "{\"adminName\":\"Bob\",\"ticketNumber\":\"HD-2026-000007\",\"title\":\"Souris\",\"priority\":\"high\","
	        "\"dueTime\":\"2026-01-01 01:00 Europe/Paris\",\"userName\":\"Ana\"");
	happens("ticket.assigned", agent, data);
	assert_string_equal(whom(), "");
}

static void the_owner_is_told_of_what_others_do(void **state)
{
	static const char *const types[] = { "ticket.updated", "ticket.closed", "ticket.reopened" };

	(void)state;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		happens(types[i], agent, "{\"oldStatus\":\"open\",\"newStatus\":\"closed\"}");
		assert_non_null(strstr(whom(), "ticket_updated:Ana"));
		happens(types[i], owner, "{\"oldStatus\":\"open\",\"newStatus\":\"closed\"}");
		assert_null(strstr(whom(), "Ana"));
	}
	happens("ticket.created", owner, "{}");
	assert_string_equal(whom(), "ticket_created:Ana");
	people[0].active = false;
	happens("ticket.created", agent, "{}");
	assert_string_equal(whom(), "");
}

static void a_comment_is_told_to_all_but_its_author(void **state)
{
	const char *data = said(uuid_text(arena, &comment).data, false);

	(void)state;
	happens("ticket.commented", agent, data);
	assert_string_equal(whom(), "ticket_updated:Ana ticket_commented:Cleo ticket_commented:Dan");
	happens("ticket.commented", owner, data);
	assert_string_equal(whom(), "ticket_commented:Bob ticket_commented:Cleo ticket_commented:Dan");
}

/* Neither the event nor the row alone is believed when it says "public". */
static void an_internal_comment_is_told_to_staff_only(void **state)
{
	(void)state;
	happens("ticket.commented", agent, said(uuid_text(arena, &comment).data, true));
	assert_string_equal(whom(), "ticket_commented:Dan");
	remark.internal = true;
	happens("ticket.commented", agent, said(uuid_text(arena, &comment).data, false));
	assert_string_equal(whom(), "ticket_commented:Dan");
}

static void a_change_says_what_a_user_may_know(void **state)
{
	(void)state;
	happens("ticket.updated", agent,
	        "{\"changed\":[\"status\",\"priority\",\"category\",\"assignee_id\",\"tags\",\"due_at\"],\"oldStatus\":"
	        "\"open\","
	        "\"newStatus\":\"in_progress\",\"oldPriority\":\"low\",\"newPriority\":\"high\"}");
	assert_string_equal(fields_for(&people[0]),
	        "{\"userName\":\"Ana\",\"ticketNumber\":\"HD-2026-000007\",\"title\":\"Souris\",\"oldStatus\":\"open\","
	        "\"newStatus\":\"in_"
	        "progress\","
	        "\"additionalChanges\":\"- Priorité: basse → haute\\n- Catégorie: —\\n- Assigné à: Bob\\n"
	        "- Échéance: 01/01/2026 01:00 Europe/Paris\"");
	happens("ticket.updated", agent,
	        "{\"changed\":[\"title\"],\"oldStatus\":\"open\",\"newStatus\":\"open\",\"oldPriority\":\"low\","
	        "\"newPriority\":\"low\"}");
	assert_string_equal(fields_for(&people[0]), "{\"userName\":\"Ana\",\"ticketNumber\":\"HD-2026-000007\","
	                                            "\"title\":\"Souris\",\"additionalChanges\":\"- Titre: Souris\"");
}

static void a_change_of_tags_is_nobodys_mail(void **state)
{
	(void)state;
	happens("ticket.updated", agent, "{\"changed\":[\"tags\"],\"oldStatus\":\"open\",\"newStatus\":\"open\"}");
	assert_null(fields_for(&people[0]));
}

static void a_comment_that_is_gone_is_not_told(void **state)
{
	(void)state;
	happens("ticket.commented", agent, said("00000000-0000-7000-8000-000000000001", false));
	assert_null(fields_for(&people[0]));
}

static void somebody_without_a_name_is_what_stands_before_the_at(void **state)
{
	(void)state;
	assert_true(text_equal(known_name(TEXT("Ana"), TEXT("Bo"), TEXT("x@y"), arena), TEXT("Ana Bo")));
	assert_true(text_equal(known_name(TEXT(""), TEXT("Bo"), TEXT("x@y"), arena), TEXT("Bo")));
	assert_true(text_equal(known_name(TEXT(""), TEXT(""), TEXT("zoe@y"), arena), TEXT("zoe")));
}

static struct text due_for(const char *language, const char *timezone)
{
	struct person to = { .language = text_of(language), .timezone = text_of(timezone) };
	struct told told = { &arrival, &known, &subject, NULL, &to, arena };

	return fields_due(&told);
}

static void a_time_is_written_as_its_reader_does(void **state)
{
	(void)state;
	assert_true(text_equal(due_for("fr", "Europe/Paris"), TEXT("01/01/2026 01:00 Europe/Paris")));
	assert_true(text_equal(due_for("en", "Europe/Paris"), TEXT("2026-01-01 01:00 Europe/Paris")));
	assert_true(text_equal(due_for("fr", "Nowhere"), TEXT("01/01/2026 00:00 UTC")));
	assert_true(text_equal(due_for("en", "Nowhere"), TEXT("2026-01-01 00:00 UTC")));
	subject.due_at = 0;
	assert_null(due_for("fr", "Nowhere").data);
}

static void who_worked_on_it_is_told_that_he_does_no_more(void **state)
{
	const char *data = arena_printf(arena, "{\"assigneeId\":\"%s\",\"oldAssigneeId\":\"%s\"}",
	        uuid_text(arena, &owner).data, uuid_text(arena, &agent).data);

	(void)state;
	happens("ticket.assigned", owner, data);
	assert_string_equal(whom(), "ticket_taken_over:Bob");
	happens("ticket.assigned", agent, data);
	assert_string_equal(whom(), "ticket_assigned:Ana");
}

static void who_works_on_it_is_told_of_a_reopening(void **state)
{
	(void)state;
	happens("ticket.reopened", owner, "{\"oldStatus\":\"closed\",\"newStatus\":\"open\"}");
	assert_string_equal(whom(), "ticket_changed:Bob");
}

static void a_solution_is_told_with_its_words(void **state)
{
	(void)state;
	happens("ticket.updated", agent,
	        "{\"changed\":[\"status\"],\"oldStatus\":\"in_progress\",\"newStatus\":\"resolved\"}");
	assert_non_null(strstr(fields_for(&people[0]), "\"resolution\":\"Un four neuf\""));
}

/* Neither the number nor the title of the other person's ticket. */
static void who_was_merged_apart_is_told_by_his_own_ticket(void **state)
{
	struct person *cleo = &people[2];
	struct told told;
	struct buffer out;

	(void)state;
	*cleo = (struct person){ .ticket_id = ticket,
		.tie = TIE_APART,
		.id = watcher,
		.name = TEXT("Cleo"),
		.active = true,
		.own_number = TEXT("HD-2026-000001"),
		.own_title = TEXT("Mon ticket") };
	happens("ticket.commented", agent, said(uuid_text(arena, &comment).data, false));
	assert_non_null(strstr(whom(), "ticket_updated:Cleo"));
	told = (struct told){ &arrival, &known, &subject, &remark, cleo, arena };
	buffer_init(&out, arena, 64);
	buffer_string(&out, "{");
	for (int t = 0; t < telling_count; t++)
		if (tellings[t].to == TIE_APART)
			assert_true(tellings[t].fields(&told, &out));
	assert_string_equal(buffer_cstr(&out),
	        "{\"userName\":\"Cleo\",\"ticketNumber\":\"HD-2026-000001\",\"title\":\"Mon ticket\","
	        "\"comment\":\"Essayez.\"");
	happens("ticket.commented", agent, said(uuid_text(arena, &comment).data, true));
	assert_null(strstr(whom(), "Cleo"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("an agent is told of what was given to him, not of what he took",
		        an_agent_is_told_of_what_was_given_to_him),
		SENTENCE("the owner is told of what others do", the_owner_is_told_of_what_others_do),
		SENTENCE("a comment is told to all but its author", a_comment_is_told_to_all_but_its_author),
		SENTENCE("an internal comment is told to staff only", an_internal_comment_is_told_to_staff_only),
		SENTENCE("a change says what a user may know", a_change_says_what_a_user_may_know),
		SENTENCE("a change of tags is nobody's mail", a_change_of_tags_is_nobodys_mail),
		SENTENCE("a comment that is gone is not told", a_comment_that_is_gone_is_not_told),
		SENTENCE("who has no name is what stands before the @",
		        somebody_without_a_name_is_what_stands_before_the_at),
		SENTENCE(
		        "who worked on it is told that he does no more", who_worked_on_it_is_told_that_he_does_no_more),
		SENTENCE("who works on it is told of a reopening", who_works_on_it_is_told_of_a_reopening),
		SENTENCE("a solution is told with its words", a_solution_is_told_with_its_words),
		SENTENCE("whose ticket was merged into another person's is told by his own",
		        who_was_merged_apart_is_told_by_his_own_ticket),
		SENTENCE("a time is written as its reader does", a_time_is_written_as_its_reader_does),
	};

	return cmocka_run_group_tests_name("tellings", tests, NULL, NULL);
}
