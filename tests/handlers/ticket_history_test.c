/* ticket_history_test.c - whatever is asked in whatever order, what is stored agrees with itself.
 *
 * Random commands go through the worker in batches of random sizes. After each batch
 * the rows are held against each other: history against columns, versions against
 * events, counters and search words against a recount. The seed is printed; SEED=n
 * runs the same commands again.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/clock.h"
#include "tests/handlers/desk.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define BATCHES 40
#define BATCH_MOST 16
#define TICKETS_MOST 12
#define COMMENTS_MOST 1024

static uint64_t seed, dice;
static struct uuid users[2], staff[3]; /* two agents and an administrator */
static struct uuid tickets[TICKETS_MOST], comments[COMMENTS_MOST];
static int comment_of[COMMENTS_MOST]; /* index of its ticket */
static int ticket_count, comment_count;
static const struct uuid nobody;

/* xorshift64* */
static unsigned roll(unsigned sides)
{
	dice ^= dice >> 12;
	dice ^= dice << 25;
	dice ^= dice >> 27;
	return (unsigned)((dice * 0x2545f4914f6cdd1dULL) >> 33) % sides;
}

/* --- what can be asked ----------------------------------------------------------------- */
static struct text words(void)
{
	static const char *const all[] = { "printer", "burns", "\xc3\xa9teint", "again", "o'clock", "a,b", "\"so\"" };
	const char *first = all[roll(COUNT(all))], *second = all[roll(COUNT(all))];

	return text_of(arena_printf(desk_arena, "%s %s", first, second));
}

static struct uuid anybody(void)
{
	unsigned n = roll(COUNT(users) + COUNT(staff));

	return n < COUNT(users) ? users[n] : staff[n - COUNT(users)];
}

static struct uuid some_staff(void)
{
	return staff[roll(COUNT(staff))];
}

static struct uuid some_ticket(void)
{
	return tickets[roll((unsigned)ticket_count)];
}

static struct uuid new_comment(struct uuid ticket)
{
	if (comment_count == COMMENTS_MOST)
		comment_count--;
	comments[comment_count] = uuid_new();
	for (int i = 0; i < ticket_count; i++)
		if (uuid_equal(&tickets[i], &ticket))
			comment_of[comment_count] = i;
	return comments[comment_count++];
}

#define ASK(command, actor, ...) desk_message(COMMAND_##command, uuid_new(), (actor), &(struct command){ __VA_ARGS__ })

static struct message create(void)
{
	if (ticket_count == TICKETS_MOST)
		return ASK(
		        ticket_note, nobody, .ticket_id = some_ticket(), .comment_id = uuid_new(), .content = words());
	tickets[ticket_count] = uuid_new();
	return ASK(ticket_create, anybody(), .ticket_id = tickets[ticket_count++], .title = words(),
	        .description = words(), .priority = roll(ticket_priority_count),
	        .category = roll(2) ? words() : TEXT_NONE);
}

static struct text_list some_tags(void)
{
	struct text_list list = { ARENA_ARRAY(desk_arena, struct text, 3), (int)roll(3) };

	for (int i = 0; i < list.count; i++)
		list.items[i] = text_of(i ? "second floor" : "vip");
	return list;
}

static struct message comment(void)
{
	struct uuid ticket = some_ticket();

	if (!roll(3))
		return ASK(ticket_comment, some_staff(), .ticket_id = ticket, .comment_id = new_comment(ticket),
		        .content = words(), .is_internal = roll(2), .reopen = roll(3),
		        .status = roll(ticket_status_count), .resolution = roll(2) ? words() : TEXT_NONE,
		        .tags = roll(2) ? some_tags() : (struct text_list){ NULL, 0 },
		        .assignee_id = roll(2) ? some_staff() : nobody);
	return ASK(ticket_comment, anybody(), .ticket_id = ticket, .comment_id = new_comment(ticket),
	        .content = words(), .is_internal = roll(3) ? flag_absent : FLAG_TRUE, .reopen = roll(3));
}

static struct message edit(void)
{
	int n = comment_count ? (int)roll((unsigned)comment_count) : -1;

	if (n < 0)
		return comment();
	return ASK(comment_edit, roll(2) ? staff[2] : anybody(), .ticket_id = tickets[comment_of[n]],
	        .comment_id = comments[n], .content = words());
}

static struct message update(void)
{
	struct ticket_update update = { .ticket_id = some_ticket() };

	if (!roll(3))
		update.title = words();
	if (!roll(4))
		update.description = words();
	if (!roll(3))
		update.category = roll(2) ? words() : TEXT(""); /* null */
	if (!roll(3))
		update.priority = roll(ticket_priority_count);
	if (!roll(3))
		update.status = roll(ticket_status_count);
	if (!roll(4))
		update.resolution = words();
	if (!roll(3))
		update.assignee_id = some_staff();
	else if (!roll(4))
		memset(&update.assignee_id, 255, sizeof update.assignee_id); /* null */
	if (!roll(3))
		update.tags = some_tags();
	return desk_message(COMMAND_ticket_update, uuid_new(), roll(4) ? some_staff() : anybody(), &update);
}

static struct message snooze(void)
{
	if (roll(2))
		return ASK(ticket_unsnooze, some_staff(), .ticket_id = some_ticket());
	return ASK(ticket_snooze, some_staff(), .ticket_id = some_ticket(),
	        .until =
	                text_copy(desk_arena, text_of(ask("select to_char(now() at time zone 'utc' + interval '1 day', "
	                                                  "'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"))));
}

/* Of whatever kind, and whether it was due or not. */
static struct message tick(void)
{
	if (!roll(4))
		return ASK(ticket_recompute, nobody, .ticket_id = some_ticket());
	return ASK(ticket_tick, nobody, .ticket_id = some_ticket(), .kind = 1 + roll(timer_kind_count - 1),
	        .due_at = TEXT("2026-01-01T00:00:00Z"), .timer_version = 1 + roll(9));
}

static struct message set_status(void)
{
	return ASK(ticket_set_status, some_staff(), .ticket_id = some_ticket(),
	        .status = 1 + roll(ticket_status_count - 1), .resolution = roll(3) ? TEXT_NONE : words());
}

static struct message assign(void)
{
	return ASK(
	        ticket_assign, some_staff(), .ticket_id = some_ticket(), .assignee_id = roll(2) ? anybody() : nobody);
}

static struct message close_it(void)
{
	return ASK(ticket_close, anybody(), .ticket_id = some_ticket());
}

static struct message reopen(void)
{
	return ASK(ticket_reopen, anybody(), .ticket_id = some_ticket());
}

static struct message delete_it(void)
{
	if (roll(6))
		return comment();
	return ASK(ticket_delete, anybody(), .ticket_id = some_ticket());
}

static struct message watch(void)
{
	return ASK(ticket_watch, anybody(), .ticket_id = some_ticket(), .user_id = roll(2) ? anybody() : nobody);
}

static struct message unwatch(void)
{
	struct uuid who = anybody();

	return ASK(ticket_unwatch, roll(2) ? who : some_staff(), .ticket_id = some_ticket(), .user_id = who);
}

static struct message link_it(void)
{
	return ASK(ticket_link, some_staff(), .ticket_id = some_ticket(), .other_id = some_ticket(),
	        .kind = roll(link_kind_count));
}

static struct message unlink_it(void)
{
	return ASK(ticket_unlink, some_staff(), .ticket_id = some_ticket(), .other_id = some_ticket());
}

static struct message merge(void)
{
	if (roll(4))
		return link_it();
	return ASK(ticket_merge, some_staff(), .ticket_id = some_ticket(), .into_id = some_ticket(),
	        .confirm_different_owners = roll(2) ? FLAG_TRUE : flag_absent);
}

static struct message unmerge(void)
{
	struct uuid ticket = some_ticket(), into = some_ticket();
	const char *merged =
	        ask("select merged_into from tickets where id = '%s' and merged_at is not null", id_text(ticket));

	if (merged)
		uuid_parse(text_of(merged), &into);
	return ASK(ticket_unmerge, some_staff(), .ticket_id = ticket, .into_id = into);
}

static struct message event(void)
{
	return ASK(ticket_record_event, staff[2], .ticket_id = some_ticket(), .event_type = words(),
	        .event_data = roll(2) ? words() : TEXT_NONE);
}

static struct message split(void)
{
	int n = comment_count ? (int)roll((unsigned)comment_count) : -1;

	if (n < 0)
		return comment();
	return ASK(ticket_split, some_staff(), .ticket_id = tickets[comment_of[n]], .new_id = uuid_new(),
	        .comment_id = comments[n]);
}

static struct message note(void)
{
	return ASK(ticket_note, nobody, .ticket_id = some_ticket(), .comment_id = uuid_new(), .content = words());
}

static struct message some_message(void)
{
	static struct message (*const makers[])(void) = { create, comment, comment, edit, update, update, update,
		set_status, set_status, set_status, assign, close_it, reopen, delete_it, watch, unwatch, link_it,
		unlink_it, merge, unmerge, split, note, event, snooze, tick };

	return ticket_count ? makers[roll(COUNT(makers))]() : create();
}

/* --- what must hold, each a count of what does not ------------------------------------- */
#define COLUMNS                                                                                                        \
	"'status', 'priority', 'category', 'title', 'assignee_id', 'resolution', 'tags', 'merged_into', 'deleted'"

static const struct {
	const char *title, *sql;
} invariants[] = {
	{ "the stretches of a clock add up to what it has used",
	        "select count(*) from tickets t, lateral jsonb_each(t.clocks::jsonb) c(name, clock), lateral (select "
	        "coalesce(sum(s.worked_us), 0) as worked from ticket_spans s where s.ticket_id = t.id and s.target = "
	        "lower(regexp_replace(name, '([A-Z])', '_\\1')) and extract(epoch from s.from_at) * 1000000 >= (clock "
	        "->> 'begun')::bigint) w where clock ? 'budget' and w.worked + coalesce((clock ->> 'brought')::bigint, "
	        "0) "
	        "<> coalesce((clock ->> 'used')::bigint, 0)" },
	{ "what stands in timers is what the ticket wants",
	        "select count(*) from (select t.id, k.key, ceil(k.value::numeric / 1000) as due from tickets t, "
	        "jsonb_each_text(t.clocks::jsonb -> 'timers') k) w full join (select subject, kind, "
	        "extract(epoch from due_at) * 1000 as due from timers) r on r.subject = w.id and r.kind = w.key "
	        "where w.due is distinct from r.due" },
	{ "no clock of resolution runs in what is done, or waits for its user",
	        "select count(*) from tickets where clocks::jsonb -> 'resolution' ? 'since' and status in "
	        "('waiting_user', 'resolved', 'closed')" },
	{ "the last history value of a field is its column",
	        "select count(*) from tickets t cross join lateral (values ('status', t.status), ('priority', "
	        "t.priority), "
	        "('category', t.category), ('title', t.title), ('assignee_id', t.assignee_id::text), ('resolution', "
	        "t.resolution), "
	        "('tags', array_to_string(t.tags, ', ')), ('merged_into', t.merged_into::text), ('deleted', case when "
	        "t.deleted_at is not null then 'true' end)) "
	        "as v(field, value) left join lateral (select new_value from ticket_history h where h.ticket_id = t.id "
	        "and "
	        "h.field = v.field order by h.id desc limit 1) l on true "
	        "where nullif(l.new_value, '') is distinct from nullif(v.value, '')" },
	{ "the last due time of the history is the column", "select count(*) from tickets t where abs(extract(epoch "
	                                                    "from t.due_at - (select new_value::timestamptz from "
	                                                    "ticket_history h where h.ticket_id = t.id and h.field = "
	                                                    "'due_at' order by h.id desc limit 1))) > 0.001" },
	{ "the last description of the history is the column",
	        "select count(*) from tickets t join lateral (select new_value from ticket_history h where h.ticket_id "
	        "= t.id and "
	        "h.field = 'description' order by h.id desc limit 1) l on true where l.new_value <> t.description" },
	{ "each old value is the new one before it",
	        "select count(*) from (select field, old_value, lag(new_value) over (partition by ticket_id, field "
	        "order by id) "
	        "as before from ticket_history where field in (" COLUMNS ")) h "
	        "where nullif(old_value, '') is distinct from nullif(before, '')" },
	{ "history tells of changes only",
	        "select count(*) from ticket_history where field in (" COLUMNS ", 'due_at', 'description') "
	        "and nullif(old_value, '') is not distinct from nullif(new_value, '')" },
	{ "versions of a ticket's history never fall", "select count(*) from (select version, lag(version) over "
	                                               "(partition by ticket_id order by id) as before "
	                                               "from ticket_history) h where version < before" },
	{ "each version of a ticket has an event, and no event another version",
	        "select count(*) from tickets t where (select array_agg(distinct (body::jsonb ->> "
	        "'ticketVersion')::integer) "
	        "from outbox where body::jsonb ->> 'ticketId' = t.id::text and exchange = 'guichet.events' and "
	        "type <> 'command.refused') "
	        "is distinct from (select array_agg(n) from generate_series(1, t.version) n)" },
	{ "each version of a ticket has a line of history",
	        "select count(*) from tickets t where (select array_agg(distinct version order by version) from "
	        "ticket_history "
	        "where ticket_id = t.id) is distinct from (select array_agg(n) from generate_series(1, t.version) n)" },
	{ "no history is of a version that never was", "select count(*) from ticket_history h join tickets t on t.id = "
	                                               "h.ticket_id where h.version > t.version" },
	{ "counters are a recount",
	        "with recounted as (select ('x' || right(id::text, 1))::bit(4)::integer as lane, scope, key, status, "
	        "priority, "
	        "count(*) as n from tickets, lateral (values ('all', '00000000-0000-0000-0000-000000000000'), "
	        "('owner', "
	        "owner_id::text), ('assignee', assignee_id::text), ('category', nullif(category, ''))) as c(scope, "
	        "key) "
	        "where key is not null and deleted_at is null group by 1, 2, 3, 4, 5), "
	        "kept as (select lane, scope, coalesce(name, scope_id::text) as key, status, priority, n from "
	        "ticket_counters "
	        "left join ticket_categories on id = scope_id and scope = 'category' where n <> 0) "
	        "select count(*) from recounted full join kept using (lane, scope, key, status, priority) "
	        "where recounted.n is distinct from kept.n" },
	{ "comments are counted, and in their places",
	        "select count(*) from tickets t, lateral (select count(*) as n, count(*) filter (where is_internal) as "
	        "internal, "
	        "coalesce(max(seq), 0) as last from ticket_comments where ticket_id = t.id) c "
	        "where (t.comment_count, t.internal_count, t.comment_count) is distinct from (c.n, c.internal, "
	        "c.last)" },
	{ "search words are those that are said",
	        "select count(*) from tickets t left join ticket_search s on s.ticket_id = t.id, ticket_texts(t.id) x "
	        "where tsvector_to_array(s.public_words) is distinct from "
	        "tsvector_to_array(words_of(x.public_text)) or "
	        "tsvector_to_array(s.internal_words) is distinct from tsvector_to_array(words_of(x.internal_text))" },
	{ "each merged ticket has a living end that is not deleted, and is counted there",
	        "select count(*) from tickets t where (t.merged_into is not null and not exists (select from tickets e "
	        "where e.id = ticket_end(t.id) and e.merged_into is null and e.deleted_at is null)) or t.merged_count "
	        "<> (select count(*) from tickets s where s.merged_into = t.id)" },
	{ "nothing is brought to a ticket by one that is not merged",
	        "select count(*) from tickets where (merged_into is not null) <> (merge_brought is not null) or "
	        "(merged_into is not null and status <> 'closed')" },
	{ "whatever is said is read exactly once in the living ticket",
	        "with read as (select (s.comment).id from tickets t, ticket_said(t, true) s where t.merged_into is "
	        "null) select (select count(*) from read) - (select count(distinct id) from read) + (select count(*) "
	        "from "
	        "(select id from ticket_comments union all select id from tickets where merged_into is not null except "
	        "select id from read) missing)" },
	{ "who watches is who began to and did not stop",
	        "select count(*) from (select ticket_id, coalesce(new_value, old_value) as who, count(new_value) - "
	        "count(old_value) as n from ticket_history where field = 'watcher' group by 1, 2) h join tickets t on "
	        "t.id = h.ticket_id where (h.n = 1) <> (h.who::uuid = any(t.watchers)) or h.n not in (0, 1)" },
	{ "what is linked is what was linked last",
	        "with told as (select distinct on (least(ticket_id::text, other), greatest(ticket_id::text, other)) "
	        "least(ticket_id::text, other) as a, greatest(ticket_id::text, other) as b, made from (select id, "
	        "ticket_id, "
	        "coalesce(new_value, old_value) as other, new_value is not null as made from ticket_history where "
	        "field in ('link', 'split')) h "
	        "order by 1, 2, id desc) "
	        "select count(*) from (select a, b from told where made) x full join (select distinct "
	        "least(ticket_id::text, other_id::text) as a, greatest(ticket_id::text, other_id::text) as b from "
	        "ticket_links) y "
	        "using (a, b) where x is null or y is null" },
	{ "what is closed has a time of closing, what is resolved one of resolving",
	        "select count(*) from tickets where (status = 'closed') <> (closed_at is not null) or (status = "
	        "'resolved' and "
	        "resolved_at is null) or (status = 'open' and resolved_at is not null)" },
};

static void assert_invariants(int batch)
{
	for (size_t i = 0; i < COUNT(invariants); i++) {
		int64_t broken = ask_number("%s", invariants[i].sql);

		if (broken)
			fail_msg("SEED=%llu, batch %d: not so for %lld: %s", (unsigned long long)seed, batch,
			        (long long)broken, invariants[i].title);
	}
}

static void what_is_stored_agrees_with_itself(void **state)
{
	struct attempt attempt;
	struct message m[BATCH_MOST];
	int done = 0, refused = 0;

	(void)state;
	for (int batch = 0; batch < BATCHES; batch++) {
		int count = 1 + (int)roll(BATCH_MOST);

		for (int i = 0; i < count; i++)
			m[i] = some_message();
		if (desk_try(&attempt, m, count) != DB_FINE)
			fail_msg("SEED=%llu, batch %d: SQLSTATE %s, %s", (unsigned long long)seed, batch,
			        db_sqlstate(desk_db), db_message(desk_db));
		for (int i = 0; i < count; i++) {
			const struct job *job = &attempt.batch.jobs[i];

			done += job->outcome == JOB_DONE;
			refused += job->outcome == JOB_REFUSED;
			/* What the desk notes about a ticket that is gone is put aside for a person. */
			if (job->outcome == JOB_DEAD && job->command->id != COMMAND_ticket_note)
				fail_msg("SEED=%llu, batch %d: %.*s is dead: %s", (unsigned long long)seed, batch,
				        (int)m[i].type.len, m[i].type.data, job->death);
		}
		assert_invariants(batch);
	}
	print_message("# SEED=%llu: %d commands done, %d refused\n", (unsigned long long)seed, done, refused);
	assert_true(done > BATCHES && refused > BATCHES / 2);
}

static int set_up(void **state)
{
	const char *wanted = getenv("SEED");

	desk_empty(state);
	seed = wanted ? strtoull(wanted, NULL, 10) : (uint64_t)clock_unix_us();
	dice = seed ? seed : 1;
	ticket_count = comment_count = 0;
	for (size_t i = 0; i < COUNT(users); i++)
		users[i] = desk_account("user", true);
	for (size_t i = 0; i < COUNT(staff); i++)
		staff[i] = desk_account(i == 2 ? "admin" : "agent", true);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "whatever is asked, what is stored agrees with itself", what_is_stored_agrees_with_itself, set_up,
		        NULL, NULL },
	};

	return cmocka_run_group_tests_name("history", tests, desk_open, desk_close);
}
