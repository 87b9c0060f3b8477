/* template.h - what commands say about the texts that are edited. */
#ifndef WORKERS_DESK_TEMPLATE_H
#define WORKERS_DESK_TEMPLATE_H

#include "templates/template.h"
#include "workers/desk/desk.h"

/* The template, or NULL: there is none of that name. French unless a language is named. */
const struct template *template_named(struct text name, enum language language);

/* The parts that are edited; the caller owns them. */
json_t *template_parts(const struct desk_texts *texts, const struct template *template);
/* Keeps them as they are now, and emits template.updated; nothing when nothing has changed. Refuses what cannot be read
 * or filled in, with a pointer to the part and its line and column. The parts are given back. */
enum outcome template_keep(struct job *job, const struct template *template, json_t *parts);
/* The same of the brand; checked by who calls. */
enum outcome template_keep_brand(struct job *job, json_t *brand);

/* What the template's parts were after a version; NULL: that was no change of it. The caller owns them. */
json_t *template_parts_at(const struct job *job, const struct template *template, int64_t version);

struct desk_texts *job_texts(const struct job *job);

#endif
