/* smtp.c - the server that takes our mail: banner, EHLO, STARTTLS and login as SMTP_URL wants them, NOOP, QUIT. No mail
 * is sent.
 *
 * TLS is required unless the host is loopback or ?tls says otherwise, as the mail worker has it; where it is only
 * offered nobody verifies it.
 */
#include <curl/curl.h>
#include <string.h>
#include <time.h>
#include "ops/doctor/examiner.h"

#define CONNECT_S 3L
#define CALL_S 6L

struct smtp {
	struct examiner *e;
	CURL *curl;
	const char *shown; /* host:port */
	char said[512];    /* its last line */
};

/* Keeps what it said last. */
static size_t take_line(char *data, size_t size, size_t count, void *arg)
{
	struct smtp *s = arg;
	size_t len = size * count < sizeof s->said - 1 ? size * count : sizeof s->said - 1;

	if (len > 2) {
		memcpy(s->said, data, len);
		s->said[len] = '\0';
	}
	return size * count;
}

static size_t take_nothing(char *data, size_t size, size_t count, void *arg)
{
	(void)data;
	(void)arg;
	return size * count;
}

static char *part(struct smtp *s, CURLU *url, CURLUPart which, unsigned flags, const char *fallback)
{
	char *value = NULL, *copy;

	curl_url_get(url, which, &value, flags);
	copy = arena_printf(s->e->arena, "%s", value ? value : fallback);
	curl_free(value);
	return copy;
}

static bool is_loopback(const char *host)
{
	return strcmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 || strcmp(host, "[::1]") == 0;
}

static long tls_wanted(const char *query, const char *host, bool has_user)
{
	if (strstr(query, "tls=none"))
		return CURLUSESSL_NONE;
	if (strstr(query, "tls=required") || (!strstr(query, "tls=") && !(is_loopback(host) && !has_user)))
		return CURLUSESSL_ALL;
	return CURLUSESSL_TRY;
}

/* False: SMTP_URL cannot be read. */
static bool prepare(struct smtp *s)
{
	CURLU *url = curl_url();
	bool is_read = curl_url_set(url, CURLUPART_URL, servers.smtp, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK;
	char *host = part(s, url, CURLUPART_HOST, 0, ""), *user = part(s, url, CURLUPART_USER, CURLU_URLDECODE, "");
	long tls = tls_wanted(part(s, url, CURLUPART_QUERY, 0, ""), host, *user);

	s->shown = arena_printf(s->e->arena, "%s:%s", host, part(s, url, CURLUPART_PORT, 0, "25"));
	curl_easy_setopt(s->curl, CURLOPT_URL, arena_printf(s->e->arena, "smtp://%s/guichetctl.localhost", s->shown));
	if (*user) {
		curl_easy_setopt(s->curl, CURLOPT_USERNAME, user);
		curl_easy_setopt(s->curl, CURLOPT_PASSWORD, part(s, url, CURLUPART_PASSWORD, CURLU_URLDECODE, ""));
	}
	curl_easy_setopt(s->curl, CURLOPT_USE_SSL, tls);
	if (tls == CURLUSESSL_TRY) {
		curl_easy_setopt(s->curl, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(s->curl, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	curl_url_cleanup(url);
	return is_read;
}

static void judge_certificates(struct smtp *s)
{
	struct curl_certinfo *info = NULL;
	time_t ends;

	curl_easy_getinfo(s->curl, CURLINFO_CERTINFO, &info);
	for (struct curl_slist *line = info && info->num_of_certs ? info->certinfo[0] : NULL; line; line = line->next)
		if (strncmp(line->data, "Expire date:", 12) == 0 && (ends = curl_getdate(line->data + 12, NULL)) > 0)
			examiner_judge_certificate(
			        s->e, "smtp", "the mail server", ends, "Renew the certificate of the mail server");
}

static void judge(struct smtp *s, CURLcode code, const char *error)
{
	const char *why = *s->said && code != CURLE_PEER_FAILED_VERIFICATION ? s->said
	                  : *error                                           ? error
	                                                                     : curl_easy_strerror(code);

	if (code == CURLE_OK)
		examiner_fine(s->e, "smtp", "smtp", "%s takes mail", s->shown);
	else if (code == CURLE_LOGIN_DENIED)
		examiner_find(s->e, DOCTOR_FAIL, "smtp.login", "smtp",
		        "Set user and password of SMTP_URL to what the mail server knows, restart guichet-mail",
		        "the mail server %s refuses our login: %s", s->shown, why)
		        ->subject = "smtp";
	else if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CONNECT_ERROR ||
	         code == CURLE_USE_SSL_FAILED)
		examiner_find(s->e, DOCTOR_FAIL, "smtp.tls", "smtp",
		        "Let the mail server offer STARTTLS with a good certificate; SMTP_CA_FILE names an authority "
		        "of your own",
		        "there is no TLS with the mail server %s: %s", s->shown, *error ? error : why)
		        ->subject = "smtp";
	else
		examiner_find(s->e, DOCTOR_FAIL, *s->said ? "smtp.refused" : "smtp.away", "smtp",
		        "Mend the mail server, or let SMTP_URL name another; mail waits and goes out by itself half a "
		        "minute later (guichetctl mail "
		        "queue)",
		        *s->said ? "the mail server %s refuses to work for us: %s"
		                 : "the mail server %s cannot be reached: %s",
		        s->shown, why)
		        ->subject = "smtp";
}

void examine_smtp(struct examiner *e)
{
	struct smtp s = { .e = e };
	char error[CURL_ERROR_SIZE] = "";

	if (!examiner_has(e, "smtp", "SMTP_URL", servers.smtp))
		return;
	s.curl = curl_easy_init();
	if (!s.curl || !prepare(&s)) {
		examiner_find(e, DOCTOR_FAIL, "smtp.url", "smtp", "Correct SMTP_URL", "SMTP_URL cannot be read");
		curl_easy_cleanup(s.curl);
		return;
	}
	curl_easy_setopt(s.curl, CURLOPT_CUSTOMREQUEST, "NOOP");
	curl_easy_setopt(s.curl, CURLOPT_PROXY, "");
	curl_easy_setopt(s.curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(s.curl, CURLOPT_CONNECTTIMEOUT, CONNECT_S);
	curl_easy_setopt(s.curl, CURLOPT_TIMEOUT, CALL_S);
	curl_easy_setopt(s.curl, CURLOPT_CERTINFO, 1L);
	curl_easy_setopt(s.curl, CURLOPT_ERRORBUFFER, error);
	curl_easy_setopt(s.curl, CURLOPT_HEADERFUNCTION, take_line);
	curl_easy_setopt(s.curl, CURLOPT_HEADERDATA, &s);
	curl_easy_setopt(s.curl, CURLOPT_WRITEFUNCTION, take_nothing);
	if (*servers.smtp_ca_file)
		curl_easy_setopt(s.curl, CURLOPT_CAINFO, servers.smtp_ca_file);
	judge(&s, curl_easy_perform(s.curl), error);
	judge_certificates(&s);
	curl_easy_cleanup(s.curl);
}
