/* ticket_number.c - see ticket_number.h. Bytes 2 and 3 of the id are the year, 10 to 15 the sequence. */
#include "queues/ticket_number.h"

#include <string.h>
#include "base/arena.h"

#define SEQUENCE_DIGITS_MAX 12

/* Some digits, at least one and at most so many, as a number; the rest is behind them. */
static bool take_digits(struct text *rest, size_t most, uint64_t *out)
{
	size_t n = 0;

	for (*out = 0; n < rest->len && n < most && rest->data[n] >= '0' && rest->data[n] <= '9'; n++)
		*out = 10 * *out + (uint64_t)(rest->data[n] - '0');
	*rest = (struct text){ rest->data + n, rest->len - n };
	return n > 0;
}

static bool take(struct text *rest, struct text word)
{
	if (rest->len < word.len || !text_equal_nocase((struct text){ rest->data, word.len }, word))
		return false;
	*rest = (struct text){ rest->data + word.len, rest->len - word.len };
	return true;
}

bool ticket_number_parse(struct text t, struct uuid *out)
{
	struct text rest = text_trim(t);
	uint64_t year, sequence;

	take(&rest, TEXT("#"));
	if (!take(&rest, TEXT("HD-")) || !take_digits(&rest, 4, &year) || !take(&rest, TEXT("-")) ||
	        !take_digits(&rest, SEQUENCE_DIGITS_MAX, &sequence) || rest.len)
		return false;
	*out = (struct uuid){ { 'H', 'D', (uint8_t)(year >> 8), (uint8_t)year, 0, 0, 0xf0, 0, 0x80 } };
	for (int i = 0; i < 6; i++)
		out->bytes[15 - i] = (uint8_t)(sequence >> 8 * i);
	return true;
}

bool ticket_number_is(const struct uuid *id)
{
	static const uint8_t middle[] = { 0, 0, 0xf0, 0, 0x80, 0 };

	return id->bytes[0] == 'H' && id->bytes[1] == 'D' && !memcmp(id->bytes + 4, middle, sizeof middle);
}

struct text ticket_number_text(struct arena *arena, const struct uuid *id)
{
	unsigned year = (unsigned)id->bytes[2] << 8 | id->bytes[3];
	uint64_t sequence = 0;

	for (int i = 10; i < 16; i++)
		sequence = sequence << 8 | id->bytes[i];
	return text_of(arena_printf(arena, "HD-%u-%06llu", year, (unsigned long long)sequence));
}
