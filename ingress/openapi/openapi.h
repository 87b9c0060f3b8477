/* openapi.h - the API's description: OpenAPI 3.1, written from the catalogue and the routes.
 *
 * What is served is described, because both are the same tables: commands, reads
 * and forms of queues/, and special_routes[]. docs/API.md is for its readers.
 */
#ifndef INGRESS_OPENAPI_OPENAPI_H
#define INGRESS_OPENAPI_OPENAPI_H

#include "ingress/routes.h"

/* The whole document, JSON; written when first asked for, the same ever after. Any thread. */
struct text openapi_document(void);

/* GET /openapi.json: for anybody, with an ETag. */
void openapi_answer(struct call *call, const struct captures *captures);

#endif
