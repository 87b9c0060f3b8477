/* files.c - files on a ticket: how they come there, and what they count.
 *
 * A ticket counts its files that are neither deleted nor refused, also those of its comments and the internal ones. The
 * limits hold for each ticket, whatever is merged into it. A ticket is never changed without its version, so two lanes
 * that change what it counts cannot both be right: one of them decides again.
 */
#include "base/settings.h"
#include "workers/ticket/model.h"

static int64_t files_max, bytes_max;

struct setting files_settings[] = {
	{ "MAX_FILES_PER_TICKET", SETTING_INT, &files_max, "10", .min = 1, .max = 1000,
	        .help = "how many files a ticket can have" },
	{ "MAX_TICKET_BYTES", SETTING_INT, &bytes_max, "52428800", .min = 1, .max = 1099511627776,
	        .help = "how many bytes the files of a ticket can have together" },
	{ 0 },
};

struct file *job_file(const struct job *job, struct uuid id)
{
	return subject_find(file_set(job->batch), &id);
}

struct ticket *file_ticket(const struct job *job, const struct file *file)
{
	return uuid_is_none(&file->ticket_id) ? NULL : subject_find(ticket_set(job->batch), &file->ticket_id);
}

/* --- counting ---------------------------------------------------------------------- */
enum outcome files_fit(struct job *job, const struct ticket *ticket, int64_t count, int64_t bytes)
{
	if (ticket->file_count + count > files_max)
		return job_refuse(job, PROBLEM_TOO_MANY_FILES, "a ticket can have %lld files", (long long)files_max);
	if (bytes && ticket->file_bytes + bytes > bytes_max)
		return job_refuse(job, PROBLEM_TICKET_QUOTA_EXCEEDED,
		        "the files of a ticket can have %lld bytes together", (long long)bytes_max);
	return JOB_DONE;
}

static bool fits(const struct ticket *ticket, int64_t count, int64_t bytes)
{
	return ticket->file_count + count <= files_max && ticket->file_bytes + bytes <= bytes_max;
}

static const char *history_field(const struct file *file)
{
	return file->is_internal ? "internal_file" : "file";
}

void file_add_to(struct job *job, const struct file *file, struct ticket *ticket)
{
	ticket->file_count++;
	ticket->file_bytes += file->size;
	history_add(job, ticket, history_field(file), TEXT_NONE, file->name);
}

void file_take_from(struct job *job, const struct file *file, struct ticket *ticket, struct text why)
{
	ticket->file_count--;
	ticket->file_bytes -= file->size;
	history_add(job, ticket, history_field(file), file->name, why);
}

/* --- coming to a ticket -------------------------------------------------------------- */
/* NULL: it is not there, somebody else's, or waits for no ticket any more. */
static struct file *waiting_file(const struct job *job, struct text name)
{
	struct uuid id;
	struct file *file = uuid_parse(name, &id) ? subject_find_live(file_set(job->batch), &id) : NULL;
	bool waits = file && file->purpose == FILE_OF_TICKET && uuid_is_none(&file->ticket_id) &&
	             file->scan_state != SCAN_INFECTED;

	return waits && uuid_equal(&file->uploaded_by, &job->envelope.actor) ? file : NULL;
}

static enum outcome refuse_unless_waiting(struct job *job, const struct text_list *file_ids, int64_t *out_bytes)
{
	*out_bytes = 0;
	for (int i = 0; i < file_ids->count; i++) {
		const struct file *file = waiting_file(job, file_ids->items[i]);

		if (!file)
			return job_refuse_item(job, "file_ids", i, "is no file of yours that waits for a ticket");
		*out_bytes += file->size;
	}
	return JOB_DONE;
}

static void hang(struct job *job, struct file *file, struct ticket *ticket, struct comment *comment)
{
	subject_touch(job, file_set(job->batch), file);
	file->ticket_id = ticket->id;
	if (comment) {
		file->comment_id = comment->id;
		file->is_internal = comment->is_internal;
		comment->file_count++;
	}
	file_add_to(job, file, ticket);
}

enum outcome files_attach(
        struct job *job, struct ticket *ticket, struct comment *comment, const struct text_list *file_ids)
{
	int64_t bytes;
	enum outcome outcome = refuse_unless_waiting(job, file_ids, &bytes);

	if (outcome == JOB_DONE && file_ids->count)
		outcome = files_fit(job, ticket, file_ids->count, bytes);
	if (outcome != JOB_DONE)
		return outcome;
	for (int i = 0; i < file_ids->count; i++)
		hang(job, waiting_file(job, file_ids->items[i]), ticket, comment);
	return JOB_DONE;
}

struct text_list files_attach_fitting(
        struct job *job, struct ticket *ticket, struct comment *comment, const struct text_list *file_ids)
{
	struct text_list attached = { ARENA_ARRAY(job_arena(job), struct text, (size_t)file_ids->count + 1), 0 };

	for (int i = 0; i < file_ids->count; i++) {
		struct file *file = waiting_file(job, file_ids->items[i]);

		if (!file || !fits(ticket, 1, file->size))
			continue;
		hang(job, file, ticket, comment);
		attached.items[attached.count++] = file_ids->items[i];
	}
	return attached;
}

void files_tell_left(struct job *job, struct ticket *ticket, int64_t count)
{
	struct comment *comment;
	struct text words;

	if (count <= 0)
		return;
	words = text_of(arena_printf(job_arena(job),
	        "Pièces jointes restées dans le courriel, car elles dépassent les limites : %lld\nAttachments that "
	        "stayed in "
	        "the mail because they exceed the limits: %lld",
	        (long long)count, (long long)count));
	comment = ticket_add_comment(job, ticket, job_mint(job, "files_left"), words, true);
	comment->author_id = (struct uuid){ { 0 } };
}

struct text_list files_told(struct job *job, const struct text_list *file_ids)
{
	return file_ids->items ? *file_ids : (struct text_list){ ARENA_ARRAY(job_arena(job), struct text, 1), 0 };
}

void files_follow(struct job *job, const struct comment *comment, struct ticket *from, struct ticket *to)
{
	struct subject_set *set = file_set(job->batch);

	for (int i = 0; i < set->count; i++) {
		struct file *file = subject_at(set, i);

		if (!uuid_equal(&file->comment_id, &comment->id) || file->deleted_at || file->refused_at)
			continue;
		subject_touch(job, set, file);
		file_take_from(job, file, from, TEXT_NONE);
		file->ticket_id = to->id;
		file->comment_id = (struct uuid){ { 0 } };
		file_add_to(job, file, to);
	}
}
