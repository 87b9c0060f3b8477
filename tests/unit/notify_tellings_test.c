/* notify_tellings_test.c - who is told of an event, and what is said. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
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
static struct told_ticket subject;
static struct remark remark;
static struct local_time paris = {
	.timezone = { "Europe/Paris", 12 }, .said = { "2026-01-01 01:00", 16 }, .said_fr = { "01/01/2026 01:00", 16 }
};
static struct burst bursts[8];
static struct preferences nothing_chosen;
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
		        .preferences = &nothing_chosen,
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
	known = (struct known){ .people = people,
		.tickets = &subject,
		.ticket_count = 1,
		.comments = &remark,
		.comment_count = 1,
		.times = &paris,
		.time_count = 1,
		.bursts = bursts,
		.burst_room = 8 };
	paris.ticket_id = ticket;
	subject = (struct told_ticket){ .id = ticket,
		.number = TEXT("HD-2026-000007"),
		.title = TEXT("Souris"),
		.priority = TEXT("high"),
		.due_at = 1767225600LL * 1000000,
		.resolution = TEXT("Un four neuf"),
		.first_title = TEXT("Souris d'abord"),
		.tags = TEXT("[\"vip\"]") };
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

static struct told told_to(const struct person *to)
{
	return (struct told){ .arrival = &arrival,
		.known = &known,
		.ticket = &subject,
		.comment = known_comment(&known, arrival_id(&arrival, "commentId")),
		.to = to,
		.arena = arena };
}

/* "template:name ..." of all who are told, as main.c asks. */
static const char *whom(void)
{
	struct buffer out;

	buffer_init(&out, arena, 128);
	for (int t = 0; t < telling_count; t++) {
		for (int p = 0; arrival_concerns(&arrival, &tellings[t]) && p < known.people_count; p++) {
			struct told told = told_to(&people[p]);

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
	struct told told = told_to(to);
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
	struct told told = { .arrival = &arrival, .known = &known, .ticket = &subject, .to = &to, .arena = arena };

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
	told = told_to(cleo);
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

static void an_escalation_is_for_those_it_calls(void **state)
{
	(void)state;
	people[known.people_count - 1].role = TEXT("user");
	people[known.people_count - 2].role = TEXT("agent");
	tie(TIE_NAMED, uuid_new(), "Eve", "en", true);
	people[known.people_count - 1].role = TEXT("manager");
	happens("ticket.escalated", (struct uuid){ { 0 } },
	        "{\"target\":\"resolution\",\"level\":1,\"notify\":[\"role:manager\"]}");
	assert_string_equal(whom(), "ticket_escalated:Eve");
	happens("ticket.escalated", (struct uuid){ { 0 } },
	        "{\"target\":\"resolution\",\"level\":1,\"notify\":[\"assignee\"]}");
	assert_string_equal(whom(), "ticket_escalated:Bob");
	happens("ticket.escalated", (struct uuid){ { 0 } },
	        arena_printf(arena, "{\"target\":\"resolution\",\"level\":1,\"notify\":[\"%s\"]}",
	                uuid_text(arena, &owner).data));
	assert_string_equal(whom(), ""); /* no staff */
}

static void clocks_are_told_to_who_works_and_who_is_waited_for(void **state)
{
	(void)state;
	happens("ticket.sla_warned", (struct uuid){ { 0 } },
	        "{\"target\":\"resolution\",\"percent\":75,\"dueAt\":\"2026-01-01T00:00:00Z\"}");
	assert_string_equal(whom(), "ticket_sla_warned:Bob");
	assert_string_equal(fields_for(&people[1]),
	        "{\"userName\":\"Bob\",\"ticketNumber\":\"HD-2026-000007\",\"title\":\"Souris\",\"priority\":\"high\","
	        "\"target\":\"resolution\",\"deadline\":\"2026-01-01 00:00 UTC\",\"percent\":\"75\"");
	happens("ticket.sla_breached", (struct uuid){ { 0 } }, "{\"target\":\"resolution\"}");
	assert_string_equal(whom(), "ticket_sla_breached:Bob");
	happens("ticket.reminded", (struct uuid){ { 0 } }, "{\"reminder\":1}");
	assert_string_equal(whom(), "ticket_reminded:Ana");
	happens("ticket.auto_closed", (struct uuid){ { 0 } }, "{\"oldStatus\":\"resolved\",\"newStatus\":\"closed\"}");
	assert_string_equal(whom(), "ticket_updated:Ana");
}

static void whoever_is_mentioned_is_told_of_that_first(void **state)
{
	const char *data = said(uuid_text(arena, &comment).data, false);

	(void)state;
	tie(TIE_MENTIONED, staff_watcher, "Dan", "fr", true);
	people[known.people_count - 1].comment_id = comment;
	happens("ticket.commented", owner, data);
	assert_non_null(strstr(whom(), "ticket_mentioned:Dan"));
	people[known.people_count - 1].comment_id = uuid_new();
	assert_null(strstr(whom(), "ticket_mentioned"));
	people[known.people_count - 1].comment_id = comment;
	people[known.people_count - 1].staff = false;
	happens("ticket.commented", owner, said(uuid_text(arena, &comment).data, true));
	assert_null(strstr(whom(), "ticket_mentioned"));
}

static void choose(struct person *to, const char *json)
{
	to->chosen = text_of(json);
	to->preferences = NULL;
	known_preferences(to, arena);
}

static void a_new_ticket_is_told_to_staff_or_to_who_has_asked_for_it(void **state)
{
	struct person *eve, *kim;

	(void)state;
	tie(TIE_STAFF, uuid_new(), "Eve", "en", true);
	tie(TIE_STAFF, uuid_new(), "Kim", "en", true);
	eve = &people[6];
	kim = &people[7];
	happens("ticket.created", owner, "{}");
	assert_string_equal(whom(), "ticket_created:Ana ticket_new:Eve ticket_new:Kim");
	choose(eve, "{\"subscriptions\":[{\"tag\":\"VIP\",\"priority\":\"high\"}]}");
	choose(kim, "{\"subscriptions\":[{\"tag\":\"printer\"}]}");
	assert_string_equal(whom(), "ticket_created:Ana ticket_new:Eve");
	subject.assigned = true;
	assert_string_equal(whom(), "ticket_created:Ana");
	subject.assigned = false;
	happens("ticket.assigned", owner, "{\"assigneeId\":null}");
	assert_string_equal(whom(), "ticket_new:Eve");
	eve->active = false;
	assert_string_equal(whom(), "");
}

static const struct telling *telling_of(const char *event, const char *template)
{
	for (int t = 0; t < telling_count; t++)
		if (!strcmp(tellings[t].event, event) && !strcmp(tellings[t].template, template))
			return &tellings[t];
	fail_msg("there is no such telling");
	return NULL;
}

#define NOON (1767225600LL * 1000000 + 12 * 3600 * 1000000LL) /* Thursday 2026-01-01, 13:00 in Paris */

/* "state decided preference", and when in seconds from then. */
static const char *decision(const char *template, struct person *to, enum notification_channel channel, int64_t now_us)
{
	struct told told = told_to(to);
	struct decision d =
	        channels_decide(&known, telling_of(arrival.envelope.type.data, template), &told, channel, now_us);

	return arena_printf(arena, "%d %s (%s) %lld", d.state, d.decided, d.preference,
	        d.due_us ? (long long)(d.due_us - now_us) / 1000000 : 0);
}

static void the_first_mail_of_a_burst_goes_at_once(void **state)
{
	(void)state;
	happens("ticket.updated", agent, "{}");
	assert_string_equal(decision("ticket_updated", &people[0], CHANNEL_EMAIL, NOON), "0 told (default: on) 0");
	assert_string_equal(
	        decision("ticket_updated", &people[0], CHANNEL_EMAIL, NOON + 10000000), "1 burst (default: on) 20");
	assert_string_equal(
	        decision("ticket_updated", &people[0], CHANNEL_EMAIL, NOON + 29000000), "1 burst (default: on) 1");
	assert_string_equal(
	        decision("ticket_updated", &people[0], CHANNEL_IN_APP, NOON + 29000000), "0 told (default: on) 0");
	assert_string_equal(
	        decision("ticket_updated", &people[0], CHANNEL_EMAIL, NOON + 31000000), "0 told (default: on) 0");
	assert_string_equal(
	        decision("ticket_changed", &people[1], CHANNEL_EMAIL, NOON + 31000000), "0 told (default: on) 0");
}

static void a_wish_is_kept_and_says_so(void **state)
{
	(void)state;
	happens("ticket.updated", agent, "{}");
	choose(&people[0], "{\"notifications\":{\"ticket_updated\":{\"email\":\"off\"}}}");
	assert_string_equal(decision("ticket_updated", &people[0], CHANNEL_EMAIL, NOON), "2 declined (chosen: off) 0");
	assert_string_equal(decision("ticket_updated", &people[0], CHANNEL_IN_APP, NOON), "0 told (default: on) 0");
	choose(&people[0], "{\"notifications\":{\"ticket_updated\":{\"email\":\"digest\"}}}");
	assert_string_equal(
	        decision("ticket_updated", &people[0], CHANNEL_EMAIL, NOON), "1 digest (chosen: digest) 3600");
	choose(&people[0], "{\"notifications\":{\"ticket_updated\":{\"email\":\"digest\"}},\"digest\":{\"every\":"
	                   "\"daily\",\"at\":\"08:00\"}}");
	assert_string_equal(
	        decision("ticket_updated", &people[0], CHANNEL_EMAIL, NOON), "1 digest (chosen: digest) 68400");
	choose(&people[0], "{\"notifications\":{\"ticket_created\":{\"email\":\"off\"}}}");
	happens("ticket.created", agent, "{}");
	assert_string_equal(decision("ticket_created", &people[0], CHANNEL_EMAIL, NOON), "0 told (mandatory) 0");
}

static void quiet_hours_end_on_the_persons_own_clock(void **state)
{
	int64_t evening = NOON + 9 * 3600 * 1000000LL + 1800 * 1000000LL; /* 22:30 in Paris, a Thursday */

	(void)state;
	happens("ticket.updated", agent, "{}");
	choose(&people[0], "{\"quietHours\":{\"from\":\"22:00\",\"to\":\"07:00\",\"days\":[\"thu\"]}}");
	assert_string_equal(decision("ticket_updated", &people[0], CHANNEL_EMAIL, NOON), "0 told (default: on) 0");
	assert_string_equal(
	        decision("ticket_updated", &people[0], CHANNEL_EMAIL, evening), "1 quiet hours (default: on) 30600");
	assert_string_equal(decision("ticket_updated", &people[0], CHANNEL_EMAIL, evening + 8 * 3600 * 1000000LL),
	        "1 quiet hours (default: on) 1800");
	assert_string_equal(decision("ticket_updated", &people[0], CHANNEL_EMAIL, evening + 24 * 3600 * 1000000LL),
	        "0 told (default: on) 0");
	assert_string_equal(decision("ticket_updated", &people[0], CHANNEL_IN_APP, evening), "0 told (default: on) 0");
}

static void mail_of_new_tickets_is_for_who_has_subscribed(void **state)
{
	(void)state;
	tie(TIE_STAFF, uuid_new(), "Eve", "en", true);
	tie(TIE_STAFF, uuid_new(), "Kim", "en", true);
	happens("ticket.created", owner, "{}");
	assert_string_equal(decision("ticket_new", &people[6], CHANNEL_EMAIL, NOON), "1 digest (default: digest) 3600");
	choose(&people[7], "{\"subscriptions\":[{\"tag\":\"vip\"}]}");
	assert_string_equal(decision("ticket_new", &people[7], CHANNEL_EMAIL, NOON), "0 told (default: on) 0");
	assert_string_equal(decision("ticket_new", &people[6], CHANNEL_EMAIL, NOON),
	        "2 declined (default: mail is for those who have subscribed) 0");
	assert_string_equal(decision("ticket_new", &people[6], CHANNEL_IN_APP, NOON), "0 told (default: on) 0");
}

/* The words with blanks between. */
static const char *mentioned(const char *content)
{
	struct text words[MENTIONS_MOST];
	int count = mention_find(text_of(content), words);
	struct buffer out;

	buffer_init(&out, arena, 64);
	for (int i = 0; i < count; i++)
		buffer_printf(&out, "%s%.*s", i ? " " : "", (int)words[i].len, words[i].data);
	return buffer_cstr(&out);
}

static void a_mention_is_a_word_behind_an_at(void **state)
{
	char *many = arena_alloc(arena, 60001);

	(void)state;
	assert_string_equal(mentioned("@zoe"), "zoe");
	assert_string_equal(mentioned("Merci @Zo\xC3\xA9, et (@bob.martin)."), "Zo\xC3\xA9 bob.martin");
	assert_string_equal(mentioned("@bob@example.org: write to ana@example.org"), "bob@example.org");
	assert_string_equal(mentioned("@bob @BOB @bob"), "bob");
	assert_string_equal(mentioned("@ @@ @@x @. a@b"), "");
	assert_string_equal(mentioned(""), "");
	for (int i = 0; i < 60000; i += 4)
		memcpy(many + i, (char[]){ ' ', '@', (char)('a' + i / 4 % 26), (char)('a' + i / 104 % 26) }, 4);
	assert_int_equal(mention_find(text_of(many), (struct text[MENTIONS_MOST]){ { 0 } }), MENTIONS_MOST);
	memset(many, '@', 60000);
	assert_string_equal(mentioned(many), "");
	memset(many + 1, 'x', 59999);
	assert_string_equal(mentioned(many), ""); /* longer than an address */
}

static int read_settings(void **state)
{
	(void)state;
	return settings_load((struct setting *const[]){ channels_settings, NULL }, stderr) ? 0 : -1;
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
		SENTENCE("an escalation is for those it calls", an_escalation_is_for_those_it_calls),
		SENTENCE("clocks are told to who works, and to who is waited for",
		        clocks_are_told_to_who_works_and_who_is_waited_for),
		SENTENCE("whoever is mentioned is told of that first", whoever_is_mentioned_is_told_of_that_first),
		SENTENCE("a new ticket is told to staff, or to who has asked for it",
		        a_new_ticket_is_told_to_staff_or_to_who_has_asked_for_it),
		SENTENCE("the first mail of a burst goes at once", the_first_mail_of_a_burst_goes_at_once),
		SENTENCE("a wish is kept, and the notification says so", a_wish_is_kept_and_says_so),
		SENTENCE("quiet hours end on the person's own clock", quiet_hours_end_on_the_persons_own_clock),
		SENTENCE(
		        "mail of new tickets is for who has subscribed", mail_of_new_tickets_is_for_who_has_subscribed),
		SENTENCE("a mention is a word behind an @", a_mention_is_a_word_behind_an_at),
	};

	return cmocka_run_group_tests_name("tellings", tests, read_settings, NULL);
}
