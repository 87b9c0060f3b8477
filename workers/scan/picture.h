/* picture.h - preview and thumbnail of a picture, made by guichetpicture (workers/scan/confined/): another process,
 * because what it decodes came from a stranger. */
#ifndef WORKERS_SCAN_PICTURE_H
#define WORKERS_SCAN_PICTURE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/settings.h"
#include "base/text.h"

#define PICTURE_SOURCE_MOST (32 << 20) /* of larger files nothing is made */

/* PICTURE_PROGRAM. */
extern struct setting picture_settings[];

struct picture {
	int64_t width, height;
	struct text preview, thumbnail; /* JPEG, in the arena */
};

/* Is it of a type that guichetpicture reads? */
bool picture_is_one(struct text mime_type);

/* An anonymous file for the bytes; -1: there is none. */
int picture_source_new(void);

/* Waits for it, 30 s at most, pumping. False: it is none that can be decoded within bounds; the reason is logged. */
bool picture_make(int source, struct arena *arena, void (*pump)(void *arg), void *arg, struct picture *out);

/* {"width":, "height":, "preview": bytes, "thumbnail": bytes}, as files.picture has it. */
struct text picture_json(const struct picture *picture, struct arena *arena);

#endif
