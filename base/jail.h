/* jail.h - what a program that touches other people's bytes gives up before it does.
 *
 * For guichetpicture and guichetmail: programs without connections and secrets, which read what strangers have sent.
 */
#ifndef BASE_JAIL_H
#define BASE_JAIL_H

#include <stddef.h>

struct jail {
	size_t memory_bytes;
	size_t file_bytes; /* the most a file it writes may hold */
	int cpu_seconds;   /* in all; 0: see jail_allow_cpu */
	const int *more;   /* system calls beyond those of every jail, 0 behind the last */
};

/* At once: bounded memory, bounded time, no core file, last in the queue for the processors; it ends with its parent.
 * Ends the process where it cannot. */
void jail_limit(const struct jail *jail);
/* When everything that must be opened is open: no new privileges, and of the system calls those that read, write and
 * compute, and the jail's own; every other one fails with EPERM. Ends the process where it cannot. */
void jail_close(const struct jail *jail);
/* From now on so many seconds of processor time, then SIGXCPU, which ends it. Wants prlimit64 among its calls. */
void jail_allow_cpu(int seconds);

#endif
