/* process.c - the life of a program: start, threads, signals, a clean end.
 *
 *   process_init -> process_thread ... -> process_wait
 *                                          | TERM, INT, HUP or process_stop()
 *                                          v
 *                   stop fd readable -> threads return -> exit code
 *                                          | PROCESS_DRAIN_S over, or a second
 *                                          v signal
 *                                        _exit(1)
 *
 * The signals are blocked in every thread and read by the main thread from a
 * signalfd, so no handler ever runs. HUP counts as TERM: there is nothing to
 * reload, and a terminal that goes away shall not cut work off.
 */
#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sysexits.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/process.h"

#ifndef GUICHET_VERSION
#define GUICHET_VERSION "0.1.0"
#endif

#define THREADS_MOST 64
#define EXIT_USAGE 2

struct thread {
	pthread_t id;
	char name[16];
	void (*run)(void *);
	void *arg;
	_Atomic bool ended;
};

static int64_t log_least = LOG_LEVEL_INFO, log_kept;

static struct setting own_settings[] = {
	{ "LOG_LEVEL", SETTING_WORD, &log_least, "info", .words = "debug info notice warning error critical",
	        .help = "the least important lines that are logged" },
	{ "LOG_KEEP", SETTING_WORD, &log_kept, "off", .words = "off debug info notice warning error critical",
	        .help = "the least important lines that are also kept in the database, for 14 days, where GET /logs "
	                "finds them; of those that are logged" },
	{ NULL },
};

static const char *process_title = "guichet";
static _Atomic bool stopping;
static _Atomic bool has_failed;
static int stop_fd = -1;   /* readable once the process shall stop, and from then on */
static int ended_fd = -1;  /* readable after a thread has ended */
static int signal_fd = -1; /* TERM, INT, HUP */

static pthread_mutex_t threads_lock = PTHREAD_MUTEX_INITIALIZER;
static struct thread threads[THREADS_MOST];
static int thread_count;

static _Noreturn void broken(const char *what)
{
	log_critical(what, LOG_TEXT("error", strerror(errno)));
	exit(EXIT_FAILURE);
}

static void wake(int fd)
{
	const uint64_t one = 1;

	/* A full eventfd is readable already. */
	if (write(fd, &one, sizeof(one)) < 0)
		return;
}

/* The program's tables with our own behind them. Lives as long as the process. */
static struct setting **with_own_settings(struct setting *const *tables)
{
	static struct setting **all;
	size_t count = 0;

	while (tables && tables[count])
		count++;
	free(all);
	all = calloc(count + 2, sizeof(struct setting *));
	if (!all)
		broken("out of memory");
	for (size_t i = 0; i < count; i++)
		all[i] = tables[i];
	all[count] = own_settings;
	return all;
}

static void print_help(const char *about, struct setting *const *tables)
{
	printf("usage: %s [--help | --version | --settings]\n\n%s\n\n", process_title, about);
	printf("Settings, read from the environment:\n\n");
	settings_help(tables, stdout);
}

/* Returns when the program shall run. */
static void answer_arguments(int argc, char **argv, const char *about, struct setting *const *tables)
{
	if (argc < 2)
		return;
	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		print_help(about, tables);
	} else if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		printf("%s %s\n", process_title, GUICHET_VERSION);
	} else if (argc == 2 && strcmp(argv[1], "--settings") == 0) {
		settings_list(tables, stdout);
	} else {
		fprintf(stderr, "%s: arguments not understood (see --help)\n", process_title);
		exit(EXIT_USAGE);
	}
	exit(fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* A core file, or another process of the same user, would hold keys and passwords. The sanitizers look into the process
 * by the same way. */
static void keep_to_itself(void)
{
	const struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &none) != 0)
		broken("core files cannot be turned off");
#ifndef __SANITIZE_ADDRESS__
	if (prctl(PR_SET_DUMPABLE, 0) != 0)
		broken("the process cannot be kept from being dumped");
#endif
}

static void catch_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	signal(SIGPIPE, SIG_IGN);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	stop_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	ended_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (signal_fd < 0 || stop_fd < 0 || ended_fd < 0)
		broken("no file descriptors for signals");
}

void process_init(int argc, char **argv, const char *name, const char *about, struct setting *const *tables)
{
	struct setting **all = with_own_settings(tables);

	process_title = name;
	answer_arguments(argc, argv, about, all);
	if (!settings_load(all, stderr))
		exit(EX_CONFIG);
	log_init(name, (enum log_level)log_least);
	if (log_kept)
		log_keep((enum log_level)(log_kept - 1));
	log_thread_name("main");
	prctl(PR_SET_NAME, name); /* whatever file it was started from */
	keep_to_itself();
	catch_signals();
	/* What is large goes back to the system when it is freed. Left to itself malloc keeps ever larger things. */
	mallopt(M_MMAP_THRESHOLD, 96 * 1024);
}

const char *process_name(void)
{
	return process_title;
}

const char *process_version(void)
{
	return GUICHET_VERSION;
}

bool process_stopping(void)
{
	return atomic_load(&stopping);
}

int process_stop_fd(void)
{
	return stop_fd;
}

void process_stop(bool failed)
{
	if (failed)
		atomic_store(&has_failed, true);
	if (!atomic_exchange(&stopping, true) && stop_fd >= 0)
		wake(stop_fd);
}

static void *thread_main(void *arg)
{
	struct thread *thread = arg;

	log_thread_name(thread->name);
	thread->run(thread->arg);
	atomic_store(&thread->ended, true);
	wake(ended_fd);
	return NULL;
}

void process_thread(const char *name, void (*run)(void *), void *arg)
{
	struct thread *thread;

	pthread_mutex_lock(&threads_lock);
	if (thread_count == THREADS_MOST)
		broken("too many threads");
	thread = &threads[thread_count];
	snprintf(thread->name, sizeof(thread->name), "%s", name);
	thread->run = run;
	thread->arg = arg;
	atomic_store(&thread->ended, false);
	errno = pthread_create(&thread->id, NULL, thread_main, thread);
	if (errno)
		broken("a thread can't be started");
	pthread_setname_np(thread->id, thread->name);
	thread_count++;
	pthread_mutex_unlock(&threads_lock);
}

/* The first thread that still runs; NULL when all have ended. */
static struct thread *find_running(void)
{
	struct thread *running = NULL;

	pthread_mutex_lock(&threads_lock);
	for (int i = 0; i < thread_count && !running; i++)
		if (!atomic_load(&threads[i].ended))
			running = &threads[i];
	pthread_mutex_unlock(&threads_lock);
	return running;
}

static void join_all(void)
{
	for (int i = 0; i < thread_count; i++)
		pthread_join(threads[i].id, NULL);
	thread_count = 0;
}

/* The number of a signal that has come, or 0. */
static int take_signal(void)
{
	struct signalfd_siginfo info;

	return read(signal_fd, &info, sizeof(info)) == sizeof(info) ? (int)info.ssi_signo : 0;
}

/* Waits until a signal has come or fd is readable; -1 ms is for ever. */
static void poll_signals_and(int fd, int timeout_ms)
{
	struct pollfd fds[] = { { .fd = signal_fd, .events = POLLIN }, { .fd = fd, .events = POLLIN } };

	poll(fds, 2, timeout_ms);
}

static void wait_for_stop(void)
{
	while (!process_stopping()) {
		int signo;

		poll_signals_and(stop_fd, -1);
		signo = take_signal();
		if (signo) {
			log_notice("stopping", LOG_TEXT("signal", sigabbrev_np(signo)));
			process_stop(false);
		}
	}
}

static _Noreturn void give_up(const char *why, const struct thread *thread)
{
	log_error(why, LOG_TEXT("running_thread", thread->name));
	_exit(EXIT_FAILURE);
}

static void drain_threads(void)
{
	const int64_t until = clock_mono_ms() + PROCESS_DRAIN_S * 1000;
	const struct thread *running;
	uint64_t count;

	while ((running = find_running())) {
		int64_t left = until - clock_mono_ms();

		if (left <= 0)
			give_up("threads have not ended in time", running);
		poll_signals_and(ended_fd, (int)left);
		if (take_signal())
			give_up("a second signal ends the process at once", running);
		if (read(ended_fd, &count, sizeof(count)) < 0)
			continue;
	}
}

int process_wait(void)
{
	wait_for_stop();
	drain_threads();
	join_all();
	log_notice("stopped", LOG_INT("exit_code", atomic_load(&has_failed)));
	return atomic_load(&has_failed) ? EXIT_FAILURE : EXIT_SUCCESS;
}

void process_nap_ms(int ms)
{
	const int64_t until = clock_mono_ms() + ms;

	/* Before process_init() the fd is -1, which poll(2) passes over. */
	for (int64_t left = ms; left > 0; left = until - clock_mono_ms()) {
		struct pollfd stop = { .fd = process_stop_fd(), .events = POLLIN };

		if (poll(&stop, 1, (int)left) > 0)
			return;
	}
}
