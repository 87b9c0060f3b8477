/* passwords.c - see passwords.h. */
#include "ingress/account/passwords.h"

#include <string.h>
#include "ingress/http/respond.h"

#define THREADS 2
#define QUEUE_MAX 64

static struct crew crew = CREW(crew, .thread = "passwords", .most = QUEUE_MAX);
static char nobody[PASSWORD_HASH_BYTES];

static void hash_or_verify(struct crew_job *of_crew)
{
	struct password_job *job = (struct password_job *)of_crew;

	if (job->hash)
		job->matches = password_verify(job->hash, job->password);
	else
		password_hash(job->password, job->hashed);
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

	passwords_forget(job->password);
	job->then(call, job);
}

void passwords_run(struct call *call, struct password_job *job)
{
	job->job.work = hash_or_verify;
	job->job.then = on_done;
	if (!crew_run(&crew, call, &job->job))
		respond_problem(call, PROBLEM_SERVICE_UNAVAILABLE, TEXT_NONE, NULL);
}
