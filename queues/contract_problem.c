/* contract_problem.c - what is wrong with a body, each with a pointer to the member (contract.h). */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "queues/contract.h"

/* Cuts at a whole character: what a client sent may be long and in any script. */
static void cut_whole(char *text, size_t capacity)
{
	size_t len = strnlen(text, capacity);

	while (len && !text_is_utf8((struct text){ text, len }, NULL))
		len--;
	text[len] = 0;
}

/* RFC 6901 section 3: ~ is ~0 and / is ~1. */
static void write_pointer(const char *member, char *out, size_t capacity)
{
	size_t n = 0;

	if (*member)
		out[n++] = '/';
	for (; *member && n < capacity - 2; member++) {
		if (*member == '~' || *member == '/') {
			out[n++] = '~';
			out[n++] = *member == '~' ? '0' : '1';
		} else {
			out[n++] = *member;
		}
	}
	out[n] = 0;
	cut_whole(out, capacity);
}

void problem_add(struct problems *problems, const char *member, const char *code, const char *format, ...)
{
	struct problem *p;
	va_list args;

	if (problems->count++ >= PROBLEM_MAX)
		return;
	p = &problems->items[problems->count - 1];
	p->code = code;
	write_pointer(member, p->pointer, sizeof p->pointer);
	va_start(args, format);
	vsnprintf(p->detail, sizeof p->detail, format, args);
	va_end(args);
	cut_whole(p->detail, sizeof p->detail);
}

void problem_add_at(struct problems *problems, const char *member, int item, const char *code, const char *detail)
{
	size_t len;
	char *end;

	problem_add(problems, member, code, "%s", detail);
	if (problems->count > PROBLEM_MAX)
		return;
	end = problems->items[problems->count - 1].pointer;
	len = strlen(end);
	snprintf(end + len, sizeof problems->items->pointer - len, "/%d", item);
}
