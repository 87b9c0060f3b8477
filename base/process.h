/* process.h - the life of a program: start, threads, signals, a clean end.
 *
 * TERM and INT ask the process to stop: process_stopping() turns true and
 * process_stop_fd() readable (for poll and event loops; it stays readable).
 * The threads then finish what they hold and return. If they have not after
 * DRAIN seconds the process ends anyway: nothing it held was acknowledged, so
 * nothing is lost. A second signal ends it at once. SIGPIPE is ignored. It leaves no core file.
 */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

#include <stdbool.h>
#include <pthread.h>
#include "base/settings.h"

#define PROCESS_DRAIN_S 10

/* First call of every main. Answers --help, --version and --settings (and then
 * exits 0), refuses other arguments (exit 2), loads the settings (its own
 * LOG_LEVEL among them; exit 78, EX_CONFIG, when one is bad), starts the log and blocks signals in
 * the calling thread and in those started later. about: one line for --help. */
void process_init(int argc, char **argv, const char *name, const char *about, struct setting *const *tables);

const char *process_name(void);
const char *process_version(void);

bool process_stopping(void);
int process_stop_fd(void);
/* The process asks itself to stop, exit code 1 if failed. Any thread. */
void process_stop(bool failed);

/* What the process has in hand, for the line that SIGUSR2 has it write: figures of malloc and of arenas, and this. */
void process_counts_work(int64_t (*in_hand)(void));

/* Sleeps, or returns early when the process is asked to stop. */
void process_nap_ms(int ms);

/* A thread that is part of the process's work. name: up to 15 characters. */
void process_thread(const char *name, void (*run)(void *), void *arg);

/* Waits for a stop signal, then for the threads, at most PROCESS_DRAIN_S seconds
 * in all; returns the exit code. For the main thread. */
int process_wait(void);

#endif
