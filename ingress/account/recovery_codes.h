/* recovery_codes.h - for who has lost the device: ten codes, each of which counts once.
 *
 * A code has 80 bits, so that its SHA-256, which is all that is kept, tells nobody of it.
 */
#ifndef INGRESS_ACCOUNT_RECOVERY_CODES_H
#define INGRESS_ACCOUNT_RECOVERY_CODES_H

#include "base/arena.h"
#include "base/text.h"

#define RECOVERY_CODES 10

/* As people read them: ABCD-EFGH-IJKL-MNOP, in the arena. */
void recovery_codes_draw(struct arena *arena, struct text out[RECOVERY_CODES]);

/* What the database knows a code by, whatever blanks, dashes and case it is written with: SHA-256 in hexadecimal, in
 * the arena. */
struct text recovery_code_hash(struct arena *arena, struct text code);

/* JSON lists, in the arena: of the codes, and of what the database knows them by. */
struct text recovery_codes_json(struct arena *arena, const struct text codes[RECOVERY_CODES]);
struct text recovery_codes_hashes(struct arena *arena, const struct text codes[RECOVERY_CODES]);

#endif
