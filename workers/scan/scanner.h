/* scanner.h - a thread that looks at files: claim, look, move, record. */
#ifndef WORKERS_SCAN_SCANNER_H
#define WORKERS_SCAN_SCANNER_H

#include "workers/ticker.h"

extern struct setting scanner_settings[];

bool scanner_open(struct ticker *t);
void scanner_close(struct ticker *t);
bool scanner_hold(struct ticker *t);
bool scanner_work(struct ticker *t);

#endif
