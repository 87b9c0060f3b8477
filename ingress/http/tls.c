/* tls.c - see tls.h. */
#include "ingress/http/tls.h"

#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <h2o.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/process.h"

#define LOOK_EVERY_MS 5000

static const char *certificate_file, *key_file;

struct setting tls_settings[] = {
	{ "TLS_CERTIFICATE", SETTING_FILE, &certificate_file, "",
	        .help = "PEM file for LISTEN_TLS and STARTTLS: the certificate, and those that lead to its root" },
	{ "TLS_KEY", SETTING_FILE, &key_file, "", .help = "PEM file of the certificate's private key" },
	{ 0 },
};

struct tls {
	SSL_CTX *context;
	struct timespec certificate_time, key_time;
	int64_t look_after_ms;
};

static void last_error(char out[256])
{
	ERR_error_string_n(ERR_get_error(), out, 256);
	ERR_clear_error();
}

/* NULL: *why says so. */
static SSL_CTX *load(char why[256])
{
	static const h2o_iovec_t protocols[] = { { H2O_STRLIT("http/1.1") }, { NULL, 0 } };
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());

	if (context && SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) &&
	        SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") &&
	        SSL_CTX_use_certificate_chain_file(context, certificate_file) == 1 &&
	        SSL_CTX_use_PrivateKey_file(context, key_file, SSL_FILETYPE_PEM) == 1 &&
	        SSL_CTX_check_private_key(context) == 1) {
		SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
		h2o_ssl_register_alpn_protocols(context, protocols);
		return context;
	}
	last_error(why);
	SSL_CTX_free(context);
	return NULL;
}

static struct timespec changed_at(const char *file)
{
	struct stat status = { 0 };

	return stat(file, &status) == 0 ? status.st_mtim : (struct timespec){ 0 };
}

static bool is_same(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static void remember(struct tls *tls)
{
	tls->certificate_time = changed_at(certificate_file);
	tls->key_time = changed_at(key_file);
}

struct tls *tls_new(void)
{
	struct tls *tls;
	char why[256];

	if (!*certificate_file && !*key_file)
		return NULL;
	tls = calloc(1, sizeof *tls);
	if (!tls)
		abort();
	remember(tls);
	tls->context = *certificate_file && *key_file ? load(why) : NULL;
	if (!tls->context) {
		fprintf(stderr, "%s: TLS_CERTIFICATE and TLS_KEY can't be used: %s\n", process_name(),
		        *certificate_file && *key_file ? why : "set both");
		exit(1);
	}
	return tls;
}

SSL_CTX *tls_context(struct tls *tls)
{
	int64_t now = clock_mono_ms();
	SSL_CTX *fresh;
	char why[256];

	if (now < tls->look_after_ms)
		return tls->context;
	tls->look_after_ms = now + LOOK_EVERY_MS;
	if (is_same(tls->certificate_time, changed_at(certificate_file)) &&
	        is_same(tls->key_time, changed_at(key_file)))
		return tls->context;
	remember(tls);
	fresh = load(why);
	if (!fresh) {
		log_error("the new certificate can't be used: going on with the old one", LOG_TEXT("reason", why));
		return tls->context;
	}
	log_notice("a new certificate is in use");
	SSL_CTX_free(tls->context); /* its connections hold it on */
	tls->context = fresh;
	return fresh;
}
