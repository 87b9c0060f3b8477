/* engine.h - the scan engine: whether it is there, what it calls itself, how old its signatures are.
 *
 * clamd is asked every five seconds, and given the EICAR test file (eicar.org): one that does not know even that has no
 * database worth the name, and counts as away. With ENABLE_VIRUS_SCAN=false the
 * engine is "none", which finds everything clean and says so wherever it is asked. An engine belongs to one thread.
 */
#ifndef WORKERS_SCAN_ENGINE_H
#define WORKERS_SCAN_ENGINE_H

#include "base/settings.h"
#include "workers/scan/clamd.h"
#include "workers/scan/verdict.h"

#define ENGINE_NONE "none"

struct engine;

/* CLAMD_URL, ENABLE_VIRUS_SCAN and what belongs to them. */
extern struct setting engine_settings[];
/* Once, when the settings are read. False: they cannot be used. */
bool engine_prepare(void);

struct engine *engine_new(void (*pump)(void *arg), void *arg);
void engine_free(struct engine **engine);

/* Asks again where that is due. True: files can be looked at. */
bool engine_ready(struct engine *engine);
/* As it stands in files.scan_engine: "ClamAV 1.4.6/27800/Sat Nov 28 08:24:11 2026", or ENGINE_NONE. */
const char *engine_name(const struct engine *engine);
/* Why it is not ready, in words for people; NULL: it is. */
const char *engine_trouble(const struct engine *engine);
/* Why its signatures are too old to be relied on, or NULL. */
const char *engine_age_trouble(const struct engine *engine);

/* One content in pieces. engine_bytes: false when it takes no more. engine_end: SCAN_PENDING when its answer is lost.
 */
bool engine_begin(struct engine *engine);
bool engine_bytes(struct engine *engine, const void *bytes, size_t count);
struct verdict engine_end(struct engine *engine);
void engine_abort(struct engine *engine);

/* When the signatures were made, seconds since 1970, by what clamd says of itself; 0: it does not say. */
int64_t engine_signatures_at(const char *version);

#endif
