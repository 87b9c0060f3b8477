/* crew.h - threads for what has no place on a loop: a password's 13 ms, a disk, a server that is asked in turn.
 *
 * The queue is bounded: who finds it full is told so at once. A job that has begun is not ended from outside: the loop
 * may answer its call meanwhile, so a job owns what it works on, and then() must look whether call->req is still there.
 */
#ifndef INGRESS_HTTP_CREW_H
#define INGRESS_HTTP_CREW_H

#include <pthread.h>
#include "base/metrics.h"
#include "ingress/http/call.h"
#include "ingress/http/loop.h"

struct crew_job {
	struct note note; /* first: posted back to the loop when the work is done */
	struct loop *loop;
	void (*work)(struct crew_job *job); /* on a thread; nothing of the loop's or the call's is touched */
	struct crew_job *next;
	/* Of crew_run() alone. */
	struct call *call;
	void (*then)(struct call *call, struct crew_job *job); /* on the loop, with the call held */
};

struct crew {
	const char *thread;     /* the name of each */
	int most;               /* jobs that may wait */
	struct metric *waiting; /* a gauge of them; NULL: none */

	pthread_mutex_t lock;
	pthread_cond_t filled;
	struct crew_job *first, **end;
	int count;
};

#define CREW(self, ...)                                                                                                \
	{                                                                                                              \
		.lock = PTHREAD_MUTEX_INITIALIZER, .filled = PTHREAD_COND_INITIALIZER, .end = &(self).first,           \
		__VA_ARGS__                                                                                            \
	}

/* When there are loops; the threads live as long as they. */
void crew_start(struct crew *crew, int threads);
/* work and note.run are set. False: too many wait, and neither is called. */
bool crew_put(struct crew *crew, struct loop *loop, struct crew_job *job);
/* The same for a call: work and then are set. */
bool crew_run(struct crew *crew, struct call *call, struct crew_job *job);

#endif
