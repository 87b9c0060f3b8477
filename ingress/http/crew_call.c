/* crew_call.c - a crew's job for a call, which is held meanwhile: see crew.h. */
#include "ingress/http/crew.h"

static void on_done(struct note *note)
{
	struct crew_job *job = (struct crew_job *)note;
	struct call *call = job->call;

	job->then(call, job);
	call_release(call);
}

bool crew_run(struct crew *crew, struct call *call, struct crew_job *job)
{
	bool room;

	job->call = call;
	job->note.run = on_done;
	call_hold(call); /* before a thread can be done with it */
	room = crew_put(crew, call->loop, job);
	if (!room)
		call_release(call);
	return room;
}
