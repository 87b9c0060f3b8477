/* template_revert.c - "template.revert": a template as it was after a version of its history, or as it is built in.
 *
 * Refused: a template that is none; a version that is none of this template and language; what it said then and what
 * can no longer be said. Emits template.updated; nothing when nothing has changed.
 */
#include "workers/desk/template.h"

enum outcome template_revert(struct job *job, const struct template_revert *cmd)
{
	const struct template *template = template_named(cmd->name, cmd->language);
	json_t *parts;

	if (!template)
		return job_refuse(job, PROBLEM_NOT_FOUND, "there is no such template");
	parts = cmd->to ? template_parts_at(job, template, cmd->to) : json_object();
	if (!parts)
		return job_refuse_field(job, "to", "is no version of this template in this language");
	return template_keep(job, template, parts);
}
