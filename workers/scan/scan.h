/* scan.h - one content in the hands of a scanner, and what came of it. */
#ifndef WORKERS_SCAN_SCAN_H
#define WORKERS_SCAN_SCAN_H

#include "base/arena.h"
#include "base/store.h"
#include "base/uuid.h"
#include "workers/scan/engine.h"
#include "workers/scan/picture.h"
#include "workers/scan/verdict.h"

#define SCAN_BATCH 16
#define SCAN_SMALL (128 << 10) /* several of at most this size are looked at before what came of them is recorded */

struct content {
	/* of the row */
	struct uuid id;
	uint8_t sha256[32];
	struct text sha256_hex, mime_type;
	int64_t size;
	int attempts;
	bool is_avatar;
	bool is_released;  /* from quarantine, by an administrator */
	bool again;        /* it was found clean before */
	struct text known; /* what the same engine has said of the same content, or none */
	struct text known_note, known_picture;

	/* what came of it */
	struct verdict verdict;
	bool judged;    /* of SCAN_PENDING: the attempt counts against it */
	bool withdrawn; /* it was shown, is infected, and cannot be moved: nobody is shown it while it waits */
	struct picture picture;
	struct text picture_json; /* none: it has no preview */
};

/* Where the pieces of work find what they need. */
struct scan {
	struct store *store;
	struct engine *engine;
	struct arena *arena;
	void (*pump)(void *arg);
	void *arg;
};

/* look.c: fills in what came of it. */
void look_at(const struct scan *scan, struct content *content);

/* shelf.c ---------------------------------------------------------------------------------------- */
/* Opens the bytes wherever they are: a move may have happened whose record was lost. */
enum store_outcome shelf_open(
        struct store *store, const struct content *content, struct store_reader **out, int64_t *out_size);
/* Is this very content where its verdict wants it? */
bool shelf_has(struct store *store, const struct content *content, enum scan_state outcome);
/* Puts it where its verdict wants it; may be repeated. False: not now, store_error. */
bool shelf_put(struct store *store, const struct content *content);
/* Of a row whose bytes are to be gone: those that waited; those under its hash unless others name it there. */
bool shelf_clear(struct store *store, const struct content *content, bool kept_by_others, bool quarantined_by_others);

#endif
