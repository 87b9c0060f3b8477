/* people.c - the accounts of those who write, and who is written to beside us. See settling.h. */
#include "workers/intake/settling.h"

#include <string.h>

#define WATCHERS_MOST 20 /* people of one mail who become watchers */

bool people_find(struct settling *s, const struct person_named *person, struct uuid *out, bool *out_active)
{
	struct db *db = s->t->trunk.db;
	struct uuid id = uuid_new(), told = uuid_new(), withdrawn = uuid_new();
	struct text traceparent = s->taken->traceparent.len ? s->taken->traceparent : TEXT_NONE;
	struct text name = text_trim(person->name);
	const char *blank = name.len ? memrchr(name.data, ' ', name.len) : NULL;
	struct text first = { name.data, blank ? (size_t)(blank - name.data) : name.len };
	struct text last = blank ? (struct text){ blank + 1, name.len - first.len - 1 } : TEXT("");
	struct db_result *found;

	if (!first.len || first.len > 100 || last.len > 100)
		first = last = TEXT("");
	db_send(db, QUERY_intake_account_make, P_UUID(&id), P_TEXT(person->address), P_TEXT(first), P_TEXT(last),
	        P_TEXT(s->known.language.len ? s->known.language : TEXT("fr")), P_UUID(&told), P_TEXT(traceparent));
	found = db_send(db, QUERY_intake_person, P_TEXT(person->address), P_UUID(&withdrawn), P_TEXT(traceparent));
	if (!db_sync(db))
		return false;
	*out = db_uuid(found, 0, 0);
	*out_active = db_bool(found, 0, 1);
	return true;
}

/* It is known by its id. Its address cannot be foreseen: whoever had signed up with it would read all that these mails
 * say, and whoever wrote in its name would have a part in their tickets. */
bool people_find_nobody(struct settling *s, struct uuid *out)
{
	struct uuid none = { { 0 } }, secret = uuid_new(), told = uuid_new();
	const char *at = strrchr(settle_own_address(), '@');
	struct text address =
	        text_of(arena_printf(s->arena, "unknown.sender.%s%s", uuid_text(s->arena, &secret).data, at));

	*out = uuid_derive_at(0, "nobody", &none, 0);
	db_send(s->t->trunk.db, QUERY_intake_nobody_make, P_UUID(out), P_TEXT(address), P_UUID(&told));
	return db_sync(s->t->trunk.db);
}

static bool is_ours(const struct settling *s, struct text address)
{
	struct text plain = lead_plain(address, s->arena);

	for (int i = 0; i < s->known.own_addresses.count; i++)
		if (text_equal(s->known.own_addresses.items[i], plain))
			return true;
	return text_equal(plain, text_of(settle_own_address()));
}

/* Who stands in To and Cc beside us, when the mailbox wants that and our mail server vouches for From: otherwise
 * anybody could have the desk write to anybody. */
bool people_find_watchers(struct settling *s, struct text_list *out)
{
	const struct letter *letter = s->letter;

	out->items = ARENA_ARRAY(s->arena, struct text, WATCHERS_MOST + 1);
	if (!s->known.watch_copied || s->trust != TRUST_PASS)
		return true;
	for (int i = 0; i < letter->to_count + letter->cc_count && out->count < WATCHERS_MOST; i++) {
		const struct person_named *person =
		        i < letter->to_count ? &letter->to[i] : &letter->cc[i - letter->to_count];
		struct uuid id;
		bool active;

		if (is_ours(s, person->address))
			continue;
		if (!people_find(s, person, &id, &active))
			return false;
		if (active)
			out->items[out->count++] = uuid_text(s->arena, &id);
	}
	return true;
}
