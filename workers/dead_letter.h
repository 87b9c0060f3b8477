/* dead_letter.h - what nobody can apply, as a row that a person can look at. */
#ifndef WORKERS_DEAD_LETTER_H
#define WORKERS_DEAD_LETTER_H

#include "queues/message.h"
#include "workers/rows.h"

/* Adds the row for QUERY_dead_letter_store. Its id is derived from the message, so that a message which dies twice is
 * one letter. Bytes that are no UTF-8 are replaced by U+FFFD. */
void dead_letter_write(struct rows *rows, const struct message *message, struct text reason);

#endif
