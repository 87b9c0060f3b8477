/* account_read_notifications.c - "account.read_notifications": whoever asks has read all that he was told in the app so
 * far.
 *
 * It is about as many rows as there are, so none of them is loaded: one statement marks them, with what the batch
 * writes.
 */
#include "workers/account/account.h"

enum outcome account_read_notifications(struct job *job, const struct account_read_notifications *cmd)
{
	struct account_world *world = job->set->world;

	(void)cmd;
	id_set_add(&world->have_read, job_arena(job), job->envelope.actor);
	return JOB_DONE;
}

void readers_store(struct batch *batch, void *world)
{
	const struct id_set *have_read = &((struct account_world *)world)->have_read;

	if (have_read->count)
		db_send(batch->db, QUERY_notifications_all_read, P_TEXT(id_set_literal(have_read, batch->arena)));
}
