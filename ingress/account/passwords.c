/* passwords.c - see passwords.h. */
#include "ingress/account/passwords.h"

#include <string.h>
#include "ingress/account/tries.h"
#include "ingress/http/respond.h"

#define THREADS 2
#define QUEUE_MAX 64
#define SHARE_MAX (QUEUE_MAX / 4)

static struct crew crew = CREW(crew, .thread = "passwords", .most = QUEUE_MAX);
static char nobody[PASSWORD_HASH_BYTES];

static void hash_or_verify(struct crew_job *of_crew)
{
	struct password_job *job = (struct password_job *)of_crew;

	if (job->hash)
		job->matches = password_verify(job->hash, job->password);
	job->rehashed = job->matches && password_is_outdated(job->hash);
	if (!job->hash || job->rehashed)
		password_hash(job->password, job->hashed);
}

/* --- shares ------------------------------------------------------------------------- */
static pthread_mutex_t share_lock = PTHREAD_MUTEX_INITIALIZER;
static struct password_job *in_hand;

/* False: the client has its share in hand. */
static bool take_share(struct password_job *job)
{
	int count = 0;

	pthread_mutex_lock(&share_lock);
	for (const struct password_job *other = in_hand; other; other = other->next)
		count += text_equal(other->client, job->client);
	if (count < SHARE_MAX) {
		job->next = in_hand;
		in_hand = job;
	}
	pthread_mutex_unlock(&share_lock);
	return count < SHARE_MAX;
}

static void give_back(struct password_job *job)
{
	struct password_job **at = &in_hand;

	pthread_mutex_lock(&share_lock);
	while (*at != job)
		at = &(*at)->next;
	*at = job->next;
	pthread_mutex_unlock(&share_lock);
}

void passwords_start(void)
{
	password_hash(TEXT("nobody has this password"), nobody);
	crew_start(&crew, THREADS);
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

static void on_done(struct call *call, struct crew_job *of_crew)
{
	struct password_job *job = (struct password_job *)of_crew;

	give_back(job);
	passwords_forget(job->password);
	job->then(call, job);
}

void passwords_run(struct call *call, struct password_job *job)
{
	job->job.work = hash_or_verify;
	job->job.then = on_done;
	job->client = tries_client(call);
	if (!take_share(job)) {
		tries_refuse(call, 1);
		return;
	}
	if (crew_run(&crew, call, &job->job))
		return;
	give_back(job);
	respond_problem(call, PROBLEM_SERVICE_UNAVAILABLE, TEXT_NONE, NULL);
}
