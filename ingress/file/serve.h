/* serve.h - a file is given away. */
#ifndef INGRESS_FILE_SERVE_H
#define INGRESS_FILE_SERVE_H

#include "ingress/http/call.h"
#include "queues/catalogue.h"
#include "queues/shared_link.h"

/* A client of /files/{id} that does not accept JSON wants the file itself. */
bool serve_is_wanted(const struct call *call);
/* Answers with the bytes of the file that the path names, to whoever may have them. */
void serve_file(struct call *call, struct text file);

/* The same for a link: as the account that asked for it. */
void serve_link(struct call *call, const struct shared_link *link);

#endif
