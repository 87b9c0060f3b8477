/* template_put.c - "template.put": other words for a template in one language. What is not given stays; what is taken
 * away is as it is built in.
 *
 * Refused: a template that is none; a part that cannot be read, with its line and column; one that would be too long.
 * Emits template.updated; nothing when nothing has changed. The mail worker goes by it within seconds.
 */
#include "workers/desk/template.h"

enum outcome template_put(struct job *job, const struct template_put *cmd)
{
	const struct template *template = template_named(cmd->name, cmd->language);
	const struct text given[TEMPLATE_PARTS] = { cmd->subject, cmd->brief, cmd->text, cmd->html };
	json_t *parts;

	if (!template)
		return job_refuse(job, PROBLEM_NOT_FOUND, "there is no such template");
	parts = template_parts(job_texts(job), template);
	for (int i = 0; i < TEMPLATE_PARTS; i++) {
		if (given[i].len)
			json_object_set_new(parts, template_part_words[i],
			        json_string(template_source(job_arena(job), given[i]).data));
		else if (given[i].data)
			json_object_del(parts, template_part_words[i]);
	}
	return template_keep(job, template, parts);
}
