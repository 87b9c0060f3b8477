/* jail.c - see jail.h. */
#include "base/jail.h"

#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#define NICER 10

static void limit(__rlimit_resource_t what, rlim_t soft, rlim_t hard)
{
	const struct rlimit value = { soft, hard };

	if (setrlimit(what, &value) == -1) {
		perror("setrlimit");
		exit(EXIT_FAILURE);
	}
}

void jail_limit(const struct jail *jail)
{
#ifndef __SANITIZE_ADDRESS__ /* which reserves terabytes */
	limit(RLIMIT_AS, jail->memory_bytes, jail->memory_bytes);
#endif
	if (jail->cpu_seconds)
		limit(RLIMIT_CPU, (rlim_t)jail->cpu_seconds, (rlim_t)jail->cpu_seconds);
	limit(RLIMIT_CORE, 0, 0);
	limit(RLIMIT_FSIZE, jail->file_bytes, jail->file_bytes);
	setpriority(PRIO_PROCESS, 0, NICER);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_DUMPABLE, 0);
}

void jail_allow_cpu(int seconds)
{
	struct rusage used;

	getrusage(RUSAGE_SELF, &used);
	limit(RLIMIT_CPU, (rlim_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec + 1 + seconds), RLIM_INFINITY);
}

static const int permitted[] = {
	SCMP_SYS(read),
	SCMP_SYS(readv),
	SCMP_SYS(pread64),
	SCMP_SYS(lseek),
	SCMP_SYS(fstat),
	SCMP_SYS(write),
	SCMP_SYS(writev),
	SCMP_SYS(close),
	SCMP_SYS(dup),
	SCMP_SYS(fcntl),
	SCMP_SYS(mmap),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(mprotect),
	SCMP_SYS(madvise),
	SCMP_SYS(brk),
	SCMP_SYS(futex),
	SCMP_SYS(set_robust_list),
	SCMP_SYS(rseq),
	SCMP_SYS(set_tid_address),
	SCMP_SYS(gettid),
	SCMP_SYS(getpid),
	SCMP_SYS(prctl), /* names of threads */
	SCMP_SYS(sched_yield),
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(nanosleep),
	SCMP_SYS(getrandom),
	SCMP_SYS(getrusage),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
};

void jail_close(const struct jail *jail)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int trouble = filter ? 0 : -ENOMEM;

	for (size_t i = 0; !trouble && i < sizeof permitted / sizeof permitted[0]; i++)
		trouble = seccomp_rule_add(filter, SCMP_ACT_ALLOW, permitted[i], 0);
	for (const int *call = jail->more; !trouble && call && *call; call++)
		trouble = seccomp_rule_add(filter, SCMP_ACT_ALLOW, *call, 0);
	if (!trouble)
		trouble = seccomp_load(filter);
	if (trouble) {
		fprintf(stderr, "seccomp: error %d\n", -trouble);
		exit(EXIT_FAILURE);
	}
	seccomp_release(filter);
}
