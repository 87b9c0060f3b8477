/* address.c - see address.h. The domain is libidn2's business: UTS #46, non-transitional. */
#include "queues/address.h"

#include <idn2.h>
#include <string.h>
#include "base/arena.h"
#include "base/unicode.h"

#define LOCAL_BYTES_MAX 64 /* RFC 5321 section 4.5.3.1.1 */

/* atext, or any letter or sign beyond ASCII that can be seen. */
static bool is_atom(struct text part)
{
	uint32_t c;

	while (unicode_next(&part, &c)) {
		if (c < 0x80 ? c <= ' ' || c == 0x7F || strchr("<>()[]\\,;:\"@", (int)c) != NULL
		             : unicode_is_invisible(c))
			return false;
	}
	return part.len == 0;
}

static bool is_dotted(struct text part)
{
	return part.len && part.data[0] != '.' && part.data[part.len - 1] != '.' &&
	       !memmem(part.data, part.len, "..", 2);
}

/* NULL: no host can have that name. */
static const char *ascii_domain(struct arena *arena, struct text domain)
{
	char *ascii = NULL;
	const char *out = NULL;

	if (!is_dotted(domain))
		return NULL;
	if (idn2_to_ascii_8z(text_dup(arena, domain), &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) == IDN2_OK)
		out = arena_copy(arena, ascii, strlen(ascii));
	idn2_free(ascii);
	return out;
}

/* Letters, digits and hyphens (RFC 1123 section 2.1): idn2 lets other ASCII through, and when it is asked to refuse
 * that (IDN2_USE_STD3_ASCII_RULES) it takes it out instead. */
static bool is_host_name(const char *name)
{
	size_t label = 0;

	for (const char *c = name;; c++) {
		if (*c == '.' || !*c) {
			if (label == 0 || label > 63 || c[-1] == '-' || c[-(long)label] == '-')
				return false;
			label = 0;
			if (!*c)
				return true;
		} else if ((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') || *c == '-') {
			label++;
		} else {
			return false;
		}
	}
}

static void lower(char *text)
{
	for (; *text; text++)
		if (*text >= 'A' && *text <= 'Z')
			*text += 'a' - 'A';
}

struct text address_normalized(struct arena *arena, struct text given)
{
	const char *at = given.len ? memrchr(given.data, '@', given.len) : NULL;
	struct text local, domain, out;
	char *name;

	if (!at || given.len > 4 * ADDRESS_BYTES_MAX || !text_is_utf8(given, NULL))
		return TEXT_NONE;
	local = unicode_lower(arena, (struct text){ given.data, (size_t)(at - given.data) });
	domain = (struct text){ at + 1, (size_t)(given.data + given.len - at - 1) };
	if (!is_dotted(local) || !is_atom(local) || local.len > LOCAL_BYTES_MAX)
		return TEXT_NONE;
	name = (char *)ascii_domain(arena, domain);
	if (!name)
		return TEXT_NONE;
	lower(name);
	out = text_of(arena_printf(arena, "%.*s@%s", (int)local.len, local.data, name));
	return is_host_name(name) && out.len <= ADDRESS_BYTES_MAX ? out : TEXT_NONE;
}
