/* addresses.c - see address.h. RFC 5322 section 3.4, and what people write. */
#include "base/mail/address.h"

#include <gmime/gmime.h>
#include <string.h>
#include "base/mail/header.h"

#define ADDRESS_BYTES_MOST 998
#define NAME_BYTES_MOST 1000

struct text address_plain(struct arena *arena, struct text address)
{
	char *out = arena_alloc(arena, address.len + 1);
	size_t len = 0, at = 0;
	bool is_quoted = false;

	for (size_t i = 0; i < address.len; i++) {
		char c = address.data[i];

		if (c == '"')
			is_quoted = !is_quoted;
		if (c == '@')
			at = len;
		if (((unsigned char)c > ' ' && c != 0x7F && c != '<' && c != '>') || (is_quoted && c == ' '))
			out[len++] = c;
	}
	if (at == 0 || at + 1 >= len || len > ADDRESS_BYTES_MOST)
		return TEXT_NONE;
	for (size_t i = at; i < len; i++)
		if (out[i] >= 'A' && out[i] <= 'Z')
			out[i] += 'a' - 'A';
	return (struct text){ out, len };
}

struct taking {
	struct arena *arena;
	struct mail_address *items;
	int count;
};

/* Marks and doubled names that mail programs put around a name. */
static struct text plain_name(struct arena *arena, struct text name)
{
	name = header_words(arena, name, TEXT(""));
	while (name.len >= 2 && (name.data[0] == '"' || name.data[0] == '\'') &&
	        name.data[name.len - 1] == name.data[0])
		name = text_trim((struct text){ name.data + 1, name.len - 2 });
	if (name.len > NAME_BYTES_MOST) {
		name.len = NAME_BYTES_MOST;
		while (name.len > 0 && !text_is_utf8(name, NULL))
			name.len--;
	}
	return text_copy(arena, name);
}

static void take_list(struct taking *taking, InternetAddressList *list)
{
	for (int i = 0; i < internet_address_list_length(list) && taking->count < MAIL_ADDRESSES_MOST; i++) {
		InternetAddress *one = internet_address_list_get_address(list, i);

		if (INTERNET_ADDRESS_IS_GROUP(one)) {
			take_list(taking, INTERNET_ADDRESS_GROUP(one)->members);
		} else if (INTERNET_ADDRESS_IS_MAILBOX(one)) {
			struct text address = address_plain(taking->arena,
			        text_mend(taking->arena,
			                text_of(internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(one)))));

			if (address.len)
				taking->items[taking->count++] = (struct mail_address){
					address.data ? plain_name(taking->arena,
					                       text_mend(taking->arena,
					                               text_of(internet_address_get_name(one))))
					             : TEXT(""),
					address
				};
		}
	}
}

static bool ends_address(char c)
{
	return (unsigned char)c <= ' ' || c == 0x7F || strchr("<>,;\"'()[]", c);
}

/* Of what is no list at all, such as `Name | [x] <a@example.com>`: what stands around each @. */
static void take_anything(struct taking *taking, struct text text)
{
	for (size_t i = 1; i < text.len && taking->count < MAIL_ADDRESSES_MOST; i++) {
		size_t from = i, to = i;
		struct text address;

		if (text.data[i] != '@')
			continue;
		while (from > 0 && !ends_address(text.data[from - 1]))
			from--;
		while (to < text.len && !ends_address(text.data[to]))
			to++;
		address = address_plain(taking->arena, (struct text){ text.data + from, to - from });
		if (address.len)
			taking->items[taking->count++] = (struct mail_address){
				plain_name(taking->arena, text_trim((struct text){ text.data,
				                                  from - (from > 0 && text.data[from - 1] == '<') })),
				address
			};
		text = (struct text){ text.data + to, text.len - to };
		i = 0;
	}
}

struct mail_addresses address_list(struct arena *arena, struct text raw)
{
	struct taking taking = { .arena = arena };
	InternetAddressList *list = internet_address_list_parse(NULL, text_dup(arena, header_words_plain(arena, raw)));

	taking.items = ARENA_ARRAY(arena, struct mail_address, MAIL_ADDRESSES_MOST);
	if (list) {
		take_list(&taking, list);
		g_object_unref(list);
	}
	if (taking.count == 0)
		take_anything(&taking, text_mend(arena, raw));
	return (struct mail_addresses){ taking.items, taking.count };
}

/* --- the message's ------------------------------------------------------------------------------ */
/* Of all headers of the name: some write one for each address. */
static struct mail_addresses all_of(const struct mail *mail, const char *name)
{
	struct mail_addresses all = { 0 };
	struct mail_address *items = NULL;

	for (int i = 0; i < mail->parts[0].header_count; i++) {
		const struct mail_header *header = &mail->parts[0].headers[i];
		struct mail_addresses more;

		if (!text_equal_nocase(header->name, text_of(name)))
			continue;
		more = address_list(mail->arena, header->raw);
		if (more.count && !items)
			items = ARENA_ARRAY(mail->arena, struct mail_address, MAIL_ADDRESSES_MOST);
		for (int j = 0; j < more.count && all.count < MAIL_ADDRESSES_MOST; j++)
			items[all.count++] = more.items[j];
	}
	all.items = items;
	return all;
}

static bool take_first(struct mail *mail, struct mail_addresses found, struct text basis)
{
	if (found.count == 0)
		return false;
	mail->from = found.items[0];
	mail->sender_basis = basis;
	return true;
}

/* What stands in From without being an address is at least a name. */
static struct text name_in_from(struct mail *mail)
{
	struct text from = mail_header(mail, "From");

	return from.data && !memchr(from.data, '@', from.len) ? text_trim(from) : TEXT("");
}

static void read_from(struct mail *mail)
{
	struct text path = mail->envelope_from.data ? mail->envelope_from : mail_header(mail, "Return-Path");

	mail->sender_basis = TEXT("none");
	mail->from = (struct mail_address){ TEXT(""), TEXT("") };
	if (take_first(mail, all_of(mail, "From"), TEXT("from")))
		return;
	if (!take_first(mail, all_of(mail, "Sender"), TEXT("sender")) && path.data)
		take_first(mail, address_list(mail->arena, path), TEXT("return-path"));
	if (mail->from.name.len == 0)
		mail->from.name = name_in_from(mail);
	mail_note(mail, "From names no address.");
}

void address_read_all(struct mail *mail)
{
	read_from(mail);
	mail->to = all_of(mail, "To");
	mail->cc = all_of(mail, "Cc");
	mail->reply_to = all_of(mail, "Reply-To");
}
