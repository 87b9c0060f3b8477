/* templates.h - what is asked of the texts that are edited, for the built-in ones are in the program and the others in
 * the database.
 */
#ifndef INGRESS_READ_TEMPLATES_H
#define INGRESS_READ_TEMPLATES_H

#include "ingress/http/ask.h"
#include "templates/template.h"

/* Asks for them in the name of who calls, and for the values of a ticket unless its id is none. */
void templates_ask(struct call *call, unsigned access, const struct uuid *ticket_id, ask_rows_fn *then, void *state);
/* False: who calls may not, and has been told. */
bool templates_may(struct call *call, const struct db_result *rows);
/* What is edited, and the brand: an object that the caller owns. */
json_t *templates_edited(const struct db_result *rows);
/* The parts of a template that are edited; NULL: none is. */
json_t *templates_parts(const json_t *edited, const struct template *template);
/* Its JSON text, in the call's arena. The object is given back. */
struct text templates_text(struct call *call, json_t *object);

#endif
