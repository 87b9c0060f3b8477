/* place.c - see place.h. */
#include "ops/doctor/place.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

bool place_of(struct arena *arena, const char *from, int port, const char *tls_scheme, int tls_port, struct place *out)
{
	CURLU *url = curl_url();
	char *first = arena_printf(arena, "%s%.*s", strstr(from, "://") ? "" : "tcp://", (int)strcspn(from, ","), from);
	char *host = NULL, *given = NULL, *scheme = NULL;
	bool is_found = curl_url_set(url, CURLUPART_URL, first, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK &&
	                curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK;

	if (is_found) {
		curl_url_get(url, CURLUPART_SCHEME, &scheme, 0);
		curl_url_get(url, CURLUPART_PORT, &given, 0);
		out->tls = scheme && tls_scheme && strcmp(scheme, tls_scheme) == 0;
		out->port = given ? atoi(given) : out->tls ? tls_port : port;
		out->host = arena_copy(arena, host + (*host == '['), strcspn(host + (*host == '['), "]"));
	}
	curl_free(host);
	curl_free(given);
	curl_free(scheme);
	curl_url_cleanup(url);
	return is_found;
}
