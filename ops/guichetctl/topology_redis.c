/* topology_redis.c - the channels of queues/programs.def as a file of users for redis-server (aclfile). */
#include "ops/guichetctl/topology.h"

#include <openssl/sha.h>
#include <string.h>
#include "ops/guichetctl/secrets.h"
#include "queues/programs.h"

/* Redis takes the hash, so that the file holds no password. */
static void write_password(struct buffer *out, struct text password)
{
	unsigned char hash[SHA256_DIGEST_LENGTH];
	char hex[2 * sizeof hash + 1];

	SHA256((const unsigned char *)password.data, password.len, hash);
	text_hex(hash, sizeof hash, hex);
	buffer_printf(out, " on #%s", hex);
}

/* A selector of its own: who may subscribe to a channel may not publish there for that. */
static void write_right(struct buffer *out, const char *command, const char *channels)
{
	if (!*channels)
		return;
	buffer_printf(out, " (+%s", command);
	for (const char *rest = channels; *rest;) {
		size_t len = strcspn(rest, " ");

		buffer_string(out, " &");
		buffer_append(out, rest, len);
		rest += len + strspn(rest + len, " ");
	}
	buffer_string(out, ")");
}

const char *topology_redis(struct text secrets, struct buffer *out)
{
	buffer_string(out, "user default off\n");
	for (int i = 0; i < program_count; i++) {
		const struct program *program = &programs[i];
		struct text password = secrets_find(secrets, program->name);

		if (!*program->subscribes && !*program->publishes)
			continue;
		if (!password.data)
			return program->name;
		buffer_printf(out, "user guichet_%s", program->name);
		write_password(out, password);
		buffer_string(out, " resetchannels -@all +ping +select");
		write_right(out, "subscribe", program->subscribes);
		write_right(out, "publish", program->publishes);
		if (program->kind == PROGRAM_INGRESS) /* what administrators see of it, and delete of ours */
			buffer_string(out, " (+info +dbsize +scan) (+del ~guichet:*)");
		if (*program->counts)
			buffer_printf(out, " (+incr +decr +get +pexpire ~%s)", program->counts);
		buffer_string(out, "\n");
	}
	return NULL;
}
