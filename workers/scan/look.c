/* look.c - sends one content through the engine, and makes its preview. See scan.h.
 *
 * The digest is computed on the way: what is not what was accepted has no verdict.
 */
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "workers/scan/scan.h"

#define PIECE (256 << 10)
#define ERRORS_MOST 5 /* so often clamd may say that it could not, before nobody asks it any more */

static struct metric looked = { .name = "guichet_scan_seconds",
	.labels = "",
	.help = "How long a look at a file takes, from its first byte to the verdict",
	.kind = METRIC_HISTOGRAM };

/* One content on its way. */
struct passage {
	const struct scan *scan;
	struct store_reader *reader;
	EVP_MD_CTX *digest;
	int picture; /* a copy of the bytes, or -1 */
	char piece[PIECE];
};

static void settle(struct content *c, enum scan_state outcome, bool judged, const char *note)
{
	c->verdict = verdict_say(outcome, note);
	c->judged = judged;
}

static bool wants_picture(const struct content *c)
{
	return !c->again && c->size <= PICTURE_SOURCE_MOST && picture_is_one(c->mime_type);
}

static void keep_for_picture(struct passage *p, size_t count)
{
	if (p->picture == -1 || write(p->picture, p->piece, count) == (ssize_t)count)
		return;
	close(p->picture);
	p->picture = -1;
}

/* All of it. False: it could not be read. An engine that takes no more has its reason, which it says at the end. */
static bool pass_bytes(struct passage *p)
{
	bool takes = true;
	ssize_t got;

	while ((got = store_read(p->reader, p->piece, sizeof p->piece)) > 0) {
		EVP_DigestUpdate(p->digest, p->piece, (size_t)got);
		keep_for_picture(p, (size_t)got);
		takes = takes && engine_bytes(p->scan->engine, p->piece, (size_t)got);
		p->scan->pump(p->scan->arg);
	}
	return got == 0;
}

static bool is_what_was_accepted(struct passage *p, const struct content *c)
{
	uint8_t sha256[32];

	return EVP_DigestFinal_ex(p->digest, sha256, NULL) && memcmp(sha256, c->sha256, sizeof sha256) == 0;
}

static void judge(struct passage *p, struct content *c)
{
	if (!pass_bytes(p)) {
		engine_abort(p->scan->engine);
		settle(c, SCAN_PENDING, true, "it cannot be read now");
		log_error("a file cannot be read", LOG_UUID("file_id", &c->id), LOG_TEXT("error", store_error()));
		return;
	}
	if (!is_what_was_accepted(p, c)) {
		engine_abort(p->scan->engine);
		settle(c, SCAN_ERROR, true, "its bytes are not those that were uploaded");
		return;
	}
	c->verdict = engine_end(p->scan->engine);
	c->judged = true;
	if (c->verdict.state == SCAN_ERROR && c->attempts + 1 < ERRORS_MOST && !c->again)
		c->verdict.state = SCAN_PENDING;
}

static void draw(struct passage *p, struct content *c)
{
	const struct scan *scan = p->scan;

	if (p->picture != -1 && c->verdict.state == SCAN_CLEAN &&
	        picture_make(p->picture, scan->arena, scan->pump, scan->arg, &c->picture))
		c->picture_json = picture_json(&c->picture, scan->arena);
}

static void pass(struct passage *p, struct content *c)
{
	int64_t begun_us = clock_mono_us();

	p->digest = EVP_MD_CTX_new();
	EVP_DigestInit_ex(p->digest, EVP_sha256(), NULL);
	p->picture = wants_picture(c) ? picture_source_new() : -1;
	if (engine_begin(p->scan->engine))
		judge(p, c);
	else
		settle(c, SCAN_PENDING, false, engine_trouble(p->scan->engine));
	metric_observe(&looked, clock_mono_us() - begun_us);
	draw(p, c);
	if (p->picture != -1)
		close(p->picture);
	EVP_MD_CTX_free(p->digest);
	store_read_end(&p->reader);
}

/* Without its bytes: an administrator has decided, or the same engine has seen the same content. */
static bool is_known(const struct scan *scan, struct content *c)
{
	if (c->is_released) {
		settle(c, SCAN_CLEAN, true, "released from quarantine");
		return true;
	}
	if (!c->known.data)
		return false;
	c->verdict = verdict_say(text_equal(c->known, TEXT("clean")) ? SCAN_CLEAN : SCAN_INFECTED, "");
	if (c->known_note.data)
		snprintf(c->verdict.note, sizeof c->verdict.note, "%.*s", (int)c->known_note.len, c->known_note.data);
	c->judged = true;
	c->picture_json = c->known_picture;
	return shelf_has(scan->store, c, c->verdict.state);
}

void look_at(const struct scan *scan, struct content *c)
{
	static _Thread_local struct passage passage;
	int64_t size;

	if (is_known(scan, c))
		return;
	c->picture_json = TEXT_NONE;
	passage.scan = scan;
	switch (shelf_open(scan->store, c, &passage.reader, &size)) {
	case STORE_DONE:
		pass(&passage, c);
		break;
	case STORE_ABSENT:
		log_critical("the bytes of a file are missing", LOG_UUID("file_id", &c->id));
		settle(c, SCAN_ERROR, true, "its bytes are missing");
		break;
	default:
		log_error("the store does not answer: files wait", LOG_TEXT("error", store_error()));
		settle(c, SCAN_PENDING, false, "the store does not answer");
	}
}
