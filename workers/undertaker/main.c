/* main.c - guichet-undertaker: what the broker declares dead becomes a row that a person can look at.
 *
 * Deaths decided by a worker are rows already; this is for those decided by the
 * broker (delivery limit, a full queue) and for events that no queue wanted.
 * `guichetctl dead list|show|replay` works on the rows.
 */
#include "workers/batch.h"
#include "workers/consumer.h"

static void write_letter(const struct message *m, struct rows *rows)
{
	struct text queue = m->death_queue.len ? m->death_queue : m->queue;
	struct uuid id = uuid_derive((struct text[]){ TEXT("dead"), m->message_id, queue, m->body }, 4), command;
	struct buffer *out = rows_begin(rows);

	rows_uuid(out, "id", &id);
	buffer_json_member(out, "queue", queue);
	buffer_json_member(out, "type", m->type.data ? m->type : TEXT(""));
	buffer_json_member(out, "reason", m->death_reason.len ? m->death_reason : TEXT("unroutable"));
	if (uuid_parse(m->message_id, &command))
		rows_uuid(out, "command_id", &command);
	buffer_json_member(out, "exchange", m->exchange);
	buffer_json_member(out, "routing_key", m->routing_key);
	buffer_json_name(out, "headers");
	message_headers_json(m, out);
	buffer_json_member(out, "body", m->body.data ? m->body : TEXT(""));
	rows_end(rows);
}

static void apply(struct consumption *c)
{
	struct rows rows;

	rows_init(&rows, c->arena);
	for (int i = 0; i < c->count; i++)
		write_letter(c->arrivals[i].message, &rows);
	db_send(c->db, QUERY_dead_letter_store, P_TEXT(rows_done(&rows)));
}

static const struct consumer_worker undertaker = {
	.name = "guichet-undertaker",
	.about = "keeps what the broker declares dead",
	.queues = (const char *const[]){ "dead", "unrouted", NULL },
	.prefetch = 64,
	.apply = apply,
};

int main(int argc, char **argv)
{
	return consumer_main(argc, argv, &undertaker);
}
