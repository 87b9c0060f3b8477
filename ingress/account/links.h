/* links.h - the links that come by mail: asked for here, used here.
 *
 *   asked ─► counted ─► a row of mails ─► the mail worker draws the token, and keeps its SHA-256 ─► the mail, which
 * alone has it used  ─► counted ─► what is it good for? ─► Argon2id, of a link that sets a password ─► one statement:
 * spent, done, event
 *
 * A link is good once and for a while (sql/functions/account_token_keep.sql). An API client sends the token; a browser
 * follows the link to a page with a form (link_page.c).
 */
#ifndef INGRESS_ACCOUNT_LINKS_H
#define INGRESS_ACCOUNT_LINKS_H

#include "ingress/http/principal.h"

/* What became of a link that was used; in the call's arena. */
struct link_used {
	struct text kind;
	bool half; /* the other address has not said yes yet */
	struct token_subject subject;
};

/* Looks what the link is good for, and goes on; or answers that it is good for nothing, or 429. */
void links_look(struct call *call, struct text token, void (*then)(struct call *call, void *state, struct text kind),
        void *state);

/* Uses the link if it is of one of these kinds (blanks between); password is TEXT_NONE where none is set. Goes on when
 * that is done, or answers what is wrong: of the password at "password". */
void links_use(struct call *call, struct text token, const char *kinds, struct text password,
        void (*then)(struct call *call, void *state, const struct link_used *used), void *state);

#endif
