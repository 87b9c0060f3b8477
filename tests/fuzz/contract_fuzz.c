/* contract_fuzz.c - any body for any command or form: refused with problems that can be
 * shown, or read so that what is written reads back and is written the same.
 *
 * The first byte picks record and source. From a client the first line is what a header
 * says, the rest is the body.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "queues/contract.h"

#define RECORD_COUNT (COMMAND_COUNT + ACTION_COUNT)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
	if (!condition)
		__builtin_trap();
}

static void look_at(const struct problems *problems)
{
	for (int i = 0; i < problems->count && i < PROBLEM_MAX; i++) {
		const struct problem *p = &problems->items[i];

		must(p->code && p->pointer[sizeof p->pointer - 1] == 0 && p->detail[sizeof p->detail - 1] == 0);
		must(!p->pointer[0] || p->pointer[0] == '/');
		must(p->detail[0]);
	}
}

/* What ingress would do: the ids from the path and the minted ones are set beforehand, and what a header says if it is
 * good. */
static void set_what_is_not_the_bodys(const struct record *record, struct text header, struct arena *arena, void *out)
{
	struct problems problems = { 0 }, of_header = { 0 };

	for (int i = 0; i < record->count; i++)
		if (record->fields[i].need == FROM_HEADER)
			must(contract_set(record, &record->fields[i], header, arena, out, &of_header) ==
			        !of_header.count);
		else if (record->fields[i].need == FROM_PATH || record->fields[i].need == MINTED)
			must(contract_set(record, &record->fields[i], TEXT("0190f0e0-0000-7000-8000-000000000001"),
			        arena, out, &problems));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct record *record;
	enum source source;
	struct problems problems = { 0 };
	struct buffer first, second;
	struct arena *arena;
	struct text body, header = TEXT("");
	const char *end;
	void *out, *again;

	if (!size)
		return 0;
	body = (struct text){ (const char *)data + 1, size - 1 };
	record = data[0] % RECORD_COUNT < COMMAND_COUNT ? &commands[data[0] % RECORD_COUNT].record
	                                                : &actions[data[0] % RECORD_COUNT - COMMAND_COUNT].record;
	source = data[0] & 0x80 ? FROM_MESSAGE : FROM_CLIENT;
	arena = arena_new(4096);
	out = arena_alloc(arena, record->bytes + 1);
	again = arena_alloc(arena, record->bytes + 1);
	end = source == FROM_CLIENT && body.len ? memchr(body.data, '\n', body.len) : NULL;
	if (end) {
		header = (struct text){ body.data, (size_t)(end - body.data) };
		body = (struct text){ end + 1, body.len - header.len - 1 };
	}
	if (source == FROM_CLIENT)
		set_what_is_not_the_bodys(record, header, arena, out);
	if (!contract_read(record, body, source, arena, out, &problems)) {
		must(problems.count > 0);
		look_at(&problems);
		arena_free(&arena);
		return 0;
	}
	must(problems.count == 0);
	buffer_init(&first, arena, 256);
	contract_write(record, out, &first);
	must(first.len > BODY_MAX || contract_read(record, buffer_view(&first), FROM_MESSAGE, arena, again, &problems));
	buffer_init(&second, arena, 256);
	if (first.len <= BODY_MAX) {
		contract_write(record, again, &second);
		must(text_equal(buffer_view(&first), buffer_view(&second)));
	}
	arena_free(&arena);
	return 0;
}
