/* quantiles.h - how long something took lately: quantiles of the last five minutes, to within 7 %.
 *
 * Any thread adds, without a lock; at the turn of a minute a few observations may be lost.
 */
#ifndef BASE_QUANTILES_H
#define BASE_QUANTILES_H

#include <stddef.h>
#include <stdint.h>

struct quantiles;

/* Zeroed memory of so many bytes is an empty one. */
extern const size_t quantiles_bytes;

void quantiles_add(struct quantiles *q, int64_t us);

/* Microseconds that per_cent of the observations did not exceed; -1: there are none. */
int64_t quantiles_at(const struct quantiles *q, int per_cent);

#endif
