/* turn.h - the hooks of the intake worker's skeleton (workers/ticker.h). */
#ifndef WORKERS_INTAKE_TURN_H
#define WORKERS_INTAKE_TURN_H

#include "workers/ticker.h"

bool turn_open(struct ticker *t);
void turn_close(struct ticker *t);
bool turn_hold(struct ticker *t);
bool turn_work(struct ticker *t);

#endif
