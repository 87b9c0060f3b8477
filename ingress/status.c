/* status.c - see status.h. */
#include "ingress/status.h"

#include <pthread.h>
#include <string.h>
#include "ingress/loop.h"
#include "ingress/principal.h"
#include "ingress/respond.h"

#define MAC_BYTES 16

static uint8_t key[32];

static void derive_key(void)
{
	principal_key("command status", key);
}

static void mac_of(const struct uuid *command_id, const struct uuid *account_id, uint8_t out[32])
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	uint8_t input[32];

	memcpy(input, command_id->bytes, 16);
	memcpy(input + 16, account_id->bytes, 16);
	pthread_once(&once, derive_key);
	principal_mac(key, (struct text){ (const char *)input, sizeof input }, out);
}

struct text status_url(struct arena *arena, const struct uuid *command_id, const struct uuid *account_id)
{
	uint8_t mac[32];
	char id[UUID_TEXT_BYTES], account_hex[33], mac_hex[2 * MAC_BYTES + 1];

	mac_of(command_id, account_id, mac);
	uuid_format(command_id, id);
	text_hex(account_id->bytes, 16, account_hex);
	text_hex(mac, MAC_BYTES, mac_hex);
	return text_of(arena_printf(arena, "/api/v1/commands/%s.%s%s", id, account_hex, mac_hex));
}

/* True when the name was given out by status_url. */
static bool read_name(struct text name, struct uuid *out_command)
{
	struct uuid account;
	uint8_t mac[32];
	char expected[2 * MAC_BYTES + 1];

	if (name.len != 36 + 1 + 32 + 2 * MAC_BYTES || name.data[36] != '.')
		return false;
	if (!uuid_parse((struct text){ name.data, 36 }, out_command) ||
	        !text_unhex((struct text){ name.data + 37, 32 }, account.bytes, 16))
		return false;
	mac_of(out_command, &account, mac);
	text_hex(mac, MAC_BYTES, expected);
	return text_equal_secret((struct text){ name.data + 69, 2 * MAC_BYTES }, text_of(expected));
}

struct asked {
	struct call *call;
	struct uuid command_id;
};

static void write_outcome(struct buffer *out, const struct db_result *rows)
{
	struct uuid subject = db_uuid(rows, 0, 3);
	char id[UUID_TEXT_BYTES];

	buffer_json_member(out, "state", db_text(rows, 0, 0));
	buffer_json_member_int(out, "status", db_int(rows, 0, 1));
	buffer_json_member(out, "code", db_text(rows, 0, 2));
	if (!uuid_is_none(&subject)) {
		uuid_format(&subject, id);
		buffer_json_member(out, "subjectId", text_of(id));
	}
	if (!db_is_null(rows, 0, 4))
		buffer_json_member_int(out, "version", db_int(rows, 0, 4));
	if (!db_is_null(rows, 0, 6))
		buffer_json_member(out, "detail", db_text(rows, 0, 6));
	if (!db_is_null(rows, 0, 7))
		buffer_json_member(out, "pointer", db_text(rows, 0, 7));
}

static void on_rows(void *arg, enum db_fault fault, const char *sqlstate, const struct db_result *rows)
{
	struct asked *asked = arg;
	struct call *call = asked->call;
	char id[UUID_TEXT_BYTES];
	struct buffer out;

	(void)sqlstate;
	if (fault != DB_FINE) {
		respond_problem(call, PROBLEM_SERVICE_UNAVAILABLE, TEXT_NONE, NULL);
		call_release(call);
		return;
	}
	uuid_format(&asked->command_id, id);
	buffer_init(&out, call->arena, 512);
	buffer_string(&out, "{");
	buffer_json_member(&out, "commandId", text_of(id));
	if (db_rows(rows) == 1)
		write_outcome(&out, rows);
	else
		buffer_json_member(&out, "state", text_of(command_state_word(STATE_ACCEPTED)));
	buffer_string(&out, "}");
	respond_success(call, &(struct success){ .status = 200, .data = buffer_view(&out) });
	call_release(call);
}

void status_answer(struct call *call, const struct captures *captures)
{
	struct asked *asked = ARENA_NEW(call->arena, struct asked);

	asked->call = call;
	if (!read_name(captures->items[0].value, &asked->command_id)) {
		respond_problem(call, PROBLEM_NOT_FOUND, TEXT_NONE, NULL);
		return;
	}
	call_hold(call);
	if (loop_query(call->loop, QUERY_command_outcome, 1, (struct db_param[]){ P_UUID(&asked->command_id) }, on_rows,
	            asked))
		return;
	respond_problem(call, PROBLEM_SERVICE_UNAVAILABLE, TEXT_NONE, NULL);
	call_release(call);
}
