/* mail.c - "mail ...": what is not sent, and why. What is done about it: mail_change.c. */
#include <inttypes.h>
#include <string.h>
#include "ops/guichetctl/commands.h"
#include "ops/guichetctl/mail.h"
#include "queues/address.h"
#include "sql/db.h"

#define LANES_SHOWN 5

/* --- queue, show ---------------------------------------------------------------------- */
struct text mail_choice(const struct ctl *ctl)
{
	const char *domain = option_text(ctl, "domain"), *error = option_text(ctl, "error");
	struct buffer out;

	buffer_init(&out, ctl->arena, 256);
	buffer_string(&out, "{");
	if (domain)
		buffer_json_member(&out, "domain", text_of(domain));
	if (error)
		buffer_json_member(&out, "error", text_of(error));
	if (ctl->command->options[0].kind == OPTION_NUMBER)
		buffer_json_member_int(&out, "limit", option_number(ctl, "limit", 20));
	buffer_string(&out, "}");
	return buffer_view(&out);
}

struct text mail_member(const json_t *object, const char *name)
{
	const char *value = json_string_value(json_object_get(object, name));

	return text_of(value ? value : "");
}

static void write_lane(const json_t *queue, const char *name)
{
	const json_t *lane = json_object_get(queue, name), *job;
	size_t i;

	printf("%-7s %" JSON_INTEGER_FORMAT "\n", name, json_integer_value(json_object_get(lane, "depth")));
	json_array_foreach(json_object_get(lane, "jobs"), i, job)
	{
		printf("  ");
		say_text(stdout, mail_member(job, "id"), 38);
		say_text(stdout, mail_member(job, "why"), 12);
		printf("%4" JSON_INTEGER_FORMAT "  ", json_integer_value(json_object_get(job, "attempts")));
		say_text(stdout,
		        (struct text){ mail_member(job, "nextAttemptAt").data,
		                strnlen(mail_member(job, "nextAttemptAt").data, 19) },
		        21);
		say_text(stdout, mail_member(job, "recipient"), 32);
		say_text(stdout, mail_member(job, "lastReply"), 0);
		printf("\n");
	}
}

static void write_queue(const json_t *queue)
{
	static const char *const lanes[LANES_SHOWN] = { "high", "normal", "low", "held", "failed" };
	const json_t *server = json_object_get(queue, "server"), *domain;
	size_t i;

	printf("server  %s ", json_is_true(json_object_get(server, "isUp")) ? "up" : "DOWN");
	say_text(stdout, mail_member(server, "said"), 0);
	printf("\n");
	for (int lane = 0; lane < LANES_SHOWN; lane++)
		write_lane(queue, lanes[lane]);
	json_array_foreach(json_object_get(queue, "byDomain"), i, domain)
	{
		say_text(stdout, mail_member(domain, "domain"), 34);
		printf("waiting %" JSON_INTEGER_FORMAT ", sent %" JSON_INTEGER_FORMAT ", deferred %" JSON_INTEGER_FORMAT
		       ", failed %" JSON_INTEGER_FORMAT "\n",
		        json_integer_value(json_object_get(domain, "waiting")),
		        json_integer_value(json_object_get(domain, "sent")),
		        json_integer_value(json_object_get(domain, "deferred")),
		        json_integer_value(json_object_get(domain, "failed")));
	}
}

json_t *mail_ask_json(struct ctl *ctl, struct db *db, enum query query, struct db_param param, bool *out_failed)
{
	struct db_result *found;
	struct text text;

	db_reset(db);
	found = db_send(db, query, param);
	*out_failed = !db_sync(db);
	if (*out_failed) {
		database_failed(ctl, db, "the mails cannot be read");
		return NULL;
	}
	text = db_text(found, 0, 0);
	return text.data ? json_loadb(text.data, text.len, 0, NULL) : NULL;
}

static enum ctl_exit show_queue(struct ctl *ctl, struct db *db)
{
	bool failed;
	json_t *queue = mail_ask_json(ctl, db, QUERY_ctl_mail_queue, P_TEXT(mail_choice(ctl)), &failed);

	if (!queue)
		return CTL_WRONG;
	if (ctl->json) {
		say_json(queue);
		return CTL_GOOD;
	}
	write_queue(queue);
	json_decref(queue);
	return CTL_GOOD;
}

static void write_job(const json_t *job)
{
	const char *name;
	const json_t *value;

	json_object_foreach((json_t *)job, name, value)
	{
		if (strcmp(name, "transcript") == 0 || json_is_null(value))
			continue;
		printf("%-14s", name);
		if (json_is_integer(value))
			printf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
		else
			say_text(stdout, text_of(json_string_value(value)), 0);
		printf("\n");
	}
}

/* Line by line: control characters are not for a terminal. */
void mail_write_transcript(const json_t *job)
{
	struct text rest = mail_member(job, "transcript");

	while (rest.len) {
		const char *stop = memchr(rest.data, '\n', rest.len);
		size_t len = stop ? (size_t)(stop - rest.data) : rest.len, skip = stop ? len + 1 : len;

		say_text(stdout, (struct text){ rest.data, len }, 0);
		printf("\n");
		rest = (struct text){ rest.data + skip, rest.len - skip };
	}
}

static enum ctl_exit show_one(struct ctl *ctl, struct db *db)
{
	struct uuid id;
	bool failed;
	json_t *job;

	if (!uuid_parse(text_of(ctl->operands[0]), &id))
		return say_failed(ctl, "%s is no id of a mail", ctl->operands[0]);
	job = mail_ask_json(ctl, db, QUERY_ctl_mail_job, P_UUID(&id), &failed);
	if (!job)
		return failed ? CTL_WRONG : say_failed(ctl, "there is no mail %s", ctl->operands[0]);
	if (ctl->json) {
		say_json(job);
		return CTL_GOOD;
	}
	write_job(job);
	mail_write_transcript(job);
	json_decref(job);
	return CTL_GOOD;
}

/* --- all of them -------------------------------------------------------------------------------- */
static enum ctl_exit with_database(struct ctl *ctl, int least, enum ctl_exit (*run)(struct ctl *ctl, struct db *db))
{
	enum ctl_exit code = CTL_WRONG;
	struct db *db;

	if (ctl->operand_count < least || ctl->operand_count > 1) {
		say("see mail %s --help", ctl->command->verb);
		return CTL_USAGE;
	}
	db = database_open(ctl);
	if (db)
		code = run(ctl, db);
	db_close(&db);
	return code;
}

static enum ctl_exit queue(struct ctl *ctl)
{
	return with_database(ctl, 0, show_queue);
}

static enum ctl_exit show(struct ctl *ctl)
{
	return with_database(ctl, 1, show_one);
}

/* Never all mails by mistake. */
static enum ctl_exit manage(struct ctl *ctl)
{
	bool some = option_text(ctl, "domain") || option_text(ctl, "error");

	if (some == (ctl->operand_count == 1)) {
		say("name one mail by its id, or say --domain, --error or both");
		return CTL_USAGE;
	}
	return with_database(ctl, 0, mail_change);
}

static enum ctl_exit readdress(struct ctl *ctl)
{
	if (!address_normalized(ctl->arena, text_of(option_text(ctl, "to"))).data) {
		say("%s is no address", option_text(ctl, "to"));
		return CTL_USAGE;
	}
	return with_database(ctl, 1, mail_change);
}

static enum ctl_exit suppress_some(struct ctl *ctl)
{
	return with_database(ctl, 0, mail_suppress);
}

static enum ctl_exit test(struct ctl *ctl)
{
	return with_database(ctl, 1, mail_test);
}

static const struct option_row queue_options[] = {
	{ "limit", OPTION_NUMBER, .shown = "N", .help = "the first N of each lane, 20 unless given" },
	{ "domain", OPTION_TEXT, .shown = "DOMAIN", .help = "to this domain alone" },
	{ "error", OPTION_TEXT, .shown = "WORDS", .help = "whose last reply holds the words" },
	{ 0 },
};
static const struct option_row choice_options[] = {
	{ "domain", OPTION_TEXT, .shown = "DOMAIN", .help = "all mails to this domain" },
	{ "error", OPTION_TEXT, .shown = "WORDS", .help = "all whose last reply holds the words" },
	{ 0 },
};
static const struct option_row readdress_options[] = {
	{ "to", OPTION_TEXT, .shown = "ADDRESS", .required = true, .help = "the new recipient" },
	{ 0 },
};
static const struct option_row suppress_options[] = {
	{ "reason", OPTION_TEXT, .shown = "WHY", .help = "put it on the list" },
	{ "remove", OPTION_FLAG, .help = "take it off" },
	{ 0 },
};
static const struct option_row test_options[] = {
	{ "language", OPTION_WORD, .words = "fr en", .help = "of the mail; fr unless given" },
	{ 0 },
};
static const struct option_row no_options[] = {
	{ 0 },
};
static struct setting *const settings[] = { db_settings, NULL };

const struct command_row mail_commands[] = {
	{ "mail", "queue", NULL, "lists mail that is not sent, and why",
	        "A lane for each priority, in the order in which they go out, then what is held and what failed;\n"
	        "why: due, refused (tried again later), server (waits for it), slow_domain, sending.",
	        queue_options, settings, queue },
	{ "mail", "show", "MAIL", "shows a mail, and what was said with the mail server at the last attempt", NULL,
	        no_options, settings, show },
	{ "mail", "retry", "[MAIL]", "sends mails now, also those that failed or are held",
	        "One by its id, or those of a domain or with an error, 10,000 at a time.", choice_options, settings,
	        manage },
	{ "mail", "hold", "[MAIL]", "keeps mails until they are released", NULL, choice_options, settings, manage },
	{ "mail", "release", "[MAIL]", "lets held mails go on", NULL, choice_options, settings, manage },
	{ "mail", "readdress", "MAIL", "sends a mail to another address, now", NULL, readdress_options, settings,
	        readdress },
	{ "mail", "suppress", "[ADDRESS]", "lists the addresses that nothing is sent to, or changes the list", NULL,
	        suppress_options, settings, suppress_some },
	{ "mail", "test", "ADDRESS", "sends a test mail and prints the whole dialogue with the mail server",
	        "By a mail worker, with its settings. Exit code 1 when it was not sent.", test_options, settings,
	        test },
	{ 0 },
};
