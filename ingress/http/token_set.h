/* token_set.h - the tokens of programs as a set in memory, by their ids. One thread at a time, but for readers among
 * themselves.
 *
 * What has ended stays so, whatever is said of it later: an answer of the database can be older than what was done
 * since.
 */
#ifndef INGRESS_HTTP_TOKEN_SET_H
#define INGRESS_HTTP_TOKEN_SET_H

#include "base/text.h"
#include "base/uuid.h"

#define TOKEN_HASH_BYTES 32

enum token_state { TOKEN_GOOD, TOKEN_ASLEEP, TOKEN_ENDED };

struct token_entry {
	struct uuid id, account_id;
	uint8_t hash[TOKEN_HASH_BYTES];
	unsigned scopes;
	int64_t expires_at; /* seconds since 1970; 0: never */
	enum token_state state;
	int64_t added_ms; /* when this process made or ended it; 0: read from the database */
	bool used;        /* since somebody has asked */
};

/* Open addressing; all zero: not made yet. */
struct token_set {
	struct token_entry *entries;
	size_t capacity, count; /* a power of two, at most half full */
};

void token_set_init(struct token_set *set);
void token_set_deinit(struct token_set *set);
void token_set_put(struct token_set *set, const struct token_entry *entry);
/* NULL: there is none. Borrowed until the next put. */
struct token_entry *token_set_find(const struct token_set *set, const struct uuid *id);
/* Forgets all but what this process has made or ended at that time or since, and what was used and not asked for. */
void token_set_start_anew(struct token_set *set, int64_t since_ms);

#endif
