/* dead_letter.c - see dead_letter.h. */
#include "workers/dead_letter.h"

#include "queues/envelope.h"

void dead_letter_write(struct rows *rows, const struct message *m, struct text reason)
{
	struct text queue = m->death_queue.len ? m->death_queue : m->queue;
	struct uuid id = uuid_derive((struct text[]){ TEXT("dead"), m->message_id, queue, m->body }, 4), command;
	struct arena *arena = rows->json.arena;
	struct buffer *out = rows_begin(rows);

	rows_uuid(out, "id", &id);
	buffer_json_member(out, "queue", text_mend(arena, queue));
	buffer_json_member(out, "type", text_mend(arena, m->type));
	buffer_json_member(out, "reason", text_mend(arena, reason));
	if (uuid_parse(m->message_id, &command))
		rows_uuid(out, "command_id", &command);
	buffer_json_member(out, "exchange", text_mend(arena, m->exchange));
	buffer_json_member(out, "routing_key", text_mend(arena, m->routing_key));
	buffer_json_name(out, "headers");
	message_headers_json(m, out);
	buffer_json_member(out, "body", text_mend(arena, m->body));
	rows_end(rows);
}
