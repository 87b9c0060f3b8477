/* files_test.c - files on tickets: what a ticket counts, who gets a file, and two lanes at once. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "queues/file_place.h"
#include "tests/handlers/desk.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, desk_empty, NULL, NULL                                                                \
	}
#define MIB (1024 * 1024)

static const struct uuid nothing;

static void assert_counts(struct uuid ticket, int64_t files, int64_t bytes)
{
	assert_int_equal(ask_number("select file_count from tickets where id = '%s'", id_text(ticket)), files);
	assert_int_equal(ask_number("select file_bytes from tickets where id = '%s'", id_text(ticket)), bytes);
	assert_int_equal(
	        ask_number("select count(*) from files where ticket_id = '%s' and deleted_at is null and refused_at "
	                   "is null",
	                id_text(ticket)),
	        files);
}

static struct text_list file_list(int count, const struct uuid *files)
{
	struct text_list list = { ARENA_ARRAY(desk_arena, struct text, (size_t)count + 1), 0 };

	for (int i = 0; i < count; i++)
		list.items[list.count++] = uuid_text(desk_arena, &files[i]);
	return list;
}

static struct message comment_with(struct uuid actor, struct uuid ticket, int count, const struct uuid *files)
{
	return ORDER(ticket_comment, actor, .ticket_id = ticket, .comment_id = uuid_new(), .content = TEXT("see below"),
	        .file_ids = file_list(count, files));
}

static void assert_refused(const struct job *job, enum problem_code code, const char *pointer)
{
	assert_int_equal(job->outcome, JOB_REFUSED);
	assert_int_equal(job->result.code, code);
	assert_string_equal(text_dup(desk_arena, job->result.pointer.data ? job->result.pointer : TEXT("")), pointer);
}

/* --- coming -------------------------------------------------------------------------- */
static void what_is_uploaded_to_a_ticket_waits_for_its_scan(void **state)
{
	struct uuid ticket = desk_ticket(), file = desk_file(desk_owner, ticket);

	(void)state;
	assert_string_equal(
	        ask("select scan_state || place || name || size || encode(sha256, 'hex') || version from files"),
	        "pendingtemptray.png100000112233445566778899aabbccddeeff00112233445566778899aabbccddeeff1");
	assert_counts(ticket, 1, 1000);
	assert_string_equal(
	        ask("select field || ' ' || new_value || version from ticket_history order by id desc limit 1"),
	        "file tray.png2");
	assert_string_equal(
	        ask("select exchange || ' ' || routing_key || ' ' || body from outbox where type = 'file.scan'"),
	        arena_printf(desk_arena, "guichet.work work.scan {\"fileId\":\"%s\"}", id_text(file)));
	assert_string_equal(ask("select body::jsonb ->> 'fileId' || ' ' || (body::jsonb -> 'data' ->> 'ticketId') from "
	                        "outbox where "
	                        "type = 'file.uploaded'"),
	        arena_printf(desk_arena, "%s %s", id_text(file), id_text(ticket)));
}

static void a_repeated_upload_is_one(void **state)
{
	struct uuid ticket = desk_ticket(), file = uuid_new();
	struct message m = desk_upload(uuid_new(), desk_owner, file, ticket, 1000);

	(void)state;
	desk_apply(m);
	desk_apply(m);
	assert_int_equal(desk_result(0)->status, 201);
	assert_counts(ticket, 1, 1000);
	assert_int_equal(ask_number("select count(*) from outbox where type = 'file.scan'"), 1);
}

static void who_may_not_comment_uploads_nothing(void **state)
{
	struct uuid ticket = desk_ticket(), stranger = desk_account("user", true);

	(void)state;
	assert_refused(
	        desk_apply(desk_upload(uuid_new(), stranger, uuid_new(), ticket, 1)), PROBLEM_TICKET_ACCESS_DENIED, "");
	assert_refused(
	        desk_apply(desk_upload(uuid_new(), stranger, uuid_new(), uuid_new(), 1)), PROBLEM_TICKET_NOT_FOUND, "");
	desk_apply(ORDER(ticket_delete, desk_owner, .ticket_id = ticket));
	assert_refused(
	        desk_apply(desk_upload(uuid_new(), desk_owner, uuid_new(), ticket, 1)), PROBLEM_TICKET_NOT_FOUND, "");
	assert_int_equal(ask_number("select count(*) from files"), 0);
	assert_int_equal(ask_number("select count(*) from outbox where type = 'file.scan'"), 0);
}

static void a_file_comes_with_a_ticket_or_a_comment(void **state)
{
	struct uuid ticket = uuid_new(), files[3];

	(void)state;
	desk_people();
	for (int i = 0; i < 3; i++)
		files[i] = desk_file(desk_owner, nothing);
	desk_apply(ORDER(ticket_create, desk_owner, .ticket_id = ticket, .title = TEXT("a"), .description = TEXT("b"),
	        .file_ids = file_list(1, files)));
	assert_int_equal(desk_result(0)->status, 201);
	assert_counts(ticket, 1, 1000);
	desk_apply(comment_with(desk_owner, ticket, 2, files + 1));
	assert_int_equal(desk_result(0)->status, 201);
	assert_counts(ticket, 3, 3000);
	assert_int_equal(ask_number("select file_count from ticket_comments"), 2);
	assert_int_equal(ask_number("select count(*) from files f join ticket_comments c on c.id = f.comment_id"), 2);
	assert_int_equal(ask_number("select version from files where id = '%s'", id_text(files[2])), 2);
	assert_int_equal(
	        ask_number("select jsonb_array_length(body::jsonb #> '{data,fileIds}') from outbox where type = "
	                   "'ticket.commented'"),
	        2);
}

/* Nothing of the refused command is there: not the comment, not the files before the one at fault. */
static void what_cannot_be_attached_is_named(void **state)
{
	struct uuid ticket = desk_ticket(), files[2] = { desk_file(desk_owner, nothing) }, wrong[6];
	int64_t stored;

	(void)state;
	wrong[0] = uuid_new();
	wrong[1] = desk_file(desk_agent, nothing);
	wrong[2] = desk_file(desk_owner, ticket);
	wrong[3] = desk_file(desk_owner, nothing);
	desk_apply(ORDER(file_delete, desk_owner, .file_id = wrong[3]));
	wrong[4] = desk_file(desk_owner, nothing);
	ask("update files set scan_state = 'infected', place = 'quarantine' where id = '%s'", id_text(wrong[4]));
	wrong[5] = desk_file(desk_owner, nothing);
	ask("update files set purpose = 'avatar' where id = '%s'", id_text(wrong[5]));
	for (int i = 0; i < 6; i++) {
		files[1] = wrong[i];
		stored = desk_rows_stored();
		assert_refused(
		        desk_apply(comment_with(desk_owner, ticket, 2, files)), PROBLEM_VALIDATION_ERROR, "/fileIds/1");
		assert_int_equal(desk_rows_stored() - stored, 2); /* inbox and command.refused */
		assert_refused(desk_apply(ORDER(ticket_create, desk_owner, .ticket_id = uuid_new(), .title = TEXT("a"),
		                       .description = TEXT("b"), .file_ids = file_list(2, files))),
		        PROBLEM_VALIDATION_ERROR, "/fileIds/1");
	}
	assert_counts(ticket, 1, 1000);
	assert_int_equal(ask_number("select count(*) from tickets"), 1);
}

/* One batch: what the first job did, the second one sees; what it refused, is not there for the third. */
static void jobs_of_a_batch_see_each_others_files(void **state)
{
	struct uuid ticket = desk_ticket(), file = uuid_new(), both[2] = { file, uuid_new() };
	struct message m[4];

	(void)state;
	file.bytes[15] = both[0].bytes[15] = ticket.bytes[15];
	m[0] = desk_upload(uuid_new(), desk_owner, file, nothing, 1000);
	m[1] = comment_with(desk_owner, ticket, 2, both);
	m[2] = comment_with(desk_owner, ticket, 1, both);
	m[3] = comment_with(desk_owner, ticket, 1, both);
	assert_int_equal(desk_try(&desk_attempt, m, 4), DB_FINE);
	assert_int_equal(desk_attempt.batch.jobs[1].outcome, JOB_REFUSED);
	assert_int_equal(desk_attempt.batch.jobs[2].outcome, JOB_DONE);
	assert_refused(&desk_attempt.batch.jobs[3], PROBLEM_VALIDATION_ERROR, "/fileIds/0");
	assert_counts(ticket, 1, 1000);
	assert_int_equal(ask_number("select version from files"), 2);
}

static void what_is_done_with_a_file_is_logged(void **state)
{
	struct uuid file;
	struct message m;

	(void)state;
	desk_people();
	file = desk_file(desk_owner, nothing);
	m = ORDER(file_update, desk_owner, .file_id = file, .is_public = FLAG_TRUE);
	m.origin = TEXT("192.0.2.7 Mozilla/5.0 (X11)");
	desk_apply(m);
	desk_apply(ORDER(file_update, desk_owner, .file_id = file, .is_public = FLAG_TRUE)); /* changes nothing */
	desk_apply(ORDER(file_delete, desk_owner, .file_id = file));
	desk_apply(ORDER(file_delete, desk_owner, .file_id = file));
	desk_apply(ORDER(file_restore, desk_account("admin", true), .file_id = file));
	assert_string_equal(ask("select string_agg(action, ' ' order by id) from file_access_logs"),
	        "UPLOAD UPDATE DELETE RESTORE");
	assert_string_equal(ask("select ip_address || '|' || user_agent || '|' || user_id from file_access_logs where "
	                        "action = 'UPDATE'"),
	        arena_printf(desk_arena, "192.0.2.7|Mozilla/5.0 (X11)|%s", id_text(desk_owner)));
}

/* --- limits -------------------------------------------------------------------------- */
static void the_eleventh_file_is_one_too_many(void **state)
{
	struct uuid ticket = desk_ticket(), waiting = desk_file(desk_owner, nothing), last = nothing;

	(void)state;
	for (int i = 0; i < 10; i++)
		last = desk_file(i % 2 ? desk_owner : desk_agent, ticket);
	assert_refused(
	        desk_apply(desk_upload(uuid_new(), desk_owner, uuid_new(), ticket, 1)), PROBLEM_TOO_MANY_FILES, "");
	assert_refused(desk_apply(comment_with(desk_owner, ticket, 1, &waiting)), PROBLEM_TOO_MANY_FILES, "");
	assert_counts(ticket, 10, 10000);
	desk_apply(ORDER(file_delete, desk_owner, .file_id = last));
	desk_apply(comment_with(desk_owner, ticket, 1, &waiting));
	assert_counts(ticket, 10, 10000);
	assert_refused(desk_apply(ORDER(file_restore, desk_agent, .file_id = last)), PROBLEM_TOO_MANY_FILES, "");
	assert_counts(ticket, 10, 10000);
}

static void fifty_mebibytes_are_enough(void **state)
{
	struct uuid ticket = desk_ticket();

	(void)state;
	for (int i = 0; i < 5; i++)
		desk_apply(desk_upload(uuid_new(), desk_owner, uuid_new(), ticket, 10 * MIB));
	assert_refused(desk_apply(desk_upload(uuid_new(), desk_owner, uuid_new(), ticket, 1)),
	        PROBLEM_TICKET_QUOTA_EXCEEDED, "");
	desk_apply(desk_upload(uuid_new(), desk_owner, uuid_new(), ticket, 0));
	assert_int_equal(desk_result(0)->status, 201);
	assert_counts(ticket, 6, 50 * MIB);
}

/* --- two lanes at once ------------------------------------------------------------------- */
static struct db *rival;
static struct message rivals;
static enum db_fault rival_fault;
static enum outcome rival_outcome;

static void the_rival_is_first(void)
{
	static void *kept[LANE_KINDS];
	struct attempt other = { .worker = &desk_worker,
		.db = rival,
		.arena = arena_new(65536),
		.messages = &rivals,
		.count = 1,
		.kept = kept };

	rival_fault = attempt_try(&other);
	rival_outcome = other.batch.jobs[0].outcome;
	db_rollback(rival);
	arena_free(&other.arena);
}

/* Ours has decided when the other lane commits: ours is a race, and decides again. */
static const struct job *apply_behind(struct message ours, struct message theirs)
{
	static struct message applied;

	applied = ours;
	rivals = theirs;
	rival = desk_as("ticket", "");
	desk_before_store = the_rival_is_first;
	assert_int_equal(desk_try(&desk_attempt, &applied, 1), DB_RACE);
	assert_int_equal(rival_fault, DB_FINE);
	assert_int_equal(rival_outcome, JOB_DONE);
	db_rollback(desk_db);
	assert_int_equal(attempt_try(&desk_attempt), DB_FINE);
	db_close(&rival);
	return &desk_attempt.batch.jobs[0];
}

static struct uuid ticket_in_lane(int lane)
{
	struct uuid ticket = desk_id_in_lane(lane);

	desk_people();
	desk_apply(desk_create(uuid_new(), desk_owner, ticket));
	return ticket;
}

static void one_of_two_tickets_gets_a_file(void **state)
{
	struct uuid one = ticket_in_lane(3), two = ticket_in_lane(4), file = desk_file(desk_owner, nothing);

	(void)state;
	assert_refused(apply_behind(comment_with(desk_owner, one, 1, &file), comment_with(desk_owner, two, 1, &file)),
	        PROBLEM_VALIDATION_ERROR, "/fileIds/0");
	assert_counts(one, 0, 0);
	assert_counts(two, 1, 1000);
	assert_int_equal(ask_number("select count(*) from ticket_comments"), 1);
}

static void uploads_of_two_lanes_do_not_pass_the_limit(void **state)
{
	struct uuid ticket = ticket_in_lane(3);

	(void)state;
	for (int i = 0; i < 9; i++)
		desk_file(desk_owner, ticket);
	assert_refused(apply_behind(desk_upload(uuid_new(), desk_owner, desk_id_in_lane(3), ticket, 1),
	                       desk_upload(uuid_new(), desk_owner, desk_id_in_lane(4), ticket, 1)),
	        PROBLEM_TOO_MANY_FILES, "");
	assert_counts(ticket, 10, 9001);
}

static void a_file_is_deleted_while_its_ticket_is_worked_on(void **state)
{
	struct uuid ticket = ticket_in_lane(3), file = desk_id_in_lane(4);

	(void)state;
	desk_apply(desk_upload(uuid_new(), desk_owner, file, ticket, 1000));
	assert_int_equal(apply_behind(ORDER(file_delete, desk_owner, .file_id = file),
	                         desk_comment(uuid_new(), desk_owner, ticket, "in between"))
	                         ->outcome,
	        JOB_DONE);
	assert_counts(ticket, 0, 0);
	assert_int_equal(ask_number("select count(distinct version) from ticket_history"), 4);
}

static struct uuid scanned;

static void the_scan_worker_finds_something(void)
{
	ask("update files set scan_state = 'infected', place = 'quarantine' where id = '%s'", id_text(scanned));
}

static void what_turns_out_infected_meanwhile_is_not_attached(void **state)
{
	struct uuid ticket = desk_ticket();
	struct message m;

	(void)state;
	scanned = desk_file(desk_owner, nothing);
	m = comment_with(desk_owner, ticket, 1, &scanned);
	desk_before_store = the_scan_worker_finds_something;
	assert_int_equal(desk_try(&desk_attempt, &m, 1), DB_RACE);
	db_rollback(desk_db);
	assert_int_equal(attempt_try(&desk_attempt), DB_FINE);
	assert_refused(&desk_attempt.batch.jobs[0], PROBLEM_VALIDATION_ERROR, "/fileIds/0");
	assert_counts(ticket, 0, 0);
}

/* --- going and coming back ---------------------------------------------------------------- */
static void what_is_deleted_comes_back(void **state)
{
	struct uuid ticket = desk_ticket(), file = desk_file(desk_owner, ticket);

	(void)state;
	desk_apply(ORDER(file_delete, desk_owner, .file_id = file));
	assert_counts(ticket, 0, 0);
	assert_string_equal(ask("select old_value from ticket_history order by id desc limit 1"), "tray.png");
	assert_refused(desk_apply(ORDER(file_delete, desk_owner, .file_id = file)), PROBLEM_FILE_NOT_FOUND, "");
	assert_refused(
	        desk_apply(ORDER(file_restore, desk_owner, .file_id = file)), PROBLEM_INSUFFICIENT_PERMISSIONS, "");
	desk_apply(ORDER(file_restore, desk_agent, .file_id = file));
	assert_int_equal(desk_result(0)->status, 200);
	assert_counts(ticket, 1, 1000);
	desk_apply(ORDER(file_restore, desk_agent, .file_id = file));
	assert_int_equal(desk_result(0)->status, 200);
	assert_counts(ticket, 1, 1000);
	assert_int_equal(ask_number("select count(*) from outbox where type = 'file.restored'"), 1);
	desk_apply(ORDER(file_delete, desk_owner, .file_id = file));
	ask("update files set place = 'gone'");
	assert_refused(desk_apply(ORDER(file_restore, desk_agent, .file_id = file)), PROBLEM_FILE_NOT_FOUND, "");
}

static void what_is_refused_counts_no_more_and_stays_away(void **state)
{
	struct uuid ticket = desk_ticket(), file = desk_file(desk_owner, ticket),
	            waiting = desk_file(desk_owner, nothing);

	(void)state;
	ask("update files set scan_state = 'infected', place = 'quarantine'");
	for (int i = 0; i < 2; i++) {
		desk_apply(ORDER(file_refuse, nothing, .file_id = file));
		assert_counts(ticket, 0, 0);
		desk_apply(ORDER(file_refuse, nothing, .file_id = waiting));
	}
	assert_int_equal(ask_number("select count(*) from outbox where type = 'file.refused'"), 1);
	assert_string_equal(ask("select new_value from ticket_history order by id desc limit 1"), "infected");
	desk_apply(ORDER(file_delete, desk_owner, .file_id = file));
	assert_counts(ticket, 0, 0);
	assert_refused(desk_apply(ORDER(file_restore, desk_agent, .file_id = file)), PROBLEM_FILE_INFECTED, "");
	desk_apply(ORDER(file_refuse, nothing, .file_id = file));
	assert_int_equal(ask_number("select count(*) from dead_letters"), 0);
	assert_refused(
	        desk_apply(ORDER(file_refuse, desk_agent, .file_id = file)), PROBLEM_INSUFFICIENT_PERMISSIONS, "");
}

static void a_name_keeps_its_extension(void **state)
{
	struct uuid file;

	(void)state;
	desk_people();
	file = desk_file(desk_owner, nothing);
	desk_apply(ORDER(file_update, desk_owner, .file_id = file, .name = TEXT("Tray 2.PNG"), .is_public = FLAG_TRUE,
	        .description = TEXT("from the left")));
	assert_string_equal(
	        ask("select name || is_public || description || version from files"), "Tray 2.PNGtruefrom the left2");
	assert_string_equal(ask("select body::jsonb #>> '{data,changed}' from outbox where type = 'file.updated'"),
	        "[\"name\", \"description\", \"is_public\"]");
	assert_refused(desk_apply(ORDER(file_update, desk_owner, .file_id = file, .name = TEXT("tray.html"))),
	        PROBLEM_VALIDATION_ERROR, "/name");
	assert_refused(desk_apply(ORDER(file_update, desk_owner, .file_id = file, .name = TEXT("../tray.png"))),
	        PROBLEM_VALIDATION_ERROR, "/name");
	assert_refused(
	        desk_apply(ORDER(file_update, desk_owner, .file_id = file, .if_match = 1, .name = TEXT("a.png"))),
	        PROBLEM_PRECONDITION_FAILED, "");
	desk_apply(ORDER(file_update, desk_owner, .file_id = file, .name = TEXT("Tray 2.PNG")));
	assert_int_equal(ask_number("select version from files"), 2);
}

static void files_go_with_the_comment_that_becomes_a_ticket(void **state)
{
	struct uuid ticket = desk_ticket(), files[2], new = uuid_new(), comment;

	(void)state;
	new.bytes[15] = ticket.bytes[15];
	for (int i = 0; i < 2; i++)
		files[i] = desk_file(desk_owner, nothing);
	desk_apply(comment_with(desk_owner, ticket, 2, files));
	uuid_parse(text_of(ask("select id from ticket_comments")), &comment);
	desk_apply(ORDER(file_delete, desk_owner, .file_id = files[1]));
	desk_apply(ORDER(ticket_split, desk_agent, .ticket_id = ticket, .new_id = new, .comment_id = comment));
	assert_int_equal(desk_result(0)->status, 201);
	assert_counts(ticket, 0, 0);
	assert_counts(new, 1, 1000);
	assert_string_equal(ask("select ticket_id from files where deleted_at is null"), id_text(new));

	ask("update tickets set status = 'closed', closed_at = now() - interval '8 days' where id = '%s'",
	        id_text(ticket));
	files[0] = desk_file(desk_owner, nothing);
	desk_apply(comment_with(desk_owner, ticket, 1, files));
	assert_int_equal(
	        ask_number("select count(*) from files f join tickets t on t.id = f.ticket_id where t.follow_up_to = "
	                   "'%s' and t.file_count = 1",
	                id_text(ticket)),
	        1);
	assert_counts(ticket, 0, 0);
}

static void a_key_is_the_same_in_sql_and_in_c(void **state)
{
	struct uuid file;
	char temp[FILE_KEY_ROOM], quarantine[FILE_KEY_ROOM], kept[FILE_KEY_ROOM];
	uint8_t hash[32];

	(void)state;
	desk_people();
	file = desk_file(desk_owner, nothing);
	text_unhex(text_of(ask("select encode(sha256, 'hex') from files")), hash, sizeof hash);
	file_key_new(file, temp);
	file_key_quarantine(hash, quarantine);
	file_key_kept(hash, "", kept);
	assert_string_equal(ask("select file_key(f) from files f"), temp);
	assert_string_equal(ask("select file_bucket(f) from files f"), BUCKET_TEMP);
	ask("update files set place = 'quarantine', scan_state = 'infected'");
	assert_string_equal(ask("select file_key(f) from files f"), quarantine);
	assert_string_equal(ask("select file_bucket(f) from files f"), BUCKET_TEMP);
	ask("update files set place = 'kept', scan_state = 'clean'");
	assert_string_equal(ask("select file_key(f) from files f"), kept);
	assert_string_equal(ask("select file_bucket(f) from files f"), BUCKET_TICKETS);
	ask("update files set purpose = 'avatar'");
	assert_string_equal(ask("select file_bucket(f) from files f"), BUCKET_AVATARS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("what is uploaded to a ticket waits for its scan",
		        what_is_uploaded_to_a_ticket_waits_for_its_scan),
		SENTENCE("a repeated upload is one", a_repeated_upload_is_one),
		SENTENCE("who may not comment uploads nothing", who_may_not_comment_uploads_nothing),
		SENTENCE("a file comes with a ticket or a comment", a_file_comes_with_a_ticket_or_a_comment),
		SENTENCE("what cannot be attached is named, and nothing is left of it",
		        what_cannot_be_attached_is_named),
		SENTENCE("jobs of a batch see each other's files", jobs_of_a_batch_see_each_others_files),
		SENTENCE("what is done with a file is logged", what_is_done_with_a_file_is_logged),
		SENTENCE("the eleventh file is one too many", the_eleventh_file_is_one_too_many),
		SENTENCE("fifty mebibytes are enough", fifty_mebibytes_are_enough),
		SENTENCE("of two tickets one gets a file", one_of_two_tickets_gets_a_file),
		SENTENCE("uploads of two lanes do not pass the limit", uploads_of_two_lanes_do_not_pass_the_limit),
		SENTENCE("a file is deleted while its ticket is worked on",
		        a_file_is_deleted_while_its_ticket_is_worked_on),
		SENTENCE("what turns out infected meanwhile is not attached",
		        what_turns_out_infected_meanwhile_is_not_attached),
		SENTENCE("what is deleted comes back", what_is_deleted_comes_back),
		SENTENCE(
		        "what is refused counts no more and stays away", what_is_refused_counts_no_more_and_stays_away),
		SENTENCE("a name keeps its extension", a_name_keeps_its_extension),
		SENTENCE("files go with the comment that becomes a ticket",
		        files_go_with_the_comment_that_becomes_a_ticket),
		SENTENCE("a key is the same in SQL and in C", a_key_is_the_same_in_sql_and_in_c),
	};

	return cmocka_run_group_tests_name("files", tests, desk_open, desk_close);
}
