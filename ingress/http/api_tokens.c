/* api_tokens.c - see api_tokens.h. */
#include "ingress/http/api_tokens.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "base/clock.h"
#include "ingress/http/lookout.h"
#include "ingress/http/revocations.h"

#define PREFIX TEXT("gct_")
#define SECRET_BYTES 32
#define NEVER_S 253402300799 /* the end of the year 9999 */
#define TELL_EVERY_MS 60000
#define TELL_MOST 1000

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static struct token_set set; /* under the lock */
static _Atomic int64_t tell_at_ms;

/* --- scopes ----------------------------------------------------------------------------- */
static const struct {
	const char *word;
	unsigned bit;
} scopes[] = { { "read", SCOPE_READ }, { "write", SCOPE_WRITE }, { "admin", SCOPE_ADMIN } };

unsigned api_token_scope(struct text word)
{
	for (size_t i = 0; i < sizeof scopes / sizeof *scopes; i++)
		if (text_equal(word, text_of(scopes[i].word)))
			return scopes[i].bit;
	return 0;
}

const char *api_token_lacks(unsigned has, enum verb verb, unsigned access)
{
	if (!(has & (verb == GET ? SCOPE_READ : SCOPE_WRITE)))
		return verb == GET ? "read" : "write";
	if ((access & ADMIN) && !(access & AGENT) && !(has & SCOPE_ADMIN))
		return "admin"; /* also where others may do it to what is theirs */
	return NULL;
}

/* --- from the database -------------------------------------------------------------------- */
static unsigned read_scopes(struct text words)
{
	unsigned bits = 0;

	for (size_t i = 0; i < sizeof scopes / sizeof *scopes; i++)
		if (words.len && memmem(words.data, words.len, scopes[i].word, strlen(scopes[i].word)))
			bits |= scopes[i].bit;
	return bits;
}

static enum token_state read_state(struct text word)
{
	return text_equal(word, TEXT("good"))     ? TOKEN_GOOD
	       : text_equal(word, TEXT("asleep")) ? TOKEN_ASLEEP
	                                          : TOKEN_ENDED;
}

static void take_row(const struct db_result *rows, int i)
{
	struct token_entry entry = { .id = db_uuid(rows, i, 0),
		.account_id = db_uuid(rows, i, 1),
		.scopes = read_scopes(db_text(rows, i, 3)),
		.expires_at = db_int(rows, i, 4),
		.state = read_state(db_text(rows, i, 5)) };

	if (text_unhex(db_text(rows, i, 2), entry.hash, sizeof entry.hash))
		token_set_put(&set, &entry);
}

static void take_rows(const struct db_result *rows, bool from_scratch, int64_t asked_ms)
{
	pthread_rwlock_wrlock(&lock);
	if (from_scratch)
		token_set_start_anew(&set, asked_ms);
	for (int i = 1; i < db_rows(rows); i++)
		take_row(rows, i);
	pthread_rwlock_unlock(&lock);
}

static struct lookout lookout = {
	.query = QUERY_api_tokens, .place_column = 6, .take = take_rows, .check = { .name = "apiTokens" }
};

void api_tokens_start(void)
{
	token_set_init(&set);
	lookout_start(&lookout);
}

void api_tokens_hurry(void)
{
	lookout_hurry(&lookout);
}

bool api_tokens_known(void)
{
	return lookout_is_known(&lookout);
}

/* --- which were used ------------------------------------------------------------------------ */
/* A JSON list; what does not fit waits for the next time. */
static int list_used(struct buffer *out)
{
	char id[UUID_TEXT_BYTES];
	int count = 0;

	pthread_rwlock_wrlock(&lock);
	for (size_t i = 0; i < set.capacity && count < TELL_MOST; i++) {
		if (!set.entries[i].used)
			continue;
		set.entries[i].used = false;
		uuid_format(&set.entries[i].id, id);
		buffer_printf(out, "%s\"%s\"", count++ ? "," : "[", id);
	}
	pthread_rwlock_unlock(&lock);
	buffer_string(out, "]");
	return count;
}

/* What the database is not told now it is told when the token is used again. */
static void on_told(void *unused, enum db_fault fault, const struct db_result *rows)
{
	(void)unused;
	(void)fault;
	(void)rows;
}

static void tell_used(struct loop *loop)
{
	int64_t now = clock_mono_ms(), at = tell_at_ms;
	struct arena *arena;
	struct buffer ids;

	if (now < at || !atomic_compare_exchange_strong(&tell_at_ms, &at, now + TELL_EVERY_MS))
		return;
	arena = arena_new(4096);
	buffer_init(&ids, arena, 1024);
	if (list_used(&ids))
		loop_write(loop, QUERY_api_tokens_used, 1, (struct db_param[]){ P_TEXT(buffer_view(&ids)) }, on_told,
		        NULL);
	arena_free(&arena);
}

void api_tokens_tick(struct loop *loop)
{
	lookout_tick(&lookout, loop, revocations_age_most_ms());
	tell_used(loop);
}

/* --- a token --------------------------------------------------------------------------------- */
static void hash_secret(const uint8_t secret[SECRET_BYTES], uint8_t out[TOKEN_HASH_BYTES])
{
	if (!EVP_Digest(secret, SECRET_BYTES, out, NULL, EVP_sha256(), NULL))
		abort();
}

bool api_token_looks_so(struct text token)
{
	return text_starts_with(token, PREFIX);
}

static enum problem_code judge(const struct token_entry *entry, const uint8_t hash[TOKEN_HASH_BYTES])
{
	if (!entry || !text_equal_secret((struct text){ (const char *)hash, TOKEN_HASH_BYTES },
	                      (struct text){ (const char *)entry->hash, TOKEN_HASH_BYTES }))
		return PROBLEM_AUTH_TOKEN_INVALID;
	if (entry->state != TOKEN_GOOD)
		return PROBLEM_AUTH_TOKEN_REVOKED;
	if (entry->expires_at && entry->expires_at <= clock_unix_ms() / 1000)
		return PROBLEM_AUTH_TOKEN_EXPIRED;
	return PROBLEM_NONE;
}

static void fill(const struct token_entry *entry, struct principal *out)
{
	*out = (struct principal){ .account_id = entry->account_id,
		.token_id = entry->id,
		.is_program = true,
		.scopes = entry->scopes,
		.issued_at = uuid_unix_ms(&entry->id) / 1000,
		.expires_at = entry->expires_at ? entry->expires_at : NEVER_S };
}

enum problem_code api_token_recognise(struct text token, struct principal *out)
{
	uint8_t said[sizeof(struct uuid) + SECRET_BYTES], hash[TOKEN_HASH_BYTES];
	struct token_entry *entry;
	enum problem_code wrong;
	struct uuid id;

	if (!api_token_looks_so(token) ||
	        !text_unhex((struct text){ token.data + PREFIX.len, token.len - PREFIX.len }, said, sizeof said))
		return PROBLEM_AUTH_TOKEN_INVALID;
	memcpy(id.bytes, said, sizeof id.bytes);
	hash_secret(said + sizeof id.bytes, hash);
	pthread_rwlock_rdlock(&lock);
	entry = token_set_find(&set, &id);
	wrong = judge(entry, hash);
	if (wrong == PROBLEM_NONE) {
		fill(entry, out);
		__atomic_store_n(&entry->used, true, __ATOMIC_RELAXED);
	}
	pthread_rwlock_unlock(&lock);
	return wrong;
}

bool api_token_stays(const struct principal *principal)
{
	const struct token_entry *entry;
	bool stays;

	pthread_rwlock_rdlock(&lock);
	entry = token_set_find(&set, &principal->token_id);
	stays = entry && entry->state == TOKEN_GOOD;
	pthread_rwlock_unlock(&lock);
	return stays;
}

void api_token_draw(struct token_entry *entry, char out[API_TOKEN_LETTERS + 1])
{
	uint8_t said[sizeof(struct uuid) + SECRET_BYTES];

	if (getrandom(said + sizeof(struct uuid), SECRET_BYTES, 0) != SECRET_BYTES)
		abort();
	memcpy(said, entry->id.bytes, sizeof(struct uuid));
	hash_secret(said + sizeof(struct uuid), entry->hash);
	memcpy(out, PREFIX.data, PREFIX.len);
	text_hex(said, sizeof said, out + PREFIX.len);
	explicit_bzero(said, sizeof said);
}

void api_tokens_add(const struct token_entry *entry)
{
	struct token_entry added = *entry;

	added.added_ms = clock_mono_ms();
	pthread_rwlock_wrlock(&lock);
	token_set_put(&set, &added);
	pthread_rwlock_unlock(&lock);
}

void api_tokens_end(const struct uuid *id)
{
	struct token_entry ended = { .id = *id, .state = TOKEN_ENDED, .added_ms = clock_mono_ms() };
	struct token_entry *known;

	pthread_rwlock_wrlock(&lock);
	known = token_set_find(&set, id);
	if (known) {
		known->state = TOKEN_ENDED;
		known->added_ms = ended.added_ms;
	} else {
		token_set_put(&set, &ended);
	}
	pthread_rwlock_unlock(&lock);
}
