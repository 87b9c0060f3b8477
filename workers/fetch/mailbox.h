/* mailbox.h - what is asked of a folder: which messages it has, one of them, and that they are marked.
 *
 * Nothing of it changes the folder but mailbox_mark(). Messages are named by their UID.
 */
#ifndef WORKERS_FETCH_MAILBOX_H
#define WORKERS_FETCH_MAILBOX_H

#include "workers/fetch/imap.h"

struct mailbox {
	int64_t uidvalidity; /* while it is the same, a UID is the same message */
	int64_t uidnext;     /* no message has it yet; 0: the server does not say */
};

struct uid_list {
	int64_t *uids; /* ascending */
	int count;
};

enum imap_fate mailbox_select(struct imap *imap, const char *folder, struct mailbox *out);

/* The messages above uid for which the criteria hold ("", or such as RFC 3501 has for SEARCH). */
enum imap_fate mailbox_list(
        struct imap *imap, struct arena *arena, int64_t above, const char *criteria, struct uid_list *out);

/* Their sizes, in the order of the list; -1: it is not there any more. */
enum imap_fate mailbox_sizes(struct imap *imap, struct arena *arena, const struct uid_list *list, int64_t *out_sizes);

/* A message in pieces, as it is. *out_found: it came. False of the function: the connection is given up. */
typedef bool mailbox_bytes_fn(void *arg, struct text piece);
enum imap_fate mailbox_fetch(
        struct imap *imap, struct arena *arena, int64_t uid, mailbox_bytes_fn *take, void *arg, bool *out_found);

/* What the account wants done with messages that were taken. */
enum imap_fate mailbox_mark(
        struct imap *imap, struct arena *arena, const struct account *account, const struct uid_list *list);

#endif
