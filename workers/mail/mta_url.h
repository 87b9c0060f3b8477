/* mta_url.h - the parts of smtp://[user:password@]host[:port][?tls=none|starttls|required]. */
#ifndef WORKERS_MAIL_MTA_URL_H
#define WORKERS_MAIL_MTA_URL_H

#include <stdbool.h>

enum mta_tls { MTA_TLS_NONE, MTA_TLS_OFFERED, MTA_TLS_REQUIRED };

struct mta_url {
	char user[128]; /* "": no AUTH */
	char password[512];
	char host[256];
	int port; /* 25 unless given */
	enum mta_tls tls;
};

/* User, password and host are percent-decoded. TLS is required unless the host is
 * loopback and there is no user; a user without tls=required is refused, so that a
 * password never travels in the clear. NULL, or why the URL is refused (a literal);
 * *out is untouched then. */
const char *mta_url_parse(const char *url, struct mta_url *out);

#endif
