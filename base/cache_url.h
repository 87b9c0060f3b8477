/* cache_url.h - the parts of redis[s]://[user][:password]@host[:port][/db]. */
#ifndef BASE_CACHE_URL_H
#define BASE_CACHE_URL_H

#include <stdbool.h>

struct cache_url {
	char user[128];     /* "": Redis' default user */
	char password[512]; /* "": no AUTH */
	char host[256];
	int port;
	int db;
	bool tls; /* rediss */
};

/* User, password and host are percent-decoded (RFC 3986 section 2.1). False
 * when url is none, or a part is too long; *out is untouched then. */
bool cache_url_parse(const char *url, struct cache_url *out);

#endif
