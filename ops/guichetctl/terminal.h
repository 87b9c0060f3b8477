/* terminal.h - where a password comes from: standard input, a person, or chance; and whether a person says yes. */
#ifndef OPS_GUICHETCTL_TERMINAL_H
#define OPS_GUICHETCTL_TERMINAL_H

#include "ops/guichetctl/ctl.h"

enum password_source { PASSWORD_READ, PASSWORD_ASKED, PASSWORD_GENERATED };

/* The first line of standard input with --password-stdin; else what a person types twice,
 * unseen; else, without a terminal, 20 random characters. In the arena; TEXT_NONE after
 * having said what is wrong with it. Any of 8 to 128 characters. */
struct text terminal_password(struct ctl *ctl, enum password_source *out_source);

/* Does a person at the terminal type yes? False without a terminal, after having said that --yes is wanted. */
bool terminal_confirms(const char *question);

#endif
