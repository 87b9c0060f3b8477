/* fault.c - see fault.h; empty in a build without fault points. */
#include "base/fault.h"

#ifdef FAULT_POINTS
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

void fault_point(const char *name)
{
	static atomic_int passed;
	const char *wanted = getenv("FAULT_AT");
	size_t len = strlen(name);

	if (!wanted || strncmp(wanted, name, len) != 0 || wanted[len] != ':')
		return;
	if (atomic_fetch_add(&passed, 1) + 1 == atoi(wanted + len + 1))
		raise(SIGKILL);
}

void fault_poison(struct text text)
{
	const char *poison = getenv("FAULT_POISON");

	if (poison && *poison && text.len && memmem(text.data, text.len, poison, strlen(poison)))
		raise(SIGKILL);
}
#else
typedef int fault_points_are_off; /* ISO C wants a declaration in every unit */
#endif
