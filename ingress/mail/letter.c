/* letter.c - see letter.h. */
#include "ingress/mail/letter.h"

#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "base/probe.h"
#include "queues/file_place.h"

#define LETTERS_MOST 1000
#define PIECE_LEAST ((size_t)16 * 1024)
#define PIECE_MOST ((size_t)256 * 1024)
#define MEMORY_EASY ((size_t)32 * 1024 * 1024) /* gathered by all: beyond it each has the least */

static int64_t threads;

struct setting letter_settings[] = {
	{ "MAIL_STORE_THREADS", SETTING_INT, &threads, "10", .min = 1, .max = 256,
	        .help = "threads that store messages; each waits for the disk with one at a time" },
	{ 0 },
};

static struct metric waiting = { .name = "guichet_mail_store_waiting",
	.labels = "",
	.kind = METRIC_GAUGE,
	.help = "Messages, or parts of them, that wait for a thread of MAIL_STORE_THREADS" };
static struct probe_check check = { .name = "store" };
static struct crew crew = CREW(crew, .thread = "store", .most = 2 * LETTERS_MOST, .waiting = &waiting);
static struct store *store;
static int letters;
static size_t gathered;

void letters_start(void)
{
	store = store_open();
	crew_start(&crew, (int)threads);
}

struct letter *letter_new(void *arg)
{
	struct letter *letter;

	if (letters == LETTERS_MOST)
		return NULL;
	letter = calloc(1, sizeof *letter);
	if (!letter)
		abort();
	letters++;
	letter->id = uuid_new();
	letter->arg = arg;
	letter->digest = EVP_MD_CTX_new();
	if (!letter->digest || EVP_DigestInit_ex(letter->digest, EVP_sha256(), NULL) != 1)
		abort();
	return letter;
}

static void forget_gathered(struct letter *letter)
{
	gathered -= letter->capacity;
	free(letter->bytes);
	letter->bytes = NULL;
	letter->len = letter->capacity = 0;
}

void letter_free(struct letter **letter)
{
	if (!*letter)
		return;
	store_write_abort(&(*letter)->writer);
	forget_gathered(*letter);
	EVP_MD_CTX_free((*letter)->digest);
	free(*letter);
	*letter = NULL;
	letters--;
}

void letter_add(struct letter *letter, struct text bytes)
{
	size_t need = letter->len + bytes.len, capacity = letter->capacity ? letter->capacity : PIECE_LEAST;

	while (capacity < need)
		capacity *= 2;
	if (capacity != letter->capacity) {
		letter->bytes = realloc(letter->bytes, capacity);
		if (!letter->bytes)
			abort();
		gathered += capacity - letter->capacity;
		letter->capacity = capacity;
	}
	memcpy(letter->bytes + letter->len, bytes.data, bytes.len);
	letter->len += bytes.len;
	letter->size += (int64_t)bytes.len;
}

bool letter_is_full(const struct letter *letter)
{
	return letter->len >= (gathered > MEMORY_EASY ? PIECE_LEAST : PIECE_MOST);
}

/* --- on a thread -------------------------------------------------------------------- */
static enum store_outcome write_gathered(struct letter *letter)
{
	enum store_outcome outcome = letter->writer ? STORE_DONE : store_write_begin(store, &letter->writer);

	EVP_DigestUpdate(letter->digest, letter->bytes, letter->len);
	return outcome == STORE_DONE ? store_write(letter->writer, letter->bytes, letter->len) : outcome;
}

static enum store_outcome commit(struct letter *letter)
{
	char key[FILE_KEY_ROOM];

	EVP_DigestFinal_ex(letter->digest, letter->sha256, NULL);
	file_key_mail(letter->id, key);
	return store_write_commit(&letter->writer, BUCKET_MAIL, key, letter->sha256);
}

/* Not ready while the store takes nothing: another program may be able to. */
static void tell(enum store_outcome outcome)
{
	probe_set(&check, outcome == STORE_DONE ? NULL : outcome == STORE_FULL ? "no room" : "cannot be written to");
	if (outcome != STORE_DONE)
		log_error("a message could not be stored", LOG_TEXT("reason", store_error()));
}

static void spill(struct crew_job *job)
{
	struct letter *letter = (struct letter *)job;

	letter->outcome = write_gathered(letter);
	if (letter->outcome != STORE_DONE)
		tell(letter->outcome);
}

static void keep(struct crew_job *job)
{
	struct letter *letter = (struct letter *)job;

	letter->outcome = write_gathered(letter);
	if (letter->outcome == STORE_DONE)
		letter->outcome = commit(letter);
	tell(letter->outcome);
}

static void discard(struct crew_job *job)
{
	char key[FILE_KEY_ROOM];

	file_key_mail(((struct letter *)job)->id, key);
	store_remove(store, BUCKET_MAIL, key);
}

/* --- on the loop -------------------------------------------------------------------- */
static void on_done(struct note *note)
{
	struct letter *letter = (struct letter *)note;

	forget_gathered(letter);
	letter->done(letter);
}

static bool run(struct letter *letter, struct loop *loop, void (*work)(struct crew_job *job),
        void (*done)(struct letter *letter))
{
	letter->job.work = work;
	letter->job.note.run = on_done;
	letter->done = done;
	return crew_put(&crew, loop, &letter->job);
}

bool letter_spill(struct letter *letter, struct loop *loop, void (*done)(struct letter *letter))
{
	return run(letter, loop, spill, done);
}

bool letter_keep(struct letter *letter, struct loop *loop, void (*done)(struct letter *letter))
{
	return run(letter, loop, keep, done);
}

static void on_discarded(struct letter *letter)
{
	letter_free(&letter);
}

void letter_discard(struct letter **letter, struct loop *loop)
{
	if (!run(*letter, loop, discard, on_discarded))
		letter_free(letter);
	*letter = NULL;
}
