/* multipart_fuzz.c - any body for a form, any name for a file: what is found lies inside, and a clean name is one. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "base/arena.h"
#include "ingress/file/disposition.h"
#include "ingress/file/multipart.h"

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

static void try_name(struct text header)
{
	struct arena *arena = arena_new(4096);
	struct disposition d;
	struct text name;

	if (disposition_read(header, &d)) {
		for (int i = 0; i < d.count; i++)
			must_lie_in(d.parameters[i].value, header);
		if (!disposition_file_name(&d, arena, &name) && name.data) {
			name = disposition_clean_name(arena, name);
			must(name.len <= FILE_NAME_BYTES && (!name.len || text_is_utf8(name, NULL)));
			must(!name.len || (!memchr(name.data, '/', name.len) && !memchr(name.data, '\\', name.len)));
			disposition_write(arena, false, name);
		}
	}
	arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text body = { (const char *)data, size };
	struct multipart m;
	struct part part;
	const char *why = NULL;
	size_t left = size + 1;

	try_name(body);
	if (!multipart_begin(&m, TEXT("multipart/form-data; boundary=b"), body, &why)) {
		must(why);
		return 0;
	}
	while (multipart_next(&m, &part, &why) == MULTIPART_PART) {
		must(m.rest.len < left);
		left = m.rest.len;
		must_lie_in(part.content, body);
		must_lie_in(part.disposition, body);
		try_name(part.disposition);
	}
	return 0;
}
