/* notice_kind.c - the row that makes a notice a subject: it is written once, and nothing changes it. And whom the
 * batch's notices are for: accounts by their ids or addresses.
 */
#include "base/unicode.h"
#include "workers/account/account.h"

#define HANDLED "queues/notice.def"
#include "workers/handlers.h"

#define ROWS_OF struct desk_notice
static const struct column columns[] = {
#include "sql/columns/notice.def"
};

struct notice_world {
	struct db_result *recipients; /* what was asked for, and whose it is */
};

static unsigned notice_own(const void *subject, const struct uuid *actor)
{
	return uuid_equal(&((const struct desk_notice *)subject)->sender_id, actor) ? OWNER : 0;
}

static struct text recipient_of(const struct job *job)
{
	const struct notice_send *cmd = job->fields;

	return job->command && job->command->id == COMMAND_notice_send ? cmd->recipient : TEXT_NONE;
}

static void begin_load(struct batch *batch, void *world)
{
	struct buffer names;
	int count = 0;

	buffer_init(&names, batch->arena, 64);
	for (int i = 0; i < batch->count; i++) {
		struct text name = recipient_of(&batch->jobs[i]);

		if (!name.len)
			continue;
		buffer_string(&names, count++ ? "," : "[");
		buffer_json_text(&names, unicode_lower(batch->arena, name));
	}
	buffer_string(&names, "]");
	if (count)
		((struct notice_world *)world)->recipients =
		        db_send(batch->db, QUERY_notice_recipients, P_TEXT(buffer_view(&names)));
}

const struct subject_kind notice_kind = {
	.name = "notice",
	.bytes = sizeof(struct desk_notice),
	.columns = columns,
	.column_count = sizeof columns / sizeof *columns,
	.handlers = handlers,
	.loader = LOAD_NOTICE,
	.not_found = PROBLEM_NOT_FOUND,
	.denied = PROBLEM_INSUFFICIENT_PERMISSIONS,
	.load = QUERY_notice_load,
	.insert = QUERY_notice_insert,
	.update = NO_QUERY,
	.update_apart = NO_QUERY,
	.own = notice_own,
	.world_bytes = sizeof(struct notice_world),
	.begin_load = begin_load,
};

struct uuid notice_recipient(const struct job *job, struct text name)
{
	const struct notice_world *world = job->set->world;
	struct text wanted = unicode_lower(job_arena(job), name);

	for (int i = 0; world->recipients && i < db_rows(world->recipients); i++)
		if (text_equal(db_text(world->recipients, i, 0), wanted))
			return db_uuid(world->recipients, i, 1);
	return (struct uuid){ { 0 } };
}
