/* log.c - one JSON object a line on stderr.
 *
 *   {"ts":...,"level":...,"program":...,"thread":...,"msg":...,context,fields}
 *
 * A line is built on the caller's stack and leaves in one write(2): no lock, no
 * allocation, lines of threads never mix. A value takes at most half of the
 * room that is left, so that a huge one is cut (it then ends in U+2026) and the
 * fields behind it still fit; a field for which there is no room is left out.
 * What is not UTF-8 shows as U+FFFD, and so does NUL, which PostgreSQL's jsonb takes in no form: lines are kept there
 * (LOG_KEEP), and the last error is told there; control characters (C0, DEL, C1) and line separators are escaped, so
 * that no value moves a terminal's pen.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/unicode.h"

#define LINE_BYTES 8192
#define GATHERED_BYTES 32768
#define TAIL_BYTES 2 /* the closing brace and the newline */
#define MARK "\xE2\x80\xA6"
#define MARK_BYTES 3

struct line {
	size_t len;
	char data[LINE_BYTES];
};

static const char *const level_words[] = { "debug", "info", "notice", "warning", "error", "critical" };

static const char *program_name = "guichet";
static _Atomic int least_level = LOG_LEVEL_INFO;
static int set_level = LOG_LEVEL_INFO; /* by the program's settings */

/* The last line of an error or worse, as it was written. */
static struct {
	pthread_mutex_t lock;
	size_t len;
	char data[LINE_BYTES];
} last_error = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* Copies: what the caller passed may end before the thread's next line. */
static _Thread_local struct {
	char request_id[129];
	char trace_id[65];
	char command_id[UUID_TEXT_BYTES];
	char thread[17];
} context;

/* Lines that wait, whole; data is NULL when this thread does not gather. */
static _Thread_local struct {
	char *data;
	size_t len;
} gathered;

void log_init(const char *program, enum log_level least)
{
	program_name = program;
	set_level = (int)least;
	atomic_store(&least_level, (int)least);
}

void log_level_override(struct text word)
{
	enum log_level level = (enum log_level)set_level;
	int wanted = log_level_parse(word, &level) ? (int)level : set_level;

	if (atomic_exchange(&least_level, wanted) != wanted)
		log_notice("the log's level has changed", LOG_TEXT("to", level_words[wanted]));
}

bool log_level_parse(struct text word, enum log_level *out)
{
	for (int i = LOG_LEVEL_DEBUG; i <= LOG_LEVEL_CRITICAL; i++) {
		if (text_equal_nocase(word, text_of(level_words[i]))) {
			*out = (enum log_level)i;
			return true;
		}
	}
	return false;
}

/* --- lines that are kept for who collects them ------------------------------------------------- */
#define KEPT_BYTES 65536
#define KEEP_NONE (LOG_LEVEL_CRITICAL + 1)

static _Atomic int keep_level = KEEP_NONE;

static struct {
	pthread_mutex_t lock;
	size_t len, shown; /* shown: so much was rendered, and goes when it has been taken */
	int lost;          /* for which there was no room: the first of a trouble say more than the last */
	char data[KEPT_BYTES];
} kept = { .lock = PTHREAD_MUTEX_INITIALIZER };

void log_keep(enum log_level least)
{
	atomic_store(&keep_level, (int)least);
}

static void keep_line(const char *line, size_t len)
{
	pthread_mutex_lock(&kept.lock);
	if (kept.len + len <= sizeof kept.data) {
		memcpy(kept.data + kept.len, line, len);
		kept.len += len;
	} else {
		kept.lost++;
	}
	pthread_mutex_unlock(&kept.lock);
}

bool log_render_kept(struct buffer *out)
{
	bool any;

	pthread_mutex_lock(&kept.lock);
	any = kept.len > 0;
	if (any) {
		buffer_string(out, "[");
		for (const char *line = kept.data, *end = kept.data + kept.len, *next; line < end; line = next) {
			next = (const char *)memchr(line, '\n', (size_t)(end - line)) + 1;
			buffer_append(out, line, (size_t)(next - 1 - line));
			buffer_string(out, next < end ? "," : "]");
		}
		kept.shown = kept.len;
	}
	pthread_mutex_unlock(&kept.lock);
	return any;
}

void log_kept_taken(void)
{
	int lost;

	pthread_mutex_lock(&kept.lock);
	kept.len -= kept.shown;
	memmove(kept.data, kept.data + kept.shown, kept.len);
	kept.shown = 0;
	lost = kept.lost;
	kept.lost = 0;
	pthread_mutex_unlock(&kept.lock);
	if (lost)
		log_warn("there was no room to keep some lines of the log", LOG_INT("count", lost));
}

static void keep(char *out, size_t capacity, struct text t)
{
	size_t len = t.len < capacity ? t.len : capacity - 1;

	if (len)
		memcpy(out, t.data, len);
	out[len] = '\0';
}

void log_context(struct text request_id, const struct uuid *command_id, struct text trace_id)
{
	keep(context.request_id, sizeof(context.request_id), request_id);
	keep(context.trace_id, sizeof(context.trace_id), trace_id);
	context.command_id[0] = '\0';
	if (command_id)
		uuid_format(command_id, context.command_id);
}

void log_context_clear(void)
{
	log_context(TEXT_NONE, NULL, TEXT_NONE);
}

void log_thread_name(const char *name)
{
	keep(context.thread, sizeof(context.thread), text_of(name));
}

static size_t room(const struct line *line)
{
	return LINE_BYTES - TAIL_BYTES - line->len;
}

static void put(struct line *line, const char *data, size_t len)
{
	memcpy(line->data + line->len, data, len);
	line->len += len;
}

/* The form in which the first character of t goes out; returns how many bytes
 * of t it stands for. */
static size_t encode(struct text t, char out[8], size_t *out_len)
{
	size_t step = text_utf8_step(t);
	unsigned char c = (unsigned char)t.data[0];
	struct text rest = t;
	uint32_t point = c < 0x80 ? c : 0xFFFD;

	unicode_next(&rest, &point);
	if (step == 0 || point == 0)
		*out_len = (size_t)snprintf(out, 8, "\xEF\xBF\xBD");
	else if (unicode_is_control(point) || unicode_ends_line(point))
		*out_len = (size_t)snprintf(out, 8, c == '\n' ? "\\n" : c == '\t' ? "\\t" : "\\u%04x", point);
	else if (c == '"' || c == '\\')
		*out_len = (size_t)snprintf(out, 8, "\\%c", c);
	else
		memcpy(out, t.data, *out_len = step);
	return step ? step : 1;
}

/* How many bytes at the start go out as they are. */
static size_t plain_run(struct text t)
{
	size_t n = 0;

	while (n < t.len && t.data[n] >= ' ' && t.data[n] <= '~' && t.data[n] != '"' && t.data[n] != '\\')
		n++;
	return n;
}

static void put_escaped(struct line *line, struct text t, size_t budget)
{
	size_t end = line->len + budget - MARK_BYTES;
	size_t run = plain_run(t);

	if (run && line->len + run <= end) {
		put(line, t.data, run);
		t = (struct text){ t.data + run, t.len - run };
	}
	while (t.len > 0) {
		char form[8];
		size_t form_len;
		size_t taken = encode(t, form, &form_len);

		if (line->len + form_len > end) {
			put(line, MARK, MARK_BYTES);
			return;
		}
		put(line, form, form_len);
		t.data += taken;
		t.len -= taken;
	}
}

/* True when "name": was written; at least 24 bytes are then left for the value. */
static bool put_name(struct line *line, const char *name)
{
	size_t len = strlen(name);

	if (room(line) < len + 4 + 24)
		return false;
	if (line->len > 1)
		put(line, ",", 1);
	put(line, "\"", 1);
	put(line, name, len);
	put(line, "\":", 2);
	return true;
}

static void put_text(struct line *line, const char *name, struct text value)
{
	if (!put_name(line, name))
		return;
	if (!value.data) {
		put(line, "null", 4);
		return;
	}
	put(line, "\"", 1);
	put_escaped(line, value, (room(line) - 1) / 2);
	put(line, "\"", 1);
}

static void put_int(struct line *line, const char *name, int64_t value)
{
	char digits[24];

	if (put_name(line, name))
		put(line, digits, (size_t)snprintf(digits, sizeof(digits), "%" PRId64, value));
}

static void put_field(struct line *line, const struct log_field *field)
{
	char id[UUID_TEXT_BYTES];

	if (field->kind == LOG_KIND_INT) {
		put_int(line, field->name, field->number);
	} else if (field->kind == LOG_KIND_UUID && field->uuid) {
		uuid_format(field->uuid, id);
		put_text(line, field->name, text_of(id));
	} else {
		put_text(line, field->name, field->text);
	}
}

static void put_if_set(struct line *line, const char *name, const char *value)
{
	if (*value)
		put_text(line, name, text_of(value));
}

/* A log that can't be written must not stop the work. */
static void write_out(const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(STDERR_FILENO, data, len);

		if (n < 0 && errno != EINTR)
			return;
		if (n > 0) {
			data += n;
			len -= (size_t)n;
		}
	}
}

static void keep_error(const struct line *line)
{
	pthread_mutex_lock(&last_error.lock);
	last_error.len = line->len - 1; /* without the newline */
	memcpy(last_error.data, line->data, last_error.len);
	pthread_mutex_unlock(&last_error.lock);
}

void log_render_last_error(struct buffer *out)
{
	pthread_mutex_lock(&last_error.lock);
	if (last_error.len)
		buffer_append(out, last_error.data, last_error.len);
	else
		buffer_string(out, "null");
	pthread_mutex_unlock(&last_error.lock);
}

void log_write(enum log_level level, const char *message, const struct log_field *fields)
{
	const int saved_errno = errno;
	char now[CLOCK_TEXT_BYTES];
	struct line line;

	if ((int)level < atomic_load_explicit(&least_level, memory_order_relaxed))
		return;
	clock_format(clock_unix_us(), now);
	line.len = 0;
	put(&line, "{", 1);
	put_text(&line, "ts", text_of(now));
	put_text(&line, "level", text_of(level_words[level]));
	put_text(&line, "program", text_of(program_name));
	put_text(&line, "thread", text_of(context.thread[0] ? context.thread : "main"));
	put_text(&line, "msg", text_of(message));
	put_if_set(&line, "request_id", context.request_id);
	put_if_set(&line, "command_id", context.command_id);
	put_if_set(&line, "trace_id", context.trace_id);
	for (; fields->kind != LOG_KIND_END; fields++)
		put_field(&line, fields);
	put(&line, "}\n", 2);

	if (level >= LOG_LEVEL_ERROR)
		keep_error(&line);
	if ((int)level >= atomic_load_explicit(&keep_level, memory_order_relaxed))
		keep_line(line.data, line.len);
	if (gathered.len + line.len > GATHERED_BYTES)
		log_flush();
	if (gathered.data) {
		memcpy(gathered.data + gathered.len, line.data, line.len);
		gathered.len += line.len;
		if (level >= LOG_LEVEL_WARNING)
			log_flush();
	} else {
		write_out(line.data, line.len);
	}
	errno = saved_errno;
}

void log_gather(bool on)
{
	log_flush();
	free(gathered.data);
	gathered.data = NULL;
	if (on && !(gathered.data = malloc(GATHERED_BYTES)))
		abort();
}

/* Whole lines, and as many as a pipe takes without mixing them with another thread's (pipe(7), PIPE_BUF). */
void log_flush(void)
{
	const char *data = gathered.data;
	size_t left = gathered.len;

	gathered.len = 0;
	while (left) {
		const char *end = left <= PIPE_BUF ? data + left - 1 : memrchr(data, '\n', PIPE_BUF);

		if (!end)
			end = memchr(data, '\n', left);
		write_out(data, (size_t)(end + 1 - data));
		left -= (size_t)(end + 1 - data);
		data = end + 1;
	}
}
