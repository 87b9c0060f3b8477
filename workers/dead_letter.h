/* dead_letter.h - what nobody can apply, as a row that a person can look at. */
#ifndef WORKERS_DEAD_LETTER_H
#define WORKERS_DEAD_LETTER_H

#include "queues/message.h"
#include "workers/rows.h"

/* Adds the row for QUERY_dead_letter_store. Its id follows from the message, so that the same
 * one is one letter however often it dies. What is no UTF-8 is shown with U+FFFD in its place. */
void dead_letter_write(struct rows *rows, const struct message *message, struct text reason);

#endif
