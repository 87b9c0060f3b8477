/* openapi.h - the API's description: OpenAPI 3.1, written from the catalogue.
 *
 * What is served is described, because both are the same tables: the commands, reads
 * and actions of queues/. docs/API.md is for its readers.
 */
#ifndef INGRESS_OPENAPI_OPENAPI_H
#define INGRESS_OPENAPI_OPENAPI_H

#include "base/text.h"

/* The whole document, JSON; written when first asked for, the same ever after. Any thread. */
struct text openapi_document(void);

#endif
