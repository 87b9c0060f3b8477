/* trust.c - what our own mail server says of the address in From.
 *
 * Anybody may write an Authentication-Results header. Only those are believed that bear the name by which our own
 * server signs its own, and only the topmost of them: the server writes it above all that came with the mail, and takes
 * away others of its name (RFC 8601 sections 5 and 7.1). dmarc=pass says that From is true (RFC 7489 section 6.6.2),
 * and counts for the domain it names alone.
 */
#include "workers/intake/intake.h"

#include <string.h>
#include <strings.h>

const char *trust_word(enum trust trust)
{
	static const char *const words[] = { [TRUST_NONE] = "none", [TRUST_PASS] = "pass", [TRUST_FAIL] = "fail" };

	return words[trust];
}

static struct text until(struct text *rest, char stop)
{
	const char *at = rest->len ? memchr(rest->data, stop, rest->len) : NULL;
	struct text before = { rest->data, at ? (size_t)(at - rest->data) : rest->len };

	rest->data += before.len + (at != NULL);
	rest->len -= before.len + (at != NULL);
	return before;
}

/* Comments (RFC 5322 section 3.2.2) say nothing to us. What is quoted is one word, whatever stands in it: our server
 * repeats what a stranger calls himself, smtp.mailfrom="; dmarc=pass"@evil.example, and a ( in it begins no comment. */
static struct text without_comments(struct text header, struct arena *arena)
{
	struct buffer out;
	bool quoted = false;
	int depth = 0;

	buffer_init(&out, arena, header.len + 1);
	for (size_t i = 0; i < header.len; i++) {
		char c = header.data[i];
		bool escaped = c == '\\' && (quoted || depth);

		if (escaped && ++i < header.len)
			c = header.data[i];
		if (!escaped && c == '"' && !depth)
			quoted = !quoted;
		else if (!escaped && c == '(' && !quoted)
			depth++;
		else if (!escaped && c == ')' && depth)
			depth--;
		else if (!depth)
			buffer_append(&out, quoted && (c == ';' || c == ' ' || c == '\t') ? "_" : &c, 1);
	}
	return buffer_view(&out);
}

static struct text domain_of(struct text address)
{
	const char *at = address.len ? memrchr(address.data, '@', address.len) : NULL;

	if (!at)
		return TEXT_NONE;
	return (struct text){ at + 1, address.len - (size_t)(at + 1 - address.data) };
}

/* "dmarc=pass header.from=example.org" */
static enum trust read_method(struct text method, struct text domain)
{
	struct text result, from = TEXT_NONE, word = text_trim(until(&method, ' '));

	if (word.len < 6 || strncasecmp(word.data, "dmarc=", 6) != 0)
		return TRUST_NONE;
	result = (struct text){ word.data + 6, word.len - 6 };
	while (method.len) {
		word = text_trim(until(&method, ' '));
		if (word.len > 12 && strncasecmp(word.data, "header.from=", 12) == 0)
			from = (struct text){ word.data + 12, word.len - 12 };
	}
	if (text_equal_nocase(result, TEXT("fail")) || text_equal_nocase(result, TEXT("permerror")))
		return TRUST_FAIL;
	return text_equal_nocase(result, TEXT("pass")) && domain.len && text_equal_nocase(from, domain) ? TRUST_PASS
	                                                                                                : TRUST_NONE;
}

enum trust trust_of(const struct letter *letter, struct text server)
{
	struct arena *arena = arena_new(4096);
	enum trust trust = TRUST_NONE;

	for (int i = 0; server.len && i < letter->authentication.count; i++) {
		struct text rest = without_comments(letter->authentication.items[i], arena);
		struct text name = text_trim(until(&rest, ';')), version = name;

		if (!text_equal_nocase(until(&version, ' '), server))
			continue;
		while (rest.len && trust == TRUST_NONE)
			trust = read_method(text_trim(until(&rest, ';')), domain_of(letter->from.address));
		break;
	}
	arena_free(&arena);
	return trust;
}
