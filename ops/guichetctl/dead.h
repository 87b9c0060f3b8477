/* dead.h - the commands on dead letters: looking (dead.c) and sending again (dead_replay.c). */
#ifndef OPS_GUICHETCTL_DEAD_H
#define OPS_GUICHETCTL_DEAD_H

#include "ops/guichetctl/ctl.h"

enum ctl_exit dead_replay(struct ctl *ctl);
/* The operands as a PostgreSQL array; false after having said which is no id. */
bool dead_ids(struct ctl *ctl, struct text *out);

#endif
