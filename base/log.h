/* log.h - one JSON object a line on stderr.
 *
 *   log_warn("broker lost", LOG_TEXT("host", host), LOG_INT("attempt", n));
 *
 * Every line has ts (RFC 3339, UTC, ms), level (RFC 5424 words: debug info
 * notice warning error critical), program, thread, msg; and, while they are
 * set for this thread, request_id, command_id and trace_id. A line is one
 * write(2), at most 8 KiB; longer values are cut, never the line's shape. A
 * thread that turns may gather its lines and write those of a turn at once.
 * No secret is ever passed to a log call.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include "base/text.h"
#include "base/uuid.h"

enum log_level {
	LOG_LEVEL_DEBUG,
	LOG_LEVEL_INFO,
	LOG_LEVEL_NOTICE,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_ERROR,
	LOG_LEVEL_CRITICAL
};

enum log_kind { LOG_KIND_END, LOG_KIND_TEXT, LOG_KIND_INT, LOG_KIND_UUID };

struct log_field {
	enum log_kind kind;
	const char *name;
	struct text text;
	int64_t number;
	const struct uuid *uuid;
};

#define LOG_TEXT(name_, value_)                                                                                        \
	{                                                                                                              \
		.kind = LOG_KIND_TEXT, .name = (name_), .text = text_of(value_)                                        \
	}
#define LOG_VIEW(name_, value_)                                                                                        \
	{                                                                                                              \
		.kind = LOG_KIND_TEXT, .name = (name_), .text = (value_)                                               \
	}
#define LOG_INT(name_, value_)                                                                                         \
	{                                                                                                              \
		.kind = LOG_KIND_INT, .name = (name_), .number = (value_)                                              \
	}
#define LOG_UUID(name_, value_)                                                                                        \
	{                                                                                                              \
		.kind = LOG_KIND_UUID, .name = (name_), .uuid = (value_)                                               \
	}

void log_init(const char *program, enum log_level least);
bool log_level_parse(struct text word, enum log_level *out);
/* Another level than log_init's, while the program runs; a word that is none: log_init's again. */
void log_level_override(struct text word);
/* The last line of an error or worse as it was written, an object; or null. */
void log_render_last_error(struct buffer *out);
/* Lines of that level or worse are kept besides, 64 KiB of them at most, until somebody has taken them: for who
 * collects them in one place. */
void log_keep(enum log_level least);
/* Appends those that are kept, an array; false: there are none. They go when log_kept_taken is called after it, one
 * thread at a time. */
bool log_render_kept(struct buffer *out);
void log_kept_taken(void);
void log_write(enum log_level level, const char *message, const struct log_field *fields);

/* What this thread's next lines are about; empty text and NULL take them away. */
void log_context(struct text request_id, const struct uuid *command_id, struct text trace_id);
void log_context_clear(void);
void log_thread_name(const char *name);

/* While a thread gathers, its lines below warning wait for its next log_flush, for a warning, or for
 * 32 KiB of them. Only for a thread that calls log_flush before it waits for anything. */
void log_gather(bool on);
void log_flush(void);

#define LOG_AT(level, message, ...)                                                                                    \
	log_write((level), (message), (const struct log_field[]){ __VA_ARGS__ __VA_OPT__(, ){ .kind = LOG_KIND_END } })
#define log_debug(...) LOG_AT(LOG_LEVEL_DEBUG, __VA_ARGS__)
#define log_info(...) LOG_AT(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_notice(...) LOG_AT(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_warn(...) LOG_AT(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_error(...) LOG_AT(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_critical(...) LOG_AT(LOG_LEVEL_CRITICAL, __VA_ARGS__)

#endif
