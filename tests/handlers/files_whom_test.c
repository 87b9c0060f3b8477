/* files_whom_test.c - who is shown which file: every kind of file, by everybody, in every read and by every command. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>
#include "queues/answers.h"
#include "tests/handlers/desk.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, set_up, NULL, NULL                                                                    \
	}

enum who { OWNER_OF_IT, LISTENER, STRANGER, AN_AGENT, A_MANAGER, AN_ADMIN, DISABLED, WHO_COUNT };
static const char *const who_names[] = { "the owner", "whose ticket was merged into it", "a stranger", "an agent",
	"a manager", "an administrator", "a disabled administrator" };
static struct uuid people[WHO_COUNT];

enum which {
	WAITING,
	ON_TICKET,
	ON_COMMENT,
	INTERNAL,
	DELETED,
	OF_DELETED_TICKET,
	GONE,
	INFECTED,
	PUBLIC_FILE,
	AGENTS,
	NONE,
	FILE_COUNT
};
static const char *const file_names[] = { "waits for a ticket", "is on the ticket", "is on a comment",
	"is on an internal comment", "is deleted", "is of a deleted ticket", "is gone", "is infected", "is public",
	"is the agent's, waiting", "is not there" };
static struct uuid files[FILE_COUNT], ticket, deleted_ticket, comments[2];
static const struct uuid nothing;

static struct uuid say_with(struct uuid who, struct uuid file, bool quietly)
{
	struct uuid comment = uuid_new();
	struct text item = uuid_text(desk_arena, &file);

	if (desk_apply(ORDER(ticket_comment, who, .ticket_id = ticket, .comment_id = comment, .content = TEXT("see"),
	                       .is_internal = quietly ? FLAG_TRUE : flag_absent, .file_ids = { &item, 1 }))
	                ->outcome != JOB_DONE)
		fail_msg("a comment of %s: %.*s", id_text(who), (int)desk_result(0)->detail.len,
		        desk_result(0)->detail.data);
	return comment;
}

/* The owner's ticket with files of all kinds; the listener's was merged into it before anything was said. */
static int set_up(void **state)
{
	struct uuid merged = uuid_new();

	desk_empty(state);
	for (enum who who = 0; who < WHO_COUNT; who++)
		people[who] = desk_account(who == AN_AGENT    ? "agent"
		                           : who == A_MANAGER ? "manager"
		                           : who >= AN_ADMIN  ? "admin"
		                                              : "user",
		        who != DISABLED);
	desk_owner = people[OWNER_OF_IT];
	desk_agent = people[AN_AGENT];
	ticket = desk_ticket();
	deleted_ticket = desk_ticket();
	desk_apply(desk_create(uuid_new(), people[LISTENER], merged));
	files[ON_TICKET] = desk_file(desk_owner, ticket);
	desk_apply(ORDER(ticket_merge, desk_agent, .ticket_id = merged, .into_id = ticket,
	        .confirm_different_owners = FLAG_TRUE));
	files[WAITING] = desk_file(desk_owner, nothing);
	files[AGENTS] = desk_file(desk_agent, nothing);
	files[ON_COMMENT] = desk_file(desk_owner, nothing);
	comments[0] = say_with(desk_owner, files[ON_COMMENT], false);
	files[INTERNAL] = desk_file(desk_agent, nothing);
	comments[1] = say_with(desk_agent, files[INTERNAL], true);
	files[DELETED] = desk_file(desk_owner, ticket);
	desk_apply(ORDER(file_delete, desk_owner, .file_id = files[DELETED]));
	files[OF_DELETED_TICKET] = desk_file(desk_owner, deleted_ticket);
	desk_apply(ORDER(ticket_delete, desk_owner, .ticket_id = deleted_ticket));
	files[GONE] = desk_file(desk_owner, nothing);
	files[INFECTED] = desk_file(desk_owner, ticket);
	files[PUBLIC_FILE] = desk_file(desk_owner, ticket);
	files[NONE] = uuid_new();
	ask("update files set scan_state = 'clean', place = 'kept'");
	ask("update files set place = 'gone' where id = '%s'", id_text(files[GONE]));
	ask("update files set scan_state = 'infected', place = 'quarantine' where id = '%s'", id_text(files[INFECTED]));
	ask("update files set is_public = true where id = '%s'", id_text(files[PUBLIC_FILE]));
	/* Public or not, what is internal or away stays so. */
	ask("update files set is_public = true where id in ('%s', '%s', '%s', '%s')", id_text(files[INTERNAL]),
	        id_text(files[DELETED]), id_text(files[OF_DELETED_TICKET]), id_text(files[INFECTED]));
	return 0;
}

/* What is seen: + shown, F forbidden, M missing; by owner, listener, stranger, agent, manager, administrator. */
static const char *const seen[FILE_COUNT] = {
	[WAITING] = "+FFFF+",
	[ON_TICKET] = "+FF+++",
	[ON_COMMENT] = "++F+++",
	[INTERNAL] = "MMM+++",
	[DELETED] = "MMMMMM",
	[OF_DELETED_TICKET] = "MMMMMM",
	[GONE] = "MMMMMM",
	[INFECTED] = "+FF+++",
	[PUBLIC_FILE] = "+FF+++",
	[AGENTS] = "FFF+F+",
	[NONE] = "MMMMMM",
};

static const char *verdict_of(char letter)
{
	return letter == '+' ? "ok" : letter == 'F' ? "forbidden" : "missing";
}

static void assert_verdict(enum read_id read, const void *fields, enum who who, enum which which, const char *wanted)
{
	const char *verdict = desk_read_fields(read, people[who], 0, fields, 0);
	const char *data = desk_read_fields(read, people[who], 0, fields, 3);

	if (strcmp(verdict, wanted) != 0 || (*data != 0) != !strcmp(wanted, "ok"))
		fail_msg("%s: %s asks for what %s: %s instead of %s", reads[read].path, who_names[who],
		        file_names[which], verdict, wanted);
}

static void each_file_is_shown_to_whom_it_is_for(void **state)
{
	(void)state;
	for (enum which which = 0; which < FILE_COUNT; which++) {
		struct read_file_read one = { .file_id = files[which] };

		for (enum who who = 0; who < DISABLED; who++)
			assert_verdict(READ_file_read, &one, who, which, verdict_of(seen[which][who]));
		assert_verdict(READ_file_read, &one, DISABLED, which,
		        verdict_of(seen[which][0])[0] == 'm' && seen[which][5] == 'M' ? "missing" : "disabled");
	}
}

/* Its uploader while he sees it, and administrators. */
static void a_log_is_shown_to_its_uploader_and_administrators(void **state)
{
	(void)state;
	for (enum which which = 0; which < FILE_COUNT; which++)
		for (enum who who = 0; who < DISABLED; who++) {
			struct read_file_logs logs = { .file_id = files[which] };
			bool agents = which == INTERNAL || which == AGENTS;
			bool may = who == AN_ADMIN || who == (agents ? AN_AGENT : OWNER_OF_IT);
			char letter = seen[which][who];

			assert_verdict(READ_file_logs, &logs, who, which,
			        letter == '+' && !may ? "forbidden" : verdict_of(letter));
		}
}

/* By serving: without a token what is public and clean, and nothing else. */
static void without_a_token_only_what_is_public_and_clean(void **state)
{
	(void)state;
	for (enum which which = 0; which < FILE_COUNT; which++) {
		const char *verdict =
		        ask("select file_verdict(f, null, 7) from (select) nothing left join files f on f.id = '%s'",
		                id_text(files[which]));
		const char *wanted = which == PUBLIC_FILE ? "ok" : seen[which][5] == 'M' ? "missing" : "unsigned";

		if (strcmp(verdict, wanted) != 0)
			fail_msg("what %s: %s instead of %s", file_names[which], verdict, wanted);
	}
	for (enum who who = 0; who < WHO_COUNT; who++)
		assert_string_equal(ask("select file_verdict(f, '%s', 7) from files f where id = '%s'",
		                            id_text(people[who]), id_text(files[PUBLIC_FILE])),
		        "ok");
}

/* --- commands --------------------------------------------------------------------------- */
static struct job *run(int command, enum who who, enum which which)
{
	struct uuid file = files[which], actor = people[who];

	switch (command) {
	case 0:
		return desk_apply(ORDER(file_update, actor, .file_id = file, .description = TEXT("mine")));
	case 1:
		return desk_apply(ORDER(file_delete, actor, .file_id = file));
	default:
		return desk_apply(ORDER(file_restore, actor, .file_id = file));
	}
}

/* Nobody changes what he is not shown; a file that is shown is its uploader's and administrators' to change. */
static void each_command_lets_in_whom_its_row_names(void **state)
{
	static const char *const names[] = { "file.update", "file.delete" };

	for (int command = 0; command < 2; command++)
		for (enum which which = 0; which < FILE_COUNT; which++)
			for (enum who who = 0; who < WHO_COUNT; who++) {
				bool agents = which == INTERNAL || which == AGENTS;
				bool may = who < DISABLED && seen[which][who] == '+' &&
				           (who == AN_ADMIN || who == (agents ? AN_AGENT : OWNER_OF_IT));
				const struct job *job;
				int64_t version;

				version = ask_number("select coalesce(sum(version), 0) from files");
				job = run(command, who, which);
				if ((job->outcome == JOB_DONE) != may)
					fail_msg("%s by %s of what %s: %s", names[command], who_names[who],
					        file_names[which], problem_texts[job->result.code].word);
				assert_int_equal(
				        ask_number("select coalesce(sum(version), 0) from files") - version, may);
				if (seen[which][5] == 'M' && who < DISABLED)
					assert_int_equal(problem_texts[job->result.code].status,
					        which == OF_DELETED_TICKET && who != OWNER_OF_IT && who != AN_ADMIN
					                ? 403
					                : 404);
				if (may)
					set_up(state);
			}
}

static void only_staff_takes_a_deletion_back(void **state)
{
	for (enum who who = 0; who < WHO_COUNT; who++) {
		bool may = who == AN_AGENT || who == A_MANAGER || who == AN_ADMIN;

		set_up(state);
		assert_int_equal(run(2, who, DELETED)->outcome == JOB_DONE, may);
		assert_int_equal(ask_number("select count(*) from files where id = '%s' and deleted_at is null",
		                         id_text(files[DELETED])),
		        may);
	}
}

/* --- lists ------------------------------------------------------------------------------- */
static bool names_file(const char *data, enum which which)
{
	return strstr(data, id_text(files[which])) != NULL;
}

/* In a ticket: what its reader sees, but not what is infected. */
static void a_ticket_shows_the_files_that_its_reader_sees(void **state)
{
	(void)state;
	for (enum who who = 0; who < DISABLED; who++) {
		const char *shown = desk_read(READ_ticket_files, people[who], 0, ticket, nothing, 3);
		const char *said = desk_read(READ_ticket_comments, people[who], 0, ticket, nothing, 3);
		bool reader = who == OWNER_OF_IT || who >= AN_AGENT;

		for (enum which which = 0; which < FILE_COUNT; which++) {
			bool of_ticket =
			        which == ON_TICKET || which == ON_COMMENT || which == INTERNAL || which == PUBLIC_FILE;
			bool of_comment = which == ON_COMMENT || which == INTERNAL;

			assert_int_equal(names_file(shown, which), reader && of_ticket && seen[which][who] == '+');
			assert_int_equal(names_file(said, which), reader && of_comment && seen[which][who] == '+');
		}
		if (reader)
			assert_non_null(strstr(desk_read(READ_ticket_read, people[who], 0, ticket, nothing, 3),
			        who == OWNER_OF_IT ? "\"attachmentCount\": 3" : "\"attachmentCount\": 4"));
	}
}

/* Whose ticket was merged into this one reads in his own what was said in public since. */
static void a_listener_has_the_files_of_what_he_hears(void **state)
{
	struct uuid merged;

	(void)state;
	uuid_parse(text_of(ask("select id from tickets where owner_id = '%s'", id_text(people[LISTENER]))), &merged);
	for (enum which which = 0; which < FILE_COUNT; which++)
		assert_int_equal(
		        names_file(desk_read(READ_ticket_files, people[LISTENER], 0, merged, nothing, 3), which),
		        seen[which][LISTENER] == '+');
}

static void a_list_holds_what_is_one_s_own(void **state)
{
	(void)state;
	for (enum who who = 0; who < DISABLED; who++) {
		const char *listed = desk_read_fields(READ_file_list, people[who], 0, &(struct read_file_list){ 0 }, 3);
		const char *found = desk_read_fields(
		        READ_file_search, people[who], 0, &(struct read_file_search){ .q = TEXT("TRAY") }, 3);

		for (enum which which = 0; which < FILE_COUNT; which++) {
			bool agents = which == INTERNAL || which == AGENTS;
			bool own = who == AN_ADMIN || who == (agents ? AN_AGENT : OWNER_OF_IT);
			bool of_ticket = which != WAITING && which != AGENTS;
			bool is_staff = who >= AN_AGENT;

			if (names_file(listed, which) != (own && seen[which][who] == '+'))
				fail_msg("the list of %s and what %s", who_names[who], file_names[which]);
			if (names_file(found, which) != ((own || (is_staff && of_ticket)) && seen[which][who] == '+'))
				fail_msg("the search of %s and what %s", who_names[who], file_names[which]);
		}
	}
	assert_null(strstr(desk_read_fields(READ_file_search, people[AN_ADMIN], 0,
	                           &(struct read_file_search){ .q = TEXT("tr_y") }, 3),
	        "originalName"));
	assert_null(strstr(desk_read_fields(READ_file_list, people[AN_ADMIN], 0,
	                           &(struct read_file_list){ .type = TEXT("text") }, 3),
	        "originalName"));
	assert_non_null(strstr(desk_read_fields(READ_file_list, people[AN_ADMIN], 0,
	                               &(struct read_file_list){ .type = TEXT("image") }, 3),
	        "originalName"));
}

/* A cursor goes through all of it, each file once. */
static void pages_follow_each_other(void **state)
{
	struct read_file_list wanted = { .limit = 2 };
	int64_t shown = 0;

	(void)state;
	for (int page = 0; page < 10; page++) {
		json_t *data = json_loads(desk_read_fields(READ_file_list, people[AN_ADMIN], 0, &wanted, 3), 0, NULL);
		json_t *pagination =
		        json_loads(desk_read_fields(READ_file_list, people[AN_ADMIN], 0, &wanted, 4), 0, NULL);
		const char *next = json_string_value(json_object_get(pagination, "nextCursor"));

		shown += (int64_t)json_array_size(json_object_get(data, "files"));
		assert_int_equal(json_integer_value(json_object_get(pagination, "total")), 7);
		wanted.cursor = next ? text_copy(desk_arena, text_of(next)) : TEXT_NONE;
		json_decref(data);
		json_decref(pagination);
		if (!wanted.cursor.data)
			break;
	}
	assert_int_equal(shown, 7);
}

static void figures_are_one_s_own_or_all(void **state)
{
	(void)state;
	assert_non_null(
	        strstr(desk_read_fields(READ_file_stats, people[OWNER_OF_IT], 0, &nothing, 3), "\"totalFiles\": 6"));
	assert_non_null(
	        strstr(desk_read_fields(READ_file_stats, people[STRANGER], 0, &nothing, 3), "\"totalFiles\": 0"));
	assert_non_null(
	        strstr(desk_read_fields(READ_file_stats, people[AN_AGENT], 0, &nothing, 3), "\"totalFiles\": 8"));
	assert_non_null(strstr(desk_read_fields(READ_file_stats, people[AN_AGENT], 0, &nothing, 3), "\"infected\": 1"));
}

/* --- what is told of a file ------------------------------------------------------------------ */
static void check_members(const char *type, const char *data)
{
	const struct thing *thing = thing_find(text_of(type));
	json_t *json = json_loads(data, 0, NULL), *member;
	const char *name;
	int parts = 0;

	assert_non_null(json);
	for (const struct part *part = thing->parts; part->name; part++, parts++)
		if (!json_object_get(json, part->name))
			fail_msg("%s.%s is missing", type, part->name);
	if (parts != (int)json_object_size(json))
		json_object_foreach(json, name, member) print_message("%s.%s\n", type, name);
	assert_int_equal(parts, json_object_size(json));
	json_decref(json);
}

static void a_file_is_told_of_as_older_clients_know_it(void **state)
{
	struct read_file_read one = { .file_id = files[ON_TICKET] };
	const char *data;

	(void)state;
	ask("update files set picture = '{\"width\": 9, \"height\": 9, \"preview\": 300, \"thumbnail\": 100}', "
	    "scan_engine = 'ClamAV', "
	    "scanned_at = now() where id = '%s'",
	        id_text(files[ON_TICKET]));
	data = desk_read_fields(READ_file_read, desk_owner, 0, &one, 3);
	check_members("File", data);
	check_members("FileFigures", desk_read_fields(READ_file_stats, people[AN_AGENT], 0, &nothing, 3));
	check_members("PeopleFigures", desk_read_fields(READ_account_stats, people[AN_ADMIN], 0, &nothing, 3));
	assert_non_null(strstr(data, "\"size\": 300"));
	assert_non_null(strstr(data, "\"originalSize\": 1000"));
	assert_non_null(strstr(data, "\"virusScanned\": true"));
	assert_non_null(strstr(data, "\"filePath\": \"helpdesk-tickets/00/11/0011"));
	ask("update files set scan_engine = 'none'");
	assert_non_null(strstr(desk_read_fields(READ_file_read, desk_owner, 0, &one, 3), "\"virusScanned\": false"));
	assert_string_equal(desk_read_fields(READ_account_stats, people[AN_AGENT], 0, &nothing, 0), "forbidden");
}

static const char *avatar_shown(void)
{
	const char *url =
	        strstr(desk_read_fields(READ_account_profile, desk_owner, 0, &nothing, 3), "\"avatarUrl\": ") + 13;

	return *url == 'n' ? "null" : text_dup(desk_arena, (struct text){ strstr(url, "?v=") + 3, 36 });
}

static void an_avatar_is_the_latest_clean_one(void **state)
{
	struct uuid avatars[3];

	(void)state;
	assert_string_equal(avatar_shown(), "null");
	for (int i = 0; i < 3; i++) {
		struct message m = ORDER(file_upload, desk_owner, .file_id = avatars[i] = uuid_new(),
		        .name = TEXT("me.png"), .size = 9, .mime_type = TEXT("image/png"), .purpose = FILE_AVATAR,
		        .sha256 = TEXT("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"));

		assert_int_equal(desk_apply(m)->outcome, JOB_DONE);
		if (i < 2)
			ask("update files set scan_state = 'clean', place = 'kept' where id = '%s'",
			        id_text(avatars[i]));
	}
	assert_string_equal(avatar_shown(), id_text(avatars[1]));
	assert_non_null(strstr(desk_read_fields(READ_account_me, desk_owner, 0, &nothing, 3), id_text(avatars[1])));
	desk_apply(ORDER(file_delete, desk_owner, .file_id = avatars[1]));
	assert_string_equal(avatar_shown(), "null");
	ask("update files set scan_state = 'clean', place = 'kept' where id = '%s'", id_text(avatars[2]));
	assert_string_equal(avatar_shown(), id_text(avatars[2]));
}

static void files_of_tickets_are_in_the_feed_of_staff(void **state)
{
	const char *agents, *admins;

	(void)state;
	agents = desk_read_fields(READ_event_feed, desk_agent, 0, &(struct read_event_feed){ .limit = 1000 }, 3);
	admins = desk_read_fields(READ_event_feed, people[AN_ADMIN], 0, &(struct read_event_feed){ .limit = 1000 }, 3);
	assert_true(names_file(agents, ON_TICKET));
	assert_false(names_file(agents, WAITING));
	assert_true(names_file(admins, WAITING));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("each file is shown to whom it is for", each_file_is_shown_to_whom_it_is_for),
		SENTENCE("a log is shown to its uploader and administrators",
		        a_log_is_shown_to_its_uploader_and_administrators),
		SENTENCE(
		        "without a token only what is public and clean", without_a_token_only_what_is_public_and_clean),
		SENTENCE("each command lets in whom its row names", each_command_lets_in_whom_its_row_names),
		SENTENCE("only staff takes a deletion back", only_staff_takes_a_deletion_back),
		SENTENCE(
		        "a ticket shows the files that its reader sees", a_ticket_shows_the_files_that_its_reader_sees),
		SENTENCE("a listener has the files of what he hears", a_listener_has_the_files_of_what_he_hears),
		SENTENCE("a list holds what is one's own", a_list_holds_what_is_one_s_own),
		SENTENCE("pages follow each other", pages_follow_each_other),
		SENTENCE("figures are one's own or all", figures_are_one_s_own_or_all),
		SENTENCE("a file is told of as older clients know it", a_file_is_told_of_as_older_clients_know_it),
		SENTENCE("an avatar is the latest clean one", an_avatar_is_the_latest_clean_one),
		SENTENCE("files of tickets are in the feed of staff", files_of_tickets_are_in_the_feed_of_staff),
	};

	return cmocka_run_group_tests_name("files of whom", tests, desk_open_ingress, desk_close_ingress);
}
