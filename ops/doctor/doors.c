/* doors.c - what takes in: the mail ingress by LMTP (RFC 2033), the ingress by its /ready; and clamd, by its VERSION.
 */
#include <curl/curl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "ops/doctor/examiner.h"

#define SIGNATURES_WARN_S (2 * 86400)
#define SIGNATURES_FAIL_S (7 * 86400)
#define ANSWER_BYTES 65536

/* host:port, or the path of a socket. */
static struct stream *open_door(struct examiner *e, const char *where, char why[STREAM_WHY])
{
	const char *colon = strrchr(where, ':');

	if (*where == '/')
		return stream_open_local(where, TALK_MS, why);
	if (!colon || atoi(colon + 1) <= 0 || atoi(colon + 1) > 65535) {
		strcpy(why, "that is no host:port");
		return NULL;
	}
	return stream_open(arena_copy(e->arena, where, (size_t)(colon - where)), atoi(colon + 1), false, TALK_MS, why);
}

/* --- mail in --------------------------------------------------------------------------------- */
void examine_lmtp(struct examiner *e)
{
	static const char todo[] = "Start it (systemctl start guichet@mail-ingress) and look at its log; mail waits at "
	                           "the server that sends it, for days";
	char why[STREAM_WHY] = "", *said;
	struct stream *stream;
	struct doctor_finding *f = NULL;

	if (!examiner_has(e, "mail in", "GUICHET_LMTP", servers.lmtp))
		return;
	stream = open_door(e, servers.lmtp, why);
	if (!stream) {
		f = examiner_find(e, DOCTOR_FAIL, "mail_in.away", "mail in", todo,
		        "the mail ingress cannot be reached at %s: %s", servers.lmtp, why);
	} else {
		said = examiner_talk(e, stream, NULL);
		if (*said == '2')
			said = examiner_talk(e, stream, "LHLO guichetctl.localhost\r\n");
		if (*said == '2')
			examiner_fine(e, "mail_in", "mail in", "the mail ingress answers at %s", servers.lmtp);
		else
			f = examiner_find(e, DOCTOR_FAIL, "mail_in.refused", "mail in", todo,
			        "the mail ingress takes no mail at %s: %s", servers.lmtp, *said ? said : "no answer");
		if (*said == '2')
			examiner_talk(e, stream, "QUIT\r\n");
	}
	if (f)
		f->because[0] = "program mail_ingress";
	stream_close(&stream);
}

/* --- clamd ----------------------------------------------------------------------------------- */
/* "ClamAV 1.0.3/27027/Tue Sep 12 07:38:34 2023"; 0 for signatures without a date. */
static int64_t made_at(const char *version)
{
	const char *number = strchr(version, '/'), *date = number ? strchr(number + 1, '/') : NULL;
	struct tm made = { 0 };

	return date && strptime(date + 1, "%a %b %d %H:%M:%S %Y", &made) ? (int64_t)timegm(&made) : 0;
}

static void judge_signatures(struct examiner *e, const char *version)
{
	int64_t made_s = made_at(version), age_s = (int64_t)time(NULL) - made_s;

	if (made_s && age_s > SIGNATURES_WARN_S)
		examiner_find(e, age_s > SIGNATURES_FAIL_S ? DOCTOR_FAIL : DOCTOR_WARN, "clamd.signatures", "clamd",
		        "Look why freshclam brings no new ones (systemctl status clamav-freshclam, "
		        "/var/log/clamav/freshclam.log)",
		        "the signatures of clamd are %s old", examiner_age(e, age_s));
	else
		examiner_fine(
		        e, "clamd", "clamd", "%s%s", version, made_s ? "" : " answers; its signatures have no date");
}

void examine_clamd(struct examiner *e)
{
	const char *where = servers.clamd;
	char why[STREAM_WHY] = "", *said = "";
	struct stream *stream;

	if (!examiner_has(e, "clamd", "CLAMD_URL", servers.clamd))
		return;
	where += strncmp(where, "unix:", 5) == 0 ? 5 : strncmp(where, "tcp://", 6) == 0 ? 6 : 0;
	stream = open_door(e, where, why);
	if (stream)
		said = examiner_talk(e, stream, "nVERSION\n");
	if (strncmp(said, "ClamAV", 6) == 0)
		judge_signatures(e, examiner_words(e, said));
	else
		examiner_find(e, DOCTOR_FAIL, "clamd.away", "clamd",
		        "Start clamd (systemctl start clamav-daemon) and look at its log; files wait until it is back, "
		        "and nobody is shown one meanwhile",
		        "clamd cannot be reached at %s: %s", servers.clamd,
		        *said  ? said
		        : *why ? why
		               : "no answer")
		        ->subject = "clamd";
	stream_close(&stream);
}

/* --- the ingress ------------------------------------------------------------------------------ */
struct answer {
	char text[ANSWER_BYTES];
	size_t len;
};

static size_t take(char *data, size_t size, size_t count, void *arg)
{
	struct answer *a = arg;
	size_t len = size * count;

	if (len > sizeof a->text - 1 - a->len)
		return 0;
	memcpy(a->text + a->len, data, len);
	a->len += len;
	return len;
}

void examine_ingress(struct examiner *e)
{
	struct answer *answer = ARENA_NEW(e->arena, struct answer);
	char error[CURL_ERROR_SIZE] = "";
	CURL *curl;
	CURLcode code;
	long status = 0;

	if (!examiner_has(e, "ingress", "GUICHET_URL", servers.ingress))
		return;
	curl = curl_easy_init();
	curl_easy_setopt(curl, CURLOPT_URL, arena_printf(e->arena, "%s/ready", servers.ingress));
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)TALK_MS);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
	code = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	if (code != CURLE_OK)
		examiner_find(e, DOCTOR_FAIL, "ingress.away", "ingress",
		        "Start it (systemctl start guichet@ingress) and look at its log",
		        "the ingress does not answer at %s: %s", servers.ingress,
		        *error ? error : curl_easy_strerror(code))
		        ->because[0] = "program ingress";
	else if (status != 200) {
		struct doctor_finding *f = examiner_find(e, DOCTOR_FAIL, "ingress.not_ready", "ingress",
		        "Mend what it names; it is ready again by itself",
		        "the ingress at %s is not ready (%ld): %.300s", servers.ingress, status, answer->text);

		f->because[0] = "broker";
		f->because[1] = "database";
	} else
		examiner_fine(e, "ingress", "ingress", "it answers at %s", servers.ingress);
	curl_easy_cleanup(curl);
}
