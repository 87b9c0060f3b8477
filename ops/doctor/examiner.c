/* examiner.c - how an examination says what it found: see examiner.h. */
#include "ops/doctor/examiner.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "base/text.h"

#define SENTENCE_BYTES 1024
#define ANSWER_BYTES 2048
#define CERTIFICATE_WARN_DAYS 21
#define CERTIFICATE_FAIL_DAYS 3
#define DAY_S 86400

static struct doctor_finding *add(struct examiner *e, const char *format, va_list args)
{
	char sentence[SENTENCE_BYTES];
	/* When there are too many the last place tells of one of them. */
	struct doctor_finding *f = &e->findings[e->count < FINDINGS_MAX ? e->count++ : FINDINGS_MAX - 1];

	vsnprintf(sentence, sizeof sentence, format, args);
	*f = (struct doctor_finding){ .sentence = examiner_words(e, sentence) };
	return f;
}

struct doctor_finding *examiner_find(struct examiner *e, enum doctor_verdict verdict, const char *id, const char *what,
        const char *todo, const char *format, ...)
{
	struct doctor_finding *f;
	va_list args;

	va_start(args, format);
	f = add(e, format, args);
	va_end(args);
	f->verdict = verdict;
	f->id = id;
	f->what = what;
	f->todo = todo;
	return f;
}

void examiner_fine(struct examiner *e, const char *id, const char *what, const char *format, ...)
{
	struct doctor_finding *f;
	va_list args;

	va_start(args, format);
	f = add(e, format, args);
	va_end(args);
	f->id = id;
	f->what = what;
}

bool examiner_has(struct examiner *e, const char *what, const char *setting, const char *value)
{
	if (*value)
		return true;
	examiner_fine(e, "not_looked_at", what, "not looked at: %s is not set", setting);
	return false;
}

char *examiner_age(struct examiner *e, int64_t seconds)
{
	if (seconds < 120)
		return arena_printf(e->arena, "%" PRId64 " s", seconds);
	if (seconds < 7200)
		return arena_printf(e->arena, "%" PRId64 " min", seconds / 60);
	if (seconds < 2 * DAY_S)
		return arena_printf(e->arena, "%" PRId64 " h", seconds / 3600);
	return arena_printf(e->arena, "%" PRId64 " days", seconds / DAY_S);
}

/* Where the user and password of a URL end that begins behind its "://"; NULL: it has none. */
static const char *behind_login(const char *text)
{
	const char *at = text + strcspn(text, "@/ \t\r\n\"'");

	return *at == '@' ? at + 1 : NULL;
}

char *examiner_words(struct examiner *e, const char *text)
{
	struct text mended = text_mend(e->arena, text_of(text));
	const char *behind, *source = arena_copy(e->arena, mended.data, mended.len);
	struct buffer out;

	buffer_init(&out, e->arena, mended.len + 1);
	for (const char *at = source; *at; at++) {
		bool is_blank = (unsigned char)*at <= ' ' || *at == 0x7f;

		if (is_blank && (!out.len || out.data[out.len - 1] == ' '))
			continue;
		buffer_append(&out, is_blank ? " " : at, 1);
		if (at - source >= 2 && strncmp(at - 2, "://", 3) == 0 && (behind = behind_login(at + 1)))
			at = behind - 1;
	}
	while (out.len && out.data[out.len - 1] == ' ')
		out.len--;
	return buffer_cstr(&out);
}

/* A reply of several lines (RFC 5321 section 4.2.1) has a hyphen behind the code of all but its last. */
static bool is_whole(const char *answer, size_t len)
{
	const char *last;

	if (!len || (answer[len - 1] != '\n' && answer[len - 1] != '\0'))
		return false;
	last = len > 1 ? memrchr(answer, '\n', len - 1) : NULL;
	last = last ? last + 1 : answer;
	return !(strspn(last, "0123456789") == 3 && last[3] == '-');
}

char *examiner_talk(struct examiner *e, struct stream *stream, const char *line)
{
	char *answer = arena_alloc(e->arena, ANSWER_BYTES);
	size_t len = 0;
	ssize_t got;

	if (line && !stream_write(stream, line, strlen(line), TALK_MS))
		return answer;
	while (len < ANSWER_BYTES - 1 && !is_whole(answer, len)) {
		got = stream_read(stream, answer + len, ANSWER_BYTES - 1 - len, TALK_MS);
		if (got <= 0)
			break;
		len += (size_t)got;
	}
	answer[len] = '\0';
	return answer;
}

void examiner_judge_certificate(
        struct examiner *e, const char *what, const char *whose, int64_t ends_s, const char *todo)
{
	time_t ends = (time_t)ends_s;
	int64_t left_s = ends_s - (int64_t)time(NULL);
	char day[16] = "";
	struct tm parts;

	if (gmtime_r(&ends, &parts))
		strftime(day, sizeof day, "%Y-%m-%d", &parts);
	if (left_s < 0)
		examiner_find(e, DOCTOR_FAIL, "certificate.expired", what, todo,
		        "the certificate of %s has expired on %s, %s ago", whose, day, examiner_age(e, -left_s));
	else if (left_s < CERTIFICATE_WARN_DAYS * DAY_S)
		examiner_find(e, left_s < CERTIFICATE_FAIL_DAYS * DAY_S ? DOCTOR_FAIL : DOCTOR_WARN, "certificate.ends",
		        what, todo, "the certificate of %s ends on %s, in %s", whose, day, examiner_age(e, left_s));
	else
		examiner_fine(e, "certificate", what, "the certificate of %s is good until %s", whose, day);
}
