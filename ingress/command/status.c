/* status.c - see status.h. */
#include "ingress/command/status.h"

#include <endian.h>
#include <pthread.h>
#include <string.h>
#include "base/clock.h"
#include "ingress/http/action.h"
#include "ingress/http/ask.h"
#include "ingress/http/principal.h"
#include "ingress/http/respond.h"

#define GOOD_S (30 * 86400)

_Static_assert(sizeof(struct status_seal) == STATUS_SEAL_BYTES, "written as it stands");

static uint8_t key[32];

static void derive_key(void)
{
	principal_key("command status", key);
}

static void mac_of(const struct uuid *command_id, const struct status_seal *seal, uint8_t out[32])
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	uint8_t input[16 + STATUS_SEAL_BYTES - STATUS_MAC_BYTES];

	memcpy(input, command_id->bytes, 16);
	memcpy(input + 16, seal, STATUS_SEAL_BYTES - STATUS_MAC_BYTES);
	pthread_once(&once, derive_key);
	principal_mac(key, (struct text){ (const char *)input, sizeof input }, out);
}

struct text status_url_at(
        struct arena *arena, const struct envelope *envelope, const struct uuid *account_id, int64_t given_s)
{
	uint32_t now = htobe32((uint32_t)given_s);
	struct status_seal seal;
	uint8_t mac[32];
	char id[UUID_TEXT_BYTES], hex[2 * STATUS_SEAL_BYTES + 1];

	memcpy(seal.account, account_id->bytes, sizeof seal.account);
	memcpy(seal.fp, envelope->fp, sizeof seal.fp);
	memcpy(seal.time, &now, sizeof seal.time);
	mac_of(&envelope->id, &seal, mac);
	memcpy(seal.mac, mac, sizeof seal.mac);
	uuid_format(&envelope->id, id);
	text_hex((const uint8_t *)&seal, sizeof seal, hex);
	return text_of(arena_printf(arena, "/api/v1/commands/%s.%s", id, hex));
}

struct text status_url(struct arena *arena, const struct envelope *envelope, const struct uuid *account_id)
{
	return status_url_at(arena, envelope, account_id, clock_unix_ms() / 1000);
}

bool status_read(struct text name, struct uuid *out_command, struct status_seal *out_seal)
{
	uint8_t mac[32];
	uint32_t given;

	if (name.len != 36 + 1 + 2 * STATUS_SEAL_BYTES || name.data[36] != '.')
		return false;
	if (!uuid_parse((struct text){ name.data, 36 }, out_command) ||
	        !text_unhex(
	                (struct text){ name.data + 37, 2 * STATUS_SEAL_BYTES }, (uint8_t *)out_seal, STATUS_SEAL_BYTES))
		return false;
	mac_of(out_command, out_seal, mac);
	memcpy(&given, out_seal->time, sizeof given);
	return text_equal_secret((struct text){ (const char *)out_seal->mac, STATUS_MAC_BYTES },
	               (struct text){ (const char *)mac, STATUS_MAC_BYTES }) &&
	       clock_unix_ms() / 1000 < (int64_t)be32toh(given) + GOOD_S;
}

struct asked {
	struct uuid command_id;
	struct status_seal seal;
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

/* The command was another request's, with the same Idempotency-Key: of this one nothing became. */
static void write_reuse(struct buffer *out)
{
	const struct problem_text *text = &problem_texts[PROBLEM_IDEMPOTENCY_KEY_REUSED];

	buffer_json_member(out, "state", text_of(command_state_word(STATE_REFUSED)));
	buffer_json_member_int(out, "status", text->status);
	buffer_json_member(out, "code", text_of(text->word));
}

static bool is_asked_for(const struct asked *asked, const struct db_result *rows)
{
	uint8_t fp[FINGERPRINT_BYTES];

	return text_unhex(db_text(rows, 0, 5), fp, sizeof fp) && memcmp(fp, asked->seal.fp, STATUS_FP_BYTES) == 0;
}

static void on_rows(struct call *call, void *state, const struct db_result *rows)
{
	struct asked *asked = state;
	struct buffer out;

	buffer_init(&out, call->arena, 512);
	buffer_string(&out, "{");
	buffer_json_member(&out, "commandId", uuid_text(call->arena, &asked->command_id));
	if (db_rows(rows) == 1 && is_asked_for(asked, rows))
		write_outcome(&out, rows);
	else if (db_rows(rows) == 1)
		write_reuse(&out);
	else
		buffer_json_member(&out, "state", text_of(command_state_word(STATE_ACCEPTED)));
	buffer_string(&out, "}");
	respond_success(call, &(struct success){ .status = 200, .data = buffer_view(&out) });
}

void command_status(struct call *call, const struct command_status *form)
{
	struct asked *asked = ARENA_NEW(call->arena, struct asked);

	if (!status_read(form->command, &asked->command_id, &asked->seal)) {
		respond_problem(call, PROBLEM_NOT_FOUND, TEXT_NONE, NULL);
		return;
	}
	ask_read(call, QUERY_command_outcome, 1, (struct db_param[]){ P_UUID(&asked->command_id) }, on_rows, asked);
}
