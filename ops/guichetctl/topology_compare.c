/* topology_compare.c - what of the wanted definitions is not so. See topology.h.
 *
 * A section is a row: what identifies one of its things, what must be equal, and
 * whether RabbitMQ lets it be changed. Passwords are compared by their hash
 * (RabbitMQ: base64 of a 4-byte salt and SHA-256 over salt and password), so an
 * unchanged one is not written again, and none travels in the clear.
 */
#include "ops/guichetctl/topology.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define SALT_BYTES 4
#define SALTED_BYTES (SALT_BYTES + SHA256_DIGEST_LENGTH)
#define PASSWORD_MAX 512
#define ALGORITHM "rabbit_password_hashing_sha256"

struct section {
	const char *name, *thing;
	const char *key[6], *equal[7]; /* members; NULL behind the last */
	bool is_fixed;
};

/* In the order of creation. */
static const struct section sections[] = {
	{ "vhosts", "vhost", { "name" }, { NULL }, true },
	{ "users", "user", { "name" }, { "tags" }, false },
	{ "permissions", "permission", { "user", "vhost" }, { "configure", "write", "read" }, false },
	{ "exchanges", "exchange", { "vhost", "name" }, { "type", "durable", "auto_delete", "internal", "arguments" },
	        true },
	{ "queues", "queue", { "vhost", "name" }, { "durable", "auto_delete", "arguments" }, true },
	{ "bindings", "binding", { "vhost", "source", "destination_type", "destination", "routing_key", "arguments" },
	        { NULL }, true },
	{ "policies", "policy", { "vhost", "name" }, { "pattern", "apply-to", "priority", "definition" }, false },
};
#define KEY_MAX 6

struct comparison {
	struct arena *arena;
	const json_t *wanted, *actual;
	json_t *missing;
	struct topology_difference *first, **end;
};

static bool is_same(const json_t *a, const json_t *b, const char *member)
{
	json_t *left = json_object_get(a, member), *right = json_object_get(b, member);

	/* Older servers write no tags as "". */
	if (strcmp(member, "tags") == 0 && json_is_string(right))
		return json_string_length(right) == 0 && json_array_size(left) == 0;
	return json_equal(left, right);
}

static const json_t *find(const json_t *list, const struct section *section, const json_t *wanted)
{
	size_t index;
	json_t *item;

	json_array_foreach(list, index, item)
	{
		int same = 0;

		while (same < KEY_MAX && section->key[same] && is_same(wanted, item, section->key[same]))
			same++;
		if (same == KEY_MAX || !section->key[same])
			return item;
	}
	return NULL;
}

static char *name_of(struct arena *arena, const json_t *item)
{
	const char *name = json_string_value(json_object_get(item, "name"));
	const char *user = json_string_value(json_object_get(item, "user"));

	if (name || user)
		return arena_printf(arena, "%s", name ? name : user);
	return arena_printf(arena, "%s -> %s (%s)", json_string_value(json_object_get(item, "source")),
	        json_string_value(json_object_get(item, "destination")),
	        json_string_value(json_object_get(item, "routing_key")));
}

static void note(struct comparison *c, enum topology_kind kind, const struct section *section, const json_t *item,
        const char *member)
{
	struct topology_difference *d = ARENA_NEW(c->arena, struct topology_difference);

	d->kind = kind;
	d->what = section->thing;
	d->name = name_of(c->arena, item);
	d->member = member ? arena_printf(c->arena, "%s", member) : NULL;
	*c->end = d;
	c->end = &d->next;
}

/* --- passwords ------------------------------------------------------------ */
static void hash_password(const uint8_t salt[SALT_BYTES], const char *password, uint8_t out[SALTED_BYTES])
{
	uint8_t input[SALT_BYTES + PASSWORD_MAX];
	size_t len = strnlen(password, PASSWORD_MAX);

	memcpy(input, salt, SALT_BYTES);
	memcpy(input + SALT_BYTES, password, len);
	memcpy(out, salt, SALT_BYTES);
	SHA256(input, SALT_BYTES + len, out + SALT_BYTES);
}

static bool has_password(const json_t *user, const char *password)
{
	const char *stored = json_string_value(json_object_get(user, "password_hash"));
	const char *algorithm = json_string_value(json_object_get(user, "hashing_algorithm"));
	uint8_t decoded[SALTED_BYTES + 8], expected[SALTED_BYTES];
	size_t len = stored ? strlen(stored) : 0;

	/* 36 bytes are 48 characters, without padding. */
	if (!algorithm || strcmp(algorithm, ALGORITHM) != 0 || len != SALTED_BYTES / 3 * 4 ||
	        EVP_DecodeBlock(decoded, (const unsigned char *)stored, (int)len) != SALTED_BYTES)
		return false;
	hash_password(decoded, password, expected);
	return memcmp(decoded, expected, SALTED_BYTES) == 0;
}

/* The user as it is posted: a hash in the place of the password. */
static json_t *with_hash(const json_t *user, const char *password)
{
	uint8_t salt[SALT_BYTES], salted[SALTED_BYTES];
	unsigned char encoded[SALTED_BYTES / 3 * 4 + 1];
	json_t *copy = json_deep_copy(user);

	if (!copy || getrandom(salt, sizeof salt, 0) != sizeof salt)
		abort();
	hash_password(salt, password, salted);
	EVP_EncodeBlock(encoded, salted, SALTED_BYTES);
	json_object_del(copy, "password");
	json_object_set_new(copy, "password_hash", json_string((const char *)encoded));
	json_object_set_new(copy, "hashing_algorithm", json_string(ALGORITHM));
	return copy;
}

/* --- one thing -------------------------------------------------------------- */
static void make(struct comparison *c, const struct section *section, json_t *item)
{
	json_array_append_new(json_object_get(c->missing, section->name), item);
}

static void compare_user(
        struct comparison *c, const struct section *section, const json_t *wanted, const json_t *actual)
{
	const char *password = json_string_value(json_object_get(wanted, "password"));
	bool same_tags = actual && is_same(wanted, actual, "tags");

	if (actual && same_tags && (!password || has_password(actual, password)))
		return;
	if (!password) {
		note(c, actual ? TOPOLOGY_DIFFERENT : TOPOLOGY_UNKNOWN, section, wanted, actual ? "tags" : NULL);
		return;
	}
	note(c, actual ? TOPOLOGY_DIFFERENT : TOPOLOGY_MISSING, section, wanted,
	        actual ? (same_tags ? "password" : "tags") : NULL);
	make(c, section, with_hash(wanted, password));
}

/* A permission of a user that neither is there nor is made cannot be given. */
static bool has_no_user(const struct comparison *c, const json_t *permission)
{
	const json_t *lists[] = { json_object_get(c->actual, "users"), json_object_get(c->missing, "users") };
	const json_t *user = json_object_get(permission, "user");
	size_t index;
	json_t *item;

	for (int i = 0; i < 2; i++)
		json_array_foreach(
		        lists[i], index, item) if (json_equal(json_object_get(item, "name"), user)) return false;
	return true;
}

static void compare_item(
        struct comparison *c, const struct section *section, const json_t *wanted, const json_t *actual)
{
	const char *const *member = section->equal;

	while (actual && *member && is_same(wanted, actual, *member))
		member++;
	if (actual && !*member)
		return;
	if (actual && section->is_fixed) {
		note(c, TOPOLOGY_CONFLICT, section, wanted, *member);
		return;
	}
	note(c, actual ? TOPOLOGY_DIFFERENT : TOPOLOGY_MISSING, section, wanted, actual ? *member : NULL);
	make(c, section, json_deep_copy(wanted));
}

static void compare_section(struct comparison *c, const struct section *section)
{
	const json_t *there = json_object_get(c->actual, section->name);
	size_t index;
	json_t *wanted;

	json_object_set_new(c->missing, section->name, json_array());
	json_array_foreach(json_object_get(c->wanted, section->name), index, wanted)
	{
		const json_t *actual = find(there, section, wanted);

		if (strcmp(section->name, "users") == 0)
			compare_user(c, section, wanted, actual);
		else if (strcmp(section->name, "permissions") != 0 || !has_no_user(c, wanted))
			compare_item(c, section, wanted, actual);
	}
}

struct topology_difference *topology_compare(
        struct arena *arena, const json_t *wanted, const json_t *actual, json_t **out_missing)
{
	struct comparison c = { .arena = arena, .wanted = wanted, .actual = actual, .missing = json_object() };

	c.end = &c.first;
	for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
		compare_section(&c, &sections[i]);
	*out_missing = c.missing;
	return c.first;
}
