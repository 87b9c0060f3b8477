/* main.c - guichet-undertaker: what the broker declares dead becomes a row that a person can look at.
 *
 * Deaths decided by a worker are rows already; this is for those decided by the
 * broker (delivery limit, a full queue) and for events that no queue wanted.
 * `guichetctl dead list|show|edit|replay|discard` works on the rows.
 */
#include "workers/consumer.h"
#include "workers/dead_letter.h"

static void undertaker_apply(struct consumption *c)
{
	struct rows rows;

	rows_init(&rows, c->arena);
	for (int i = 0; i < c->count; i++) {
		const struct message *m = c->arrivals[i].message;

		dead_letter_write(&rows, m, m->death_reason.len ? m->death_reason : TEXT("unroutable"));
	}
	db_send(c->db, QUERY_dead_letter_store, P_TEXT(rows_done(&rows)));
}

static const struct consumer_worker undertaker = {
	.name = "guichet-undertaker",
	.about = "keeps what the broker declares dead",
	.queues = (const char *const[]){ "dead", "unrouted", NULL },
	.prefetch = 64,
	.apply = undertaker_apply,
};

int main(int argc, char **argv)
{
	return consumer_main(argc, argv, &undertaker);
}
