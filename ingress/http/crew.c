/* crew.c - see crew.h. */
#include "ingress/http/crew.h"

#include <time.h>
#include "base/process.h"

/* The next job; NULL: none came within a second. */
static struct crew_job *take(struct crew *crew)
{
	struct crew_job *job;
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec++;
	pthread_mutex_lock(&crew->lock);
	if (!crew->first)
		pthread_cond_timedwait(&crew->filled, &crew->lock, &until);
	job = crew->first;
	if (job && !(crew->first = job->next))
		crew->end = &crew->first;
	crew->count -= job != NULL;
	pthread_mutex_unlock(&crew->lock);
	if (job && crew->waiting)
		metric_add(crew->waiting, -1);
	return job;
}

static void work(void *arg)
{
	struct crew *crew = arg;

	while (loop_any_running()) {
		struct crew_job *job = take(crew);

		if (!job)
			continue;
		job->work(job);
		loop_post(job->loop, &job->note);
	}
}

void crew_start(struct crew *crew, int threads)
{
	for (int i = 0; i < threads; i++)
		process_thread(crew->thread, work, crew);
}

bool crew_put(struct crew *crew, struct loop *loop, struct crew_job *job)
{
	bool room;

	job->loop = loop;
	job->next = NULL;
	pthread_mutex_lock(&crew->lock);
	room = crew->count < crew->most;
	if (room) {
		*crew->end = job;
		crew->end = &job->next;
		crew->count++;
		pthread_cond_signal(&crew->filled);
	}
	pthread_mutex_unlock(&crew->lock);
	if (room && crew->waiting)
		metric_add(crew->waiting, 1);
	return room;
}
