/* when.c - see when.h. Digits may be ASCII, Arabic-Indic or Persian. */
#include "base/mail/when.h"

#include "base/unicode.h"

struct numbers {
	int years, days, times, dates;
	int run; /* numbers joined by one of - / . without anything else */
};

static int digit_of(uint32_t c)
{
	if (c >= '0' && c <= '9')
		return (int)c - '0';
	if (c >= 0x660 && c <= 0x669)
		return (int)c - 0x660;
	return c >= 0x6F0 && c <= 0x6F9 ? (int)c - 0x6F0 : -1;
}

static void count_number(struct numbers *seen, int value, int digits, uint32_t before)
{
	bool joins = before == '-' || before == '/' || before == '.';

	seen->run = joins ? seen->run + 1 : 1;
	if (seen->run == 3 && digits <= 4)
		seen->dates++;
	if (digits == 2 && value < 60 && (before == ':' || before == 'h'))
		seen->times++;
	else if (digits == 4 && value >= 1970 && value < 2100)
		seen->years++;
	else if (digits <= 2 && value >= 1 && value <= 31)
		seen->days++;
}

bool when_is_named(struct text t)
{
	struct numbers seen = { 0 };
	uint32_t c, before = 0, between = 0;
	int value = 0, digits = 0;

	for (bool more = true; more;) {
		int digit;

		more = unicode_next(&t, &c);
		digit = more ? digit_of(c) : -1;
		if (digit >= 0 && digits < 6) {
			value = value * 10 + digit;
			digits++;
			continue;
		}
		if (digits)
			count_number(&seen, value, digits, before);
		/* One sign alone between two numbers joins them. */
		between = digits ? c : 0;
		before = between;
		value = digits = 0;
	}
	return seen.dates || (seen.years && (seen.days || seen.times)) || (seen.times && seen.days > 1);
}
