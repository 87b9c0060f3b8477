/* mailbox.h - what commands say about a mailbox. */
#ifndef WORKERS_DESK_MAILBOX_H
#define WORKERS_DESK_MAILBOX_H

#include "workers/desk/desk.h"

/* What is absent stays as it is. */
struct mailbox_given {
	struct text address, name;
	enum language language;
	struct text category;
	enum ticket_priority priority;
	struct text signature;
	enum stranger_rule strangers;
	enum flag answers, watch_copied, trust_reply_to, commands, active;
};
#define MAILBOX_GIVEN(cmd)                                                                                             \
	{                                                                                                              \
		(cmd)->address, (cmd)->name, (cmd)->language, (cmd)->category, (cmd)->priority, (cmd)->signature,      \
		        (cmd)->strangers, (cmd)->answers, (cmd)->watch_copied, (cmd)->trust_reply_to, (cmd)->commands, \
		        (cmd)->active                                                                                  \
	}

/* Takes it over, or refuses an address that another mailbox has. */
enum outcome mailbox_put(struct job *job, struct desk_mailbox *mailbox, const struct mailbox_given *given);

#endif
