/* sample.h - made-up values for a template: for who edits one and wants to see it, and to try what is edited. */
#ifndef TEMPLATES_SAMPLE_H
#define TEMPLATES_SAMPLE_H

#include "templates/template.h"

/* A value for each of its fields, a link and comments. The caller owns it. */
json_t *sample_values(const struct template *template);
/* What is edited, as an object of parts, over what is built in. False: out_fault says what cannot be read. */
bool sample_read(const struct template *template, const json_t *parts, struct arena *arena, struct template_edit *out,
        struct template_fault *out_fault);
/* Can it be read, and filled in? The parts must outlive the arena's use. */
bool sample_tries(
        const struct template *template, const json_t *parts, struct arena *arena, struct template_fault *out_fault);

#endif
