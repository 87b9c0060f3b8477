/* file_update.c - "file.update": another name or description, public or not.
 *
 * A name keeps its extension: what was looked at as a picture must not be saved as a page.
 *
 * Emits file.updated with the names of what changed.
 */
#include "workers/ticket/model.h"

#include <string.h>

static struct text extension(struct text name)
{
	const char *dot = memrchr(name.data, '.', name.len);

	return dot ? (struct text){ dot, (size_t)(name.data + name.len - dot) } : TEXT("");
}

static enum outcome refuse_name(struct job *job, const struct file *file, struct text name)
{
	if (name.len > 255)
		return job_refuse_field(job, "name", "must have at most 255 bytes");
	if (memchr(name.data, '/', name.len) || memchr(name.data, '\\', name.len))
		return job_refuse_field(job, "name", "must not hold a path");
	if (!text_equal_nocase(extension(name), extension(file->name)))
		return job_refuse_field(job, "name", "must end as before: %.*s", (int)extension(file->name).len,
		        extension(file->name).data);
	return JOB_DONE;
}

enum outcome file_update(struct job *job, const struct file_update *cmd)
{
	struct file *file = job_file(job, cmd->file_id), before = *file;
	struct text_list changed;

	if (cmd->name.data && refuse_name(job, file, cmd->name) != JOB_DONE)
		return JOB_REFUSED;
	if (cmd->name.data)
		file->name = cmd->name;
	if (cmd->description.data)
		file->description = cmd->description.len ? cmd->description : TEXT_NONE;
	if (cmd->is_public)
		file->is_public = cmd->is_public == FLAG_TRUE;
	changed = subject_changes(&file_kind, &before, file, job_arena(job));
	if (changed.count)
		EMIT(job, file_updated, .ticket_id = file->ticket_id, .changed = changed);
	return JOB_DONE;
}
