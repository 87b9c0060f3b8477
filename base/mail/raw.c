/* raw.c - see raw.h. */
#include "base/mail/raw.h"

#include <sys/mman.h>
#include <unistd.h>

#define BYTES_LEAST (2 << 20) /* less is not worth a call */

void raw_put_away(struct text bytes)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE),
	                from = ((uintptr_t)bytes.data + page - 1) / page * page,
	                to = ((uintptr_t)bytes.data + bytes.len) / page * page;

	if (bytes.len >= BYTES_LEAST)
		madvise((void *)from, to - from, MADV_PAGEOUT);
}
