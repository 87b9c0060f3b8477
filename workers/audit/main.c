/* main.c - guichet-audit: appends every event to the trail, chained so that a change shows.
 *
 * Single active, in arrival order. A row's hash is
 *   HMAC-SHA-256(AUDIT_KEY, prev_hash || seq as 8 bytes, big-endian || SHA-256(payload))
 * and the payload is stored as the exact text that came. Where it came with an origin, "address user agent", that is
 * stored beside it and hashed with it (base/chain.h): no body has it, so nobody reads it but administrators. The key
 * lives outside the database: who can write the table cannot forge the chain. The head is logged hourly, so that a
 * cut-off tail shows too. `guichetctl audit verify` checks it.
 */
#include "base/chain.h"

#include <stdio.h>
#include <string.h>
#include "base/log.h"
#include "queues/catalogue.h"
#include "queues/resources.h"
#include "workers/consumer.h"
#include "workers/rows.h"

#define HEAD_LOGGED_US (3600LL * 1000000)

#define SECURITY TEXT("security.")

static const char *audit_key;

static struct setting settings[] = {
	{ "AUDIT_KEY", SETTING_HEX, &audit_key, NULL, .min = 64, .max = 128, .secret = true,
	        .help = "the key of the audit chain, 64 to 128 hexadecimal characters" },
	{ 0 },
};

static void audit_load(struct consumption *c)
{
	db_send(c->db, QUERY_audit_lock, P_NULL);
	c->loaded = db_send_params(c->db, QUERY_audit_head, 0, NULL);
}

static void log_head(const struct chain *chain, int64_t now_us)
{
	static int64_t logged_us;
	char hash[2 * CHAIN_HASH_BYTES + 1];

	if (now_us - logged_us < HEAD_LOGGED_US)
		return;
	logged_us = now_us;
	text_hex(chain->hash, CHAIN_HASH_BYTES, hash);
	log_notice("audit head", LOG_INT("seq", chain->seq), LOG_TEXT("hash", hash));
}

/* "ticket.created" becomes TICKET_CREATED; of "security.login_failed" LOGIN_FAILED is left. */
static struct text action_of(struct arena *arena, struct text type)
{
	size_t skipped = text_starts_with(type, SECURITY) ? SECURITY.len : 0;
	char *word;

	type = (struct text){ type.data + skipped, type.len - skipped };
	word = text_dup(arena, type);
	for (char *c = word; *c; c++)
		*c = *c == '.' ? '_' : (char)(*c >= 'a' && *c <= 'z' ? *c - 32 : *c);
	return (struct text){ word, type.len };
}

/* What an event is about (queues/resources.h). One that names nothing: an account nobody knows, the trail, or a
 * command. */
static struct text resource_of(const struct arrival *a, struct text *out_type)
{
	for (int i = 0; i < RESOURCES; i++) {
		struct text id = arrival_text(a, resources[i].member);

		*out_type = text_of(resources[i].type);
		if (id.len)
			return id;
	}
	if (!text_starts_with(a->envelope.type, SECURITY))
		*out_type = text_starts_with(a->envelope.type, TEXT("audit.")) ? TEXT("audit") : TEXT("command");
	return arrival_text(a, "commandId");
}

/* Once for each type, of the first 64 of them. */
static void warn_of_unknown(struct text type)
{
	static char known[64][129];
	static int count;

	if (event_find(type))
		return;
	for (int i = 0; i < count; i++)
		if (text_equal(text_of(known[i]), type))
			return;
	if (count == 64)
		return;
	snprintf(known[count++], sizeof known[0], "%.*s", (int)type.len, type.data);
	log_warn("no handler for events of this type: they are kept as they come", LOG_VIEW("type", type));
}

static void write_row(struct consumption *c, const struct arrival *a, struct chain *chain, struct rows *rows)
{
	struct text type, resource = resource_of(a, &type);
	struct buffer *out = rows_begin(rows);
	char prev[2 * CHAIN_HASH_BYTES + 1], payload[2 * CHAIN_HASH_BYTES + 1], hash[2 * CHAIN_HASH_BYTES + 1];

	text_hex(chain->hash, CHAIN_HASH_BYTES, prev);
	chain_append(chain, a->message->body, a->envelope.origin);
	text_hex(chain->payload_hash, CHAIN_HASH_BYTES, payload);
	text_hex(chain->hash, CHAIN_HASH_BYTES, hash);
	buffer_json_member_int(out, "seq", chain->seq);
	buffer_json_member(out, "occurred_at", arrival_text(a, "occurredAt"));
	buffer_json_member(out, "action", action_of(c->arena, a->envelope.type));
	buffer_json_member(out, "actor_id", arrival_text(a, "actorId"));
	buffer_json_member(out, "resource_type", type);
	buffer_json_member(out, "resource_id", resource);
	rows_uuid(out, "event_id", &a->envelope.id);
	buffer_json_member(out, "command_id", arrival_text(a, "commandId"));
	buffer_json_member(out, "payload", a->message->body);
	buffer_json_member(out, "origin", a->envelope.origin);
	buffer_json_member(out, "request_id", arrival_text(a, "requestId"));
	buffer_json_member(out, "trace_id", traceparent_trace_id(a->envelope.traceparent));
	buffer_json_member(out, "payload_sha256", text_of(payload));
	buffer_json_member(out, "prev_hash", text_of(prev));
	buffer_json_member(out, "row_hash", text_of(hash));
	rows_end(rows);
}

static void audit_apply(struct consumption *c)
{
	const struct db_result *head = c->loaded;
	struct chain chain;
	struct rows rows;

	chain_begin(&chain, audit_key);
	if (db_rows(head)) {
		chain.seq = db_int(head, 0, 0);
		text_unhex(db_text(head, 0, 1), chain.hash, CHAIN_HASH_BYTES);
	}
	log_head(&chain, c->now_us);
	rows_init(&rows, c->arena);
	for (int i = 0; i < c->count; i++)
		if (c->arrivals[i].fresh) {
			warn_of_unknown(c->arrivals[i].envelope.type);
			write_row(c, &c->arrivals[i], &chain, &rows);
		}
	if (rows.count)
		db_send(c->db, QUERY_audit_append, P_TEXT(rows_done(&rows)), P_INT(rows.count));
}

static const struct consumer_worker audit_worker = {
	.name = "guichet-audit",
	.about = "appends every event to the audit trail",
	.queues = (const char *const[]){ "events.audit", NULL },
	.prefetch = 256,
	.dedupe = "audit",
	.any_type = true, /* the trail keeps what it is given, to the letter */
	.settings = settings,
	.load = audit_load,
	.apply = audit_apply,
};

int main(int argc, char **argv)
{
	return consumer_main(argc, argv, &audit_worker);
}
