/* topology_redis.c - the REDIS rows of queues/topology.def as a file of users for redis-server (aclfile). */
#include "ops/guichetctl/topology.h"

#include <openssl/sha.h>
#include <string.h>
#include "ops/guichetctl/secrets.h"

#define EXCHANGE(name, type, alternate)
#define LANES(prefix, exchange)
#define QUEUE(name, exclusivity)
#define BIND(exchange, queue, key)
#define POLICY(name, pattern, definition)
#define USER(program, configure, write, read)
#define REDIS(program, command, channels) { program, command, channels },
static const struct row {
	const char *program, *command, *channels;
} rows[] = {
#include "queues/topology.def"
};

#define ROWS (sizeof rows / sizeof *rows)

static bool is_first_of_its_program(size_t row)
{
	for (size_t i = 0; i < row; i++)
		if (strcmp(rows[i].program, rows[row].program) == 0)
			return false;
	return true;
}

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
static void write_right(struct buffer *out, const struct row *row)
{
	const char *rest = row->channels;

	buffer_printf(out, " (+%s", row->command);
	while (*rest) {
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
	for (size_t first = 0; first < ROWS; first++) {
		const char *program = rows[first].program;
		struct text password = secrets_find(secrets, program);

		if (!is_first_of_its_program(first))
			continue;
		if (!password.data)
			return program;
		buffer_printf(out, "user guichet_%s", program);
		write_password(out, password);
		buffer_string(out, " resetchannels -@all +ping +select");
		for (size_t i = first; i < ROWS; i++)
			if (strcmp(rows[i].program, program) == 0)
				write_right(out, &rows[i]);
		buffer_string(out, "\n");
	}
	return NULL;
}
