/* path.c - see path.h. */
#include "ingress/mail/path.h"

#include <string.h>
#include "base/arena.h"
#include "queues/address.h"

static void advance(struct text *in, size_t bytes)
{
	in->data += bytes;
	in->len -= bytes;
}

static void pass_blanks(struct text *in)
{
	while (in->len && *in->data == ' ')
		advance(in, 1);
}

/* The bytes before ">", which may stand inside quotation marks; in->len: there is no such end. */
static size_t length_of(struct text in)
{
	bool quoted = false;
	size_t n = 0;

	while (n < in.len && (quoted || in.data[n] != '>')) {
		if (in.data[n] == '"')
			quoted = !quoted;
		n += in.data[n] == '\\' && quoted ? 2 : 1;
	}
	return n < in.len ? n : in.len;
}

/* "@one,@two:" says by which hosts it should go: RFC 5321 wants that to be passed over. */
static struct text without_route(struct text path)
{
	const char *colon = path.len && *path.data == '@' ? memchr(path.data, ':', path.len) : NULL;

	return colon ? (struct text){ colon + 1, (size_t)(path.data + path.len - colon - 1) } : path;
}

static bool is_plain(struct text address)
{
	for (size_t i = 0; i < address.len; i++)
		if ((unsigned char)address.data[i] < ' ' || address.data[i] == 0x7f)
			return false;
	return text_is_utf8(address, NULL);
}

bool path_read(struct text *in, struct text *out)
{
	struct text path;
	size_t len;

	pass_blanks(in); /* not in the standard, but in many clients */
	if (!in->len || *in->data != '<')
		return false;
	advance(in, 1);
	len = length_of(*in);
	if (len == in->len)
		return false;
	path = without_route((struct text){ in->data, len });
	advance(in, len + 1);
	if (path.len > PATH_ADDRESS_MOST || !is_plain(path) || (in->len && *in->data != ' '))
		return false;
	*out = path;
	return true;
}

bool path_parameter(struct text *in, struct text *out_name, struct text *out_value)
{
	size_t len = 0, name;

	pass_blanks(in);
	while (len < in->len && (unsigned char)in->data[len] > ' ')
		len++;
	if (!len)
		return false;
	for (name = 0; name < len && in->data[name] != '=';)
		name++;
	*out_name = (struct text){ in->data, name };
	*out_value = name < len ? (struct text){ in->data + name + 1, len - name - 1 } : TEXT_NONE;
	advance(in, len);
	return true;
}

struct text path_mailbox(struct arena *arena, struct text address)
{
	const char *at = address.len ? memrchr(address.data, '@', address.len) : NULL;
	const char *plus = at ? memchr(address.data, '+', (size_t)(at - address.data)) : NULL;

	if (plus)
		address = text_of(arena_printf(arena, "%.*s%.*s", (int)(plus - address.data), address.data,
		        (int)(address.data + address.len - at), at));
	return address_normalized(arena, address);
}
