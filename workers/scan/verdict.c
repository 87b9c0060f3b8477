/* verdict.c - see verdict.h.
 *
 *   stream: OK
 *   stream: Eicar-Test-Signature FOUND
 *   stream: Heuristics.Limits.Exceeded.MaxFiles FOUND    with AlertExceedsMax: part of it was not looked at
 *   stream: Heuristics.Encrypted.Zip FOUND               with AlertEncrypted
 *   INSTREAM size limit exceeded. ERROR                  StreamMaxLength
 */
#include "workers/scan/verdict.h"

#include <stdio.h>
#include <string.h>

static bool ends_with(struct text t, struct text end)
{
	return t.len >= end.len && memcmp(t.data + t.len - end.len, end.data, end.len) == 0;
}

/* The name comes from a signature, so that it is cut to what any log and any page can show. */
static struct verdict verdict_with(enum scan_state state, struct text note)
{
	struct verdict verdict = { .state = state };
	size_t len = 0;

	for (size_t i = 0; i < note.len && len < sizeof verdict.note - 1; i++)
		if (note.data[i] >= ' ' && note.data[i] <= '~')
			verdict.note[len++] = note.data[i];
	return verdict;
}

static struct verdict verdict_found(struct text name)
{
	if (text_starts_with(name, TEXT("Heuristics.Encrypted.")) ||
	        text_starts_with(name, TEXT("Heuristics.Limits.Exceeded")))
		return verdict_with(SCAN_UNSCANNABLE, name);
	return verdict_with(SCAN_INFECTED, name);
}

struct verdict verdict_of(struct text answer)
{
	const struct text stream = TEXT("stream: "), found = TEXT(" FOUND");

	if (text_equal(answer, TEXT("stream: OK")))
		return verdict_with(SCAN_CLEAN, TEXT(""));
	if (text_starts_with(answer, stream) && ends_with(answer, found) && answer.len > stream.len + found.len)
		return verdict_found((struct text){ answer.data + stream.len, answer.len - stream.len - found.len });
	if (text_starts_with(answer, TEXT("INSTREAM size limit exceeded")))
		return verdict_with(SCAN_UNSCANNABLE, TEXT("larger than clamd takes (StreamMaxLength)"));
	return verdict_with(SCAN_ERROR, answer);
}

struct verdict verdict_say(enum scan_state state, const char *note)
{
	return verdict_with(state, text_of(note));
}
