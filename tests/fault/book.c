/* book.c - see book.h. */
#include "tests/fault/book.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"

void book_open(struct book *book, const char *path, const char *percents, const char *run, int64_t goal)
{
	*book = (struct book){ .percent_fd = -1, .goal = goal, .took_capacity = 1024 };
	snprintf(book->run, sizeof book->run, "%s", run);
	book->took_us = malloc((size_t)book->took_capacity * sizeof *book->took_us);
	book->file = fopen(path, "a");
	if (!book->file || !book->took_us) {
		perror(path);
		exit(2);
	}
	if (percents && (book->percent_fd = open(percents, O_WRONLY | O_NONBLOCK | O_CLOEXEC)) < 0) {
		perror(percents);
		exit(2);
	}
}

void book_close(struct book *book)
{
	fclose(book->file);
	free(book->took_us);
	if (book->percent_fd >= 0)
		close(book->percent_fd);
}

static enum outcome judge(const struct answer *answer)
{
	if (answer->status >= 200 && answer->status < 300)
		return ACCEPTED;
	if (answer->status >= 400 && answer->status < 500)
		return REFUSED;
	if (answer->status == 503 && strcmp(answer->code, "NOT_ACCEPTED") == 0)
		return NOT_ACCEPTED;
	return UNKNOWN;
}

static const char *const kind_words[] = { "create", "comment", "update", "triage" };

static void remember_latency(struct book *book, int64_t took_us)
{
	if (book->took_count == book->took_capacity) {
		book->took_capacity *= 2;
		book->took_us = realloc(book->took_us, (size_t)book->took_capacity * sizeof *book->took_us);
		if (!book->took_us)
			abort();
	}
	book->took_us[book->took_count++] = (uint32_t)took_us;
}

/* Whoever reads along is told of every percent once. */
static void tell_percent(struct book *book)
{
	int percent = (int)(book->acknowledged * 100 / book->goal);

	while (book->percent < percent) {
		char line[16];
		int len = snprintf(line, sizeof line, "%d\n", ++book->percent);

		if (book->percent_fd >= 0 && write(book->percent_fd, line, (size_t)len) < 0) {
			close(book->percent_fd);
			book->percent_fd = -1;
		}
	}
}

static void count_acknowledged(struct book *book, const struct command *command, int64_t now_us)
{
	book->acknowledged++;
	remember_latency(book, now_us - command->sent_us);
	if (book->last_ack_us && now_us - book->last_ack_us > book->longest_gap_us)
		book->longest_gap_us = now_us - book->last_ack_us;
	book->last_ack_us = now_us;
	tell_percent(book);
}

enum outcome book_enter(struct book *book, const struct command *command, const char *ticket_id,
        const struct answer *answer, int64_t now_us)
{
	enum outcome outcome = judge(answer);

	book->requests++;
	book->malformed += answer->malformed;
	book->counts[answer->status / 100 % 8]++;
	if (command->accepted) {
		book->repeats++;
		book->different += outcome == REFUSED ||
		                   (outcome == ACCEPTED && strcmp(answer->resource_id, command->resource_id) != 0);
	} else if (outcome == ACCEPTED) {
		count_acknowledged(book, command, now_us);
	}
	book->refused += outcome == REFUSED;
	book->not_accepted += outcome == NOT_ACCEPTED;
	book->unknown += outcome == UNKNOWN;
	fprintf(book->file, "%s\t%lld\t%d\t%s\t%d\t%s\t%lld\tk-%s-%lld\t%c\t%d\t%s\t%s\t%s\t%lld\t%lld\n", book->run,
	        (long long)command->seq, command->tries, kind_words[command->kind], command->keyed,
	        command->kind == CREATE ? answer->resource_id : ticket_id, (long long)command->ticket_seq, book->run,
	        (long long)command->seq, (char)outcome, answer->status, answer->code, answer->command_id,
	        answer->resource_id, (long long)clock_unix_us(), (long long)(now_us - command->sent_us));
	return outcome;
}

void book_progress(struct book *book, int64_t elapsed_us, int waiting)
{
	fprintf(stderr,
	        "%5.1f s  %lld of %lld acknowledged  %d waiting  last second: %lld good, %lld refused, "
	        "%lld 5xx, %lld without an answer\n",
	        (double)elapsed_us / 1e6, (long long)book->acknowledged, (long long)book->goal, waiting,
	        (long long)book->counts[2], (long long)book->counts[4], (long long)book->counts[5],
	        (long long)book->counts[0]);
	memset(book->counts, 0, sizeof book->counts);
	fflush(book->file);
}

static int by_size(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double percentile_ms(const struct book *book, double share)
{
	if (!book->took_count)
		return 0;
	return book->took_us[(int64_t)(share * (double)(book->took_count - 1))] / 1e3;
}

void book_summary(struct book *book, int64_t elapsed_us, int64_t reconnects)
{
	qsort(book->took_us, (size_t)book->took_count, sizeof *book->took_us, by_size);
	printf("{\"run\":\"%s\",\"seconds\":%.2f,\"commands\":%lld,\"requests\":%lld,\"acknowledged\":%lld,"
	       "\"refused\":%lld,\"not_accepted\":%lld,\"unknown\":%lld,\"repeats\":%lld,\"different\":%lld,"
	       "\"malformed\":%lld,\"reconnects\":%lld,\"per_second\":%.0f,\"p50_ms\":%.1f,\"p99_ms\":%.1f,"
	       "\"max_ms\":%.1f,\"longest_gap_ms\":%.0f}\n",
	        book->run, (double)elapsed_us / 1e6, (long long)book->commands, (long long)book->requests,
	        (long long)book->acknowledged, (long long)book->refused, (long long)book->not_accepted,
	        (long long)book->unknown, (long long)book->repeats, (long long)book->different,
	        (long long)book->malformed, (long long)reconnects,
	        elapsed_us ? (double)book->acknowledged * 1e6 / (double)elapsed_us : 0, percentile_ms(book, 0.5),
	        percentile_ms(book, 0.99), percentile_ms(book, 1), (double)book->longest_gap_us / 1e3);
}
