/* seen.c - see seen.h. */
#include "ingress/http/seen.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SAID_BYTES (512 * 1024)

static struct {
	pthread_mutex_t lock;
	char *said;
	size_t len;
	_Atomic uint64_t number; /* how many were heard */
} last = { .lock = PTHREAD_MUTEX_INITIALIZER };

void seen_hear(struct text said)
{
	char *kept;

	if (!said.len || said.len > SAID_BYTES || said.data[0] != '{' || memchr(said.data, '\n', said.len))
		return;
	kept = malloc(said.len);
	if (!kept)
		return;
	memcpy(kept, said.data, said.len);
	pthread_mutex_lock(&last.lock);
	free(last.said);
	last.said = kept;
	last.len = said.len;
	last.number++;
	pthread_mutex_unlock(&last.lock);
}

uint64_t seen_number(void)
{
	return last.number;
}

bool seen_newer(uint64_t *number, struct buffer *out)
{
	if (last.number == *number)
		return false;
	pthread_mutex_lock(&last.lock);
	*number = last.number;
	buffer_append(out, last.said, last.len);
	pthread_mutex_unlock(&last.lock);
	return true;
}
