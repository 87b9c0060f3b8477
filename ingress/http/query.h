/* query.h - fields that a request says in its query (?language=fr, ?handOverTo=...): those of need FROM_QUERY or
 * BODY_OR_QUERY. */
#ifndef INGRESS_HTTP_QUERY_H
#define INGRESS_HTTP_QUERY_H

#include "ingress/http/call.h"
#include "queues/contract.h"

/* Into fields, which hold what the body says. What the body says already must not be said in the query as well. Other
 * parameters are passed over, as they are by every request with a body. */
void query_read(struct call *call, const struct record *record, void *fields, struct problems *problems);

#endif
