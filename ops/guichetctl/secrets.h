/* secrets.h - PROGRAM_PASSWORDS: a file of lines "program:password". */
#ifndef OPS_GUICHETCTL_SECRETS_H
#define OPS_GUICHETCTL_SECRETS_H

#include "base/arena.h"
#include "base/settings.h"
#include "base/text.h"

/* The row for PROGRAM_PASSWORDS; "" when not set. */
extern struct setting secrets_settings[];

/* The whole file; an empty text when the setting is not set; TEXT_NONE after having said why it cannot be read. */
struct text secrets_read(struct arena *arena);
/* The password of one program, TEXT_NONE when the file has none. */
struct text secrets_find(struct text file, const char *program);

#endif
