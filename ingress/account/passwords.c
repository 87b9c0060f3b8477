/* passwords.c - see passwords.h. */
#include "ingress/account/passwords.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/password.h"
#include "base/process.h"
#include "ingress/http/respond.h"

#define THREADS 2
#define QUEUE_MAX 64

static struct {
	pthread_mutex_t lock;
	pthread_cond_t filled;
	struct password_job *first, **end;
	int count;
} queue = { .lock = PTHREAD_MUTEX_INITIALIZER, .filled = PTHREAD_COND_INITIALIZER, .end = &queue.first };

static char nobody[PASSWORD_HASH_BYTES];

static struct password_job *take(void)
{
	struct password_job *job;
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec++;
	pthread_mutex_lock(&queue.lock);
	if (!queue.first)
		pthread_cond_timedwait(&queue.filled, &queue.lock, &until);
	job = queue.first;
	if (job && !(queue.first = job->next))
		queue.end = &queue.first;
	queue.count -= job != NULL;
	pthread_mutex_unlock(&queue.lock);
	return job;
}

static void hash_and_verify(void *unused)
{
	(void)unused;
	while (loop_any_running()) {
		struct password_job *job = take();

		if (!job)
			continue;
		if (job->hash)
			job->matches = password_verify(job->hash, job->password);
		else
			password_hash(job->password, job->hashed);
		loop_post(job->call->loop, &job->note);
	}
}

void passwords_start(void)
{
	password_hash(TEXT("nobody has this password"), nobody);
	for (int i = 0; i < THREADS; i++)
		process_thread("passwords", hash_and_verify, NULL);
}

const char *passwords_nobody(void)
{
	return nobody;
}

void passwords_forget(struct text secret)
{
	if (secret.len)
		explicit_bzero((char *)secret.data, secret.len);
}

static void on_done(struct note *note)
{
	struct password_job *job = (struct password_job *)note;
	struct call *call = job->call;

	passwords_forget(job->password);
	job->then(call, job);
	call_release(call);
}

static bool submit(struct password_job *job)
{
	bool room;

	pthread_mutex_lock(&queue.lock);
	room = queue.count < QUEUE_MAX;
	if (room) {
		job->next = NULL;
		*queue.end = job;
		queue.end = &job->next;
		queue.count++;
		pthread_cond_signal(&queue.filled);
	}
	pthread_mutex_unlock(&queue.lock);
	return room;
}

void passwords_run(struct call *call, struct password_job *job)
{
	job->call = call;
	job->note.run = on_done;
	call_hold(call);
	if (submit(job))
		return;
	respond_problem(call, PROBLEM_SERVICE_UNAVAILABLE, TEXT_NONE, NULL);
	call_release(call);
}
