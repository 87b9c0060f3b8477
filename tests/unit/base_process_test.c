/* base_process_test.c - start, stop and end of a process, seen from its parent.
 *
 * Each test forks: the child is the program, the parent looks at what it wrote
 * and how it ended.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/probe.h"
#include "base/process.h"

static char said[65536];

/* Runs program in a child; returns its exit code (or 128 + signal), and leaves
 * what it wrote to stdout and stderr in said. A line with "msg":"up" draws the
 * signals, one after the other. */
static int run(void (*program)(void), const int *signals)
{
	size_t len = 0;
	int fds[2], status;
	ssize_t n;
	pid_t child;

	assert_int_equal(pipe(fds), 0);
	fflush(NULL);
	child = fork();
	if (child == 0) {
		dup2(fds[1], STDOUT_FILENO);
		dup2(fds[1], STDERR_FILENO);
		close(fds[0]);
		close(fds[1]);
		program();
		_exit(99);
	}
	close(fds[1]);
	while ((n = read(fds[0], said + len, sizeof(said) - 1 - len)) > 0) {
		len += (size_t)n;
		said[len] = '\0';
		while (signals && *signals &&
		        strstr(said, *signals == SIGINT ? "\"msg\":\"stopping\"" : "\"msg\":\"up\""))
			kill(child, *signals++);
	}
	said[len] = '\0';
	close(fds[0]);
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void start(const char *argument)
{
	char *argv[] = { "test", (char *)argument, NULL };

	process_init(argument ? 2 : 1, argv, "test", "Tests the process.",
	        (struct setting *const[]){ probe_settings, NULL });
}

static void patient(void *arg)
{
	(void)arg;
	log_info("up");
	process_nap_ms(60000);
	log_info("down");
}

static void stubborn(void *arg)
{
	(void)arg;
	log_info("up");
	for (;;)
		pause();
}

static void failing(void *arg)
{
	(void)arg;
	process_stop(true);
}

static void one_patient(void)
{
	start(NULL);
	process_thread("patient", patient, NULL);
	process_thread("patient", patient, NULL);
	_exit(process_wait());
}

static void one_stubborn(void)
{
	start(NULL);
	process_thread("stubborn", stubborn, NULL);
	_exit(process_wait());
}

static void one_failing(void)
{
	start(NULL);
	process_thread("patient", patient, NULL);
	process_thread("failing", failing, NULL);
	_exit(process_wait());
}

static void asked_for_help(void)
{
	start("--help");
}

static void asked_for_version(void)
{
	start("--version");
}

static void asked_for_settings(void)
{
	start("--settings");
}

static void asked_for_nonsense(void)
{
	start("--nonsense");
}

static void badly_set(void)
{
	setenv("LOG_LEVEL", "loud", 1);
	start(NULL);
}

static void assert_said(const char *part)
{
	if (!strstr(said, part))
		fail_msg("no %s in %s", part, said);
}

static void ends_in_peace_on_term(void **state)
{
	(void)state;
	assert_int_equal(run(one_patient, (const int[]){ SIGTERM, 0 }), 0);
	assert_said("\"thread\":\"patient\",\"msg\":\"down\"");
	assert_said("\"msg\":\"stopped\",\"exit_code\":0");
}

static void tells_figures_on_usr2_and_goes_on(void **state)
{
	(void)state;
	assert_int_equal(run(one_patient, (const int[]){ SIGUSR2, SIGTERM, 0 }), 0);
	assert_said("\"msg\":\"allocation\",\"used_bytes\":");
	assert_said("\"in_hand\":0");
	assert_said("\"msg\":\"stopped\",\"exit_code\":0");
}

static void ends_at_once_on_a_second_signal(void **state)
{
	int64_t from = clock_mono_ms();

	(void)state;
	assert_int_equal(run(one_stubborn, (const int[]){ SIGTERM, SIGINT, 0 }), 1);
	assert_said("\"running_thread\":\"stubborn\"");
	assert_in_range(clock_mono_ms() - from, 0, 5000);
}

static void a_failure_is_the_exit_code(void **state)
{
	(void)state;
	assert_int_equal(run(one_failing, NULL), 1);
	assert_said("\"msg\":\"down\"");
}

static void answers_its_arguments(void **state)
{
	(void)state;
	assert_int_equal(run(asked_for_help, NULL), 0);
	assert_said("Tests the process.");
	assert_said("PROBE_LISTEN");
	assert_said("LOG_LEVEL (default info)");
	assert_int_equal(run(asked_for_version, NULL), 0);
	assert_int_equal(strncmp(said, "test ", 5), 0);
	assert_int_equal(run(asked_for_settings, NULL), 0);
	assert_said("PROBE_LISTEN\t\toptional\t");
	assert_said("\nLOG_LEVEL\tinfo\toptional\t");
	assert_int_equal(run(asked_for_nonsense, NULL), 2);
	assert_int_equal(run(badly_set, NULL), 78);
	assert_said("LOG_LEVEL: not one of: debug info");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "TERM lets the threads finish and exits 0", ends_in_peace_on_term, NULL, NULL, NULL },
		{ "USR2 has figures written, and nothing ends", tells_figures_on_usr2_and_goes_on, NULL, NULL, NULL },
		{ "a second signal ends the process at once", ends_at_once_on_a_second_signal, NULL, NULL, NULL },
		{ "a thread that stops the process as failed makes it exit 1", a_failure_is_the_exit_code, NULL, NULL,
		        NULL },
		{ "arguments are answered or refused, bad settings exit 78", answers_its_arguments, NULL, NULL, NULL },
	};

	return cmocka_run_group_tests_name("base process", tests, NULL, NULL);
}
