/* screen.c - see screen.h. Escape sequences are those of ECMA-48, which every terminal of today knows. */
#include "ops/guichetctl/screen.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

/* Another page of the terminal, without a cursor; and back. */
#define ENTER "\033[?1049h\033[?25l"
#define LEAVE "\033[?25h\033[?1049l"
#define HOME "\033[H"
#define REST_OF_SCREEN "\033[J"

static struct termios before;
static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

/* write and tcsetattr may be called here; stdio may not. */
static void restore(void)
{
	ssize_t written;

	tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	written = write(STDOUT_FILENO, LEAVE, sizeof LEAVE - 1);
	(void)written;
}

static void restore_and_die(int signo)
{
	restore();
	signal(signo, SIG_DFL);
	raise(signo);
}

bool screen_open(void)
{
	struct termios keys;

	if (!isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &before) != 0)
		return false;
	keys = before;
	keys.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	keys.c_cc[VMIN] = 1;
	keys.c_cc[VTIME] = 0;
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		signal(signals[i], restore_and_die);
	fputs(ENTER, stdout);
	fflush(stdout);
	return tcsetattr(STDIN_FILENO, TCSAFLUSH, &keys) == 0;
}

void screen_close(void)
{
	fflush(stdout);
	restore();
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		signal(signals[i], SIG_DFL);
}

void screen_size(int *rows, int *columns)
{
	struct winsize size = { 0 };

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || !size.ws_row || !size.ws_col)
		size = (struct winsize){ .ws_row = 24, .ws_col = 80 };
	*rows = size.ws_row;
	*columns = size.ws_col;
}

void screen_begin(void)
{
	fputs(HOME, stdout);
}

void screen_end(void)
{
	fputs(REST_OF_SCREEN, stdout);
	fflush(stdout);
}

int screen_key(int wait_ms)
{
	struct pollfd keys = { .fd = STDIN_FILENO, .events = POLLIN };
	int ready = poll(&keys, 1, wait_ms);
	char key;

	if (ready == 0 || (ready < 0 && errno == EINTR)) /* the terminal has another size */
		return 0;
	return ready > 0 && read(STDIN_FILENO, &key, 1) == 1 ? key : 'q';
}
