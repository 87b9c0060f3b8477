/* terminal.c - see terminal.h. */
#include "ops/guichetctl/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/random.h>
#include <termios.h>
#include <unistd.h>

#define LINE_BYTES 1024
#define PASSWORD_CHARS_MIN 8
#define PASSWORD_CHARS_MAX 128
#define GENERATED_CHARS 20

static struct termios before;
static int terminal = -1;

/* The echo comes back, then the signal does what it always does. */
static void restore_and_die(int signo)
{
	tcsetattr(terminal, TCSAFLUSH, &before);
	signal(signo, SIG_DFL);
	raise(signo);
}

/* A line without its end; false at the end of input, or when it is too long. */
static bool read_line(int fd, char line[LINE_BYTES])
{
	size_t len = 0;
	ssize_t got;

	while (len < LINE_BYTES - 1) {
		got = read(fd, line + len, 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0 || line[len] == '\n')
			break;
		len++;
	}
	if (len && line[len - 1] == '\r')
		len--;
	line[len] = '\0';
	return len > 0 && len < LINE_BYTES - 1;
}

static bool ask(const char *question, char line[LINE_BYTES])
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct termios silent;
	bool read;

	if (tcgetattr(terminal, &before) != 0)
		return false;
	silent = before;
	silent.c_lflag &= ~(tcflag_t)ECHO;
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		signal(signals[i], restore_and_die);
	dprintf(terminal, "%s: ", question);
	tcsetattr(terminal, TCSAFLUSH, &silent);
	read = read_line(terminal, line);
	tcsetattr(terminal, TCSAFLUSH, &before);
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		signal(signals[i], SIG_DFL);
	dprintf(terminal, "\n");
	return read;
}

static struct text ask_twice(struct ctl *ctl)
{
	char first[LINE_BYTES], second[LINE_BYTES];
	struct text password = TEXT_NONE;

	if (!ask("Password", first) || !ask("Once more", second))
		say("there is no password");
	else if (strcmp(first, second) != 0)
		say("the two are not the same");
	else
		password = text_copy(ctl->arena, text_of(first));
	explicit_bzero(first, sizeof first);
	explicit_bzero(second, sizeof second);
	return password;
}

/* Letters and digits that cannot be mistaken for another: 32 of them, 5 bits each. */
static struct text generate(struct ctl *ctl)
{
	static const char letters[] = "abcdefghijkmnpqrstuvwxyz23456789";
	unsigned char random[GENERATED_CHARS];
	char password[GENERATED_CHARS];

	if (getrandom(random, sizeof random, 0) != sizeof random)
		return TEXT_NONE;
	for (int i = 0; i < GENERATED_CHARS; i++)
		password[i] = letters[random[i] % 32];
	return text_copy(ctl->arena, (struct text){ password, GENERATED_CHARS });
}

static struct text read_stdin(struct ctl *ctl)
{
	char line[LINE_BYTES];
	struct text password;

	if (!read_line(STDIN_FILENO, line)) {
		say("there is no password on standard input");
		return TEXT_NONE;
	}
	password = text_copy(ctl->arena, text_of(line));
	explicit_bzero(line, sizeof line);
	return password;
}

static struct text checked(struct text password)
{
	size_t chars;

	if (!password.data)
		return TEXT_NONE;
	if (!text_is_utf8(password, &chars)) {
		say("the password is not UTF-8");
		return TEXT_NONE;
	}
	if (chars < PASSWORD_CHARS_MIN || chars > PASSWORD_CHARS_MAX) {
		say("a password has %d to %d characters", PASSWORD_CHARS_MIN, PASSWORD_CHARS_MAX);
		return TEXT_NONE;
	}
	return password;
}

struct text terminal_password(struct ctl *ctl, enum password_source *out_source)
{
	struct text password;

	if (option_flag(ctl, "password-stdin")) {
		*out_source = PASSWORD_READ;
		return checked(read_stdin(ctl));
	}
	if (isatty(STDIN_FILENO))
		terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);
	if (terminal < 0) {
		*out_source = PASSWORD_GENERATED;
		return generate(ctl);
	}
	*out_source = PASSWORD_ASKED;
	password = checked(ask_twice(ctl));
	close(terminal);
	terminal = -1;
	return password;
}

bool terminal_confirms(const char *question)
{
	char line[LINE_BYTES];

	if (!isatty(STDIN_FILENO)) {
		say("nobody can be asked here: --yes says that it is meant");
		return false;
	}
	fprintf(stderr, "%s [y/N] ", question);
	fflush(stderr);
	return read_line(STDIN_FILENO, line) && (strcmp(line, "y") == 0 || strcmp(line, "yes") == 0);
}
