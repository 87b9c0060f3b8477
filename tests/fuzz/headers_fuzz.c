/* headers_fuzz.c - any value for any request header: read within its bounds, and what is found lies inside it. */
#include <stddef.h>
#include <stdint.h>
#include "ingress/http/headers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
	if (!condition)
		__builtin_trap();
}

static void must_lie_in(struct text part, struct text whole)
{
	must(!part.len || (part.data >= whole.data && part.data + part.len <= whole.data + whole.len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text value = { (const char *)data, size }, rest = value, item, found = TEXT_NONE;
	const char *why = NULL;
	int64_t number = -1;

	for (size_t left = rest.len + 1; headers_next(&rest, ',', &item); left = rest.len) {
		must(rest.len < left && item.len);
		must_lie_in(item, value);
	}
	must(!headers_number(value, 10, &number) || (number >= 0 && number <= 10));
	if (headers_preference(value, TEXT("wait"), &found))
		must_lie_in(found, value);
	must(headers_language(value) > language_absent && headers_language(value) < language_count);
	headers_accept_gzip(value);
	must_lie_in(headers_cookie(value, TEXT("refreshToken")), value);
	must(headers_version(value, &found, &why) || why);
	must_lie_in(found, value);
	return 0;
}
