/* audit_row.c - see audit_row.h.
 *
 * The columns beside the payload are what people search by, and the chain does not
 * cover them: so each is derived from the payload once more, as the audit worker did.
 */
#include "ops/guichetctl/audit_row.h"

#include <jansson.h>
#include <string.h>
#include "queues/resources.h"

static bool is_hash(struct text hex, const uint8_t hash[CHAIN_HASH_BYTES])
{
	uint8_t decoded[CHAIN_HASH_BYTES];

	return text_unhex(hex, decoded, sizeof decoded) && memcmp(decoded, hash, sizeof decoded) == 0;
}

/* --- what the payload says ----------------------------------------------------------- */
/* Behind the named ones those of queues/resources.h. */
enum member { ID, TYPE, ACTOR, COMMAND, FIRST_RESOURCE, MEMBERS = FIRST_RESOURCE + RESOURCES };

static const char *member_name(int member)
{
	static const char *const names[FIRST_RESOURCE] = { "id", "type", "actorId", "commandId" };

	return member < FIRST_RESOURCE ? names[member] : resources[member - FIRST_RESOURCE].member;
}

/* The text of each member, borrowed from the payload; TEXT_NONE: it is not there, or no text. */
struct said {
	struct text members[MEMBERS];
};

/* The quote that ends the string that begins at at; NULL: none does. */
static const char *string_end(const char *at, const char *end, bool *out_escaped)
{
	*out_escaped = false;
	for (; at < end && *at != '"'; at++) {
		if (*at != '\\')
			continue;
		*out_escaped = true;
		at++;
	}
	return at < end ? at : NULL;
}

static int member_find(struct text name)
{
	for (int i = 0; i < MEMBERS; i++)
		if (text_equal(name, text_of(member_name(i))))
			return i;
	return MEMBERS;
}

/* Picks the members without building the rest: what fits the chain is what the audit worker has read as JSON, so only
 * what it says is of interest. False: a member is spelled in another way than Guichet does, or twice. */
static bool pick(struct text payload, struct said *out)
{
	const char *at = payload.data, *end = payload.data + payload.len;
	int depth = 0, member = MEMBERS;
	bool name_is_next = false, escaped;

	memset(out, 0, sizeof *out);
	for (; at < end; at++) {
		if (*at == '{' || *at == '[') {
			name_is_next = ++depth == 1;
		} else if (*at == '}' || *at == ']') {
			depth--;
		} else if (*at == ',' && depth == 1) {
			name_is_next = true;
		} else if (*at == '"') {
			const char *close = string_end(at + 1, end, &escaped);
			struct text string = { at + 1, close ? (size_t)(close - at - 1) : 0 };

			if (!close || (depth == 1 && escaped))
				return false;
			if (depth == 1 && name_is_next) {
				member = member_find(string);
			} else if (depth == 1 && member < MEMBERS) {
				if (out->members[member].data)
					return false;
				out->members[member] = string;
			}
			name_is_next = name_is_next && depth != 1;
			at = close;
		}
	}
	return depth == 0 && payload.len && payload.data[0] == '{';
}

/* The same by a parser, for what is spelled unusually; the caller frees. NULL: it is no JSON. */
static json_t *pick_slowly(struct text payload, struct said *out)
{
	json_t *object = json_loadb(payload.data, payload.len, JSON_REJECT_DUPLICATES, NULL);

	for (int i = 0; object && i < MEMBERS; i++)
		out->members[i] = text_of(json_string_value(json_object_get(object, member_name(i))));
	return object;
}

/* --- held against the columns --------------------------------------------------------- */
/* No member, no value. */
static bool is_member(const struct uuid *column, struct text value)
{
	struct uuid id = { 0 };

	if (value.len && !uuid_parse(value, &id))
		return false;
	return uuid_equal(column, &id);
}

/* "ticket.created" is TICKET_CREATED, "security.login_failed" is LOGIN_FAILED. */
static bool is_action(struct text action, struct text type)
{
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

/* The first resource that it names, else the command. */
static bool is_resource(const struct uuid *column, const struct said *said)
{
	for (int i = FIRST_RESOURCE; i < MEMBERS; i++)
		if (said->members[i].len)
			return is_member(column, said->members[i]);
	return is_member(column, said->members[COMMAND]);
}

static const char *compare(const struct audit_row *row, const struct said *said)
{
	if (!is_action(row->action, said->members[TYPE]))
		return "action is not what the payload says";
	if (!is_member(&row->event_id, said->members[ID]))
		return "event_id is not what the payload says";
	if (!is_member(&row->actor_id, said->members[ACTOR]))
		return "actor_id is not what the payload says";
	if (!is_member(&row->command_id, said->members[COMMAND]))
		return "command_id is not what the payload says";
	return is_resource(&row->resource_id, said) ? NULL : "resource_id is not what the payload says";
}

static const char *check_columns(const struct audit_row *row)
{
	const char *what;
	struct said said;
	json_t *object;

	if (pick(row->payload, &said))
		return compare(row, &said);
	object = pick_slowly(row->payload, &said);
	what = object ? compare(row, &said) : "the payload is no JSON";
	json_decref(object);
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
