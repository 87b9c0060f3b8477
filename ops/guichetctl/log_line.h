/* log_line.h - one line of a program's log: does it count, and how is it shown to people? */
#ifndef OPS_GUICHETCTL_LOG_LINE_H
#define OPS_GUICHETCTL_LOG_LINE_H

#include <stdbool.h>
#include <stdio.h>
#include "base/text.h"

#define LOG_LEVELS "debug info notice warning error critical"

struct log_filter {
	const char *least; /* a word of LOG_LEVELS; NULL: any, and what is no JSON, too */
	const char *words; /* a part of the line, whatever its case; NULL: any */
};

bool log_line_counts(struct text line, const struct log_filter *filter);
/* Its member ts, by which lines of several programs are put in order; TEXT_NONE: it has none. */
struct text log_line_moment(struct text line);
/* For a terminal: time, level, program, message and the other members. What is no JSON as it is. */
void log_line_write(struct text line, FILE *out);

#endif
