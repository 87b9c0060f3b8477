/* audit_row.c - see audit_row.h.
 *
 * The columns beside the payload are what people search by, and the chain does not
 * cover them: so each is derived from the payload once more, as the audit worker did.
 */
#include "ops/guichetctl/audit_row.h"

#include <jansson.h>
#include <string.h>

static bool is_hash(struct text hex, const uint8_t hash[CHAIN_HASH_BYTES])
{
	uint8_t decoded[CHAIN_HASH_BYTES];

	return text_unhex(hex, decoded, sizeof decoded) && memcmp(decoded, hash, sizeof decoded) == 0;
}

/* The column is what the member says; no member, no value. */
static bool is_member(const struct uuid *column, const json_t *payload, const char *name)
{
	struct text value = text_of(json_string_value(json_object_get(payload, name)));
	struct uuid id = { 0 };

	if (value.len && !uuid_parse(value, &id))
		return false;
	return uuid_equal(column, &id);
}

/* "ticket.created" is TICKET_CREATED, "security.login_failed" is LOGIN_FAILED. */
static bool is_action(struct text action, const json_t *payload)
{
	struct text type = text_of(json_string_value(json_object_get(payload, "type")));

	if (text_starts_with(type, TEXT("security.")))
		type = (struct text){ type.data + 9, type.len - 9 };
	if (!type.data || type.len != action.len)
		return false;
	for (size_t i = 0; i < type.len; i++) {
		char c = type.data[i];

		if (action.data[i] != (c == '.' ? '_' : (char)(c >= 'a' && c <= 'z' ? c - 32 : c)))
			return false;
	}
	return true;
}

/* A ticket, else an account, else the command. */
static bool is_resource(const struct uuid *column, const json_t *payload)
{
	static const char *const names[] = { "ticketId", "accountId", "commandId" };
	int which = 0;

	while (which < 2 && json_string_length(json_object_get(payload, names[which])) == 0)
		which++;
	return is_member(column, payload, names[which]);
}

static const char *check_columns(const struct audit_row *row)
{
	json_t *payload = json_loadb(row->payload.data, row->payload.len, JSON_REJECT_DUPLICATES, NULL);
	const char *what = NULL;

	if (!payload)
		what = "the payload is no JSON";
	else if (!is_action(row->action, payload))
		what = "action is not what the payload says";
	else if (!is_member(&row->event_id, payload, "id"))
		what = "event_id is not what the payload says";
	else if (!is_member(&row->actor_id, payload, "actorId"))
		what = "actor_id is not what the payload says";
	else if (!is_member(&row->command_id, payload, "commandId"))
		what = "command_id is not what the payload says";
	else if (!is_resource(&row->resource_id, payload))
		what = "resource_id is not what the payload says";
	json_decref(payload);
	return what;
}

const char *audit_row_check(struct chain *chain, const struct audit_row *row)
{
	uint8_t payload_hash[CHAIN_HASH_BYTES];

	if (row->seq != chain->seq + 1)
		return "rows before it are gone";
	if (!is_hash(row->prev_hash, chain->hash))
		return "prev_hash is not the hash of the row before";
	if (!text_unhex(row->payload_sha256, payload_hash, sizeof payload_hash))
		return "payload_sha256 is no SHA-256";
	if (row->payload.data)
		chain_append(chain, row->payload, row->origin);
	else
		chain_append_hash(chain, payload_hash);
	if (memcmp(chain->payload_hash, payload_hash, sizeof payload_hash) != 0)
		return "the payload has been changed";
	if (!is_hash(row->row_hash, chain->hash))
		return "row_hash is not of this row under this AUDIT_KEY";
	if (row->payload.data)
		return check_columns(row);
	return row->origin.data ? "an origin without a payload" : NULL;
}
