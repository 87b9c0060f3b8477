/* recipients.c - see recipients.h. */
#include "ingress/mail/recipients.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/probe.h"
#include "ingress/mail/path.h"

#define EVERY_MS 1000
#define FRESH_MS 3000
#define ARENA_BYTES 4096

static const char *mail_from;

struct setting recipients_settings[] = {
	{ "MAIL_FROM", SETTING_TEXT, &mail_from, "support@localhost", .min = 3, .max = 254,
	        .help = "the address mail comes from; its domain names the messages" },
	{ 0 },
};

static struct {
	struct loop *loop;
	struct arena *arena, *scratch; /* of the list; of one look */
	const char **addresses;        /* sorted; NULL: not known yet */
	int count;
	int64_t asked_ms, answered_ms;
	bool asking;
} list;

/* Until it is known once, whoever brings mail is asked to come later. */
static struct probe_check check = { .name = "mailboxes" };

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *form_of(struct arena *arena, struct text address)
{
	return text_dup(arena, path_mailbox(arena, address));
}

static void replace(const struct db_result *rows)
{
	struct arena *arena = arena_new(ARENA_BYTES);
	const char **addresses = ARENA_ARRAY(arena, const char *, (size_t)db_rows(rows) + 1);
	int count = 0;

	addresses[count++] = form_of(arena, text_of(mail_from));
	for (int i = 0; i < db_rows(rows); i++) {
		addresses[count] = form_of(arena, db_text(rows, i, 0));
		count += addresses[count] != NULL;
	}
	qsort(addresses, (size_t)count, sizeof *addresses, compare);
	arena_free(&list.arena);
	list.arena = arena;
	list.addresses = addresses;
	list.count = count;
}

static void on_list(void *arg, enum db_fault fault, const struct db_result *rows)
{
	(void)arg;
	list.asking = false;
	if (fault != DB_FINE)
		return;
	replace(rows);
	probe_set(&check, NULL);
	list.answered_ms = clock_mono_ms();
}

void recipients_open(struct loop *loop)
{
	list.loop = loop;
	list.scratch = arena_new(ARENA_BYTES);
	list.answered_ms = -FRESH_MS;
	probe_set(&check, "not known yet");
	if (form_of(list.scratch, text_of(mail_from)))
		return;
	fprintf(stderr, "guichet-mail-ingress: MAIL_FROM must be a plain address, local@domain\n");
	exit(78); /* EX_CONFIG */
}

void recipients_turn(void)
{
	int64_t now = clock_mono_ms();

	if (list.asking || (list.asked_ms && now - list.asked_ms < EVERY_MS))
		return;
	list.asking = loop_query(list.loop, QUERY_inbound_addresses, 0, NULL, on_list, NULL);
	if (list.asking)
		list.asked_ms = now;
}

enum session_mailbox recipients_find(struct text address)
{
	const char *form;

	if (!list.addresses)
		return MAILBOX_UNKNOWN;
	arena_reset(list.scratch);
	form = form_of(list.scratch, address);
	return form && bsearch(&form, list.addresses, (size_t)list.count, sizeof form, compare) ? MAILBOX_OURS
	                                                                                        : MAILBOX_NOT_OURS;
}

bool recipients_are_fresh(void)
{
	return clock_mono_ms() - list.answered_ms < FRESH_MS;
}
