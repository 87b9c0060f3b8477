/* mailbox.c - see mailbox.h. RFC 3501; RFC 6851 for MOVE. */
#include "workers/fetch/mailbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ANSWER_S 60
#define MESSAGE_S 600
#define UIDS_MOST 1000000

/* --- words of an answer ------------------------------------------------------------------- */
/* Behind a name: "UID" of "* 3 FETCH (UID 7 ...". False: it is not there. */
static bool number_behind(struct text line, const char *name, int64_t *out)
{
	const char *at = line.data, *end = line.data + line.len;
	size_t len = strlen(name), digits;

	for (; at + len < end; at++) {
		if (strncasecmp(at, name, len) != 0 || at[len] != ' ' || (at > line.data && !strchr(" ([", at[-1])))
			continue;
		at += len + 1;
		digits = strspn(at, "0123456789");
		return digits && digits < 19 && text_to_int((struct text){ at, digits }, out);
	}
	return false;
}

/* The next word; false: there is none. */
static bool next_word(struct text *rest, struct text *out)
{
	size_t len;

	*rest = text_trim(*rest);
	len = rest->len ? strcspn(rest->data, " ") : 0;
	len = len > rest->len ? rest->len : len;
	*out = (struct text){ rest->data, len };
	*rest = (struct text){ rest->data + len, rest->len - len };
	return len > 0;
}

/* "3 FETCH (...": a number, then the name. */
static bool is_about(struct text line, const char *name)
{
	struct text number, word;

	return next_word(&line, &number) && next_word(&line, &word) && text_equal_nocase(word, text_of(name));
}

/* --- select ------------------------------------------------------------------------------- */
static bool hear_select(void *arg, struct text line)
{
	struct mailbox *mailbox = arg;

	number_behind(line, "UIDVALIDITY", &mailbox->uidvalidity);
	number_behind(line, "UIDNEXT", &mailbox->uidnext);
	return true;
}

enum imap_fate mailbox_select(struct imap *imap, const char *folder, struct mailbox *out)
{
	char command[2200];

	*out = (struct mailbox){ 0 };
	snprintf(command, sizeof command, "SELECT %s", folder);
	return imap_ask(imap, command, ANSWER_S, &(struct imap_listener){ .line = hear_select, .arg = out });
}

/* --- search ------------------------------------------------------------------------------- */
struct search {
	struct arena *arena;
	int64_t above;
	int64_t *uids;
	int count, room;
};

static void add_uid(struct search *search, int64_t uid)
{
	int64_t *more;

	if (search->count == search->room) {
		more = ARENA_ARRAY(search->arena, int64_t, (size_t)(search->room ? search->room * 2 : 256));
		if (search->count)
			memcpy(more, search->uids, (size_t)search->count * sizeof *more);
		search->uids = more;
		search->room = search->room ? search->room * 2 : 256;
	}
	search->uids[search->count++] = uid;
}

/* "n:*" has always the last message, also when its uid is below n. */
static bool hear_search(void *arg, struct text line)
{
	struct search *search = arg;
	struct text word;
	int64_t uid;

	if (!next_word(&line, &word) || !text_equal_nocase(word, TEXT("SEARCH")))
		return true;
	while (next_word(&line, &word))
		if (text_to_int(word, &uid) && uid > search->above)
			add_uid(search, uid);
	return search->count <= UIDS_MOST;
}

static int compare(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return (left > right) - (left < right);
}

enum imap_fate mailbox_list(
        struct imap *imap, struct arena *arena, int64_t above, const char *criteria, struct uid_list *out)
{
	struct search search = { .arena = arena, .above = above };
	enum imap_fate fate = imap_ask(imap,
	        arena_printf(arena, "UID SEARCH UID %lld:*%s%s", (long long)above + 1, *criteria ? " " : "", criteria),
	        ANSWER_S, &(struct imap_listener){ .line = hear_search, .arg = &search });

	if (search.count)
		qsort(search.uids, (size_t)search.count, sizeof *search.uids, compare);
	*out = (struct uid_list){ search.uids, search.count };
	return fate;
}

/* --- fetch -------------------------------------------------------------------------------- */
static const char *set_of(struct arena *arena, const struct uid_list *list)
{
	struct buffer set;

	buffer_init(&set, arena, 256);
	for (int i = 0; i < list->count; i++)
		buffer_printf(&set, "%s%lld", i ? "," : "", (long long)list->uids[i]);
	return buffer_cstr(&set);
}

struct sizes {
	const struct uid_list *list;
	int64_t *sizes;
};

static bool hear_size(void *arg, struct text line)
{
	struct sizes *wanted = arg;
	int64_t uid, size;

	if (!is_about(line, "FETCH") || !number_behind(line, "UID", &uid) || !number_behind(line, "RFC822.SIZE", &size))
		return true;
	for (int i = 0; i < wanted->list->count; i++)
		if (wanted->list->uids[i] == uid)
			wanted->sizes[i] = size;
	return true;
}

enum imap_fate mailbox_sizes(struct imap *imap, struct arena *arena, const struct uid_list *list, int64_t *out_sizes)
{
	struct sizes wanted = { list, out_sizes };

	for (int i = 0; i < list->count; i++)
		out_sizes[i] = -1;
	return imap_ask(imap, arena_printf(arena, "UID FETCH %s (UID RFC822.SIZE)", set_of(arena, list)), ANSWER_S,
	        &(struct imap_listener){ .line = hear_size, .arg = &wanted });
}

struct message {
	int64_t uid;
	mailbox_bytes_fn *take;
	void *arg;
	bool in_body, found;
};

/* The uid stands before the body when it is asked for first; where it does not, only one message was asked for. */
static bool hear_literal(void *arg, struct text line, int64_t size)
{
	struct message *message = arg;
	int64_t uid = message->uid;

	(void)size;
	number_behind(line, "UID", &uid);
	message->in_body = !message->found && uid == message->uid && line.len >= 7 &&
	                   !strncasecmp(line.data + line.len - 7, "BODY[] ", 7);
	message->found = message->found || message->in_body;
	return true;
}

static bool hear_bytes(void *arg, struct text piece)
{
	struct message *message = arg;

	return !message->in_body || message->take(message->arg, piece);
}

enum imap_fate mailbox_fetch(
        struct imap *imap, struct arena *arena, int64_t uid, mailbox_bytes_fn *take, void *arg, bool *out_found)
{
	struct message message = { .uid = uid, .take = take, .arg = arg };
	enum imap_fate fate = imap_ask(imap, arena_printf(arena, "UID FETCH %lld (UID BODY.PEEK[])", (long long)uid),
	        MESSAGE_S, &(struct imap_listener){ .literal = hear_literal, .bytes = hear_bytes, .arg = &message });

	*out_found = message.found;
	return fate;
}

/* --- mark --------------------------------------------------------------------------------- */
static enum imap_fate ask(struct imap *imap, const char *command)
{
	return imap_ask(imap, command, ANSWER_S, &(struct imap_listener){ NULL });
}

/* A folder that is not there is made. */
static enum imap_fate move(struct imap *imap, struct arena *arena, const char *set, const char *goal)
{
	const char *command = arena_printf(arena, "UID MOVE %s %s", set, goal);
	enum imap_fate fate = ask(imap, command);

	if (fate != IMAP_REFUSED || !strstr(imap_said(imap), "[TRYCREATE]"))
		return fate;
	fate = ask(imap, arena_printf(arena, "CREATE %s", goal));
	return fate == IMAP_DONE ? ask(imap, command) : fate;
}

enum imap_fate mailbox_mark(
        struct imap *imap, struct arena *arena, const struct account *account, const struct uid_list *list)
{
	const char *set = set_of(arena, list);

	if (!list->count || account->after == ACCOUNT_KEEP)
		return IMAP_DONE;
	if (account->after == ACCOUNT_MOVE)
		return move(imap, arena, set, account->goal);
	return ask(imap, arena_printf(arena, "UID STORE %s +FLAGS.SILENT (\\Seen)", set));
}
