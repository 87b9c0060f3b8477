/* when.h - whether a text names a day or an hour, in whatever language: by its numbers alone. */
#ifndef BASE_MAIL_WHEN_H
#define BASE_MAIL_WHEN_H

#include <stdbool.h>
#include "base/text.h"

/* 28/10/2021, 2021-10-28, "28. Oktober 2021", "Oct 28, 9:31 AM", "2016年12月12日": two numbers that make a date. */
bool when_is_named(struct text t);

#endif
