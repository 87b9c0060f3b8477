/* head_fuzz.c - any bytes as a request's head: nothing is read behind them, and what is fine has one
 * reading: every line ends in CR LF, none is folded, no length and no Host stands there twice.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "ingress/http/head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
	if (!condition)
		__builtin_trap();
}

static int lines_named(const char *head, const char *name)
{
	int n = 0;

	for (const char *line = strstr(head, "\r\n"); line; line = strstr(line + 2, "\r\n"))
		n += !strncasecmp(line + 2, name, strlen(name));
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *head = malloc(size + 1), *start, *end;
	const char *why = NULL;
	enum head_verdict verdict;

	memcpy(head, data, size);
	verdict = head_check((struct text){ head, size }, &why);
	must((verdict >= HEAD_MALFORMED) == (why != NULL));
	head[size] = 0;
	if (!why && !memchr(head, 0, size)) {
		start = !strncmp(head, "\r\n", 2) ? head + 2 : head;
		end = strstr(start, "\r\n\r\n");
		must(end);
		end[2] = 0;
		for (const char *lf = strchr(head, '\n'); lf; lf = strchr(lf + 1, '\n'))
			must(lf > head && lf[-1] == '\r' && lf[1] != ' ' && lf[1] != '\t');
		must(lines_named(start, "content-length:") + lines_named(start, "transfer-encoding:") <= 1);
		must(lines_named(start, "host:") <= 1);
	}
	free(head);
	return 0;
}
