/* trust.c - see trust.h. */
#include "base/trust.h"

#include <openssl/x509v3.h>
#include <string.h>

static const char *ca_file = "";

static _Thread_local const char *refusal;

struct setting trust_settings[] = {
	{ "CA_FILE", SETTING_FILE, &ca_file, "",
	        .help = "PEM file of the authorities that amqps://, rediss:// and RabbitMQ's https:// believe; empty: "
	                "the system's" },
	{ NULL },
};

const char *trust_file(void)
{
	return ca_file;
}

static int on_certificate(int good, X509_STORE_CTX *store)
{
	if (!good)
		refusal = X509_verify_cert_error_string(X509_STORE_CTX_get_error(store));
	return good;
}

static bool name_host(X509_VERIFY_PARAM *param, const char *host)
{
	if (X509_VERIFY_PARAM_set1_ip_asc(param, host))
		return true;
	X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return X509_VERIFY_PARAM_set1_host(param, host, 0);
}

bool trust_demand(SSL_CTX *context, const char *host)
{
	refusal = NULL;
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, on_certificate);
	if (!SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) || !name_host(SSL_CTX_get0_param(context), host)) {
		refusal = "TLS can't be set up";
		return false;
	}
	if (*ca_file ? !SSL_CTX_load_verify_locations(context, ca_file, NULL)
	             : !SSL_CTX_set_default_verify_paths(context)) {
		refusal = "CA_FILE holds no certificates";
		return false;
	}
	return true;
}

const char *trust_refusal(void)
{
	return refusal;
}

bool trust_keeps_secret(const char *url)
{
	static const char *const begins[] = { "https://", "http://127.0.0.1:", "http://[::1]:", "http://localhost:" };

	for (size_t i = 0; url && i < sizeof begins / sizeof *begins; i++)
		if (!strncmp(url, begins[i], strlen(begins[i])))
			return true;
	return false;
}
