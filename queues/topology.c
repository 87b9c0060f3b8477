/* topology.c - expands topology.def for the questions of topology.h. */
#include "queues/topology.h"

#include <stddef.h>

/* A lane's queue is its prefix and one hexadecimal digit, and bound by that name. */
struct binding {
	const char *exchange, *key;
	bool is_prefix;
};

struct exchange {
	const char *name, *alternate;
};

#define EXCHANGE(name, type, alternate) { name, alternate },
#define LANES(prefix, exchange)
#define QUEUE(name, exclusivity)
#define BIND(exchange, queue, key)
#define POLICY(name, pattern, definition)
static const struct exchange exchanges[] = {
#include "queues/topology.def"
};

#define EXCHANGE(name, type, alternate)
#define LANES(prefix, exchange) { exchange, prefix, true },
#define QUEUE(name, exclusivity)
#define BIND(exchange, queue, key) { exchange, key, false },
#define POLICY(name, pattern, definition)
static const struct binding bindings[] = {
#include "queues/topology.def"
};

#define EXCHANGE(name, type, alternate)
#define LANES(prefix, exchange)                                                                                        \
	prefix "0", prefix "1", prefix "2", prefix "3", prefix "4", prefix "5", prefix "6", prefix "7", prefix "8",    \
	        prefix "9", prefix "a", prefix "b", prefix "c", prefix "d", prefix "e", prefix "f",
#define QUEUE(name, exclusivity) name,
#define BIND(exchange, queue, key)
#define POLICY(name, pattern, definition)
static const char *const queues[] = {
#include "queues/topology.def"
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static bool is_digit(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

static bool fits(const struct binding *binding, struct text key)
{
	struct text name = text_of(binding->key);

	if (!binding->is_prefix)
		return text_equal(key, name);
	return text_starts_with(key, name) && key.len == name.len + 1 && is_digit(key.data[name.len]);
}

bool topology_has_exchange(struct text exchange)
{
	for (size_t i = 0; i < COUNT(exchanges); i++)
		if (text_equal(exchange, text_of(exchanges[i].name)))
			return true;
	return false;
}

bool topology_routes(struct text exchange, struct text routing_key)
{
	for (size_t i = 0; i < COUNT(exchanges); i++)
		if (text_equal(exchange, text_of(exchanges[i].name)) && *exchanges[i].alternate)
			return true;
	for (size_t i = 0; i < COUNT(bindings); i++)
		if (text_equal(exchange, text_of(bindings[i].exchange)) && fits(&bindings[i], routing_key))
			return true;
	return false;
}

const char *topology_queue(int place)
{
	return place < (int)COUNT(queues) ? queues[place] : NULL;
}
