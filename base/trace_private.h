/* trace_private.h - what the files of trace.h share. */
#ifndef BASE_TRACE_PRIVATE_H
#define BASE_TRACE_PRIVATE_H

#include "base/trace.h"

#define SPAN_TEXT 64

struct span_note {
	const char *key;
	char value[SPAN_TEXT];
	bool is_number;
};

struct span {
	char context[56]; /* its own traceparent */
	char parent[17];  /* "": it is the first */
	char name[SPAN_TEXT];
	enum span_kind kind;
	int64_t begun_us, ended_us; /* since 1970 */
	bool failed;
	int note_count;
	struct span_note notes[SPAN_NOTES];
};

/* Takes up to most spans out of the ring. */
int trace_take(struct span *out, int most);
/* How many are in it. */
int trace_waiting(void);
void trace_count_sent(int count);
void trace_count_dropped(int count);

/* The thread; url: where it sends to. */
void trace_export_start(const char *url);

#endif
