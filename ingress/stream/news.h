/* news.h - one row of a log on its way to clients, written once for all of them. */
#ifndef INGRESS_STREAM_NEWS_H
#define INGRESS_STREAM_NEWS_H

#include "base/uuid.h"
#include "ingress/stream/place.h"

/* Bytes that several clients are being sent. */
struct chunk {
	int holds;
	size_t len;
	char bytes[];
};

struct chunk *chunk_new(size_t len);
struct chunk *chunk_hold(struct chunk *chunk);
void chunk_release(struct chunk *chunk);

enum form { FORM_SSE, FORM_SOCKET, FORMS };

struct news {
	struct place place;
	struct uuid key;        /* whom or what it is about: a person, a ticket; none: neither */
	bool for_staff;         /* of an event: not for administrators alone */
	struct text type, data; /* data: JSON without a line's end */
	struct chunk *forms[FORMS];
};

/* As that kind of client reads it; the news' own, hold it to keep it. */
struct chunk *news_in(struct news *news, enum form form);
void news_end(struct news *news);

/* What is no news: an event without data, or a place alone, which moves the client's Last-Event-ID (HTML,
 * section 9.2.6).
 */
struct chunk *news_word(const char *event);
struct chunk *news_place(const struct place *place);

/* What the monitor saw last, as the event "seen", when it is newer than *number, which it sets; NULL when not. */
struct chunk *news_seen(uint64_t *number);

#endif
