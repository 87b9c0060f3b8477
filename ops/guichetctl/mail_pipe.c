/* mail_pipe.c - "mail pipe": a message on standard input, from a mail server that hands it to a program.
 *
 * It ends with 0 when the message is taken, and as sysexits.h has it when it is not: 75 what may be tried again, 67
 * there is no such mailbox, 69 refused for good. What whoever calls says of the envelope in its environment (Postfix:
 * SENDER, ORIGINAL_RECIPIENT) counts where the options say nothing, and so does the line "From " that some put before a
 * message.
 */
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include "ops/guichetctl/commands.h"
#include "ops/guichetctl/lmtp.h"
#include "ops/guichetctl/mail_lines.h"

#define ADDRESS_BYTES 512
#define PIECE (64 * 1024)

static const char *server;

static struct setting lmtp_settings[] = {
	{ "GUICHET_LMTP", SETTING_TEXT, &server, "127.0.0.1:2424", .min = 1, .max = 255,
	        .help = "where the mail ingress takes mail by LMTP: host:port, or the path of a unix socket" },
	{ 0 },
};

static enum ctl_exit end(const char *what, const struct lmtp *lmtp)
{
	int code = lmtp->code / 100 != 5                   ? EX_TEMPFAIL
	           : !strncmp(lmtp->reply, "550 5.1.1", 9) ? EX_NOUSER
	                                                   : EX_UNAVAILABLE;

	say("%s: %s", what, lmtp->reply);
	return (enum ctl_exit)code;
}

/* What may stand between < and > of a command. */
static bool is_address(const char *address)
{
	return strlen(address) < ADDRESS_BYTES && !strpbrk(address, "<>\r\n");
}

static const char *recipient_of(const struct ctl *ctl)
{
	const char *given = option_text(ctl, "recipient");

	given = given ? given : getenv("ORIGINAL_RECIPIENT");
	return given ? given : getenv("RECIPIENT");
}

/* The sender that "From sender date" names; the line is no part of the message. */
static char *take_from_line(struct ctl *ctl, char *line)
{
	char *blank;

	if (strncmp(line, "From ", 5) != 0)
		return NULL;
	blank = strchr(line + 5, ' ');
	return arena_copy(ctl->arena, line + 5, blank ? (size_t)(blank - line - 5) : 0);
}

/* The rest of standard input behind the first piece, as a message; false: it could not be read. */
static bool send_message(struct lmtp *lmtp, const char *first, size_t first_len)
{
	struct mail_lines lines = { .out = lmtp->out, .stuffs = true };
	static char piece[PIECE];
	size_t got;

	mail_lines_put(&lines, first, first_len);
	while ((got = fread(piece, 1, sizeof piece, stdin)) > 0)
		mail_lines_put(&lines, piece, got);
	mail_lines_end(&lines);
	return !ferror(stdin);
}

static enum ctl_exit deliver(
        struct ctl *ctl, struct lmtp *lmtp, const char *sender, const char *recipient, struct text first)
{
	if (!lmtp_open(lmtp, server))
		return end(server, lmtp);
	if (!lmtp_say(lmtp, arena_printf(ctl->arena, "MAIL FROM:<%s>", sender)))
		return end("the sender", lmtp);
	if (!lmtp_say(lmtp, arena_printf(ctl->arena, "RCPT TO:<%s>", recipient)))
		return end(recipient, lmtp);
	if (!lmtp_say(lmtp, "DATA"))
		return end("the message", lmtp);
	if (!send_message(lmtp, first.data, first.len)) {
		say("standard input cannot be read"); /* without its end nothing is taken */
		return (enum ctl_exit)EX_TEMPFAIL;
	}
	if (!lmtp_say(lmtp, "."))
		return end("the message", lmtp);
	lmtp_say(lmtp, "QUIT");
	return CTL_GOOD;
}

static enum ctl_exit run_pipe(struct ctl *ctl)
{
	const char *recipient = recipient_of(ctl), *sender = option_text(ctl, "sender");
	struct lmtp lmtp = { 0 };
	char *line = NULL, *from = NULL;
	size_t room = 0;
	ssize_t len = getline(&line, &room, stdin);
	enum ctl_exit code;

	if (len > 0 && (from = take_from_line(ctl, line)))
		len = 0;
	if (!sender)
		sender = getenv("SENDER") ? getenv("SENDER") : from ? from : "";
	if (!recipient || !is_address(recipient) || !is_address(sender)) {
		say(recipient ? "that is no address" : "for whom? Say --recipient");
		free(line);
		return (enum ctl_exit)EX_USAGE;
	}
	code = deliver(ctl, &lmtp, sender, recipient, (struct text){ line, len > 0 ? (size_t)len : 0 });
	lmtp_close(&lmtp);
	free(line);
	return code;
}

static const struct option_row options[] = {
	{ "recipient", OPTION_TEXT, .shown = "ADDRESS",
	        .help = "for whom it is; else ORIGINAL_RECIPIENT or RECIPIENT" },
	{ "sender", OPTION_TEXT, .shown = "ADDRESS",
	        .help = "the envelope's sender; else SENDER, or the line \"From \"" },
	{ 0 },
};
static struct setting *const settings[] = { lmtp_settings, NULL };

const struct command_row mail_pipe_commands[] = {
	{ "mail", "pipe", NULL, "takes a message from standard input, for mail servers that call a program",
	        "Ends with 0 once it is taken; 75: try again, 67: no such mailbox, 69: refused (sysexits.h).", options,
	        settings, run_pipe },
	{ 0 },
};
