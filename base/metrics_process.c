/* metrics_process.c - what Prometheus' own libraries say of a process, and which program it is. */
#include <dirent.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/metrics_private.h"
#include "base/process.h"

static int64_t resident_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	int64_t pages = 0;

	if (!file)
		return 0;
	if (fscanf(file, "%*d %" SCNd64, &pages) != 1)
		pages = 0;
	fclose(file);
	return pages * sysconf(_SC_PAGESIZE);
}

static int64_t open_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	const struct dirent *entry;
	int64_t count = -1; /* the one we look with */

	if (!dir)
		return 0;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			count++;
	closedir(dir);
	return count;
}

static int64_t cpu_us(void)
{
	struct timespec used;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (int64_t)used.tv_sec * 1000000 + used.tv_nsec / 1000;
}

static int64_t start_us;

/* Field 22 of /proc/self/stat: clock ticks from boot to the start. The second
 * field is the program's name and may hold blanks, hence the search for ')'. */
static void find_start(void)
{
	FILE *file = fopen("/proc/self/stat", "re");
	struct timespec since_boot;
	char line[1024] = "";
	const char *after = NULL;
	int64_t ticks;

	if (file) {
		if (fgets(line, sizeof(line), file))
			after = strrchr(line, ')');
		fclose(file);
	}
	start_us = clock_unix_us();
	if (!after || sscanf(after + 1,
	                      " %*c"                                 /* 3 */
	                      " %*d %*d %*d %*d %*d %*d %*d %*d %*d" /* 4 to 12 */
	                      " %*d %*d %*d %*d %*d %*d %*d %*d %*d %" SCNd64,
	                      &ticks) != 1)
		return;
	clock_gettime(CLOCK_BOOTTIME, &since_boot);
	start_us -= (int64_t)since_boot.tv_sec * 1000000 + since_boot.tv_nsec / 1000;
	start_us += ticks * (1000000 / sysconf(_SC_CLK_TCK));
}

static int64_t most_fds(void)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? (int64_t)limit.rlim_cur : 0;
}

static void write_number(struct buffer *out, enum metrics_form form, const char *name, const char *help, int64_t number)
{
	metrics_write_head(out, form, name, help, METRIC_GAUGE);
	buffer_printf(out, "%s %" PRId64 "\n", name, number);
}

static void write_seconds(struct buffer *out, enum metrics_form form, const char *name, const char *help,
        enum metric_kind kind, int64_t us)
{
	metrics_write_head(out, form, name, help, kind);
	buffer_printf(out, "%s ", name);
	metrics_write_seconds(out, us);
	buffer_text(out, TEXT("\n"));
}

void metrics_write_process(struct buffer *out, enum metrics_form form)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, find_start);
	metrics_write_head(
	        out, form, "guichet_build_info", "Which program this is, and its version; always 1.", METRIC_GAUGE);
	buffer_printf(out, "guichet_build_info{program=\"%s\",version=\"%s\"} 1\n", process_name(), process_version());
	write_number(out, form, "process_resident_memory_bytes", "Resident memory size in bytes.", resident_bytes());
	write_number(out, form, "process_open_fds", "Number of open file descriptors.", open_fds());
	write_number(out, form, "process_max_fds", "Maximum number of open file descriptors.", most_fds());
	write_seconds(out, form, "process_cpu_seconds_total", "User and system CPU time spent in seconds.",
	        METRIC_COUNTER, cpu_us());
	write_seconds(out, form, "process_start_time_seconds", "Start of the process in seconds since 1970.",
	        METRIC_GAUGE, start_us);
}
