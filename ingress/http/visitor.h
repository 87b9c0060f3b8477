/* visitor.h - who follows the link of a mail with a browser and is not signed in: a page that says what to do. */
#ifndef INGRESS_HTTP_VISITOR_H
#define INGRESS_HTTP_VISITOR_H

#include "ingress/http/call.h"

/* A GET by something that shows HTML, without a token? */
bool visitor_is(const struct call *call);
/* Answers 401 with the page, in the client's language. It tells nothing of what the path names, not even whether it is
 * there. */
void visitor_answer(struct call *call);

#endif
