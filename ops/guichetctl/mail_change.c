/* mail_change.c - what is done about mail that is not sent: see mail.h.
 *
 * The changes are the same as by the API (sql/functions/mail_manage.sql, mail_suppress.sql), and the trail is told of
 * them.
 */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "ops/guichetctl/mail.h"
#include "queues/address.h"
#include "sql/db.h"

#define TEST_WAIT_MS 180000

/* --- retry, hold, release, readdress ------------------------------------------------------ */
static struct text one(const struct ctl *ctl, const struct uuid *id)
{
	const char *to = strcmp(ctl->command->verb, "readdress") == 0 ? option_text(ctl, "to") : NULL;
	struct buffer out;

	buffer_init(&out, ctl->arena, 256);
	buffer_string(&out, "{");
	buffer_json_member(&out, "jobId", uuid_text(ctl->arena, id));
	if (to)
		buffer_json_member(&out, "recipient", address_normalized(ctl->arena, text_of(to)));
	buffer_string(&out, "}");
	return buffer_view(&out);
}

enum ctl_exit mail_change(struct ctl *ctl, struct db *db)
{
	struct uuid id, told = uuid_new();
	struct text choice, verdict;
	struct db_result *r;

	if (ctl->operand_count && !uuid_parse(text_of(ctl->operands[0]), &id))
		return say_failed(ctl, "%s is no id of a mail", ctl->operands[0]);
	choice = ctl->operand_count ? one(ctl, &id) : mail_choice(ctl);
	db_begin(db);
	r = db_send(db, QUERY_mail_manage, P_NULL, P_UUID(&told), P_TEXT(text_of(ctl->command->verb)), P_TEXT(choice),
	        P_NULL, P_NULL, P_NULL);
	if (!db_commit(db))
		return database_failed(ctl, db, "nothing was changed");
	verdict = db_text(r, 0, 0);
	if (text_equal(verdict, TEXT("missing")))
		return say_failed(ctl, "there is no mail %s", ctl->operands[0]);
	if (!text_equal(verdict, TEXT("ok")))
		return say_failed(ctl, "mail %s is just being sent, or cannot be changed so", ctl->operands[0]);
	if (ctl->json)
		say_json(json_pack("{s:I}", "changed", (json_int_t)db_int(r, 0, 1)));
	else
		printf("%" PRId64 " changed\n", db_int(r, 0, 1));
	return CTL_GOOD;
}

/* --- addresses that nothing is sent to -------------------------------------------------------- */
static enum ctl_exit list_suppressions(struct ctl *ctl, struct db *db)
{
	json_t *list = json_array();
	struct db_result *r;

	db_reset(db);
	r = db_send_params(db, QUERY_ctl_mail_suppressions, 0, NULL);
	if (!db_sync(db))
		return database_failed(ctl, db, "the list cannot be read");
	for (int i = 0; i < db_rows(r); i++) {
		json_array_append_new(
		        list, json_pack("{s:o, s:o, s:o, s:o}", "address", say_member(db_text(r, i, 0)), "source",
		                      say_member(db_text(r, i, 1)), "since", say_member(db_text(r, i, 2)), "reason",
		                      say_member(db_text(r, i, 3))));
		for (int column = 0; column < 4 && !ctl->json; column++)
			say_text(stdout, db_text(r, i, column), (int[]){ 40, 11, 22, 0 }[column]);
		if (!ctl->json)
			printf("\n");
	}
	if (ctl->json)
		say_json(json_pack("{s:O}", "suppressions", list));
	json_decref(list);
	return CTL_GOOD;
}

enum ctl_exit mail_suppress(struct ctl *ctl, struct db *db)
{
	const char *reason = option_text(ctl, "reason");
	struct uuid told = uuid_new();
	struct db_result *r;

	if (!ctl->operand_count)
		return list_suppressions(ctl, db);
	if (!reason == !option_flag(ctl, "remove")) {
		say("say --reason WHY, or --remove");
		return CTL_USAGE;
	}
	db_begin(db);
	r = db_send(db, QUERY_mail_suppress, P_NULL, P_UUID(&told), P_TEXT(text_of(ctl->operands[0])),
	        P_TEXT(text_of(reason)), P_NULL, P_NULL, P_NULL);
	if (!db_commit(db))
		return database_failed(ctl, db, "nothing was changed");
	if (!text_equal(db_text(r, 0, 0), TEXT("ok")))
		return say_failed(ctl, "%s is not on the list", ctl->operands[0]);
	if (ctl->json)
		say_json(json_pack("{s:s, s:b}", "address", ctl->operands[0], "isSuppressed", reason != NULL));
	else
		printf("%s: %s\n", ctl->operands[0], reason ? "nothing is sent to it" : "mail is sent to it again");
	return CTL_GOOD;
}

/* --- test ------------------------------------------------------------------------------------ */
static bool is_tried(const json_t *job)
{
	struct text state = mail_member(job, "state");

	return text_equal(state, TEXT("sent")) || text_equal(state, TEXT("failed")) ||
	       (text_equal(state, TEXT("queued")) && json_integer_value(json_object_get(job, "attempts")) > 0);
}

/* Until a sender has tried it; the dialogue is then in its row. */
static json_t *wait_for(struct ctl *ctl, struct db *db, const struct uuid *id)
{
	int64_t end = clock_mono_ms() + TEST_WAIT_MS;
	json_t *job = NULL;
	bool failed = false;

	while (!failed && clock_mono_ms() < end) {
		job = mail_ask_json(ctl, db, QUERY_ctl_mail_job, P_UUID(id), &failed);
		if (job && is_tried(job))
			return job;
		json_decref(job);
		usleep(200000);
	}
	say("no mail worker has tried it within three minutes");
	return NULL;
}

enum ctl_exit mail_test(struct ctl *ctl, struct db *db)
{
	struct text address = address_normalized(ctl->arena, text_of(ctl->operands[0]));
	const char *language = option_text(ctl, "language");
	struct uuid id = uuid_new();
	bool sent;
	json_t *job;

	if (!address.data)
		return say_failed(ctl, "%s is no address", ctl->operands[0]);
	db_begin(db);
	db_send(db, QUERY_ctl_mail_test, P_UUID(&id), P_TEXT(address), P_TEXT(text_of(language ? language : "fr")));
	if (!db_commit(db))
		return database_failed(ctl, db, "no mail was written");
	job = wait_for(ctl, db, &id);
	if (!job)
		return CTL_WRONG;
	sent = text_equal(mail_member(job, "state"), TEXT("sent"));
	if (ctl->json) {
		say_json(job);
		return sent ? CTL_GOOD : CTL_WRONG;
	}
	mail_write_transcript(job);
	printf("%s: ", mail_member(job, "state").data);
	say_text(stdout, mail_member(job, "lastReply"), 0);
	printf("\n");
	json_decref(job);
	return sent ? CTL_GOOD : CTL_WRONG;
}
