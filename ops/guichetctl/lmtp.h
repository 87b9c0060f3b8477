/* lmtp.h - hands a message to the mail ingress (RFC 2033). */
#ifndef OPS_GUICHETCTL_LMTP_H
#define OPS_GUICHETCTL_LMTP_H

#include <stdbool.h>
#include <stdio.h>

struct lmtp {
	FILE *in, *out;
	int code;        /* of the last reply; 0: there was none */
	char reply[512]; /* its last line, or why there is none */
};

/* address: host:port, or the path of a unix socket. False: reply says why. */
bool lmtp_open(struct lmtp *lmtp, const char *address);
void lmtp_close(struct lmtp *lmtp);

/* Sends a line, when there is one, and reads the reply. True: it was a 2xx, or the 354 of DATA. */
bool lmtp_say(struct lmtp *lmtp, const char *line);

#endif
