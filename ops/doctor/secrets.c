/* secrets.c - what must be kept secret and hold for long: the ingress's certificate, the keys, the passwords in URLs.
 * No value of any of them is ever part of a sentence.
 */
#include <openssl/asn1.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "base/secret.h"
#include "ops/doctor/examiner.h"
#include "ops/doctor/place.h"

#define KEY_LEAST 32
#define HEX_LEAST 64

/* --- the certificate --------------------------------------------------------------------------- */
static void judge_file(struct examiner *e)
{
	static const char todo[] = "Renew it (certbot renew, or your authority) and replace the file of "
	                           "TLS_CERTIFICATE: it is taken up within seconds";
	FILE *file;
	X509 *certificate;
	struct tm ends;

	if (!examiner_has(e, "certificate", "TLS_CERTIFICATE", servers.certificate))
		return;
	file = fopen(servers.certificate, "re");
	certificate = file ? PEM_read_X509(file, NULL, NULL, NULL) : NULL;
	if (file)
		fclose(file);
	if (certificate && ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &ends))
		examiner_judge_certificate(e, "certificate",
		        arena_printf(e->arena, "the ingress (%s)", servers.certificate), (int64_t)timegm(&ends), todo);
	else
		examiner_find(e, DOCTOR_FAIL, "certificate.unreadable", "certificate",
		        "Let TLS_CERTIFICATE name a PEM file that can be read", "no certificate can be read from %s",
		        servers.certificate);
	X509_free(certificate);
}

/* --- those of servers that CA_FILE is for ----------------------------------------------------------------------------
 */
/* Servers that are not there are named by who needs them. */
static void judge_peer(
        struct examiner *e, const char *what, const char *whose, const char *url, const char *scheme, int port)
{
	static const char todo[] =
	        "Renew it, or name its authority in CA_FILE; programs on other machines refuse that server, too";
	char why[STREAM_WHY] = "";
	struct stream *stream;
	struct place place;
	int64_t ends_s;

	if (!*url || !place_of(e->arena, url, port, scheme, port, &place) || !place.tls)
		return;
	stream = stream_open(place.host, place.port, true, TALK_MS, why);
	ends_s = stream ? stream_certificate_ends(stream) : 0;
	stream_close(&stream);
	if (ends_s)
		examiner_judge_certificate(e, "certificate",
		        arena_printf(e->arena, "%s (%s:%d)", whose, place.host, place.port), ends_s, todo);
	else if (strstr(why, "certificate") || strstr(why, "mismatch"))
		examiner_find(e, DOCTOR_FAIL, "certificate.refused", "certificate", todo,
		        "the certificate of %s (%s:%d) is refused: %s", whose, place.host, place.port, why)
		        ->subject = arena_printf(e->arena, "certificate %s", what);
}

void examine_certificate(struct examiner *e)
{
	judge_file(e);
	judge_peer(e, "management", "RabbitMQ's management", servers.management, "https", 443);
	judge_peer(e, "amqp", "RabbitMQ", servers.amqp, "amqps", 5671);
	judge_peer(e, "redis", "Redis", servers.redis, "rediss", 6379);
}

/* --- keys --------------------------------------------------------------------------------------- */
/* The number of keys that were looked at grows. */
static void judge_key(struct examiner *e, const char *name, const char *key, size_t least, int *count)
{
	static const char todo[] =
	        "Draw another (openssl rand -hex 32) and renew it as docs/OPERATIONS.md says (Renew secrets)";

	if (!*key)
		return;
	(*count)++;
	if (strlen(key) < least)
		examiner_find(e, DOCTOR_FAIL, "secret.short", "secrets", todo,
		        "%s is too short: %zu characters, and %zu are needed", name, strlen(key), least);
	else if (secret_is_weak(key))
		examiner_find(e, DOCTOR_FAIL, "secret.guessable", "secrets", todo,
		        "%s can be guessed: it is an example, or hardly varies", name);
}

static void judge_url(struct examiner *e, const char *name, const char *url, int *count)
{
	const char *login = strstr(url, "://"), *at = login ? login + 3 + strcspn(login + 3, "@/") : NULL;
	const char *colon = at && *at == '@' ? memchr(login + 3, ':', (size_t)(at - login - 3)) : NULL;
	char *password;

	if (!colon)
		return;
	(*count)++;
	password = arena_copy(e->arena, colon + 1, (size_t)(at - colon - 1));
	if (secret_is_example(password) || strcmp(password, "guest") == 0 || strcmp(password, "guichet") == 0 ||
	        strcmp(password, "postgres") == 0)
		examiner_find(e, DOCTOR_WARN, "secret.example", "secrets",
		        "Give that user another password (docs/OPERATIONS.md, Renew secrets); ops/env draws them",
		        "the password in %s is that of an example, which everybody knows", name);
}

void examine_secrets(struct examiner *e)
{
	int count = 0;

	judge_key(e, "JWT_SECRET", servers.jwt_secret, KEY_LEAST, &count);
	judge_key(e, "AUDIT_KEY", servers.audit_key, HEX_LEAST, &count);
	judge_key(e, "MAIL_KEY", servers.mail_key, HEX_LEAST, &count);
	judge_key(e, "WEBHOOK_KEY", servers.webhook_key, HEX_LEAST, &count);
	judge_key(e, "INBOUND_KEY", servers.inbound_key, KEY_LEAST, &count);
	judge_url(e, "DATABASE_URL", servers.database, &count);
	judge_url(e, "AMQP_URL", servers.amqp, &count);
	judge_url(e, "RABBITMQ_MANAGEMENT_URL", servers.management, &count);
	judge_url(e, "REDIS_URL", servers.redis, &count);
	judge_url(e, "SMTP_URL", servers.smtp, &count);
	if (!e->count)
		examiner_fine(e, "secrets", "secrets", "%d keys and passwords were looked at, and none is weak", count);
}
