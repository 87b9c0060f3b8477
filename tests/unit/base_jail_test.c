/* base_jail_test.c - what a program in the jail cannot do any more. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/jail.h"

static const struct jail jail = { .memory_bytes = 256UL << 20, .cpu_seconds = 5 };

/* In a process of its own, in the jail: what try gives is its exit code. */
static int in_jail(int (*try)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		jail_limit(&jail);
		jail_close(&jail);
		_exit(try());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int opens_a_file(void)
{
	return open("/etc/passwd", O_RDONLY) == -1 ? errno : 0;
}

static int speaks_to_others(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0) == -1 ? errno : 0;
}

static int becomes_another_program(void)
{
	return execl("/bin/true", "true", NULL) == -1 ? errno : 0;
}

static int starts_another_process(void)
{
	return fork() == -1 ? errno : 0;
}

static int signals_its_parent(void)
{
	return kill(getppid(), 0) == -1 ? errno : 0;
}

static void it_opens_speaks_and_starts_nothing(void **state)
{
	(void)state;
	assert_int_equal(in_jail(opens_a_file), EPERM);
	assert_int_equal(in_jail(speaks_to_others), EPERM);
	assert_int_equal(in_jail(becomes_another_program), EPERM);
	assert_int_equal(in_jail(starts_another_process), EPERM);
	assert_int_equal(in_jail(signals_its_parent), EPERM);
}

#ifndef __SANITIZE_ADDRESS__
static int takes_much_memory(void)
{
	return malloc(512UL << 20) ? 0 : errno;
}

static void its_memory_is_bounded(void **state)
{
	(void)state;
	assert_int_equal(in_jail(takes_much_memory), ENOMEM);
}
#endif

static int works(void)
{
	char *memory = malloc(1 << 20);

	return memory && write(STDOUT_FILENO, "", 0) == 0 ? 77 : 0;
}

static void it_can_read_compute_and_write(void **state)
{
	(void)state;
	assert_int_equal(in_jail(works), 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_opens_speaks_and_starts_nothing),
#ifndef __SANITIZE_ADDRESS__
		cmocka_unit_test(its_memory_is_bounded),
#endif
		cmocka_unit_test(it_can_read_compute_and_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
