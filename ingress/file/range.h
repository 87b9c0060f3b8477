/* range.h - Range (RFC 9110 section 14.2): one range of bytes. Several at once are not served: the whole is. */
#ifndef INGRESS_FILE_RANGE_H
#define INGRESS_FILE_RANGE_H

#include <stdint.h>
#include "base/text.h"

enum range_kind { RANGE_WHOLE, RANGE_PART, RANGE_UNSATISFIABLE };

/* Of size bytes; out_from and out_count are set for a part. */
enum range_kind range_read(struct text header, int64_t size, int64_t *out_from, int64_t *out_count);

#endif
