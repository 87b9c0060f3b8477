/* store_s3_list.c - the objects of a bucket, page by page (ListObjectsV2). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/store_s3.h"

#define LIST_BYTES_MOST (4 * 1024 * 1024)

/* The next <name>...</name> of what is left; false: there is none. */
static bool next_element(struct text *rest, const char *name, struct text *out)
{
	char open[32], shut[32];
	const char *start, *end;
	size_t open_len = (size_t)snprintf(open, sizeof open, "<%s>", name);
	size_t shut_len = (size_t)snprintf(shut, sizeof shut, "</%s>", name);

	start = rest->len ? memmem(rest->data, rest->len, open, open_len) : NULL;
	end = start ? memmem(start, (size_t)(rest->data + rest->len - start), shut, shut_len) : NULL;
	if (!end)
		return false;
	*out = (struct text){ start + open_len, (size_t)(end - start) - open_len };
	*rest = (struct text){ end + shut_len, (size_t)(rest->data + rest->len - end) - shut_len };
	return true;
}

static int64_t time_of(struct text t)
{
	struct tm tm = { 0 };
	char copy_of[32];

	snprintf(copy_of, sizeof copy_of, "%.*s", (int)t.len, t.data);
	return strptime(copy_of, "%Y-%m-%dT%H:%M:%S", &tm) ? timegm(&tm) : 0;
}

static bool visit_all(struct text page, store_visit_fn *visit, void *context)
{
	struct text item;

	while (next_element(&page, "Contents", &item)) {
		struct text rest = item, key, size = TEXT_NONE, modified = TEXT_NONE;
		char name[STORE_NAME_ROOM];
		int64_t bytes = 0;

		if (!next_element(&rest, "Key", &key) || key.len >= sizeof name)
			continue;
		rest = item;
		next_element(&rest, "Size", &size);
		rest = item;
		next_element(&rest, "LastModified", &modified);
		text_to_int(size, &bytes);
		snprintf(name, sizeof name, "%.*s", (int)key.len, key.data);
		if (!visit(context, name, bytes, modified.data ? time_of(modified) : 0))
			return false;
	}
	return true;
}

/* Percent-encoded as a signature wants it: RFC 3986 section 2.3. */
static void encode(struct text t, char *out, size_t room)
{
	char *encoded = curl_easy_escape(NULL, t.data, (int)t.len);

	if (!encoded)
		abort();
	snprintf(out, room, "%s", encoded);
	curl_free(encoded);
}

static enum store_outcome list_page(
        struct store *store, const char *bucket, char *page, char token[600], store_visit_fn *visit, void *context)
{
	struct s3_exchange x = s3_about(store, bucket, "");
	struct text rest, more;
	size_t len = strlen(x.url);
	enum store_outcome outcome;

	snprintf(x.url + len, sizeof x.url - len, "?%s%s%slist-type=2", token[0] ? "continuation-token=" : "", token,
	        token[0] ? "&" : "");
	token[0] = 0;
	x.room = page;
	x.most = LIST_BYTES_MOST;
	outcome = s3_perform(&x);
	if (outcome != STORE_DONE)
		return outcome;
	rest = (struct text){ page, x.got };
	if (!visit_all(rest, visit, context))
		return STORE_DONE;
	if (next_element(&rest, "NextContinuationToken", &more))
		encode(more, token, 600);
	return STORE_DONE;
}

enum store_outcome s3_list(struct store *store, const char *bucket, store_visit_fn *visit, void *context)
{
	char *page = malloc(LIST_BYTES_MOST), token[600] = "";
	enum store_outcome outcome;

	if (!page)
		abort();
	do
		outcome = list_page(store, bucket, page, token, visit, context);
	while (outcome == STORE_DONE && token[0]);
	free(page);
	return outcome == STORE_ABSENT ? STORE_DONE : outcome; /* a bucket that was not made yet is empty */
}
