/* person_hand_over.c - "account.hand_over": the open tickets of somebody who has left go to another, or to nobody.
 *
 * Each ticket changes in its own lane, by a ticket.hand_over whose id follows from this command's: it is one command
 * however often this one is tried. After a full slice it asks for the next one.
 *
 * Who may sign in again by now keeps what is left.
 */
#include "workers/account/account.h"

#define SLICE 200 /* as in people_tickets of sql/queries/account.sql */

static void hand_on(struct job *job, const struct person_hand_over *cmd, struct uuid ticket)
{
	const char *queue = lane_queue(job_arena(job), "cmd.ticket.", uuid_last_digit(&ticket)).data;

	SEND_TO(job, ticket_hand_over, queue, .ticket_id = ticket, .from_id = cmd->account_id,
	        .assignee_id = cmd->hand_over_to);
}

enum outcome person_hand_over(struct job *job, const struct person_hand_over *cmd)
{
	const struct account_world *world = job->set->world;
	const struct profile *profile = subject_find(job->set, &cmd->account_id);
	int count = 0;
	struct uuid last;

	if (profile->active)
		return JOB_DONE;
	for (int i = 0; i < db_rows(world->tickets); i++) {
		if (&job->batch->jobs[db_int(world->tickets, i, 0)] != job)
			continue;
		last = db_uuid(world->tickets, i, 1);
		hand_on(job, cmd, last);
		count++;
	}
	if (count == SLICE)
		SEND_TO(job, person_hand_over, "cmd.account", .account_id = cmd->account_id,
		        .hand_over_to = cmd->hand_over_to, .after = last);
	return JOB_DONE;
}
